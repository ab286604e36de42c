/* JUnit XML, as CI services read it: a suite for each pair, a test case for each contract. */
#include "config.h"
#include "report/report.h"

/* The suite of what is about the run and not about a pair. */
#define RUN_SUITE "run"

typedef struct
{
  const gchar *pair;
  guint tests, failures, errors, skipped;
  gdouble seconds;
  GString *body;
} Suite;

typedef struct
{
  const ReportRun *run;
  GPtrArray *suites;            /* Suite*, in order of appearance */
} Junit;

static void
suite_free (gpointer data)
{
  Suite *suite = data;

  g_string_free (suite->body, TRUE);
  g_free (suite);
}

static gpointer
junit_begin (const ReportRun * run, const ReportStyle * style, GString * out)
{
  Junit *self = g_new0 (Junit, 1);

  self->run = run;
  self->suites = g_ptr_array_new_with_free_func (suite_free);
  return self;
}

static Suite *
suite_for (Junit * self, const gchar * pair)
{
  Suite *suite;

  for (guint i = 0; i < self->suites->len; i++) {
    suite = g_ptr_array_index (self->suites, i);
    if (g_str_equal (suite->pair, pair))
      return suite;
  }
  suite = g_new0 (Suite, 1);
  suite->pair = pair;
  suite->body = g_string_new (NULL);
  g_ptr_array_add (self->suites, suite);
  return suite;
}

/* All text is clean already: no character that XML 1.0 forbids is left. */
static void
append_attribute (GString * out, const gchar * name, const gchar * text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text, -1);

  g_string_append_printf (out, " %s=\"%s\"", name, escaped);
}

static void
append_number (GString * out, const gchar * name, guint number)
{
  g_string_append_printf (out, " %s=\"%u\"", name, number);
}

static void
append_time (GString * out, gdouble seconds)
{
  g_autofree gchar *text = report_seconds (seconds);

  append_attribute (out, "time", text);
}

static void
append_text_line (GString * out, const gchar * label, const gchar * text)
{
  g_autofree gchar *escaped = NULL;

  if (!text)
    return;
  escaped = g_markup_escape_text (text, -1);
  g_string_append_printf (out, "%s%s\n", label, escaped);
}

static void
append_text_lines (GString * out, const gchar * label, const GPtrArray * list)
{
  for (guint i = 0; list && i < list->len; i++)
    append_text_line (out, label, g_ptr_array_index (list, i));
}

/* What a person needs who sees only this one test case. */
static void
append_story (GString * out, const ReportCase * report_case, const ReportResult * result)
{
  g_autofree gchar *known = report_known_line (result->known);

  append_text_line (out, "", result->contract_text);
  append_text_line (out, "blamed: ", result->blamed);
  append_text_lines (out, "", result->evidence);
  if (result->verdict != REPORT_BROKEN)
    append_text_line (out, "known: ", known);
  append_text_lines (out, "stack: ", report_case->stack);
  g_string_append_printf (out, "seed: %" G_GUINT64_FORMAT "\n", report_case->seed);
  append_text_line (out, "reproduce: ", report_case->reproduce);
}

/* One line: what the overview of a CI service shows. */
static gchar *
headline (const ReportResult * result)
{
  const gchar *said = result->message;

  if (!said && result->evidence)
    said = g_ptr_array_index (result->evidence, 0);
  if (result->verdict == REPORT_XFAIL) {
    g_autofree gchar *known = report_known_line (result->known);

    return g_strdup_printf ("xfail: %s", known);
  }
  if (result->verdict == REPORT_XPASS)
    return g_strdup ("XPASS: listed as broken for this version, but held");
  return g_strdup (said ? said : "no reason given");
}

/* Appends an element that tells a verdict other than pass. */
static void
append_verdict (GString * out, const gchar * element, const ReportCase * report_case,
    const ReportResult * result)
{
  g_autofree gchar *message = headline (result);
  const gchar *type = result->contract_id;

  if (!type)
    type = report_verdict_name (result->verdict);
  g_string_append_printf (out, "      <%s", element);
  append_attribute (out, "type", type);
  append_attribute (out, "message", message);
  g_string_append (out, ">\n");
  append_story (out, report_case, result);
  g_string_append_printf (out, "      </%s>\n", element);
}

static void
append_test (Suite * suite, const ReportCase * report_case, const ReportResult * result,
    gdouble seconds)
{
  GString *out = suite->body;

  g_string_append (out, "    <testcase");
  append_attribute (out, "classname", report_case->name);
  append_attribute (out, "name", result->contract ? result->contract : "case");
  append_time (out, seconds);
  g_string_append (out, ">\n");
  suite->tests++;
  switch (result->verdict) {
    case REPORT_FAIL:
    case REPORT_XPASS:
      suite->failures++;
      append_verdict (out, "failure", report_case, result);
      break;
    case REPORT_BROKEN:
      suite->errors++;
      append_verdict (out, "error", report_case, result);
      break;
    case REPORT_XFAIL:
    case REPORT_SKIP:
      suite->skipped++;
      append_verdict (out, "skipped", report_case, result);
      break;
    case REPORT_PASS:
    case REPORT_N_VERDICTS:
      break;
  }
  g_string_append (out, "    </testcase>\n");
}

/* The time of a case stands at its first contract, so that the sum is right. */
static void
junit_result (gpointer state, const ReportCase * report_case, GString * out)
{
  Suite *suite = suite_for (state, report_case->pair);

  suite->seconds += report_case->seconds;
  for (guint i = 0; i < report_case->results->len; i++)
    append_test (suite, report_case, g_ptr_array_index (report_case->results, i),
        i == 0 ? report_case->seconds : 0);
}

static void
append_run_test (Suite * suite, const gchar * name, const gchar * element, const gchar * message)
{
  GString *out = suite->body;

  suite->tests++;
  g_string_append (out, "    <testcase");
  append_attribute (out, "classname", RUN_SUITE);
  append_attribute (out, "name", name);
  append_time (out, 0);
  g_string_append_printf (out, ">\n      <%s", element);
  append_attribute (out, "message", message);
  g_string_append (out, "/>\n    </testcase>\n");
}

static void
add_notes (Junit * self, const GPtrArray * notes, ReportVerdict verdict, gboolean fails)
{
  for (guint i = 0; notes && i < notes->len; i++) {
    const ReportNote *note = g_ptr_array_index (notes, i);
    Suite *suite = suite_for (self, RUN_SUITE);
    g_autofree gchar *message =
        g_strdup_printf ("%s: %s", report_verdict_name (verdict), note->text);

    if (fails)
      suite->failures++;
    else
      suite->skipped++;
    append_run_test (suite, note->id, fails ? "failure" : "skipped", message);
  }
}

/* What no case shows must not be lost: cases that never ran, known issues that did not show or
 * showed too often. */
static void
add_run_suite (Junit * self, const ReportTotals * totals)
{
  add_notes (self, totals->excess, REPORT_FAIL, TRUE);
  add_notes (self, totals->xpass, REPORT_XPASS, totals->strict);
  if (totals->interrupted) {
    Suite *suite = suite_for (self, RUN_SUITE);

    suite->errors++;
    append_run_test (suite, "interrupted", "error", "interrupted: not every case was run");
  }
}

static void
append_counts (GString * out, const Suite * suite)
{
  append_number (out, "tests", suite->tests);
  append_number (out, "failures", suite->failures);
  append_number (out, "errors", suite->errors);
  append_number (out, "skipped", suite->skipped);
  append_time (out, suite->seconds);
  g_string_append (out, ">\n");
}

static void
append_property (GString * out, const gchar * name, const gchar * value)
{
  g_string_append (out, "      <property");
  append_attribute (out, "name", name);
  append_attribute (out, "value", value);
  g_string_append (out, "/>\n");
}

static void
append_suite (GString * out, const ReportRun * run, const Suite * suite)
{
  g_autofree gchar *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, run->seed);

  g_string_append (out, "  <testsuite");
  append_attribute (out, "name", suite->pair);
  append_counts (out, suite);
  g_string_append (out, "    <properties>\n");
  append_property (out, "program", run->program);
  append_property (out, "version", run->version);
  append_property (out, "target", run->target);
  append_property (out, "host", run->host);
  append_property (out, "seed", seed);
  g_string_append (out, "    </properties>\n");
  g_string_append (out, suite->body->str);
  g_string_append (out, "  </testsuite>\n");
}

static Suite
sum_of_suites (const Junit * self)
{
  Suite sum = {.tests = 0 };

  for (guint i = 0; i < self->suites->len; i++) {
    const Suite *suite = g_ptr_array_index (self->suites, i);

    sum.tests += suite->tests;
    sum.failures += suite->failures;
    sum.errors += suite->errors;
    sum.skipped += suite->skipped;
    sum.seconds += suite->seconds;
  }
  return sum;
}

static void
junit_end (gpointer state, const ReportTotals * totals, GString * out)
{
  Junit *self = state;
  Suite sum;

  add_run_suite (self, totals);
  sum = sum_of_suites (self);
  g_string_append (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
  append_attribute (out, "name", self->run->program);
  append_counts (out, &sum);
  for (guint i = 0; i < self->suites->len; i++)
    append_suite (out, self->run, g_ptr_array_index (self->suites, i));
  g_string_append (out, "</testsuites>\n");
  g_ptr_array_unref (self->suites);
  g_free (self);
}

const Reporter reporter_junit = {
  .name = "junit",
  .summary = "JUnit XML for CI services: a suite for each pair, a test for each contract",
  .begin = junit_begin,
  .result = junit_result,
  .end = junit_end,
};
