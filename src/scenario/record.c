#include "config.h"
#include "base/error.h"
#include "scenario/record.h"
#include "scenario/scenario.h"
#include "scenario/value.h"

#include <string.h>

/* What no line of ours comes near: a hostile file must not use up time and memory. */
#define MAX_DEPTH 4
#define MAX_LENGTH (64 * 1024)
#define MAX_FIELDS 256

gboolean
scenario_fail (GError ** error, const gchar * thing, const gchar * problem, const gchar * value)
{
  return error_input (error, "%s: %s: %s", thing, problem, value);
}

/* --- lines --- */

static void
free_line (gpointer data)
{
  ScenarioLine *line = data;

  g_free (line->text);
  g_free (line);
}

static void
take_line (GPtrArray * lines, gint number, GString * text)
{
  ScenarioLine *line = g_new0 (ScenarioLine, 1);

  line->number = number;
  line->text = g_strstrip (g_strdup (text->str));
  /* gst_structure_to_string() ends with one. */
  if (g_str_has_suffix (line->text, ";"))
    line->text[strlen (line->text) - 1] = '\0';
  if (line->text[0] == '\0')
    free_line (line);
  else
    g_ptr_array_add (lines, line);
  g_string_truncate (text, 0);
}

static GPtrArray *
split_lines (const gchar * text)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (free_line);
  g_autoptr (GString) logical = g_string_new (NULL);
  g_auto (GStrv) physical = g_strsplit (text, "\n", -1);
  gboolean continued = FALSE;
  gint first = 1;

  for (gint i = 0; physical[i]; i++) {
    gchar *part = g_strstrip (physical[i]);
    gsize length = strlen (part);

    if (!continued)
      first = i + 1;
    if (!continued && part[0] == '#')
      continue;
    continued = length > 0 && part[length - 1] == '\\';
    g_string_append_len (logical, part, (gssize) (continued ? length - 1 : length));
    if (!continued)
      take_line (lines, first, logical);
  }
  take_line (lines, first, logical);
  return g_steal_pointer (&lines);
}

GPtrArray *
scenario_read_lines (const gchar * file, const gchar * text, GError ** error)
{
  g_autoptr (GError) local = NULL;
  g_autofree gchar *content = NULL;
  gsize length;

  if (text) {
    length = strlen (text);
  } else if (g_file_get_contents (file, &content, &length, &local)) {
    text = content;
  } else {
    error_input (error, "%s: cannot be read: %s", file, local->message);
    return NULL;
  }
  if (!g_utf8_validate (text, (gssize) length, NULL)) {
    error_input (error, "%s: not a text: bytes that are no UTF-8", file);
    return NULL;
  }
  return split_lines (text);
}

/* --- fields as text --- */

/* Commas separate fields, unless they stand in quotes or brackets. NULL: too deep. */
static GStrv
split_fields (const gchar * text)
{
  g_autoptr (GStrvBuilder) parts = g_strv_builder_new ();
  g_autoptr (GString) part = g_string_new (NULL);
  gboolean quoted = FALSE;
  gint depth = 0;

  for (const gchar * c = text; *c != '\0'; c++) {
    if (*c == ',' && !quoted && depth <= 0) {
      g_strv_builder_add (parts, g_strstrip (part->str));
      g_string_truncate (part, 0);
      continue;
    }
    g_string_append_c (part, *c);
    if (quoted && *c == '\\' && c[1] != '\0')
      g_string_append_c (part, *++c);
    else if (*c == '"')
      quoted = !quoted;
    else if (!quoted && strchr ("{[<(", *c))
      depth++;
    else if (!quoted && strchr ("}]>)", *c))
      depth--;
    if (depth > MAX_DEPTH)
      return NULL;
  }
  g_strv_builder_add (parts, g_strstrip (part->str));
  return g_strv_builder_end (parts);
}

static gchar *
field_key (const gchar * field)
{
  const gchar *equals = strchr (field, '=');

  return equals ? g_strchomp (g_strndup (field, (gsize) (equals - field))) : NULL;
}

/* What may stand before "=" or as an action: as in a GstStructure. */
static gboolean
is_name (const gchar * text)
{
  if (!g_ascii_isalpha (text[0]))
    return FALSE;
  for (; *text != '\0'; text++) {
    if (!g_ascii_isalnum (*text) && !strchr ("-_.", *text))
      return FALSE;
  }
  return TRUE;
}

gchar *
scenario_line_action (const gchar * text)
{
  return g_strchomp (g_strndup (text, strcspn (text, ",")));
}

GStrv
scenario_line_keys (const gchar * text)
{
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  g_auto (GStrv) fields = split_fields (text);

  for (gint i = 1; fields && fields[0] && fields[i]; i++) {
    g_autofree gchar *key = field_key (fields[i]);

    if (key)
      g_strv_builder_add (keys, key);
  }
  return g_strv_builder_end (keys);
}

gchar *
scenario_line_only (const gchar * text, const gchar * key)
{
  g_auto (GStrv) fields = split_fields (text);

  for (gint i = 1; fields && fields[0] && fields[i]; i++) {
    g_autofree gchar *found = field_key (fields[i]);

    if (g_strcmp0 (found, key) == 0)
      return g_strconcat (fields[0], ", ", fields[i], NULL);
  }
  return NULL;
}

/* --- fields as values --- */

static void
free_value (gpointer data)
{
  ScenarioValue *value = data;

  g_free (value->key);
  g_strfreev (value->items);
  g_free (value);
}

void
scenario_record_free (ScenarioRecord * record)
{
  if (!record)
    return;
  g_free (record->action);
  g_ptr_array_unref (record->values);
  g_free (record);
}

/* FIELD has a "=". */
static ScenarioValue *
parse_value (const gchar * key, const gchar * field, GError ** error)
{
  const gchar *text = strchr (field, '=') + 1;
  gboolean is_list;
  GStrv items = scenario_value_read (text, &is_list);
  ScenarioValue *value;

  if (!items) {
    error_input (error, "%s: not a value: %s", key, text);
    return NULL;
  }
  value = g_new0 (ScenarioValue, 1);
  value->key = g_strdup (key);
  value->items = items;
  value->is_list = is_list;
  return value;
}

static gboolean
add_field (ScenarioRecord * record, const gchar * field, GError ** error)
{
  g_autofree gchar *key = field_key (field);
  ScenarioValue *value;

  if (!key || !is_name (key))
    return error_input (error, "%s: not NAME=VALUE: %s", record->action, field);
  if (scenario_record_get (record, key))
    return error_input (error, "%s: given twice: %s", key, field);
  value = parse_value (key, field, error);
  if (!value)
    return FALSE;
  g_ptr_array_add (record->values, value);
  return TRUE;
}

ScenarioRecord *
scenario_record_parse (const gchar * text, GError ** error)
{
  g_autoptr (ScenarioRecord) record = g_new0 (ScenarioRecord, 1);
  g_auto (GStrv) fields = strlen (text) <= MAX_LENGTH ? split_fields (text) : NULL;

  record->action = scenario_line_action (text);
  record->values = g_ptr_array_new_with_free_func (free_value);
  if (fields == NULL)
    error_input (error, "line: too long or too deep: %" G_GSIZE_FORMAT " bytes", strlen (text));
  else if (g_strv_length (fields) > MAX_FIELDS)
    error_input (error, "line: too many fields: %u", g_strv_length (fields) - 1);
  else if (!is_name (record->action))
    error_input (error, "line: not a structure: %s", text);
  else {
    for (gint i = 1; fields[i] != NULL; i++) {
      /* As in a GstStructure, a comma may end the line. */
      if (fields[i][0] == '\0' && fields[i + 1] == NULL)
        break;
      if (!add_field (record, fields[i], error))
        return NULL;
    }
    return g_steal_pointer (&record);
  }
  return NULL;
}

const ScenarioValue *
scenario_record_get (const ScenarioRecord * record, const gchar * key)
{
  for (guint i = 0; i < record->values->len; i++) {
    const ScenarioValue *value = g_ptr_array_index (record->values, i);

    if (g_str_equal (value->key, key))
      return value;
  }
  return NULL;
}
