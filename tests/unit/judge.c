/* Traces in, verdicts out: what the table of known issues excuses, and what it does not. Each of
 * these elements is a mutant that does a little more, or something else, than what is known. */
#include "config.h"
#include "verdict/judge.h"

#include "verdict/known.h"
#include "scenario/scenario.h"

#include <string.h>

static GPtrArray *issues;       /* KnownIssue*: as shipped */

/* --- traces --- */

static gchar *
read_file (const gchar * name)
{
  const gchar *srcdir = g_getenv ("srcdir");
  g_autofree gchar *file = g_build_filename (srcdir != NULL ? srcdir : ".", name, NULL);
  gchar *text = NULL;

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  return text;
}

/* The golden trace NAME; each pair of CHANGES is a text that becomes another. */
static Trace *
read_trace (const gchar * name, const gchar * const *changes)
{
  g_autofree gchar *file = g_strdup_printf ("tests/golden/%s.trace", name);
  g_autofree gchar *text = read_file (file);
  g_autoptr (GString) changed = g_string_new (text);
  g_autoptr (GPtrArray) traces = NULL;
  g_autoptr (GError) error = NULL;
  Trace *trace;

  for (; changes != NULL && changes[0] != NULL; changes += 2)
    g_assert_cmpuint (g_string_replace (changed, changes[0], changes[1], 0), >, 0);
  traces = trace_parse (changed->str, name, &error);
  g_assert_no_error (error);
  g_ptr_array_set_free_func (traces, NULL);
  trace = g_ptr_array_index (traces, 0);
  return trace;
}

/* "kept xfail N3, survivor-lives FAIL -": every breach and BROKEN of the case. */
static gchar *
verdicts_of (const ReportCase * judged)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < judged->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (judged->results, i);

    if (result->verdict == REPORT_PASS || result->verdict == REPORT_SKIP)
      continue;
    g_string_append_printf (text, "%s%s %s %s", text->len > 0 ? ", " : "",
        result->contract != NULL ? result->contract : "case",
        report_verdict_name (result->verdict), result->known != NULL ? result->known->id : "-");
  }
  return g_string_free (text, FALSE);
}

static void
free_case (ReportCase * judged)
{
  report_case_free (judged);
}

static gchar *
judge_text (const gchar * name, const gchar * const *changes, gboolean allow)
{
  g_autoptr (Judge) judge = judge_new (issues, allow);
  g_autoptr (Trace) trace = read_trace (name, changes);
  ReportCase *judged = judge_case (judge, trace, 0, NULL);
  gchar *text = verdicts_of (judged);

  free_case (judged);
  return text;
}

/* --- what is excused, and what is not --- */

#define CLOSE_1 "event 0.101000000 - client-close client=0 \"consumer\"\n"
#define PUT_OUT "event 0.100500000 - ack-buffer client=0 area=1 offset=96\n" \
    "event 0.101000000 - client-close client=0 \"producer\"\n"
#define DROP_1 "event 0.102000000 - client-close client=1 \"producer\"\n"
#define QUIET "event 0.103000000 c2 end \"disconnect\"\n" \
    "event 0.103500000 c2 disconnected \"disconnect\"\n"
#define LEAVE "event 0.100000000 c1 stop deadline-us=2000000 \"SIGKILL\"\n" \
    "event 0.100500000 c1 exit status=-9 \"Killed\"\n"
#define STOP_P "event 0.300000000 p stop deadline-us=2000000 \"EOS\"\n"
#define END_P "event 0.302000000 p exit \"0\"\n"
#define STOPPED_P "event 0.301000000 p stopped took-us=1000 \"EOS\"\n"
#define CONTRACTS(names) "contracts kept\n", "contracts " names "\n"

typedef struct
{
  const gchar *name, *trace;
  const gchar *changes[12];
  const gchar *allowed, *failed;        /* with --known=allow and without */
} Mutant;

static const Mutant mutants[] = {
  /* A client that came after the one that leaves is dropped with it: this is N3. */
  {"n3", "kept.fail", {NULL}, "kept xfail N3, survivor-lives xfail N3",
        "kept FAIL N3, survivor-lives FAIL N3"},
  {"n3-flow", "kept.fail", {CONTRACTS ("survivor-lives"), QUIET, "event 0.2 c2 flow-late\n"},
        "survivor-lives xfail N3, kept xfail N3", "survivor-lives FAIL N3, kept FAIL N3"},
  /* The one that came before was put out, for an ACK of what there is not. */
  {"n3-put-out", "kept.fail", {LEAVE, "", CLOSE_1, PUT_OUT}, "kept xfail N3", "kept FAIL N3"},
  {"drops-both", "kept.fail", {LEAVE, "", CLOSE_1, "event 0.101 - client-close client=0 \"producer\"\n"},
        "kept FAIL -", "kept FAIL -"},
  /* N3 is not in this release of another element. */
  {"other-element", "kept.fail", {"shmsink 1.22.0", "othersink 1.22.0"},
        "kept FAIL -, survivor-lives FAIL -", "kept FAIL -, survivor-lives FAIL -"},
  /* Nobody leaves, and a healthy client is dropped. */
  {"drops-healthy", "kept.fail", {LEAVE, "", CLOSE_1, "", QUIET, ""}, "kept FAIL -", "kept FAIL -"},
  {"drops-healthy-flow", "kept.fail", {LEAVE, "", CLOSE_1, "", CONTRACTS ("survivor-lives"),
          QUIET, "event 0.2 c2 flow-late\n"}, "survivor-lives FAIL -, kept FAIL -",
        "survivor-lives FAIL -, kept FAIL -"},
  /* The one that is dropped came before the one that leaves. */
  {"drops-all", "kept.fail", {CLOSE_1, "event 0.101 - client-close client=1 \"consumer\"\n",
          DROP_1, "event 0.102 - client-close client=0 \"producer\"\n", LEAVE,
          "event 0.1 c2 stop deadline-us=2000000 \"SIGKILL\"\nevent 0.1005 c2 exit status=-9 \"Killed\"\n",
          QUIET, "event 0.103 c1 end \"disconnect\"\n"},
        "kept FAIL -, survivor-lives FAIL -", "kept FAIL -, survivor-lives FAIL -"},
  /* Long after another has left. */
  {"drops-later", "kept.fail", {DROP_1, "event 3.5 - client-close client=1 \"producer\"\n",
          QUIET, "", STOP_P, "event 4.0 p stop deadline-us=2000000 \"EOS\"\n", STOPPED_P, "",
          END_P, "event 4.2 p exit \"0\"\n"},
        "kept FAIL -", "kept FAIL -"},
};

static const Mutant deaths[] = {
  /* Whether or not the case is about it, and whatever else is known of the element. */
  {"sigbus", "kept.pass", {END_P, "", STOP_P, "event 0.3 p exit status=-7 \"Bus error\"\n"},
        "survivor-lives FAIL -", "survivor-lives FAIL -"},
  /* What it did before it died is no known issue either. */
  {"dying", "kept.fail", {CONTRACTS ("survivor-lives"), QUIET, "event 0.2 c2 flow-late\n",
          STOPPED_P, "", END_P, "", STOP_P, "event 1.5 p exit status=-7 \"Bus error\"\n"},
        "survivor-lives FAIL -", "survivor-lives FAIL -"},
  {"sigsegv", "kept.pass", {END_P, "", STOP_P, "event 0.3 p exit status=-11 \"Fault\"\n"},
        "survivor-lives FAIL -", "survivor-lives FAIL -"},
  /* N4 wants an ACK for what is not held, and its signal. */
  {"sigabrt", "kept.pass", {"case golden", "case multi-area-ack", END_P, "",
          STOP_P, "event 0.3 p exit status=-6 \"Aborted\"\n"}, "survivor-lives FAIL -",
        "survivor-lives FAIL -"},
  {"n4", "kept.pass", {"case golden", "case multi-area-ack", END_P, "", STOP_P,
          "event 0.29 - ack-buffer client=1 area=1\nevent 0.3 p exit status=-6 \"Aborted\"\n"},
        "survivor-lives xfail N4", "survivor-lives FAIL N4"},
  {"n4-elsewhere", "kept.pass", {END_P, "", STOP_P,
          "event 0.29 - ack-buffer client=1 area=1\nevent 0.3 p exit status=-6 \"Aborted\"\n"},
        "survivor-lives FAIL -", "survivor-lives FAIL -"},
  {"n4-sigbus", "kept.pass", {"case golden", "case multi-area-ack", END_P, "", STOP_P,
          "event 0.29 - ack-buffer client=1 area=1\nevent 0.3 p exit status=-7 \"Bus error\"\n"},
        "survivor-lives FAIL -", "survivor-lives FAIL -"},
  /* K1 is one error; another one beside it is another matter. */
  {"k1", "kept.pass", {CONTRACTS ("stop-quiet"), STOP_P, STOP_P "event 0.3002 p bus-error code=9 "
          "\"gst-resource-error-quark: Failed waiting on fd activity; errno: 16\"\n"},
        "stop-quiet xfail K1", "stop-quiet FAIL K1"},
  {"k1-and-more", "kept.pass", {CONTRACTS ("stop-quiet"), STOP_P, STOP_P
          "event 0.3002 p bus-error code=9 "
          "\"gst-resource-error-quark: Failed waiting on fd activity; errno: 16\"\n"
          "event 0.3003 p bus-error code=1 \"gst-core-error-quark: Lost; debug\"\n"},
        "stop-quiet xfail K1, stop-quiet FAIL -", "stop-quiet FAIL K1, stop-quiet FAIL -"},
  {"k1-other-code", "kept.pass", {CONTRACTS ("stop-quiet"), STOP_P, STOP_P
          "event 0.3002 p bus-error code=10 "
          "\"gst-resource-error-quark: Failed waiting on fd activity; errno: 16\"\n"},
        "stop-quiet FAIL -", "stop-quiet FAIL -"},
};

#define REPORTS(bytes) "maxsize=4096 measurement=2 size=1", \
    "maxsize=" bytes " measurement=2 size=1"
#define SHM_ALLOCATOR "allocators/twin:clean", "allocators/shm", "ref 0.1.0", "GstShmAllocator 1.26.2"

/* An allocator that wastes is not one that reports more than there is, and a page more is not many. */
static const Mutant sizes[] = {
  {"k5", "maxsize-true.pass", {SHM_ALLOCATOR, REPORTS ("8")}, "maxsize-true xfail K5",
        "maxsize-true FAIL K5"},
  {"k5-overrun", "maxsize-true.pass", {SHM_ALLOCATOR, REPORTS ("4097")}, "maxsize-true FAIL -",
        "maxsize-true FAIL -"},
  {"k5-sigbus", "maxsize-true.pass", {SHM_ALLOCATOR, "written=1 measurement=2 \"last reported\"",
          "written=1 measurement=2 signal=7 \"last reported\""}, "maxsize-true FAIL -", "maxsize-true FAIL -"},
  {"n74", "one-page.fail", {"allocators/twin:extra-page", "allocators/shm", "ref 0.1.0",
          "GstShmAllocator 1.26.2"}, "one-page xfail N74", "one-page FAIL N74"},
  {"n74-many", "one-page.fail", {"allocators/twin:extra-page", "allocators/shm", "ref 0.1.0",
          "GstShmAllocator 1.26.2", "mapped=8192 measurement=2 inode", "mapped=81920 measurement=2 inode"},
        "one-page xfail N74, one-page FAIL -", "one-page FAIL N74, one-page FAIL -"},
};

static void
check_mutants (const Mutant * first, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree gchar *allowed = judge_text (first[i].trace, first[i].changes, TRUE);
    g_autofree gchar *failed = judge_text (first[i].trace, first[i].changes, FALSE);

    g_test_message ("%s", first[i].name);
    g_assert_cmpstr (allowed, ==, first[i].allowed);
    g_assert_cmpstr (failed, ==, first[i].failed);
  }
}

static void
test_mutants (void)
{
  check_mutants (mutants, G_N_ELEMENTS (mutants));
}

static void
test_sizes (void)
{
  check_mutants (sizes, G_N_ELEMENTS (sizes));
}

static void
test_deaths (void)
{
  check_mutants (deaths, G_N_ELEMENTS (deaths));
}

/* --- a rare issue that shows all the time, a sure one that does not --- */

static void
take (Judge * judge, const gchar * name, const gchar * const *changes, guint n)
{
  g_autoptr (Trace) trace = read_trace (name, changes);

  for (guint i = 0; i < n; i++)
    free_case (judge_case (judge, trace, 0, NULL));
}

static void
test_share (void)
{
  static const struct
  {
    guint seen, held, n_notes;
  } runs[] = { {1, 0, 0}, {4, 0, 0}, {6, 0, 2}, {1, 3, 0}, {7, 6, 0}, {10, 15, 0}, {15, 10, 2},
    {20, 4, 2} };

  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_autoptr (Judge) judge = judge_new (issues, TRUE);
    g_autoptr (Judge) strict = judge_new (issues, FALSE);

    take (judge, "kept.fail", NULL, runs[i].seen);
    take (judge, "kept.pass", NULL, runs[i].held);
    g_test_message ("%u of %u", runs[i].seen, runs[i].seen + runs[i].held);
    g_assert_cmpuint (judge_excess (judge)->len, ==, runs[i].n_notes);
    take (strict, "kept.fail", NULL, 9);
    g_assert_null (judge_excess (strict));
  }
}

static void
test_xpass (void)
{
  const gchar *const quiet[] = { CONTRACTS ("stop-quiet"), NULL };
  g_autoptr (Judge) judge = judge_new (issues, TRUE);
  const ReportNote *note;

  take (judge, "kept.pass", quiet, 19);
  g_assert_cmpuint (judge_xpass (judge)->len, ==, 0);
  judge_free (g_steal_pointer (&judge));
  judge = judge_new (issues, TRUE);
  take (judge, "kept.pass", quiet, 20);
  g_assert_cmpuint (judge_xpass (judge)->len, ==, 1);
  note = g_ptr_array_index (judge_xpass (judge), 0);
  g_assert_cmpstr (note->id, ==, "K1");
  g_assert_true (g_str_has_prefix (note->text, "K1: listed as broken in shmsink 1.22.0, but "));
  g_assert_nonnull (strstr (note->text, "Nothing is wrong on your machine"));
}

/* --- what the roles themselves say --- */

static guint
count_of (const ReportResult * result, const gchar * text)
{
  guint n = 0;

  for (guint i = 0; result->evidence != NULL && i < result->evidence->len; i++)
    n += strstr (g_ptr_array_index (result->evidence, i), text) != NULL;
  return n;
}

static void
test_quotes (void)
{
  const gchar *const late[] = { CONTRACTS ("header-first"), CLOSE_1, "", LEAVE,
    "event 0.1 p bus-error code=5 \"a-domain: it broke; here\"\n"
        "event 0.11 p bus-error code=5 \"a-domain: it broke; here\"\n"
        "event 0.12 c1 step-late line=3 deadline-us=1000 \"wait role=c1 for=buffers\"\n", NULL
  };
  g_autoptr (Judge) judge = judge_new (issues, TRUE);
  g_autoptr (Trace) trace = read_trace ("kept.pass", late);
  ReportCase *judged = judge_case (judge, trace, 0, NULL);
  const ReportResult *result = NULL;

  for (guint i = 0; i < judged->results->len; i++) {
    const ReportResult *each = g_ptr_array_index (judged->results, i);

    if (each->verdict == REPORT_BROKEN || each->verdict == REPORT_FAIL)
      result = each;
  }
  g_assert_nonnull (result);
  g_assert_cmpuint (count_of (result, "p (shmsink 1.22.0): its error, code 5: a-domain: it broke; "
          "here"), ==, 1);
  free_case (judged);
}

/* --- a machine that stood still --- */

#define WAIT "event 0.05 p step line=3 deadline-us=1000000 \"wait role=c1 for=buffers\"\n"
#define WAIT_LATE "event 1.30 p step-late line=3 deadline-us=1000000 \"wait role=c1 for=buffers\"\n"
#define STALL(ms) "event 1.00 - stall late-ns=" ms "000000\n"
#define STOP "event 1.50 p stop deadline-us=1000000 \"EOS\"\n"
#define STOP_STALL(ms) "event 2.40 - stall late-ns=" ms "000000\n"
#define STOP_IS_LATE "event 2.60 p stop-late since-us=1100000 \"EOS\"\n"
#define STOPPED "event 0.301500000 p stopped took-us=1500 \"EOS\"\n"

/* What is late is nobody's fault when more than a quarter of its time was lost. */
static void
test_stalls (void)
{
  static const struct
  {
    const gchar *events;
    gdouble seconds;            /* that the machine is said to have stood still; 0: it is not */
  } rows[] = {
    {WAIT WAIT_LATE, 0},
    {WAIT STALL ("250") WAIT_LATE, 0},
    {WAIT STALL ("260") WAIT_LATE, 0.3},
    {WAIT STALL ("900") WAIT_LATE, 0.9},
    {WAIT "event 1.40 - stall late-ns=50000000\n", 0},
    {STOP STOP_IS_LATE, 0},
    {STOP STOP_STALL ("250") STOP_IS_LATE, 0},
    {STOP STOP_STALL ("800") STOP_IS_LATE, 0.8},
    /* Before it, and after. */
    {STALL ("800") STOP STOP_IS_LATE, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *end = g_strconcat (rows[i].events, "event 9.0 p exit \"0\"\n", NULL);
    const gchar *const changes[] = { CONTRACTS ("header-first"), CLOSE_1, "", LEAVE, "", STOP_P, "",
      "event 0.300500000 - client-close client=1 \"producer\"\n", "",
      "event 0.301000000 c2 disconnected \"disconnect\"\n", "", STOPPED, "", END_P, end, NULL
    };
    g_autoptr (Judge) judge = judge_new (issues, TRUE);
    g_autoptr (Trace) trace = read_trace ("kept.pass", changes);
    ReportCase *judged = judge_case (judge, trace, 0, NULL);
    g_autofree gchar *wanted = rows[i].seconds > 0
        ? g_strdup_printf ("this machine stood still for %.1f s", rows[i].seconds) : NULL;
    const gchar *said = NULL;

    for (guint j = 0; j < judged->results->len; j++) {
      const ReportResult *result = g_ptr_array_index (judged->results, j);

      if (result->message != NULL && strstr (result->message, "stood still") != NULL)
        said = result->message;
    }
    if (g_strcmp0 (said, wanted) != 0)
      g_error ("%s: %s, not %s", rows[i].events, said, wanted);
    free_case (judged);
  }
}

int
main (int argc, char **argv)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  text = read_file ("scenarios/known-issues");
  issues = known_load ("known-issues", text, &error);
  g_assert_no_error (error);
  g_test_add_func ("/judge/mutants", test_mutants);
  g_test_add_func ("/judge/deaths", test_deaths);
  g_test_add_func ("/judge/sizes", test_sizes);
  g_test_add_func ("/judge/share", test_share);
  g_test_add_func ("/judge/xpass", test_xpass);
  g_test_add_func ("/judge/quotes", test_quotes);
  g_test_add_func ("/judge/stalls", test_stalls);
  status = g_test_run ();
  g_ptr_array_unref (issues);
  return status;
}
