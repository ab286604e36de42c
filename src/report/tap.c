/* Test Anything Protocol: one point a case, as Automake's and Perl's harnesses read it. */
#include "config.h"
#include "report/report.h"

typedef struct
{
  const ReportRun *run;
  guint n_seen;
} Tap;

static gpointer
tap_begin (const ReportRun * run, const ReportStyle * style, GString * out)
{
  Tap *self = g_new0 (Tap, 1);

  self->run = run;
  g_string_append (out, "TAP version 13\n");
  if (run->n_cases == 0)
    g_string_append (out, "1..0 # SKIP no case selected\n");
  else
    g_string_append_printf (out, "1..%u\n", run->n_cases);
  g_string_append_printf (out, "# %s %s, seed %" G_GUINT64_FORMAT "\n", run->program, run->version,
      run->seed);
  g_string_append_printf (out, "# target: %s\n", run->target);
  g_string_append_printf (out, "# host: %s\n", run->host);
  return self;
}

/* Nothing in TEXT may look like a directive. */
static void
append_escaped (GString * out, const gchar * text)
{
  for (; *text != '\0'; text++) {
    if (*text == '#' || *text == '\\')
      g_string_append_c (out, '\\');
    g_string_append_c (out, *text);
  }
}

/* The text has no control characters, so these two are all that a YAML string cannot hold. */
static void
append_quoted (GString * out, const gchar * text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      g_string_append_c (out, '\\');
    g_string_append_c (out, *text);
  }
  g_string_append_c (out, '"');
}

static void
append_field (GString * out, guint indent, const gchar * key, const gchar * text)
{
  if (!text)
    return;
  g_string_append_printf (out, "%*s%s: ", (gint) indent, "", key);
  append_quoted (out, text);
  g_string_append_c (out, '\n');
}

static void
append_list (GString * out, guint indent, const gchar * key, const GPtrArray * list)
{
  if (!list)
    return;
  g_string_append_printf (out, "%*s%s:\n", (gint) indent, "", key);
  for (guint i = 0; i < list->len; i++) {
    g_string_append_printf (out, "%*s- ", (gint) indent + 2, "");
    append_quoted (out, g_ptr_array_index (list, i));
    g_string_append_c (out, '\n');
  }
}

static void
append_result (GString * out, const ReportResult * result)
{
  g_autofree gchar *known = NULL;

  if (result->known)
    known = report_known_line (result->known);
  g_string_append_printf (out, "    - verdict: %s\n", report_verdict_name (result->verdict));
  append_field (out, 6, "contract", result->contract);
  append_field (out, 6, "id", result->contract_id);
  append_field (out, 6, "text", result->contract_text);
  append_field (out, 6, "blamed", result->blamed);
  append_field (out, 6, "message", result->message);
  g_string_append_printf (out, "      looked: %u\n      broken: %u\n", result->looked,
      result->broken);
  append_field (out, 6, "known", known);
  append_list (out, 6, "evidence", result->evidence);
}

static void
append_yaml (GString * out, const ReportCase * report_case)
{
  g_autofree gchar *seconds = report_seconds (report_case->seconds);

  g_string_append (out, "  ---\n");
  g_string_append_printf (out, "  verdict: %s\n",
      report_verdict_name (report_case_verdict (report_case)));
  g_string_append_printf (out, "  seconds: %s\n  contracts:\n", seconds);
  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);

    if (result->verdict != REPORT_PASS && result->verdict != REPORT_SKIP)
      append_result (out, result);
  }
  append_list (out, 2, "stack", report_case->stack);
  g_string_append_printf (out, "  seed: %" G_GUINT64_FORMAT "\n", report_case->seed);
  append_field (out, 2, "reproduce", report_case->reproduce);
  g_string_append (out, "  ...\n");
}

/* Each reason once, separated by "; ". */
static void
append_reasons (GString * out, const ReportCase * report_case, ReportVerdict verdict,
    gchar * (*reason_of) (const ReportResult * result))
{
  g_autoptr (GHashTable) said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);
    g_autofree gchar *reason = NULL;

    if (result->verdict != verdict)
      continue;
    reason = reason_of (result);
    if (g_hash_table_contains (said, reason))
      continue;
    g_string_append (out, g_hash_table_size (said) > 0 ? "; " : " ");
    append_escaped (out, reason);
    g_hash_table_add (said, g_steal_pointer (&reason));
  }
}

static gchar *
skip_reason (const ReportResult * result)
{
  return g_strdup (result->message ? result->message : "no reason given");
}

static gchar *
todo_reason (const ReportResult * result)
{
  g_autofree gchar *fixed = NULL;

  if (!result->known)
    return report_known_line (NULL);
  fixed = report_known_fixed (result->known);
  return g_strdup_printf ("%s %s", result->known->id, fixed);
}

static void
tap_result (gpointer state, const ReportCase * report_case, GString * out)
{
  Tap *self = state;
  ReportVerdict verdict = report_case_verdict (report_case);
  gboolean good = verdict == REPORT_PASS || verdict == REPORT_SKIP;

  g_string_append_printf (out, "%s %u - ", good ? "ok" : "not ok", ++self->n_seen);
  append_escaped (out, report_case->name);
  g_string_append_c (out, ' ');
  append_escaped (out, report_case->pair);
  if (verdict == REPORT_SKIP) {
    g_string_append (out, " # SKIP");
    append_reasons (out, report_case, verdict, skip_reason);
  } else if (verdict == REPORT_XFAIL) {
    g_string_append (out, " # TODO");
    append_reasons (out, report_case, verdict, todo_reason);
  }
  g_string_append_c (out, '\n');
  if (!good)
    append_yaml (out, report_case);
}

static void
append_notes (GString * out, const GPtrArray * notes, ReportVerdict verdict)
{
  for (guint i = 0; notes && i < notes->len; i++) {
    const ReportNote *note = g_ptr_array_index (notes, i);

    g_string_append_printf (out, "# %s: %s\n", report_verdict_name (verdict), note->text);
  }
}

/* The plan has a point for each case and none for the run: its exit status tells of these. */
static void
tap_end (gpointer state, const ReportTotals * totals, GString * out)
{
  Tap *self = state;

  append_notes (out, totals->excess, REPORT_FAIL);
  append_notes (out, totals->xpass, REPORT_XPASS);
  if (totals->interrupted && self->n_seen < self->run->n_cases)
    g_string_append (out, "Bail out! interrupted\n");
  g_free (self);
}

const Reporter reporter_tap = {
  .name = "tap",
  .summary = "Test Anything Protocol, version 13: one point a case",
  .begin = tap_begin,
  .result = tap_result,
  .end = tap_end,
};
