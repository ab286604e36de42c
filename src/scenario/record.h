/* Lines of scenario files: each has the form of a serialized GstStructure. Errors: "field: problem: value". */
#pragma once
#include <glib.h>

/* A logical line: continuations joined, no comment, never empty. */
typedef struct
{
  gint number;                  /* of its first physical line */
  gchar *text;
} ScenarioLine;

/* One field as it was written: nothing is guessed, 0640 stays "0640". */
typedef struct
{
  gchar *key;
  gchar **items;                /* one, unless it is a list */
  gboolean is_list;
} ScenarioValue;

/* A parsed line. */
typedef struct
{
  gchar *action;                /* the structure's name */
  GPtrArray *values;            /* ScenarioValue*, in the order of the line; no key twice */
} ScenarioRecord;

/* Sets ERROR to "THING: PROBLEM: VALUE". Returns FALSE. */
gboolean scenario_fail (GError ** error, const gchar * thing, const gchar * problem,
    const gchar * value);

/* TEXT, or the content of FILE when TEXT is NULL, as an array of ScenarioLine*.
 * Error: "FILE: problem: value". */
GPtrArray *scenario_read_lines (const gchar * file, const gchar * text, GError ** error);

/* The first word of a line: its action, before anything else is understood. Caller frees. */
gchar *scenario_line_action (const gchar * text);
/* The keys of the line, without parsing their values. Caller frees. */
GStrv scenario_line_keys (const gchar * text);
/* The line cut down to its action and the field KEY; NULL when it has none. Caller frees. */
gchar *scenario_line_only (const gchar * text, const gchar * key);

ScenarioRecord *scenario_record_parse (const gchar * text, GError ** error);
void scenario_record_free (ScenarioRecord * record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScenarioRecord, scenario_record_free)

const ScenarioValue *scenario_record_get (const ScenarioRecord * record, const gchar * key);
