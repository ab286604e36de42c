#include "config.h"
#include "verdict/known.h"

#include "base/error.h"
#include "base/parse.h"
#include "scenario/actions.h"
#include "scenario/scenario.h"

#include <signal.h>
#include <string.h>

#define MUST TRUE, NULL

/* *INDENT-OFF* */
static const ScenarioAction issue_line = {
  "issue", SCENARIO_ISSUE, SCENARIO_ANY, "a contract that released elements break", {
    { "id", SCENARIO_STRING, MUST, NULL, 0, "number of the issue" },
    { "contract", SCENARIO_STRING, MUST, NULL, 0, "name of the contract" },
    { "element", SCENARIO_STRING, MUST, NULL, 0, "element at fault" },
    { "first", SCENARIO_VERSION, FALSE, "0", NULL, 0, "first version that has it" },
    { "last", SCENARIO_VERSION, FALSE, NULL, NULL, 0, "last version that has it" },
    { "fixed", SCENARIO_STRING, MUST, NULL, 0, "first fixed versions, or none" },
    { "reference", SCENARIO_STRING, MUST, NULL, 0, "where it is discussed" },
    { "summary", SCENARIO_STRING, MUST, NULL, 0, "one sentence" },
    { "proof", SCENARIO_STRING, MUST, NULL, 0, "command or file that shows it" },
    { "cases", SCENARIO_STRING, FALSE, "*", NULL, 0, "glob of case names" },
    { "sure", SCENARIO_INT, FALSE, "0", NULL, 0,
      "so many such cases without it mean that the line is wrong, 0: never" },
    { "evidence", SCENARIO_STRING, MUST, NULL, 0, "what must have been seen" },
    { "signal", SCENARIO_STRING, FALSE, NULL, NULL, 0, "signal that ends the process" },
    { "most", SCENARIO_INT, FALSE, "100", NULL, 1, "percent of the cases that it may show in" },
    { "seen", SCENARIO_VERSION, FALSE, NULL, NULL, 0, "last version that its proof showed it in" } }
};
/* *INDENT-ON* */

static void
free_issue (gpointer data)
{
  KnownIssue *issue = data;

  g_free (issue->id);
  g_free (issue->contract);
  g_free (issue->element);
  g_free (issue->first);
  g_free (issue->last);
  g_free (issue->fixed);
  g_free (issue->reference);
  g_free (issue->summary);
  g_free (issue->proof);
  g_free (issue->cases);
  g_free (issue->seen);
  trace_pattern_free (issue->evidence);
  g_free (issue);
}

static KnownIssue *
new_issue (GHashTable * fields)
{
  KnownIssue *issue = g_new0 (KnownIssue, 1);
  const struct
  {
    const gchar *key;
    gchar **place;
  } texts[] = {
    {"id", &issue->id}, {"contract", &issue->contract}, {"element", &issue->element},
    {"first", &issue->first}, {"last", &issue->last}, {"fixed", &issue->fixed},
    {"reference", &issue->reference}, {"summary", &issue->summary},
    {"proof", &issue->proof}, {"cases", &issue->cases}, {"seen", &issue->seen},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i].place = g_strdup (g_hash_table_lookup (fields, texts[i].key));
  issue->sure = (guint) g_ascii_strtoull (g_hash_table_lookup (fields, "sure"), NULL, 10);
  issue->most = (guint) g_ascii_strtoull (g_hash_table_lookup (fields, "most"), NULL, 10);
  return issue;
}

/* "SIGABRT" or "6"; 0: there is no such signal. */
static gint
signal_from_text (const gchar * text)
{
  gint64 number;

  if (parse_int (text, 1, SIGRTMAX, &number, NULL))
    return (gint) number;
  for (gint i = 1; g_str_has_prefix (text, "SIG") && i <= SIGRTMAX; i++) {
    if (g_strcmp0 (sigabbrev_np (i), text + strlen ("SIG")) == 0)
      return i;
  }
  return 0;
}

/* Memory that was taken away under a process is never the known defect of an element: what it was
 * promised is gone, and nothing that it does then can be judged. */
static gboolean
set_signal (KnownIssue * issue, const gchar * text, GError ** error)
{
  if (!text)
    return TRUE;
  issue->signal = signal_from_text (text);
  if (issue->signal == 0)
    return scenario_fail (error, "signal", "no such signal", text);
  return issue->signal != SIGBUS || scenario_fail (error, "signal", "is never excused", text);
}

/* What the fields say together. */
static gboolean
complete_issue (KnownIssue * issue, GHashTable * fields, GError ** error)
{
  if (issue->last && parse_compare_versions (issue->first, issue->last) > 0)
    return scenario_fail (error, "last", "before first", issue->last);
  if (issue->most > 100)
    return scenario_fail (error, "most", "more than 100 percent",
        g_hash_table_lookup (fields, "most"));
  issue->evidence = trace_pattern_parse (g_hash_table_lookup (fields, "evidence"), error);
  return issue->evidence
      && set_signal (issue, g_hash_table_lookup (fields, "signal"), error);
}

static gboolean
add_issue (GPtrArray * issues, const ScenarioLine * line, GError ** error)
{
  g_autoptr (ScenarioRecord) record = scenario_record_parse (line->text, error);
  g_autoptr (GHashTable) fields = NULL;
  KnownIssue *issue;

  if (!record)
    return FALSE;
  if (!g_str_equal (record->action, issue_line.name))
    return error_input (error, "line: not an issue: %s", record->action);
  fields = scenario_action_fill (&issue_line, record, error);
  if (!fields)
    return FALSE;
  issue = new_issue (fields);
  g_ptr_array_add (issues, issue);
  return complete_issue (issue, fields, error);
}

GPtrArray *
known_load (const gchar * file, const gchar * text, GError ** error)
{
  g_autoptr (GPtrArray) lines = scenario_read_lines (file, text, error);
  g_autoptr (GPtrArray) issues = g_ptr_array_new_with_free_func (free_issue);

  if (!lines)
    return NULL;
  for (guint i = 0; i < lines->len; i++) {
    const ScenarioLine *line = g_ptr_array_index (lines, i);

    if (!add_issue (issues, line, error)) {
      g_prefix_error (error, "%s:%d: ", file, line->number);
      return NULL;
    }
  }
  return g_steal_pointer (&issues);
}

gboolean
known_concerns (const KnownIssue * issue, const gchar * element, const gchar * version,
    const gchar * case_name)
{
  return g_str_equal (issue->element, element)
      && parse_compare_versions (version, issue->first) >= 0
      && (!issue->last || parse_compare_versions (version, issue->last) <= 0)
      && g_pattern_match_simple (issue->cases, case_name);
}

static gboolean
explains (const KnownIssue * issue, const KnownBreach * breach)
{
  const TraceRole *role = trace_role (breach->trace, breach->role);

  return role && g_str_equal (issue->contract, breach->contract)
      && known_concerns (issue, role->element, role->version, breach->trace->name)
      && issue->signal == breach->signal && breach->signal != SIGBUS
      && trace_pattern_matches (issue->evidence, breach->trace, breach->event, breach->role);
}

const KnownIssue *
known_find (const GPtrArray * issues, const KnownBreach * breach)
{
  for (guint i = 0; issues && i < issues->len; i++) {
    const KnownIssue *issue = g_ptr_array_index (issues, i);

    if (explains (issue, breach))
      return issue;
  }
  return NULL;
}
