/* The line that says how a run ended, for who reads nothing else. */
#include "config.h"
#include "report/report.h"

#define MAX_NAMED 6

/* "shmsink" of "shmsink 1.22.0 (producer p)". Caller frees. */
static gchar *
element_of (const ReportResult * result)
{
  const gchar *who = result->blamed ? result->blamed : result->element;
  gsize length = 0;

  while (who && who[length] != '\0' && who[length] != ' ')
    length++;
  return length > 0 ? g_strndup (who, length) : NULL;
}

/* What tells RESULT from others of its verdict: the known issue, or who broke which contract. */
static gchar *
name_of (const ReportResult * result)
{
  g_autofree gchar *element = element_of (result);

  if (result->verdict == REPORT_XFAIL)
    return g_strdup (result->known ? result->known->id : "-");
  if (!result->contract || !element)
    return g_strdup (result->contract ? result->contract : "case");
  return g_strdup_printf ("%s (%s)", result->contract, element);
}

/* Names of the results of VERDICT, each once, in the order of the report. */
static GPtrArray *
names_of (const GPtrArray * cases, ReportVerdict verdict)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint c = 0; c < cases->len; c++) {
    const ReportCase *report_case = g_ptr_array_index (cases, c);

    for (guint i = 0; i < report_case->results->len; i++) {
      const ReportResult *result = g_ptr_array_index (report_case->results, i);
      g_autofree gchar *name = result->verdict == verdict ? name_of (result) : NULL;

      if (name && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
  }
  return names;
}

static void
append_names (GString * line, const GPtrArray * names)
{
  for (guint i = 0; i < names->len && i < MAX_NAMED; i++)
    g_string_append_printf (line, "%s%s", i > 0 ? ", " : ": ",
        (const gchar *) g_ptr_array_index (names, i));
  if (names->len > MAX_NAMED)
    g_string_append_printf (line, " and %u more", names->len - MAX_NAMED);
}

/* "; 1 known issue shows too often: N3" */
static void
append_excess (GString * line, const ReportTotals * totals)
{
  guint count = totals->excess ? totals->excess->len : 0;

  if (count == 0)
    return;
  g_string_append_printf (line, "; %u known %s too often", count,
      count == 1 ? "issue shows" : "issues show");
  for (guint i = 0; i < count; i++)
    g_string_append_printf (line, "%s%s", i > 0 ? ", " : ": ",
        ((const ReportNote *) g_ptr_array_index (totals->excess, i))->id);
}

/* "FAIL", "BROKEN", "SKIP", "OK": as the status of the process, with what makes it so. */
static void
append_verdict (GString * line, const GPtrArray * cases, const ReportTotals * totals)
{
  const guint *counts = totals->counts;
  g_autoptr (GPtrArray) broken = names_of (cases, REPORT_FAIL);

  if (broken->len > 0) {
    g_string_append_printf (line, "FAIL, %u %s broken", broken->len,
        broken->len == 1 ? "contract is" : "contracts are");
    append_names (line, broken);
  } else if (totals->excess && totals->excess->len > 0) {
    g_string_append (line, "FAIL");
  } else if (report_fails (totals)) {
    g_string_append (line, "FAIL, the table of known issues is out of date for this release");
  } else if (counts[REPORT_BROKEN] > 0) {
    g_string_append_printf (line, "BROKEN, %u %s on which nothing can be said",
        counts[REPORT_BROKEN], counts[REPORT_BROKEN] == 1 ? "measurement failed," :
        "measurements failed,");
  } else if (counts[REPORT_PASS] + counts[REPORT_XFAIL] + counts[REPORT_XPASS] == 0) {
    g_string_append (line, "SKIP, nothing could be judged");
  } else {
    g_string_append_printf (line, "OK, nothing%s is broken", counts[REPORT_XFAIL] > 0 ? " new" : "");
  }
}

gchar *
report_result_line (const GPtrArray * cases, const ReportTotals * totals)
{
  GString *line = g_string_new ("RESULT: ");
  g_autoptr (GPtrArray) known = names_of (cases, REPORT_XFAIL);
  guint xpass = totals->counts[REPORT_XPASS] + (totals->xpass ? totals->xpass->len : 0);

  if (totals->interrupted)
    g_string_append (line, "INTERRUPTED; so far: ");
  append_verdict (line, cases, totals);
  append_excess (line, totals);
  if (known->len > 0)
    g_string_append_printf (line, "; %u known GStreamer %s (xfail)", known->len,
        known->len == 1 ? "problem" : "problems");
  if (xpass > 0)
    g_string_append_printf (line, "; %u known %s not show (XPASS)", xpass,
        xpass == 1 ? "problem did" : "problems did");
  return g_string_free (line, FALSE);
}
