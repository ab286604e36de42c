/* Every format gets the same made-up run and is read back the way its readers read it. */
#include "config.h"
#include "report/report.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BIG_SEED G_GUINT64_CONSTANT (18446744073709551615)
#define HOSTILE "a<b&\"c'> # SKIP \\ \n\x1b[31m\x01\xff\xef\xbf\xbf]]>\r\n1..9"

/* One result; neighbours with the same name and pair are one case. */
typedef struct
{
  const gchar *name, *pair;
  ReportVerdict verdict;
  const gchar *id, *contract, *text;
  const gchar *blamed, *element;
  const gchar *message;
  guint looked, broken;
  const gchar *evidence;
  const ReportKnown *known;
  const gchar *stack;
} Row;

static const ReportKnown k1 = {
  "K1", "MR 11109, issue 4487", "1.28.2, 1.29.2",
  "shmsink posts an error when it is stopped while its area is full",
  "tests/proofs/k1.sh",
};

static const ReportKnown k2 = {
  "K2", "MR 11162", "none", "shmsrc acknowledges in the newest area", "tests/proofs/k2.sh",
};

#define ACK "W3", "ack-area", "An ACK names the area the buffer was received in."
#define QUIET "L1", "stop-quiet", "A stop posts neither errors nor warnings."
#define BOUND "L2", "stop-bounded", "A stop ends within its deadline, whatever the others do."
#define ORDER "W10", "buffer-order", "Buffers arrive in the order in which they were sent."
#define SRC "shmsrc 1.22.0 (consumer c1)", "shmsrc"
#define SINK "shmsink 1.22.0 (producer p)", "shmsink"
#define NOBODY NULL, NULL

static const Row rows[] = {
  {"areas/two", "gst:gst", REPORT_FAIL, ACK, SRC, NULL, 24, 2,
      "0.123456 c1: ACK for area 2 offset 0, held: area 1 offset 0, and a rather long tail "
        "so that the line has to be wrapped somewhere in the middle of it", NULL, NULL},
  {"areas/two", "gst:gst", REPORT_PASS, ORDER, NOBODY, NULL, 24, 0, NULL, NULL, NULL},
  {"areas/three", "gst:gst", REPORT_FAIL, ACK, SRC, NULL, 9, 1, "0.2 c1: ACK", NULL, NULL},
  {"areas/three", "gst:gst", REPORT_FAIL, ACK, "shmsrc 1.22.0 (consumer c2)", "shmsrc",
      NULL, 9, 1, "0.3 c2: ACK", NULL, NULL},
  {"areas/two", "ref:gst", REPORT_FAIL, ACK, SRC, NULL, 24, 4, "0.1 c1: ACK", NULL, NULL},
  {"areas/two", "ref:ref", REPORT_PASS, ACK, NOBODY, NULL, 24, 0, NULL, NULL, NULL},
  {"areas/two", "ref:ref", REPORT_PASS, ORDER, NOBODY, NULL, 24, 0, NULL, NULL, NULL},
  {"areas/three", "ref:ref", REPORT_PASS, ACK, NOBODY, NULL, 24, 0, NULL, NULL, NULL},
  {"stop/EOS/full", "gst:ref", REPORT_XFAIL, QUIET, SINK, NULL, 1, 1,
      "0.5 p: bus-error: error sending the buffer", &k1, NULL},
  {"stop/NULL/full", "gst:ref", REPORT_XFAIL, QUIET, SINK, NULL, 1, 1,
      "0.5 p: bus-error: error sending the buffer", &k1, NULL},
  {"stop/NULL/empty", "gst:ref", REPORT_PASS, QUIET, NOBODY, NULL, 1, 0, NULL, NULL, NULL},
  {"stop/NULL/full", "ref:gst", REPORT_XPASS, QUIET, NOBODY, NULL, 1, 0, NULL, &k2, NULL},
  {"stop/NULL/hang", "gst:gst", REPORT_FAIL, BOUND, SINK, NULL, 1, 1,
      "2.0 p: stop-late", &k2, "#0 pthread_cond_wait+0x1a in shmsink:src"},
  {"stop/NULL/hang", "gst:gst", REPORT_BROKEN, QUIET, NOBODY, "nothing to look at", 0, 0,
      NULL, NULL, NULL},
  {"stop/NULL/late", "gst:gst", REPORT_BROKEN, NULL, NULL, NULL, NOBODY,
      "socket: Permission denied", 0, 0, NULL, NULL, NULL},
  {"caps/drop", "gst:gst", REPORT_SKIP, NULL, NULL, NULL, NOBODY,
      "element absent: shmsink", 0, 0, NULL, NULL, NULL},
  {"caps/keep", "gst:gst", REPORT_SKIP, NULL, NULL, NULL, NOBODY,
      "element absent: shmsink", 0, 0, NULL, NULL, NULL},
};

#define N_CASES 13
static const guint row_counts[REPORT_N_VERDICTS] = {
  [REPORT_PASS] = 5,[REPORT_FAIL] = 5,[REPORT_XFAIL] = 2,[REPORT_XPASS] = 1,
  [REPORT_SKIP] = 2,[REPORT_BROKEN] = 2,
};

static const guint case_counts[REPORT_N_VERDICTS] = {
  [REPORT_PASS] = 3,[REPORT_FAIL] = 4,[REPORT_XFAIL] = 2,[REPORT_XPASS] = 1,
  [REPORT_SKIP] = 2,[REPORT_BROKEN] = 1,
};

/* --- running a report --- */

/* Hands TEXT to a case such that using it after report_add() is a use after free. */
static gchar *
lend (GPtrArray * lent, const gchar * text)
{
  gchar *copy = g_strdup (text);

  g_ptr_array_add (lent, copy);
  return copy;
}

static GPtrArray *
lend_list (GPtrArray * lists, const gchar * text)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  if (text != NULL)
    g_ptr_array_add (list, g_strdup (text));
  g_ptr_array_add (lists, list);
  return list;
}

static ReportResult *
make_result (const Row * row, GPtrArray * lent, GPtrArray * lists)
{
  ReportResult *result = report_result_new ();

  result->verdict = row->verdict;
  result->contract = lend (lent, row->contract);
  result->contract_id = lend (lent, row->id);
  result->contract_text = lend (lent, row->text);
  result->blamed = lend (lent, row->blamed);
  result->element = lend (lent, row->element);
  result->message = g_strdup (row->message);
  result->looked = row->looked;
  result->broken = row->broken;
  result->evidence = lend_list (lists, row->evidence);
  result->known = row->known;
  return result;
}

/* Adds the case that starts at FIRST; returns how many rows it has. */
static guint
add_case (Report * report, const Row * first, guint n_left, GError ** error)
{
  g_autoptr (GPtrArray) lent = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) lists =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  ReportCase *added = report_case_new ();
  guint n;

  added->name = lend (lent, first->name);
  added->pair = lend (lent, first->pair);
  added->seed = BIG_SEED;
  added->seconds = 0.25;
  added->reproduce = g_strdup_printf ("shmstress run --seed=%" G_GUINT64_FORMAT
      " --pair=%s --case='%s'", BIG_SEED, first->pair, first->name);
  added->stack = lend_list (lists, first->stack);
  for (n = 0; n < n_left && g_str_equal (first[n].name, first->name)
      && g_str_equal (first[n].pair, first->pair); n++)
    g_ptr_array_add (added->results, make_result (&first[n], lent, lists));
  report_add (report, added, error);
  return n;
}

static const ReportRun test_run = {
  .program = "shmstress",.version = "0.1.0",
  .target = "GStreamer 1.22.0, shm plugin 1.22.0",
  .host = "Linux 6.1 x86_64, page 4096, /dev/shm 24 GiB, and a name of the machine that is long",
  .seed = BIG_SEED,.n_cases = N_CASES,.n_not_selected = 12,
};

static gchar *
read_all (gint fd)
{
  GString *text = g_string_new (NULL);
  gchar buffer[4096];
  gssize got;

  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  while ((got = read (fd, buffer, sizeof (buffer))) > 0)
    g_string_append_len (text, buffer, got);
  g_assert_cmpint (got, ==, 0);
  return g_string_free (text, FALSE);
}

/* What differs between the runs of the tests; all zero is a usual run of ROWS. */
typedef struct
{
  ReportStyle style;
  gboolean interrupted;
  const gchar *xpass, *excess;  /* ids of notes; their text is "ID: of the table" */
  gboolean strict;
  guint n_planned;              /* 0: as many as there are */
} Setup;

static void
free_note (gpointer data)
{
  report_note_free (data);
}

/* The one note with ID; none for NULL. */
static GPtrArray *
new_notes (const gchar * id)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (free_note);
  g_autofree gchar *text = id != NULL ? g_strconcat (id, ": of the table", NULL) : NULL;

  if (id != NULL)
    g_ptr_array_add (notes, report_note_new (id, text));
  return notes;
}

/* Feeds N rows to the format; returns what it wrote. TOTALS may be NULL. */
static gchar *
run_report (const gchar * format, const Row * first, guint n, const Setup * setup,
    ReportTotals * totals)
{
  gint fd = memfd_create ("report", MFD_CLOEXEC);
  g_autoptr (GPtrArray) xpass = new_notes (setup->xpass), excess = new_notes (setup->excess);
  const ReportTotals whole = {.interrupted = setup->interrupted,.strict = setup->strict,
    .xpass = xpass,.excess = excess
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = NULL;
  ReportRun run = test_run;
  gchar *text;

  g_assert_cmpint (fd, >=, 0);
  run.n_cases = setup->n_planned;
  for (guint i = 0; i < n && setup->n_planned == 0; i++)
    run.n_cases += i == 0 || !g_str_equal (first[i].name, first[i - 1].name)
        || !g_str_equal (first[i].pair, first[i - 1].pair);
  report = report_new (reporter_by_name (format), &run, &setup->style, fd);
  for (guint i = 0; i < n;) {
    i += add_case (report, &first[i], n - i, &error);
    g_assert_no_error (error);
  }
  g_assert_true (report_end (report, &whole, &error));
  g_assert_no_error (error);
  if (totals != NULL)
    *totals = *report_totals (report);
  text = read_all (fd);
  close (fd);
  return text;
}

static gchar *
usual_report (const gchar * format)
{
  Setup setup = {.interrupted = FALSE };

  return run_report (format, rows, G_N_ELEMENTS (rows), &setup, NULL);
}

static void
assert_has (const gchar * text, const gchar * part)
{
  if (strstr (text, part) == NULL)
    g_error ("not found: %s\nin:\n%s", part, text);
}

static void
assert_has_not (const gchar * text, const gchar * part)
{
  if (strstr (text, part) != NULL)
    g_error ("must not be found: %s\nin:\n%s", part, text);
}

static guint
count_of (const gchar * text, const gchar * part)
{
  guint n = 0;

  for (; (text = strstr (text, part)) != NULL; text += strlen (part))
    n++;
  return n;
}

/* --- common to all --- */

static void
test_registry (void)
{
  static const gchar *const names[] = { "text", "tap", "junit", "json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_nonnull (reporter_by_name (names[i]));
    g_assert_cmpstr (reporter_by_name (names[i])->name, ==, names[i]);
    g_assert_cmpstr (reporter_list ()[i]->name, ==, names[i]);
    g_assert_cmpuint (strlen (reporter_list ()[i]->summary), >, 10);
  }
  g_assert_null (reporter_list ()[G_N_ELEMENTS (names)]);
  g_assert_null (reporter_by_name ("xml"));
  g_assert_null (reporter_by_name (""));
}

static void
test_worst (void)
{
  static const ReportVerdict worst_first[] = {
    REPORT_FAIL, REPORT_BROKEN, REPORT_XPASS, REPORT_XFAIL, REPORT_PASS, REPORT_SKIP,
  };

  for (guint i = 0; i < G_N_ELEMENTS (worst_first); i++) {
    for (guint j = i; j < G_N_ELEMENTS (worst_first); j++) {
      ReportCase *made = report_case_new ();
      guint wanted[2] = { worst_first[j], worst_first[i] };

      for (guint k = 0; k < 2; k++) {
        ReportResult *result = report_result_new ();

        result->verdict = wanted[k];
        g_ptr_array_add (made->results, result);
      }
      g_assert_cmpint (report_case_verdict (made), ==, worst_first[i]);
      report_case_free (made);
    }
  }
}

static void
test_names (void)
{
  static const gchar *const names[] = { "pass", "FAIL", "xfail", "XPASS", "skip", "BROKEN" };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == REPORT_N_VERDICTS);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (report_verdict_name (i), ==, names[i]);
}

static void
test_totals (void)
{
  for (guint f = 0; reporter_list ()[f] != NULL; f++) {
    Setup setup = {.interrupted = TRUE };
    ReportTotals totals;
    g_autofree gchar *text = run_report (reporter_list ()[f]->name, rows, G_N_ELEMENTS (rows),
        &setup, &totals);

    g_assert_cmpuint (strlen (text), >, 0);
    for (guint i = 0; i < REPORT_N_VERDICTS; i++) {
      g_assert_cmpuint (totals.counts[i], ==, row_counts[i]);
      g_assert_cmpuint (totals.cases[i], ==, case_counts[i]);
    }
    g_assert_cmpfloat_with_epsilon (totals.seconds, N_CASES * 0.25, 1e-9);
    g_assert_true (totals.interrupted);
  }
}

/* A case that nobody judged is not one that passed. */
static void
test_no_results (void)
{
  for (guint f = 0; reporter_list ()[f] != NULL; f++) {
    gint fd = memfd_create ("report", MFD_CLOEXEC);
    Report *report = report_new (reporter_list ()[f], &test_run, NULL, fd);
    ReportCase *bare = report_case_new ();
    g_autofree gchar *text = NULL;

    g_assert_cmpint (report_case_verdict (bare), ==, REPORT_BROKEN);
    bare->seconds = f % 2 == 0 ? NAN : INFINITY;
    g_assert_true (report_add (report, bare, NULL));
    g_assert_true (report_end (report, NULL, NULL));
    g_assert_cmpuint (report_totals (report)->cases[REPORT_BROKEN], ==, 1);
    g_assert_cmpuint (report_totals (report)->counts[REPORT_BROKEN], ==, 1);
    g_assert_true (report_totals (report)->seconds == 0);
    g_assert_cmpuint (report_style (report)->width, ==, 80);
    text = read_all (fd);
    assert_has (text, "nothing was judged");
    assert_has_not (text, "nan");
    assert_has_not (text, "inf");
    report_free (report);
    close (fd);
  }
}

/* Nothing selected, or interrupted before the first case, or given up before the end. */
static void
test_no_cases (void)
{
  for (guint f = 0; reporter_list ()[f] != NULL; f++) {
    const gchar *name = reporter_list ()[f]->name;
    Setup empty = {.interrupted = FALSE }, early = {.interrupted = TRUE,.n_planned = 7 };
    ReportTotals totals;
    g_autofree gchar *text = run_report (name, NULL, 0, &empty, &totals);
    g_autofree gchar *cut = run_report (name, NULL, 0, &early, NULL);
    gint fd = memfd_create ("report", MFD_CLOEXEC);

    for (guint i = 0; i < REPORT_N_VERDICTS; i++)
      g_assert_cmpuint (totals.counts[i] + totals.cases[i], ==, 0);
    g_assert_cmpuint (strlen (text), >, 0);
    assert_has (cut, "interrupted");
    report_free (report_new (reporter_list ()[f], &test_run, NULL, fd));
    close (fd);
  }
  report_free (NULL);
  report_case_free (NULL);
}

/* Each broken output is told once, with the system's words, and ends nothing. */
static void
check_bad_output (gint fd, const gchar * message)
{
  g_assert_cmpint (fd, >=, 0);
  for (guint f = 0; reporter_list ()[f] != NULL; f++) {
    g_autoptr (Report) report = report_new (reporter_list ()[f], &test_run, NULL, fd);
    g_autoptr (GError) first = NULL;
    guint n_errors = 0;

    for (guint i = 0; i < G_N_ELEMENTS (rows);) {
      g_autoptr (GError) error = NULL;

      i += add_case (report, &rows[i], G_N_ELEMENTS (rows) - i, &error);
      n_errors += error != NULL;
      if (first == NULL)
        first = g_steal_pointer (&error);
    }
    n_errors += !report_end (report, NULL, first == NULL ? &first : NULL);
    g_assert_cmpuint (n_errors, ==, 1);
    g_assert_cmpstr (first->message, ==, message);
    g_assert_cmpuint (report_totals (report)->cases[REPORT_FAIL], ==, case_counts[REPORT_FAIL]);
  }
}

static void
test_full_device (void)
{
  gint fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);

  check_bad_output (fd, "output: No space left on device");
  close (fd);
}

static void
test_closed_pipe (void)
{
  gint fds[2];
  void (*before) (int) = signal (SIGPIPE, SIG_IGN);

  g_assert_cmpint (pipe (fds), ==, 0);
  close (fds[0]);
  check_bad_output (fds[1], "output: Broken pipe");
  close (fds[1]);
  signal (SIGPIPE, before);
}

static gpointer
drain (gpointer data)
{
  gint fd = GPOINTER_TO_INT (data);
  gchar buffer[512];
  gsize total = 0;
  gssize got;

  while ((got = read (fd, buffer, sizeof (buffer))) > 0)
    total += got;
  return GSIZE_TO_POINTER (total);
}

/* A slow reader behind a non-blocking pipe loses nothing. */
static void
test_slow_reader (void)
{
  gint fds[2];
  GThread *reader;
  Report *report;
  gsize total;

  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_cmpint (fcntl (fds[1], F_SETFL, O_NONBLOCK), ==, 0);
  reader = g_thread_new ("drain", drain, GINT_TO_POINTER (fds[0]));
  report = report_new (reporter_by_name ("json"), &test_run, NULL, fds[1]);
  for (guint i = 0; i < 400; i++)
    add_case (report, &rows[12], 1, NULL);
  g_assert_true (report_end (report, NULL, NULL));
  report_free (report);
  close (fds[1]);
  total = GPOINTER_TO_SIZE (g_thread_join (reader));
  g_assert_cmpuint (total, >, 400 * 500);
  close (fds[0]);
}

/* --- text --- */

/* Asserts that all but commands fit; returns the number of columns of the longest line. */
static void
assert_fits (const gchar * text, glong width)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    if (g_str_has_prefix (lines[i], "  reproduce: ") || g_str_has_prefix (lines[i], "RESULT: "))
      continue;
    if (g_utf8_strlen (lines[i], -1) > width)
      g_error ("longer than %ld: %s", width, lines[i]);
  }
}

/* The table row that starts with ID, blanks squeezed; "" when there is none. */
static gchar *
table_row (const gchar * text, const gchar * id)
{
  const gchar *table = strstr (text, "\nID ");
  g_auto (GStrv) lines = g_strsplit (table != NULL ? table : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_autoptr (GRegex) blanks = g_regex_new (" +", 0, 0, NULL);
    g_autofree gchar *row = g_regex_replace_literal (blanks, lines[i], -1, 0, " ", 0, NULL);

    if (g_str_has_prefix (g_strstrip (row), id) && row[strlen (id)] == ' ')
      return g_steal_pointer (&row);
  }
  return g_strdup ("");
}

static void
test_text_table (void)
{
  static const struct
  {
    const gchar *id, *row;
  } table[] = {
    {"ID", "ID CONTRACT ref:ref gst:ref ref:gst gst:gst"},
    {"W3", "W3 ack-area pass 2 - FAIL 1/1 FAIL 2/2"},
    {"W10", "W10 buffer-order pass 1 - - pass 1"},
    {"L1", "L1 stop-quiet - xfail 2/3 XPASS BROKEN 1/1"},
    {"L2", "L2 stop-bounded - - - FAIL 1/1"},
    {"whole", "whole case - - - BROKEN 1/1"},
  };
  g_autofree gchar *text = usual_report ("text");

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree gchar *row = table_row (text, table[i].id);

    g_assert_cmpstr (row, ==, table[i].row);
  }
  g_assert_cmpuint (strstr (text, "\nW3 ") - text, <, strstr (text, "\nW10 ") - text);
}

static void
test_text_skip_cell (void)
{
  Setup setup = {.interrupted = FALSE };
  g_autofree gchar *text = run_report ("text", &rows[15], 2, &setup, NULL);
  g_autofree gchar *row = table_row (text, "whole");

  g_assert_cmpstr (row, ==, "whole case skip");
  assert_has (text, "\nskip: element absent: shmsink: 2 cases\n");
}

static void
test_text_details (void)
{
  g_autofree gchar *text = usual_report ("text");
  static const gchar *const parts[] = {
    "shmstress 0.1.0, seed 18446744073709551615, 13 cases\n",
    "target: GStreamer 1.22.0, shm plugin 1.22.0\n",
    "host:   Linux 6.1",
    "\nFAIL ack-area (W3): An ACK names the area the buffer was received in.\n",
    "  shmsrc 1.22.0 (consumer c1): 3 cases (ref:gst 1, gst:gst 2)\n",
    "  first in areas/two, gst:gst\n  2 of 24 observations broke it:\n",
    "    0.123456 c1: ACK for area 2 offset 0, held: area 1 offset 0, and a rather\n      long",
    "  not in the table of known issues\n",
    "  reproduce: shmstress run --seed=",
    " --pair=gst:gst --case='areas/two'\n",
    "  known: K2 (MR 11162), not fixed in any release: shmsrc",
    "  proof: tests/proofs/k2.sh\n",
    "  stack:\n    #0 pthread_cond_wait+0x1a in shmsink:src\n",
    "\nBROKEN: socket: Permission denied\n",
    "\nBROKEN stop-quiet (L1): A stop",
    "    nothing to look at\n",
    "\nXPASS stop-quiet (L1): A stop",
    "\nxfail K1 stop-quiet shmsink 1.22.0: 2 cases; fixed in 1.28.2, 1.29.2 (MR 11109,\n",
    "\nskip: element absent: shmsink: 2 cases\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_has (text, parts[i]);
  g_assert_cmpuint (count_of (text, "\nFAIL ack-area (W3)"), ==, 1);
  g_assert_cmpuint (count_of (text, "\nFAIL    gst:gst   areas/two: ack-area\n"), ==, 1);
  assert_has_not (text, "areas/three");
  assert_has_not (text, "\npass ");
}

static void
test_text_last_line (void)
{
  Setup cut = {.interrupted = TRUE,.n_planned = 20,.xpass = "K7",.excess = "N3" };
  g_autofree gchar *whole = usual_report ("text");
  g_autofree gchar *part = run_report ("text", rows, G_N_ELEMENTS (rows), &cut, NULL);

  g_assert_true (g_str_has_suffix (whole, "\n\n13 cases, 13 contracts judged: 5 pass, 5 FAIL, "
          "2 xfail, 1 XPASS; not judged: 2\n  BROKEN, 2 skip; 12 cases not selected; 3.2 s of cases\n"
          "RESULT: FAIL, 2 contracts are broken: ack-area (shmsrc), "
          "stop-bounded (shmsink); 1 known GStreamer problem (xfail); 1 known problem did not show (XPASS)\n"));
  g_assert_true (g_str_has_suffix (part, "\n\ninterrupted: 13 of 20 cases, 13 contracts judged: "
          "5 pass, 5 FAIL, 2 xfail, 2\n  XPASS; not judged: 2 BROKEN, 2 skip; 12 cases not "
          "selected; 3.2 s of cases\n"
          "RESULT: INTERRUPTED; so far: FAIL, 2 contracts are broken: ack-area (shmsrc), "
          "stop-bounded (shmsink); 1 known issue shows too often: N3; "
          "1 known GStreamer problem (xfail); 2 known problems did not show (XPASS)\n"));
  assert_has (part, "\nXPASS: K7: of the table\n");
  assert_has (part, "\nFAIL: N3: of the table\n");
  assert_has_not (whole, "\nXPASS: ");
}

/* The verdict of the rows FROM to FROM + COUNT - 1. */
static void
assert_result (guint from, guint count, const gchar * line)
{
  Setup setup = { 0 };
  g_autofree gchar *text = run_report ("text", rows + from, count, &setup, NULL);
  g_autofree gchar *end = g_strdup_printf ("\nRESULT: %s\n", line);

  if (!g_str_has_suffix (text, end))
    g_error ("no \"%s\": %s", line, text);
}

static void
test_text_result (void)
{
  assert_result (5, 3, "OK, nothing is broken");
  assert_result (8, 3, "OK, nothing new is broken; 1 known GStreamer problem (xfail)");
  assert_result (4, 1, "FAIL, 1 contract is broken: ack-area (shmsrc)");
  assert_result (14, 1, "BROKEN, 1 measurement failed, on which nothing can be said");
  assert_result (13, 2, "BROKEN, 2 measurements failed, on which nothing can be said");
  assert_result (15, 2, "SKIP, nothing could be judged");
}

static void
test_text_verbose (void)
{
  Setup setup = {.style.verbose = TRUE };
  g_autofree gchar *text = run_report ("text", rows, G_N_ELEMENTS (rows), &setup, NULL);

  assert_has (text, "\npass    ref:ref   areas/three  0.250 s\n");
  assert_has (text, "\nxfail   gst:ref   stop/EOS/full  0.250 s\n");
  assert_has (text, "\nxfail stop-quiet (L1): A stop posts neither errors nor warnings.\n");
  assert_has (text, "    0.5 p: bus-error: error sending the buffer\n");
}

static void
test_text_width (void)
{
  static const guint widths[] = { 0, 1, 40, 60, 80, 132, 400 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++) {
    for (guint verbose = 0; verbose < 2; verbose++) {
      Setup setup = {.style = {.width = widths[i],.verbose = verbose } };
      g_autofree gchar *text = run_report ("text", rows, G_N_ELEMENTS (rows), &setup, NULL);

      assert_fits (text, widths[i] == 0 ? 80 : MAX (widths[i], 40));
    }
  }
}

/* Pairs and names that a user chose, and numbers as in a long night. */
static void
test_text_many_pairs (void)
{
  static const gchar *const pairs[] = {
    "own-producer-pipeline-with-a-long-name:own-consumer-pipeline-with-a-long-name",
    "ref:own", "own:ref", "gst:gst", "gst:own", "own:gst", "gst:ref", "ref:ref",
  };
  Row many[G_N_ELEMENTS (pairs)];
  Setup setup = {.interrupted = FALSE };
  g_autofree gchar *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    many[i] = rows[13];
    many[i].pair = pairs[i];
    many[i].contract = "a-contract-name-that-is-much-longer-than-any-that-we-have-written";
  }
  text = run_report ("text", many, G_N_ELEMENTS (many), &setup, NULL);
  assert_fits (text, 80);
  g_assert_cmpuint (count_of (text, "\nID "), ==, 2);
}

static void
test_text_colour (void)
{
  Setup plain = {.style.verbose = TRUE }, coloured = {.style.colour = TRUE };
  g_autofree gchar *without = run_report ("text", rows, G_N_ELEMENTS (rows), &plain, NULL);
  g_autofree gchar *with = run_report ("text", rows, G_N_ELEMENTS (rows), &coloured, NULL);
  g_autofree gchar *quiet = usual_report ("text");
  g_autoptr (GRegex) escapes = g_regex_new ("\033\\[[0-9;]*m", 0, 0, NULL);
  g_autofree gchar *stripped = g_regex_replace_literal (escapes, with, -1, 0, "", 0, NULL);

  assert_has_not (without, "\033");
  assert_has (with, "\033[1;31mFAIL\033[0m ack-area");
  assert_has (with, "\033[31mFAIL 2/2");
  g_assert_cmpstr (stripped, ==, quiet);
}

static const Row hostile_row = {
  HOSTILE, "gst:<&\n", REPORT_FAIL, "<\"&1>", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 2, 1,
  HOSTILE, NULL, HOSTILE,
};

static void
test_text_hostile (void)
{
  Setup setup = {.xpass = HOSTILE };
  g_autofree gchar *text = run_report ("text", &hostile_row, 1, &setup, NULL);

  assert_fits (text, 80);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  assert_has_not (text, " \n ");
  for (const gchar * p = text; *p != '\0'; p++)
    g_assert_true (*p == '\n' || !g_ascii_iscntrl (*p));
}

/* --- tap --- */

typedef struct
{
  gint plan;
  guint ok, not_ok, skip, todo, blocks, bail_outs;
} TapSeen;

/* Reads as a harness does: every line is one of those that the protocol has. */
static TapSeen
read_tap (const gchar * text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  TapSeen seen = {.plan = -1 };
  gboolean in_block = FALSE;
  guint number;

  g_assert_cmpstr (lines[0], ==, "TAP version 13");
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
    const gchar *line = lines[i];
    g_autoptr (GRegex) directive = g_regex_new ("[^\\\\]# (SKIP|TODO) ", 0, 0, NULL);
    g_autoptr (GMatchInfo) match = NULL;
    g_autofree gchar *word = NULL;

    if (in_block) {
      g_assert_true (g_str_has_prefix (line, "  "));
      in_block = !g_str_equal (line, "  ...");
      continue;
    }
    if (g_regex_match (directive, line, 0, &match))
      word = g_match_info_fetch (match, 1);
    if (sscanf (line, "ok %u - ", &number) == 1) {
      g_assert_cmpuint (number, ==, ++seen.ok + seen.not_ok);
      seen.skip += g_strcmp0 (word, "SKIP") == 0;
      g_assert_cmpstr (word, !=, "TODO");
    } else if (sscanf (line, "not ok %u - ", &number) == 1) {
      g_assert_cmpuint (number, ==, ++seen.not_ok + seen.ok);
      seen.todo += g_strcmp0 (word, "TODO") == 0;
      g_assert_cmpstr (word, !=, "SKIP");
    } else if (g_str_equal (line, "  ---")) {
      in_block = TRUE;
      seen.blocks++;
    } else if (g_str_has_prefix (line, "Bail out!")) {
      seen.bail_outs++;
    } else if (g_str_has_prefix (line, "1..")) {
      g_assert_cmpint (seen.plan, ==, -1);
      g_assert_cmpuint (seen.ok + seen.not_ok, ==, 0);
      seen.plan = atoi (line + 3);
    } else {
      g_assert_true (g_str_has_prefix (line, "# "));
    }
  }
  g_assert_false (in_block);
  return seen;
}

static void
test_tap_points (void)
{
  g_autofree gchar *text = usual_report ("tap");
  TapSeen seen = read_tap (text);

  g_assert_cmpint (seen.plan, ==, N_CASES);
  g_assert_cmpuint (seen.ok, ==, case_counts[REPORT_PASS] + case_counts[REPORT_SKIP]);
  g_assert_cmpuint (seen.ok + seen.not_ok, ==, N_CASES);
  g_assert_cmpuint (seen.skip, ==, case_counts[REPORT_SKIP]);
  g_assert_cmpuint (seen.todo, ==, case_counts[REPORT_XFAIL]);
  g_assert_cmpuint (seen.blocks, ==, seen.not_ok);
  g_assert_cmpuint (seen.bail_outs, ==, 0);
  assert_has (text, "\nnot ok 1 - areas/two gst:gst\n  ---\n  verdict: FAIL\n");
  assert_has (text, "\nok 4 - areas/two ref:ref\n");
  assert_has (text, " - stop/EOS/full gst:ref # TODO K1 fixed in 1.28.2, 1.29.2\n");
  assert_has (text, " - caps/drop gst:gst # SKIP element absent: shmsink\n");
  assert_has (text, "      evidence:\n        - \"0.2 c1: ACK\"\n");
  assert_has (text, "  seed: 18446744073709551615\n  reproduce: \"shmstress run");
}

static void
test_tap_ends (void)
{
  Setup empty = {.interrupted = FALSE }, cut = {.interrupted = TRUE,.n_planned = 20 };
  Setup late = {.interrupted = TRUE };
  g_autofree gchar *none = run_report ("tap", NULL, 0, &empty, NULL);
  g_autofree gchar *part = run_report ("tap", rows, G_N_ELEMENTS (rows), &cut, NULL);
  g_autofree gchar *whole = run_report ("tap", rows, G_N_ELEMENTS (rows), &late, NULL);

  assert_has (none, "\n1..0 # SKIP no case selected\n");
  g_assert_cmpint (read_tap (none).plan, ==, 0);
  g_assert_cmpint (read_tap (part).plan, ==, 20);
  g_assert_true (g_str_has_suffix (part, "\nBail out! interrupted\n"));
  g_assert_cmpuint (read_tap (whole).bail_outs, ==, 0);
}

static void
test_tap_hostile (void)
{
  Row three[] = { hostile_row, hostile_row, hostile_row };
  Setup setup = {.xpass = HOSTILE };
  g_autofree gchar *text = NULL;
  TapSeen seen;

  three[1].pair = "ref:ref";
  three[1].verdict = REPORT_PASS;
  three[2].verdict = REPORT_SKIP;
  text = run_report ("tap", three, G_N_ELEMENTS (three), &setup, NULL);
  seen = read_tap (text);
  g_assert_cmpint (seen.plan, ==, 3);
  g_assert_cmpuint (seen.ok, ==, 2);
  g_assert_cmpuint (seen.not_ok, ==, 1);
  g_assert_cmpuint (seen.skip, ==, 1);
}

/* --- junit --- */

typedef struct
{
  guint tests, failures, errors, skipped;
} JunitCounts;

typedef struct
{
  JunitCounts said, seen;       /* of the document */
  JunitCounts suite_said, suite_seen;
  guint suites, properties;
  gboolean closed;
  gchar *first_class;
} JunitSeen;

static JunitCounts
junit_counts (const gchar ** names, const gchar ** values)
{
  JunitCounts counts = {.tests = 0 };
  const struct
  {
    const gchar *name;
    guint *count;
  } table[] = {
    {"tests", &counts.tests},
    {"failures", &counts.failures},
    {"errors", &counts.errors},
    {"skipped", &counts.skipped},
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    guint found = 0;

    while (names[found] != NULL && !g_str_equal (names[found], table[i].name))
      found++;
    g_assert_nonnull (names[found]);
    *table[i].count = atoi (values[found]);
  }
  return counts;
}

static void
count_element (JunitCounts * counts, const gchar * name)
{
  counts->tests += g_str_equal (name, "testcase");
  counts->failures += g_str_equal (name, "failure");
  counts->errors += g_str_equal (name, "error");
  counts->skipped += g_str_equal (name, "skipped");
}

static void
junit_start (GMarkupParseContext * context, const gchar * name, const gchar ** names,
    const gchar ** values, gpointer data, GError ** error)
{
  JunitSeen *seen = data;

  if (g_str_equal (name, "testsuites"))
    seen->said = junit_counts (names, values);
  if (g_str_equal (name, "testsuite")) {
    seen->suites++;
    seen->suite_said = junit_counts (names, values);
    memset (&seen->suite_seen, 0, sizeof (seen->suite_seen));
  }
  if (g_str_equal (name, "testcase") && seen->first_class == NULL)
    seen->first_class = g_strdup (values[0]);
  seen->properties += g_str_equal (name, "property");
  count_element (&seen->seen, name);
  count_element (&seen->suite_seen, name);
}

static void
junit_finish (GMarkupParseContext * context, const gchar * name, gpointer data, GError ** error)
{
  JunitSeen *seen = data;

  if (g_str_equal (name, "testsuite"))
    g_assert_cmpmem (&seen->suite_said, sizeof (JunitCounts), &seen->suite_seen,
        sizeof (JunitCounts));
  if (g_str_equal (name, "testsuites")) {
    g_assert_cmpmem (&seen->said, sizeof (JunitCounts), &seen->seen, sizeof (JunitCounts));
    seen->closed = TRUE;
  }
}

/* Asserts that TEXT is well-formed XML 1.0 whose counts are those of its elements. */
static JunitSeen
read_junit (const gchar * text)
{
  static const GMarkupParser parser = {.start_element = junit_start,.end_element = junit_finish };
  JunitSeen seen = {.closed = FALSE };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser,
      G_MARKUP_TREAT_CDATA_AS_TEXT, &seen, NULL);
  g_autoptr (GError) error = NULL;

  g_markup_parse_context_parse (context, text, -1, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  g_assert_true (seen.closed);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const gchar * p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_true (*p == '\n' || (g_utf8_get_char (p) >= ' ' && g_utf8_get_char (p) < 0xFFFE));
  return seen;
}

static void
test_junit_counts (void)
{
  g_autofree gchar *text = usual_report ("junit");
  JunitSeen seen = read_junit (text);

  g_assert_cmpuint (seen.suites, ==, 4);
  g_assert_cmpuint (seen.properties, ==, 4 * 5);
  g_assert_cmpuint (seen.said.tests, ==, G_N_ELEMENTS (rows));
  g_assert_cmpuint (seen.said.failures, ==, row_counts[REPORT_FAIL] + row_counts[REPORT_XPASS]);
  g_assert_cmpuint (seen.said.errors, ==, row_counts[REPORT_BROKEN]);
  g_assert_cmpuint (seen.said.skipped, ==, row_counts[REPORT_SKIP] + row_counts[REPORT_XFAIL]);
  g_assert_cmpstr (seen.first_class, ==, "areas/two");
  assert_has (text, "<testcase classname=\"areas/two\" name=\"ack-area\" time=\"0.250\">");
  assert_has (text, "<failure type=\"W3\" message=\"0.123456 c1: ACK for area 2");
  assert_has (text, "<error type=\"BROKEN\" message=\"socket: Permission denied\">");
  assert_has (text, "message=\"xfail: K1 (MR 11109, issue 4487), fixed in 1.28.2, 1.29.2: shm");
  assert_has (text, "<property name=\"seed\" value=\"18446744073709551615\"/>");
  assert_has (text, "time=\"3.250\"");
  g_free (seen.first_class);
}

static void
test_junit_run (void)
{
  Setup setup = {.interrupted = TRUE,.xpass = "K7 <area>",.excess = "N3" }, empty = { 0 };
  g_autofree gchar *text = run_report ("junit", NULL, 0, &setup, NULL);
  g_autofree gchar *none = run_report ("junit", NULL, 0, &empty, NULL);
  JunitSeen seen = read_junit (text);

  g_assert_cmpuint (seen.said.tests, ==, 3);
  g_assert_cmpuint (seen.said.failures, ==, 1);
  g_assert_cmpuint (seen.said.skipped, ==, 1);
  g_assert_cmpuint (seen.said.errors, ==, 1);
  assert_has (text, "name=\"K7 &lt;area&gt;\"");
  assert_has (text, "<skipped message=\"XPASS: K7 &lt;area&gt;: of the table\"/>");
  assert_has (text, "<failure message=\"FAIL: N3: of the table\"/>");
  g_assert_cmpuint (read_junit (none).said.tests, ==, 0);
  g_free (seen.first_class);
}

static void
test_junit_hostile (void)
{
  Setup setup = {.xpass = HOSTILE,.strict = TRUE };
  g_autofree gchar *text = run_report ("junit", &hostile_row, 1, &setup, NULL);
  JunitSeen seen = read_junit (text);

  g_assert_cmpuint (seen.said.failures, ==, 2);
  g_assert_true (g_str_has_prefix (seen.first_class, "a<b&\"c'> # SKIP \\  "));
  g_free (seen.first_class);
}

/* --- json --- */

static JsonObject *
read_json (const gchar * text, JsonParser ** parser)
{
  g_autoptr (GError) error = NULL;

  *parser = json_parser_new ();
  json_parser_load_from_data (*parser, text, -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (*parser));
}

static void
assert_members (JsonObject * object, const gchar * wanted)
{
  g_autoptr (GList) members = json_object_get_members (object);
  g_autoptr (GString) found = g_string_new (NULL);

  for (GList * m = members; m != NULL; m = m->next)
    g_string_append_printf (found, "%s%s", found->len > 0 ? " " : "", (const gchar *) m->data);
  g_assert_cmpstr (found->str, ==, wanted);
}

static void
test_json_run (void)
{
  Setup setup = {.interrupted = TRUE,.xpass = "K7",.excess = "N3" };
  g_autofree gchar *text = run_report ("json", rows, G_N_ELEMENTS (rows), &setup, NULL);
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *root = read_json (text, &parser);
  JsonObject *totals = json_object_get_object_member (root, "totals");
  JsonArray *xpass = json_object_get_array_member (root, "xpass");
  JsonArray *notes = json_object_get_array_member (root, "notes");
  JsonObject *note;

  assert_members (root, "schema program version target host seed selected not_selected "
      "interrupted totals xpass notes cases");
  g_assert_cmpint (json_object_get_int_member (root, "schema"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (root, "program"), ==, "shmstress");
  g_assert_cmpstr (json_object_get_string_member (root, "seed"), ==, "18446744073709551615");
  g_assert_cmpint (json_object_get_int_member (root, "selected"), ==, N_CASES);
  g_assert_cmpint (json_object_get_int_member (root, "not_selected"), ==, 12);
  g_assert_true (json_object_get_boolean_member (root, "interrupted"));
  for (guint i = 0; i < REPORT_N_VERDICTS; i++) {
    const gchar *verdict = report_verdict_name (i);
    JsonObject *results = json_object_get_object_member (totals, "results");
    JsonObject *cases = json_object_get_object_member (totals, "cases");

    g_assert_cmpint (json_object_get_int_member (results, verdict), ==, row_counts[i]);
    g_assert_cmpint (json_object_get_int_member (cases, verdict), ==, case_counts[i]);
  }
  g_assert_cmpstr (json_array_get_string_element (xpass, 0), ==, "K7");
  g_assert_cmpuint (json_array_get_length (notes), ==, 2);
  note = json_array_get_object_element (notes, 0);
  g_assert_cmpstr (json_object_get_string_member (note, "verdict"), ==, "FAIL");
  g_assert_cmpstr (json_object_get_string_member (note, "text"), ==, "N3: of the table");
  note = json_array_get_object_element (notes, 1);
  assert_members (note, "verdict id text");
  g_assert_cmpstr (json_object_get_string_member (note, "verdict"), ==, "XPASS");
}

static JsonObject *
json_result_at (JsonObject * root, guint index_case, guint index_result)
{
  JsonArray *cases = json_object_get_array_member (root, "cases");
  JsonObject *found = json_array_get_object_element (cases, index_case);

  return json_array_get_object_element (json_object_get_array_member (found, "results"),
      index_result);
}

static void
test_json_cases (void)
{
  g_autofree gchar *text = usual_report ("json");
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *root = read_json (text, &parser);
  JsonArray *cases = json_object_get_array_member (root, "cases");
  JsonObject *hang = json_array_get_object_element (cases, 9);
  JsonObject *fail = json_result_at (root, 0, 0), *known;

  g_assert_cmpuint (json_array_get_length (cases), ==, N_CASES);
  assert_members (hang, "name pair verdict seconds seed reproduce results stack exhibits listing");
  g_assert_cmpstr (json_object_get_string_member (hang, "name"), ==, "stop/NULL/hang");
  g_assert_cmpstr (json_object_get_string_member (hang, "verdict"), ==, "FAIL");
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (hang, "seconds"), 0.25, 1e-9);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (hang, "stack")), ==, 1);
  assert_members (fail, "verdict contract contract_id contract_text blamed element looked broken "
      "evidence known message");
  g_assert_cmpstr (json_object_get_string_member (fail, "element"), ==, "shmsrc");
  g_assert_cmpint (json_object_get_int_member (fail, "broken"), ==, 2);
  g_assert_true (json_object_get_null_member (fail, "known"));
  g_assert_true (json_object_get_null_member (fail, "message"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (fail, "evidence")), ==,
      1);
  known = json_object_get_object_member (json_result_at (root, 5, 0), "known");
  assert_members (known, "id reference fixed summary proof");
  g_assert_cmpstr (json_object_get_string_member (known, "id"), ==, "K1");
}

static void
test_json_empty (void)
{
  Setup empty = {.interrupted = FALSE };
  g_autofree gchar *text = run_report ("json", NULL, 0, &empty, NULL);
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *root = read_json (text, &parser);

  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "cases")), ==, 0);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "xpass")), ==, 0);
  g_assert_false (json_object_get_boolean_member (root, "interrupted"));
}

static void
test_json_hostile (void)
{
  Setup setup = {.xpass = HOSTILE };
  g_autofree gchar *text = run_report ("json", &hostile_row, 1, &setup, NULL);
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *result = json_result_at (read_json (text, &parser), 0, 0);

  g_assert_true (g_str_has_prefix (json_object_get_string_member (result, "message"),
          "a<b&\"c'> # SKIP \\  "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/registry", test_registry);
  g_test_add_func ("/report/worst", test_worst);
  g_test_add_func ("/report/names", test_names);
  g_test_add_func ("/report/totals", test_totals);
  g_test_add_func ("/report/no-results", test_no_results);
  g_test_add_func ("/report/no-cases", test_no_cases);
  g_test_add_func ("/report/full-device", test_full_device);
  g_test_add_func ("/report/closed-pipe", test_closed_pipe);
  g_test_add_func ("/report/slow-reader", test_slow_reader);
  g_test_add_func ("/report/text/table", test_text_table);
  g_test_add_func ("/report/text/skip-cell", test_text_skip_cell);
  g_test_add_func ("/report/text/details", test_text_details);
  g_test_add_func ("/report/text/last-line", test_text_last_line);
  g_test_add_func ("/report/text/result", test_text_result);
  g_test_add_func ("/report/text/verbose", test_text_verbose);
  g_test_add_func ("/report/text/width", test_text_width);
  g_test_add_func ("/report/text/many-pairs", test_text_many_pairs);
  g_test_add_func ("/report/text/colour", test_text_colour);
  g_test_add_func ("/report/text/hostile", test_text_hostile);
  g_test_add_func ("/report/tap/points", test_tap_points);
  g_test_add_func ("/report/tap/ends", test_tap_ends);
  g_test_add_func ("/report/tap/hostile", test_tap_hostile);
  g_test_add_func ("/report/junit/counts", test_junit_counts);
  g_test_add_func ("/report/junit/run", test_junit_run);
  g_test_add_func ("/report/junit/hostile", test_junit_hostile);
  g_test_add_func ("/report/json/run", test_json_run);
  g_test_add_func ("/report/json/cases", test_json_cases);
  g_test_add_func ("/report/json/empty", test_json_empty);
  g_test_add_func ("/report/json/hostile", test_json_hostile);
  return g_test_run ();
}
