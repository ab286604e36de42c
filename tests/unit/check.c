/* The checks: each against a trace that keeps its contract and one that breaks it, against nothing
 * to look at, and all against traces that no tool would write. */
#include "config.h"
#include "check/check.h"
#include "check/spans.h"

#include <string.h>
#include <time.h>

#define N_MUTATIONS 5000

static gchar *
read_golden (const Check * check, const gchar * kind)
{
  const gchar *srcdir = g_getenv ("srcdir");
  g_autofree gchar *name = g_strdup_printf ("%s.%s.trace", check->name, kind);
  g_autofree gchar *file = g_build_filename (srcdir != NULL ? srcdir : ".", "tests", "golden",
      name, NULL);
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  g_file_get_contents (file, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static GPtrArray *
parse_golden (const gchar * text, const Check * check)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *traces = trace_parse (text, check->name, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (traces->len, ==, 1);
  return traces;
}

static void
free_findings (GPtrArray * findings)
{
  g_ptr_array_unref (findings);
}

static gchar *
blamed_of (const gchar * text)
{
  const gchar *line = strstr (text, "# blames ");

  g_assert_nonnull (line);
  line += strlen ("# blames ");
  return g_strndup (line, strcspn (line, "\n"));
}

static void
show (const CheckFinding * finding)
{
  for (guint i = 0; i < finding->evidence->len; i++)
    g_test_message ("%s", (const gchar *) g_ptr_array_index (finding->evidence, i));
}

static void
test_pass (gconstpointer data)
{
  const Check *check = data;
  g_autofree gchar *text = read_golden (check, "pass");
  g_autoptr (GPtrArray) traces = parse_golden (text, check);
  GPtrArray *findings = check_run (check, g_ptr_array_index (traces, 0));
  const CheckFinding *finding = g_ptr_array_index (findings, 0);

  show (finding);
  g_assert_cmpuint (findings->len, ==, 1);
  g_assert_true (finding->check == check);
  g_assert_cmpint (finding->outcome, ==, CHECK_PASS);
  g_assert_cmpuint (finding->looked, >, 0);
  g_assert_cmpuint (finding->broken, ==, 0);
  g_assert_cmpint (finding->role, ==, -1);
  free_findings (findings);
}

static gboolean
blames (GPtrArray * findings, const Trace * trace, const gchar * name)
{
  for (guint i = 0; i < findings->len; i++) {
    const CheckFinding *finding = g_ptr_array_index (findings, i);

    show (finding);
    g_assert_cmpint (finding->outcome, ==, CHECK_FAIL);
    g_assert_cmpuint (finding->broken, >, 0);
    g_assert_cmpuint (finding->looked, >=, finding->broken);
    g_assert_cmpuint (finding->evidence->len, ==, MIN (finding->broken, CHECK_EVIDENCE_MAX));
    if (finding->role == trace_find_role (trace, name))
      return TRUE;
  }
  return FALSE;
}

static void
test_fail (gconstpointer data)
{
  const Check *check = data;
  g_autofree gchar *text = read_golden (check, "fail");
  g_autofree gchar *blamed = blamed_of (text);
  g_autoptr (GPtrArray) traces = parse_golden (text, check);
  const Trace *trace = g_ptr_array_index (traces, 0);
  GPtrArray *findings = check_run (check, trace);

  g_assert_true (blames (findings, trace, blamed));
  free_findings (findings);
}

static void
test_vacuous (gconstpointer data)
{
  const Check *check = data;
  g_autofree gchar *text = read_golden (check, "pass");
  g_autoptr (GPtrArray) traces = parse_golden (text, check);
  Trace *trace = g_ptr_array_index (traces, 0);
  GPtrArray *findings;
  const CheckFinding *finding;

  g_array_set_size (trace->events, 0);
  findings = check_run (check, trace);
  g_assert_cmpuint (findings->len, ==, 1);
  finding = g_ptr_array_index (findings, 0);
  g_assert_cmpint (finding->outcome, ==, CHECK_VACUOUS);
  g_assert_cmpuint (finding->looked, ==, 0);
  free_findings (findings);
}

/* --- the list --- */

static guint
rank_of (const Check * check)
{
  const gchar *letter = strchr ("WLAFMPSH", check->id[0]);

  g_assert_nonnull (letter);
  return (guint) (letter - "WLAFMPSH") * 1000
      + (guint) g_ascii_strtoull (check->id + 1, NULL, 10);
}

static void
test_list (void)
{
  const Check *const *list = check_list ();

  for (guint i = 0; list[i] != NULL; i++) {
    g_assert_true (check_by_name (list[i]->name) == list[i]);
    g_assert_true (check_by_name (list[i]->id) == list[i]);
    g_assert_true (g_str_has_suffix (list[i]->contract, "."));
    g_assert_true (g_str_has_suffix (list[i]->seen, "."));
    g_assert_cmpuint (strlen (list[i]->source), >, 0);
    if (i > 0)
      g_assert_cmpuint (rank_of (list[i - 1]), <, rank_of (list[i]));
  }
  g_assert_null (check_by_name ("foo"));
}

static void
test_run_all (void)
{
  const Check *const *list = check_list ();
  g_autoptr (Trace) trace = trace_new ("c", "ref:ref", 1);
  GPtrArray *findings;

  trace_add_role (trace, "p", TRACE_SIDE_PRODUCER, "ref", "0.1.0");
  g_ptr_array_add (trace->contracts, g_strdup (list[1]->name));
  g_ptr_array_add (trace->contracts, g_strdup (list[0]->name));
  g_ptr_array_add (trace->contracts, g_strdup ("foo"));
  findings = check_run_all (trace);
  g_assert_cmpuint (findings->len, ==, 2);
  for (guint i = 0; i < 2; i++) {
    const CheckFinding *finding = g_ptr_array_index (findings, i);

    g_assert_true (finding->check == list[i]);
    g_assert_cmpint (finding->outcome, ==, CHECK_VACUOUS);
  }
  free_findings (findings);
}

/* --- traces that no tool would write --- */

static void
run_every_check (GPtrArray * traces)
{
  for (guint i = 0; i < traces->len; i++) {
    for (const Check * const *check = check_list (); *check != NULL; check++)
      free_findings (check_run (*check, g_ptr_array_index (traces, i)));
  }
}

static GPtrArray *
read_all_golden (void)
{
  static const gchar *const kinds[] = { "pass", "fail" };
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (const Check * const *check = check_list (); *check != NULL; check++) {
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
      g_ptr_array_add (texts, read_golden (*check, kinds[i]));
  }
  return texts;
}

static void
test_every_pair (void)
{
  g_autoptr (GPtrArray) texts = read_all_golden ();

  for (guint i = 0; i < texts->len; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) traces = trace_parse (g_ptr_array_index (texts, i), "golden", &error);

    g_assert_no_error (error);
    run_every_check (traces);
  }
}

/* One of TEXT's words is replaced by one of OTHER's: most of the results are still traces. */
static gchar *
swap_word (const gchar * text, const gchar * other)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_auto (GStrv) others = g_strsplit (other, " ", -1);
  guint at = g_random_int_range (0, (gint) g_strv_length (words));
  guint from = g_random_int_range (0, (gint) g_strv_length (others));

  g_free (words[at]);
  words[at] = g_strdup (others[from]);
  return g_strjoinv (" ", words);
}

/* A line is left out, or repeated. */
static gchar *
move_line (const gchar * text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint at = g_random_int_range (0, (gint) g_strv_length (lines));
  gboolean repeat = g_random_boolean ();
  GString *out = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++) {
    if (i == at && !repeat)
      continue;
    g_string_append_printf (out, "%s\n", lines[i]);
    if (i == at)
      g_string_append_printf (out, "%s\n", lines[i]);
  }
  return g_string_free (out, FALSE);
}

/* A number becomes one at the edge of what fits. */
static gchar *
bend_number (const gchar * text)
{
  static const gchar *const edges[] = { "0", "-1", "1", "9223372036854775807",
    "-9223372036854775808", "18446744073709551615", "2147483647", "4294967296" };
  g_autoptr (GRegex) regex = g_regex_new ("=[0-9]+", G_REGEX_RAW, 0, NULL);
  g_auto (GStrv) parts = g_regex_split (regex, text, 0);
  guint n = g_strv_length (parts);
  guint at = g_random_int_range (0, (gint) n);
  g_autoptr (GMatchInfo) match = NULL;
  GString *out = g_string_new (parts[0]);

  g_regex_match (regex, text, 0, &match);
  for (guint i = 1; i < n; i++) {
    g_autofree gchar *number = g_match_info_fetch (match, 0);

    if (i == at)
      g_string_append_printf (out, "=%s", edges[g_random_int_range (0, G_N_ELEMENTS (edges))]);
    else
      g_string_append (out, number);
    g_string_append (out, parts[i]);
    g_match_info_next (match, NULL);
  }
  return g_string_free (out, FALSE);
}

static gchar *
spoil_byte (const gchar * text)
{
  gchar *out = g_strdup (text);

  out[g_random_int_range (0, (gint) strlen (text))] = (gchar) g_random_int_range (1, 256);
  return out;
}

static gchar *
mutate (const gchar * text, const gchar * other)
{
  switch (g_random_int_range (0, 4)) {
    case 0:
      return swap_word (text, other);
    case 1:
      return move_line (text);
    case 2:
      return bend_number (text);
    default:
      return spoil_byte (text);
  }
}

static void
test_mutated (void)
{
  g_autoptr (GPtrArray) texts = read_all_golden ();
  guint parsed = 0;

  g_random_set_seed (20240817);
  for (guint i = 0; i < N_MUTATIONS; i++) {
    guint which = g_random_int_range (0, (gint) texts->len);
    guint other = g_random_int_range (0, (gint) texts->len);
    g_autofree gchar *once = mutate (g_ptr_array_index (texts, which),
        g_ptr_array_index (texts, other));
    g_autofree gchar *text = mutate (once, g_ptr_array_index (texts, other));
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) traces = trace_parse (text, "mutated", &error);

    g_assert_true ((traces != NULL) == (error == NULL));
    if (traces == NULL)
      continue;
    parsed++;
    run_every_check (traces);
  }
  g_test_message ("%u of %u still parsed", parsed, N_MUTATIONS);
  g_assert_cmpuint (parsed, >, N_MUTATIONS / 20);
}

/* --- how the work grows --- */

static void
add_event (Trace * trace, TraceKind kind, gint role, guint64 seq, guint64 n_places)
{
  TraceEvent event = trace_event (kind);

  event.role = (gint16) role;
  event.client = role < 0 || kind == TRACE_CLIENT_OPEN ? 0 : -1;
  event.time_ns = (gint64) trace->events->len * 1000;
  event.area = kind == TRACE_SPAWN || kind == TRACE_STARTED || kind == TRACE_CLIENT_OPEN ? 0 : 1;
  event.seq = event.sum = seq;
  event.size = kind == TRACE_NEW_AREA ? 1 << 30 : 100;
  event.offset = kind == TRACE_NEW_AREA ? event.size : seq % n_places * 104;
  event.new_area.opened = kind == TRACE_NEW_AREA;
  trace_event_set_text (&event, kind == TRACE_NEW_AREA ? "/shmpipe.x" : "");
  trace_append (trace, &event);
}

/* A trace that keeps all contracts: an eighth of its buffers is always out, a full area each. */
static Trace *
make_long_trace (guint n_events)
{
  Trace *trace = trace_new ("long", "gst:ref", 1);
  const guint64 window = n_events / 8;

  trace->tap = TRUE;
  trace_add_role (trace, "p", TRACE_SIDE_PRODUCER, "shmsink", "1");
  trace_add_role (trace, "c", TRACE_SIDE_CONSUMER, "ref", "1");
  for (gint role = 0; role < 2; role++) {
    add_event (trace, TRACE_SPAWN, role, 0, 1);
    add_event (trace, TRACE_STARTED, role, 0, 1);
  }
  add_event (trace, TRACE_CLIENT_OPEN, 1, 0, 1);
  add_event (trace, TRACE_NEW_AREA, -1, 0, 1);
  for (guint64 seq = 1; trace->events->len < n_events; seq++) {
    if (seq > window) {
      add_event (trace, TRACE_FULL, 0, 0, 1);
      add_event (trace, TRACE_RELEASE, 1, seq - window, window);
      add_event (trace, TRACE_ACK_BUFFER, -1, seq - window, window);
      add_event (trace, TRACE_RESUMED, 0, seq, window);
    }
    add_event (trace, TRACE_BUFFER_OUT, 0, seq, window);
    add_event (trace, TRACE_NEW_BUFFER, -1, seq, window);
    add_event (trace, TRACE_BUFFER_IN, 1, seq, window);
  }
  trace_finish (trace);
  return trace;
}

/* Processor time, in seconds, that CHECK takes for TRACE: the least of some. */
static gdouble
cost_of (const Check * check, const Trace * trace)
{
  gdouble least = G_MAXDOUBLE;

  for (gint i = 0; i < 3; i++) {
    struct timespec from, to;
    GPtrArray *findings;

    clock_gettime (CLOCK_THREAD_CPUTIME_ID, &from);
    findings = check_run (check, trace);
    clock_gettime (CLOCK_THREAD_CPUTIME_ID, &to);
    g_assert_cmpint (((CheckFinding *) g_ptr_array_index (findings, 0))->outcome, !=, CHECK_FAIL);
    free_findings (findings);
    least = MIN (least, (gdouble) (to.tv_sec - from.tv_sec)
        + (gdouble) (to.tv_nsec - from.tv_nsec) / 1e9);
  }
  return least;
}

/* Eight times the trace, with eight times the buffers out, takes about eight times the work, not
 * sixty-four times. No matter how fast the machine is: both are measured here. */
static void
test_growth (void)
{
  Trace *small = make_long_trace (2000), *large = make_long_trace (16000);

  for (const Check * const *check = check_list (); *check != NULL; check++) {
    gdouble little = cost_of (*check, small), much = cost_of (*check, large);

    g_test_message ("%s: %.6f s, %.6f s", (*check)->name, little, much);
    /* Below a ten-thousandth of a second nothing is measured. */
    g_assert_cmpfloat (much, <, 30 * MAX (little, 1e-4));
  }
  trace_free (small);
  trace_free (large);
}

typedef struct
{
  guint64 offset, size;
  gint64 area;
  gboolean in;
} Range;

static gboolean
any (gpointer item, gpointer user)
{
  return TRUE;
}

static gboolean
ranges_overlap (const Range * a, const Range * b)
{
  return a->area == b->area && a->size > 0 && b->size > 0
      && (a->offset <= b->offset ? b->offset - a->offset < a->size
      : a->offset - b->offset < b->size);
}

/* The same answers as from looking at every range, of all sizes and at the end of the numbers. */
static void
test_spans (void)
{
  static const guint shifts[] = { 60, 54, 40 };
  CheckSpans *spans = check_spans_new ();
  Range ranges[100] = { 0 };

  g_random_set_seed (7);
  for (guint round = 0; round < 20000; round++) {
    Range *range = &ranges[g_random_int_range (0, G_N_ELEMENTS (ranges))];
    Range *found;
    gboolean expected = FALSE;

    if (range->in) {
      check_spans_remove (spans, range->area, range->offset, range->size, range);
      range->in = FALSE;
    }
    range->area = g_random_int_range (-1, 2);
    range->size = g_random_int_range (0, 20) == 0 ? 0
        : (guint64) g_random_int () << 32 >> shifts[round % 3];
    range->offset = ((guint64) g_random_int () << 32) >> (round % 2 ? 56 : 0);
    for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
      expected |= ranges[i].in && ranges_overlap (&ranges[i], range);
    found = check_spans_find (spans, range->area, range->offset, range->size, any, NULL);
    g_assert_cmpint (found != NULL, ==, expected);
    g_assert_true (found == NULL || ranges_overlap (found, range));
    if (!expected || round % 4 == 0) {
      check_spans_add (spans, range->area, range->offset, range->size, range);
      range->in = TRUE;
    }
  }
  check_spans_free (spans);
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/list", test_list);
  g_test_add_func ("/check/run-all", test_run_all);
  for (const Check * const *check = check_list (); *check != NULL; check++) {
    g_autofree gchar *pass = g_strdup_printf ("/check/%s/pass", (*check)->name);
    g_autofree gchar *fail = g_strdup_printf ("/check/%s/fail", (*check)->name);
    g_autofree gchar *vacuous = g_strdup_printf ("/check/%s/vacuous", (*check)->name);

    g_test_add_data_func (pass, *check, test_pass);
    g_test_add_data_func (fail, *check, test_fail);
    g_test_add_data_func (vacuous, *check, test_vacuous);
  }
  g_test_add_func ("/check/spans", test_spans);
  g_test_add_func ("/check/growth", test_growth);
  g_test_add_func ("/check/every-pair", test_every_pair);
  g_test_add_func ("/check/mutated", test_mutated);
  return g_test_run ();
}
