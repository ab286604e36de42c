/* Numbers, sizes, durations, versions; deadlines; file descriptors. */
#include "config.h"

#include "base/beat.h"
#include "base/child.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Checks that what a table expects to fail failed with MESSAGE, and the rest did not. */
static void
assert_outcome (const gchar * text, gboolean ok, const GError * error, const gchar * message)
{
  g_test_message ("\"%s\"", text);
  if (message == NULL) {
    g_assert_no_error (error);
    g_assert_true (ok);
  } else {
    g_assert_false (ok);
    g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT);
    g_assert_cmpstr (error->message, ==, message);
  }
}

static void
test_parse_int (void)
{
  static const struct
  {
    const gchar *text;
    gint64 min, max, value;
    const gchar *message;
  } rows[] = {
    {"0", 0, 9, 0, NULL},
    {"9", 0, 9, 9, NULL},
    {"-1", -1, 9, -1, NULL},
    {"007", 0, 9, 7, NULL},
    {"9223372036854775807", 0, G_MAXINT64, G_MAXINT64, NULL},
    {"-9223372036854775808", G_MININT64, 0, G_MININT64, NULL},
    {"", 0, 9, 0, "not a number: "},
    {" 1", 0, 9, 0, "not a number:  1"},
    {"1 ", 0, 9, 0, "not a number: 1 "},
    {"1x", 0, 9, 0, "not a number: 1x"},
    {"0x1", 0, 9, 0, "not a number: 0x1"},
    {"1.5", 0, 9, 0, "not a number: 1.5"},
    {"-", 0, 9, 0, "not a number: -"},
    {"10", 0, 9, 0, "out of range 0..9: 10"},
    {"-1", 0, 9, 0, "out of range 0..9: -1"},
    {"9223372036854775808", 0, G_MAXINT64, 0,
        "out of range 0..9223372036854775807: 9223372036854775808"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    gint64 value = 42;
    gboolean ok = parse_int (rows[i].text, rows[i].min, rows[i].max, &value, &error);

    assert_outcome (rows[i].text, ok, error, rows[i].message);
    g_assert_cmpint (value, ==, ok ? rows[i].value : 42);
  }
}

static void
test_parse_size (void)
{
  static const struct
  {
    const gchar *text;
    guint64 value;
    const gchar *message;
  } rows[] = {
    {"0", 0, NULL},
    {"22500", 22500, NULL},
    {"4k", 4096, NULL},
    {"4K", 4096, NULL},
    {"33M", 33 * G_GUINT64_CONSTANT (1048576), NULL},
    {"8G", 8 * G_GUINT64_CONSTANT (1073741824), NULL},
    {"18446744073709551615", G_MAXUINT64, NULL},
    {"17179869183G", G_GUINT64_CONSTANT (17179869183) << 30, NULL},
    {"", 0, "not a size: "},
    {"k", 0, "not a size: k"},
    {"-1", 0, "not a size: -1"},
    {"+1", 0, "not a size: +1"},
    {" 1", 0, "not a size:  1"},
    {"1 k", 0, "not a size: 1 k"},
    {"1kB", 0, "not a size: 1kB"},
    {"1.5M", 0, "not a size: 1.5M"},
    {"1T", 0, "not a size: 1T"},
    {"18446744073709551616", 0, "size too large: 18446744073709551616"},
    {"17179869184G", 0, "size too large: 17179869184G"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    guint64 value = 42;
    gboolean ok = parse_size (rows[i].text, &value, &error);

    assert_outcome (rows[i].text, ok, error, rows[i].message);
    g_assert_cmpuint (value, ==, ok ? rows[i].value : 42);
  }
}

static void
test_parse_seconds (void)
{
  static const struct
  {
    const gchar *text;
    gdouble value;
    const gchar *message;
  } rows[] = {
    {"0", 0.0, NULL},
    {"2", 2.0, NULL},
    {"0.5", 0.5, NULL},
    {"500ms", 0.5, NULL},
    {"2s", 2.0, NULL},
    {"1m", 60.0, NULL},
    {"4h", 14400.0, NULL},
    {"7d", 604800.0, NULL},
    {"", 0.0, "not a duration: "},
    {"s", 0.0, "not a duration: s"},
    {"-1", 0.0, "not a duration: -1"},
    {"1w", 0.0, "not a duration: 1w"},
    {"1hd", 0.0, "not a duration: 1hd"},
    {"1 s", 0.0, "not a duration: 1 s"},
    {"inf", 0.0, "not a duration: inf"},
    {"nan", 0.0, "not a duration: nan"},
    {"1e999", 0.0, "not a duration: 1e999"},
    {"1e308m", 0.0, "not a duration: 1e308m"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    gdouble value = 42.0;
    gboolean ok = parse_seconds (rows[i].text, &value, &error);

    assert_outcome (rows[i].text, ok, error, rows[i].message);
    g_assert_cmpfloat_with_epsilon (value, ok ? rows[i].value : 42.0, 1e-9);
  }
}

static void
test_parse_bool (void)
{
  static const struct
  {
    const gchar *text;
    gboolean value;
    const gchar *message;
  } rows[] = {
    {"true", TRUE, NULL},
    {"yes", TRUE, NULL},
    {"1", TRUE, NULL},
    {"false", FALSE, NULL},
    {"no", FALSE, NULL},
    {"0", FALSE, NULL},
    {"", FALSE, "not true or false: "},
    {"True", FALSE, "not true or false: True"},
    {"2", FALSE, "not true or false: 2"},
    {"yes ", FALSE, "not true or false: yes "},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    gboolean value = 42;
    gboolean ok = parse_bool (rows[i].text, &value, &error);

    assert_outcome (rows[i].text, ok, error, rows[i].message);
    g_assert_cmpint (value, ==, ok ? rows[i].value : 42);
  }
}

static void
test_parse_versions (void)
{
  static const struct
  {
    const gchar *a, *b;
    gint order;
  } rows[] = {
    {"1.22.0", "1.22.0", 0},
    {"1.22", "1.22.0", 0},
    {"1.22.0.0", "1.22", 0},
    {"1.28.2", "1.9", 1},
    {"1.22.0", "1.22.12", -1},
    {"2", "1.99.99", 1},
    {"1.22.1", "1.22", 1},
    {"1.22.0-rc1", "1.22.0", 0},
    {"", "", 0},
    {"", "0.1", -1},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s against %s", rows[i].a, rows[i].b);
    g_assert_cmpint (parse_compare_versions (rows[i].a, rows[i].b), ==, rows[i].order);
    g_assert_cmpint (parse_compare_versions (rows[i].b, rows[i].a), ==, -rows[i].order);
  }
}

static void
test_deadline (void)
{
  gint64 before_us = deadline_now_ns () / 1000;
  Deadline now = deadline_in (0.0), past = deadline_in (-5.0), later = deadline_in (60.0);
  gint64 after_us = deadline_now_ns () / 1000;
  struct timespec clock;

  g_assert_cmpint (now.end_us, >=, before_us);
  g_assert_cmpint (past.end_us, >=, before_us);
  g_assert_cmpint (later.end_us, >=, before_us + 60000000);
  g_assert_cmpint (later.end_us, <=, after_us + 60000000);

  clock_gettime (CLOCK_MONOTONIC, &clock);
  g_assert_cmpint (before_us, <=, clock.tv_sec * G_USEC_PER_SEC + clock.tv_nsec / 1000);
  g_assert_cmpint (deadline_now_ns () / 1000, >=,
      clock.tv_sec * G_USEC_PER_SEC + clock.tv_nsec / 1000);
  clock_gettime (CLOCK_MONOTONIC, &clock);
  g_assert_cmpint (after_us, <=, clock.tv_sec * G_USEC_PER_SEC + clock.tv_nsec / 1000);
  g_assert_true (deadline_passed (now));
  g_assert_true (deadline_passed (past));
  g_assert_false (deadline_passed (later));

  g_assert_cmpint (deadline_earlier (now, later).end_us, ==, now.end_us);
  g_assert_cmpint (deadline_earlier (later, now).end_us, ==, now.end_us);
}

#define STOPPED_MS 700

static gint64 told_ns;

static void
on_late_beat (gint64 end_ns, gint64 lost_ns, gint64 asleep_ns, gpointer user)
{
  told_ns += lost_ns;
}

/* Where time is lost: 0 when all is as it should be, else the line that it is not. */
static gint
live_and_be_stopped (gint ready_fd)
{
  Deadline deadline;
  gint64 now_ns, lost_ns, alive_ns;
  gint status;
  pid_t pid;
  sigset_t one;

  alarm (60);
  if (!beat_start (on_late_beat, NULL))
    return __LINE__ % 256;
  /* It takes no signal from anybody who waits for one. */
  sigemptyset (&one);
  sigaddset (&one, SIGUSR1);
  sigprocmask (SIG_BLOCK, &one, NULL);
  kill (getpid (), SIGUSR1);
  fd_poll (-1, 0, 20);
  sigpending (&one);
  if (!sigismember (&one, SIGUSR1))
    return __LINE__ % 256;
  deadline = deadline_in (1000.0);
  if (write (ready_fd, "", 1) != 1)
    return __LINE__ % 256;
  while ((lost_ns = beat_lost_ns (deadline_now_ns ())) < STOPPED_MS * G_GINT64_CONSTANT (800000))
    fd_poll (-1, 0, 1);
  alive_ns = deadline_alive_ns ();
  now_ns = deadline_now_ns ();
  /* It is put off by what was lost, and everybody is told of it. */
  if (alive_ns > now_ns - lost_ns || told_ns < lost_ns
      || deadline_left_us (deadline) / 1000 <= deadline.end_us / 1000 - now_ns / 1000000
      || deadline_end_us (deadline) * 1000 < deadline.end_us * 1000 + lost_ns - 1000000)
    return __LINE__ % 256;
  /* Who has no heart loses no time. */
  pid = fork ();
  if (pid == 0) {
    lost_ns = beat_lost_ns (deadline_now_ns ());
    g_usleep ((BEAT_INTERVAL_NS + BEAT_LATE_NS) / 500);
    _exit (beat_lost_ns (deadline_now_ns ()) != lost_ns);
  }
  return waitpid (pid, &status, 0) == pid && status == 0 ? 0 : __LINE__ % 256;
}

static void
test_beat (void)
{
  gint fds[2], status;
  gchar ready;
  pid_t pid;

  g_assert_cmpint (beat_lost_ns (deadline_now_ns ()), ==, 0);   /* nobody has started it here */
  g_assert_cmpint (pipe (fds), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    _exit (live_and_be_stopped (fds[1]));
  g_assert_cmpint (read (fds[0], &ready, 1), ==, 1);
  kill (pid, SIGSTOP);
  g_usleep (STOPPED_MS * 1000);
  kill (pid, SIGCONT);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  close (fds[0]);
  close (fds[1]);
}

static void
test_deadline_poll (void)
{
  Deadline short_one = deadline_in (0.0005);
  gint left_ms = deadline_poll_ms (deadline_in (60.0));

  g_assert_cmpint (left_ms, >, 50000);
  g_assert_cmpint (left_ms, <=, 60000);
  g_assert_cmpint (deadline_poll_ms (deadline_in (0.0)), ==, 0);
  g_assert_cmpint (deadline_poll_ms (deadline_in (1e9)), ==, G_MAXINT);

  /* Rounded up: after a poll of that length the deadline has passed. */
  poll (NULL, 0, deadline_poll_ms (short_one));
  g_assert_true (deadline_passed (short_one));
}

static void
open_pipe (gint fds[2])
{
  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
}

static void
test_fd_clear (void)
{
  gint fds[2], number;

  open_pipe (fds);
  number = fds[0];
  errno = ENOENT;
  fd_clear (&fds[0]);
  g_assert_cmpint (errno, ==, ENOENT);
  g_assert_cmpint (fds[0], ==, -1);
  g_assert_cmpint (fcntl (number, F_GETFD), ==, -1);

  errno = ENOENT;
  fd_clear (&fds[0]);
  g_assert_cmpint (errno, ==, ENOENT);
  fd_clear (&fds[1]);
}

static void
test_fd_read_write (void)
{
  gint fds[2], error;
  gssize n;
  gchar got[8] = "";

  open_pipe (fds);
  g_assert_cmpint (fd_write (fds[1], "abc", 3), ==, 3);
  g_assert_cmpint (fd_read (fds[0], got, sizeof got), ==, 3);
  g_assert_cmpstr (got, ==, "abc");
  fd_clear (&fds[1]);
  g_assert_cmpint (fd_read (fds[0], got, sizeof got), ==, 0);
  fd_clear (&fds[0]);
  n = fd_read (fds[0], got, sizeof got);
  error = errno;
  g_assert_cmpint (n, ==, -1);
  g_assert_cmpint (error, ==, EBADF);
}

static void
test_fd_nonblocking (void)
{
  gint fds[2], error;
  gssize n;
  gchar got;

  open_pipe (fds);
  g_assert_true (fd_set_nonblocking (fds[0], TRUE));
  n = fd_read (fds[0], &got, 1);
  error = errno;
  g_assert_cmpint (n, ==, -1);
  g_assert_cmpint (error, ==, EAGAIN);
  g_assert_true (fd_set_nonblocking (fds[0], FALSE));
  g_assert_cmpint (fcntl (fds[0], F_GETFL) & O_NONBLOCK, ==, 0);
  fd_clear (&fds[0]);
  fd_clear (&fds[1]);
  g_assert_false (fd_set_nonblocking (fds[0], TRUE));
}

static void
test_fd_poll (void)
{
  gint fds[2];

  open_pipe (fds);
  g_assert_cmpint (fd_poll (fds[0], POLLIN, 0), ==, 0);
  g_assert_cmpint (fd_poll (fds[1], POLLOUT, 0), ==, POLLOUT);
  g_assert_cmpint (fd_write (fds[1], "x", 1), ==, 1);
  g_assert_cmpint (fd_poll (fds[0], POLLIN, 10000), ==, POLLIN);
  fd_clear (&fds[1]);
  g_assert_cmpint (fd_poll (fds[0], POLLIN, 0), ==, POLLIN | POLLHUP);
  fd_clear (&fds[0]);
}

static volatile sig_atomic_t n_alarms;

static void
count_alarm (gint number)
{
  n_alarms++;
}

/* Interrupts system calls every millisecond, or no more. */
static void
set_alarms (gboolean on)
{
  /* Not the default action when off: a last alarm may still be on its way. */
  struct sigaction action = {.sa_handler = on ? count_alarm : SIG_IGN };
  struct itimerval timer = { {0, on ? 1000 : 0}, {0, on ? 1000 : 0} };

  g_assert_cmpint (sigaction (SIGALRM, &action, NULL), ==, 0);
  g_assert_cmpint (setitimer (ITIMER_REAL, &timer, NULL), ==, 0);
}

/* A signal neither ends the wait nor makes it longer. */
static void
test_fd_poll_interrupted (void)
{
  gint fds[2], ready;
  gint64 begin_ns = deadline_now_ns ();
  gint64 taken_ns;

  open_pipe (fds);
  n_alarms = 0;
  set_alarms (TRUE);
  ready = fd_poll (fds[0], POLLIN, 100);
  taken_ns = deadline_now_ns () - begin_ns;
  set_alarms (FALSE);

  g_assert_cmpint (ready, ==, 0);
  g_assert_cmpint (n_alarms, >, 0);
  g_assert_cmpint (taken_ns, >=, 100 * G_GINT64_CONSTANT (1000000));
  g_assert_cmpint (taken_ns, <, 20 * G_GINT64_CONSTANT (1000000000));
  fd_clear (&fds[0]);
  fd_clear (&fds[1]);
}

static gpointer
write_after_alarms (gpointer data)
{
  Deadline deadline = deadline_in (10.0);
  sigset_t alarms;

  /* They are for the reader. */
  sigemptyset (&alarms);
  sigaddset (&alarms, SIGALRM);
  pthread_sigmask (SIG_BLOCK, &alarms, NULL);

  /* The bound only matters when no alarm comes at all: then the reader is not interrupted. */
  while (n_alarms < 3 && !deadline_passed (deadline))
    g_thread_yield ();
  g_assert_cmpint (fd_write (GPOINTER_TO_INT (data), "x", 1), ==, 1);
  return NULL;
}

/* Reading goes on after a signal. */
static void
test_fd_read_interrupted (void)
{
  gint fds[2];
  gchar got = 0;
  gssize n_got;
  GThread *writer;

  open_pipe (fds);
  n_alarms = 0;
  writer = g_thread_new ("writer", write_after_alarms, GINT_TO_POINTER (fds[1]));
  set_alarms (TRUE);
  n_got = fd_read (fds[0], &got, 1);
  set_alarms (FALSE);
  g_thread_join (writer);

  g_assert_cmpint (n_got, ==, 1);
  g_assert_cmpint (got, ==, 'x');
  g_assert_cmpint (n_alarms, >=, 3);
  fd_clear (&fds[0]);
  fd_clear (&fds[1]);
}

static void
assert_child (const gchar * script, const gchar * input, gint status, const gchar * output,
    const gchar * errors)
{
  static const gchar *const environment[] = { "WORD=two words", NULL };
  const gchar *argv[] = { "sh", "-c", script, NULL };
  ChildRequest request = {.argv = argv,.environment = environment,.input = input,
    .max_output = 100
  };
  g_auto (ChildResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", script);
  g_assert_true (child_run (&request, deadline_in (60), &result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (result.status, ==, status);
  g_assert_cmpstr (result.output, ==, output);
  g_assert_cmpuint (result.output_length, ==, strlen (output));
  g_assert_cmpstr (result.errors, ==, errors);
}

static void
test_child (void)
{
  g_autofree gchar *much = g_strnfill (1 << 20, 'x');

  assert_child ("echo hello; exit 3", NULL, 3, "hello\n", "");
  assert_child ("echo \"$WORD\"", NULL, 0, "two words\n", "");
  assert_child ("cat; echo no >&2", "input", 0, "input", "no\n");
  assert_child ("cat", NULL, 0, "", "");
  assert_child ("wc -c", much, 0, "1048576\n", "");
  assert_child ("exec <&-; echo nobody reads", much, 0, "nobody reads\n", "");
  assert_child ("kill -9 $$", NULL, 128 + SIGKILL, "", "");
  /* It may close either and go on with the other. */
  assert_child ("exec 2>&-; sleep 0.1; echo late", NULL, 0, "late\n", "");
  assert_child ("exec >&-; sleep 0.1; echo late >&2; exit 3", NULL, 3, "", "late\n");
}

/* Whatever it does, we come back, and nothing of it is left. */
static void
test_child_refused (void)
{
  static const struct
  {
    const gchar *argv[4];
    gdouble seconds;
    const gchar *message;
  } rows[] = {
    {{"/nowhere/to be found"}, 60, "/nowhere/to be found: cannot be started: *"},
    {{"sh", "-c", "sleep 1000 & wait"}, 0.2, "sh: no answer in time"},
    {{"sh", "-c", "trap '' TERM; echo part; while :; do sleep 1; done"}, 0.2,
        "sh: no answer in time"},
    {{"sh", "-c", "while :; do echo much; done"}, 60, "sh: prints more than 100 bytes"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    ChildRequest request = {.argv = rows[i].argv,.max_output = 100 };
    g_auto (ChildResult) result = { 0 };
    g_autoptr (GError) error = NULL;

    g_assert_false (child_run (&request, deadline_in (rows[i].seconds), &result, &error));
    g_assert_nonnull (error);
    g_test_message ("%s", error->message);
    g_assert_true (g_pattern_match_simple (rows[i].message, error->message));
  }
}

/* --- text of others --- */

static void
test_text (void)
{
  /* A title of the window, a sequence of C1, a line that runs backwards, another line, no UTF-8. */
  static const gchar hostile[] = "a\x1b]0;t\ab\xc2\x9b" "2Jc\xe2\x80\xae" "d\ne\tf\xff\xe6\x97\xa5"
      "\xe2\x80\xa8" "g\xef\xbf\xbe";
  g_autofree gchar *line = text_line (hostile), *lines = text_lines (hostile);
  g_autofree gchar *none = text_line (NULL);
  g_autofree gchar *json = text_json ("{\n \"a\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81\" : \"\xc3\xa9\"\n}");
  gchar few[12];

  g_assert_cmpstr (line, ==, "a?]0;t?b?2Jc?d e f?\xe6\x97\xa5 g?");
  g_assert_cmpstr (lines, ==, "a?]0;t?b?2Jc?d\ne f?\xe6\x97\xa5 g?");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (json, ==, "{\n \"a\\u009b\\u202e\\udb40\\udc01\" : \"\xc3\xa9\"\n}");
  memset (few, 'x', sizeof few);
  text_copy_line (few, sizeof few, "123456789\xe6\x97\xa5");
  g_assert_cmpstr (few, ==, "123456789");
  g_assert_cmpint (few[11], ==, 0);
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/parse/int", test_parse_int);
  g_test_add_func ("/base/parse/size", test_parse_size);
  g_test_add_func ("/base/parse/seconds", test_parse_seconds);
  g_test_add_func ("/base/parse/bool", test_parse_bool);
  g_test_add_func ("/base/parse/versions", test_parse_versions);
  g_test_add_func ("/base/deadline/order", test_deadline);
  g_test_add_func ("/base/beat", test_beat);
  g_test_add_func ("/base/deadline/poll", test_deadline_poll);
  g_test_add_func ("/base/fd/clear", test_fd_clear);
  g_test_add_func ("/base/fd/read-write", test_fd_read_write);
  g_test_add_func ("/base/fd/nonblocking", test_fd_nonblocking);
  g_test_add_func ("/base/fd/poll", test_fd_poll);
  g_test_add_func ("/base/fd/poll-interrupted", test_fd_poll_interrupted);
  g_test_add_func ("/base/fd/read-interrupted", test_fd_read_interrupted);
  g_test_add_func ("/base/text", test_text);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/base/child/run", test_child);
  g_test_add_func ("/base/child/refused", test_child_refused);
  return g_test_run ();
}
