#include "config.h"
#include "session/session.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/term.h"
#include "base/trust.h"
#include "cli/data.h"
#include "scenario/scenario.h"
#include "verdict/known.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Between two lines of progress where there is no terminal. */
#define PROGRESS_S 15

/* --- options --- */

gboolean
session_is_one_of (const gchar * option, const gchar * value, const gchar * const *words,
    GError ** error)
{
  g_autofree gchar *list = NULL;

  if (!value || g_strv_contains (words, value))
    return TRUE;
  list = g_strjoinv (", ", (gchar **) words);
  return error_input (error, "--%s: not one of %s: %s", option, list, value);
}

static gboolean
parse_numbers (SessionOptions * options, GError ** error)
{
  gint64 seed = (gint64) (g_get_real_time () / G_USEC_PER_SEC);
  gchar *end;

  if (options->seed_text && !parse_int (options->seed_text, 0, G_MAXINT64, &seed, error)) {
    g_prefix_error (error, "--seed: ");
    return FALSE;
  }
  options->seed = (guint64) seed;
  options->factor = options->factor_text ? g_ascii_strtod (options->factor_text, &end) : 1.0;
  if (options->factor_text && (*end || !(options->factor >= 0.1 && options->factor <= 1000)))
    return error_input (error, "--timeout-factor: not within 0.1..1000: %s", options->factor_text);
  if (options->n_jobs < 1 || options->n_jobs > 256)
    return error_input (error, "--jobs: out of range: %d", options->n_jobs);
  return TRUE;
}

static gboolean
check_options (SessionOptions * options, GError ** error)
{
  static const gchar *const known_words[] = { "fail", "allow", "strict", NULL };
  static const gchar *const color_words[] = { "auto", "always", "never", NULL };

  if (!session_is_one_of ("known", options->known, known_words, error)
      || !session_is_one_of ("color", options->color, color_words, error))
    return FALSE;
  if (options->format && !reporter_by_name (options->format))
    return error_input (error, "--format: unknown (see %s list --formats): %s", command_this->name,
        options->format);
  if (options->record && (options->replay || options->output || options->format))
    return error_input (error,
        "--record: judges nothing, so it does not go with --replay, --output or --format");
  return parse_numbers (options, error);
}

gboolean
session_check_contracts (gchar ** contracts, GError ** error)
{
  for (gsize i = 0; contracts && contracts[i]; i++) {
    const Check *check = check_by_name (contracts[i]);

    if (!check)
      return error_input (error, "--contract: unknown (see %s list --contracts): %s",
          command_this->name, contracts[i]);
    g_free (contracts[i]);
    contracts[i] = g_strdup (check->name);
  }
  return TRUE;
}

static gint
default_jobs (void)
{
  return (gint) CLAMP (g_get_num_processors (), 1, 64);
}

gboolean
session_parse (SessionOptions * options, gint * argc, gchar *** argv, const gchar * command,
    const gchar * arguments, const gchar * summary, const GOptionEntry * own)
{
  const GOptionEntry common[] = {
    {"known", 0, 0, G_OPTION_ARG_STRING, &options->known,
        "fail (default) on known issues too, allow them, or allow them and fail when one "
          "does not show (strict)", "fail|allow|strict"},
    {"known-issues", 0, 0, G_OPTION_ARG_FILENAME, &options->known_issues,
        "read known issues from FILE", "FILE"},
    {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format,
        "report format: text (default), tap, junit, json", "FORMAT"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
        "write the report to FILE", "FILE"},
    {"seed", 's', 0, G_OPTION_ARG_STRING, &options->seed_text,
        "master seed of all random choices", "N"},
    {"until-fail", 0, 0, G_OPTION_ARG_NONE, &options->until_fail,
        "stop after the first case that does not pass", NULL},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &options->n_jobs,
        "cases at the same time (default: one per processor)", "N"},
    {"timeout-factor", 't', 0, G_OPTION_ARG_STRING, &options->factor_text,
        "multiply every deadline by F", "F"},
    {"record", 0, 0, G_OPTION_ARG_FILENAME, &options->record,
        "write the traces to FILE and judge nothing", "FILE"},
    {"replay", 0, 0, G_OPTION_ARG_FILENAME, &options->replay,
        "judge the traces of FILE and run nothing", "FILE"},
    {"color", 0, 0, G_OPTION_ARG_STRING, &options->color,
        "colour of the text report: auto, always or never", "WHEN"},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose,
        "list everything that passes too; show what the processes print", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "no progress", NULL},
    {NULL}
  };
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  g_autoptr (GError) error = NULL;

  for (; own->long_name; own++)
    g_array_append_val (entries, *own);
  g_array_append_vals (entries, common, G_N_ELEMENTS (common) - 1);
  options->n_jobs = default_jobs ();
  if (!command_parse (argc, argv, command, arguments, summary,
          (const GOptionEntry *) (gpointer) entries->data))
    return FALSE;
  if (check_options (options, &error))
    return TRUE;
  command_error (STATUS_USAGE, "%s: %s", command, error->message);
  return FALSE;
}

void
session_clear_options (SessionOptions * options)
{
  gchar **const strings[] = { &options->known, &options->known_issues, &options->format,
    &options->output, &options->seed_text, &options->factor_text, &options->record,
    &options->replay, &options->color
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
}

/* --- who and where --- */

/* "recorded: ref 0.1.0, shmsink 1.22.0": everybody who took part in TRACES. */
static gchar *
describe_recorded (const GPtrArray * traces)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *text = g_string_new ("recorded:");

  for (guint i = 0; i < traces->len; i++) {
    const Trace *trace = g_ptr_array_index (traces, i);

    for (guint r = 0; r < trace->roles->len; r++) {
      const TraceRole *role = trace_role (trace, (gint) r);
      gchar *name = g_strdup_printf ("%s %s", role->element, role->version);

      if (role->side != TRACE_SIDE_TAP && !g_hash_table_contains (seen, name))
        g_string_append_printf (text, "%s %s", g_hash_table_size (seen) ? "," : "", name);
      g_hash_table_add (seen, name);
    }
  }
  return g_string_free (text, FALSE);
}

static gchar *
describe_host (void)
{
  struct utsname name = { 0 };
  struct statvfs shm;
  gdouble gib = 0;

  uname (&name);
  if (statvfs ("/dev/shm", &shm) == 0)
    gib = (gdouble) shm.f_bavail * (gdouble) shm.f_frsize / (1 << 30);
  return g_strdup_printf ("%s %s %s, page %ld, /dev/shm %.1f GiB free", name.sysname, name.release,
      name.machine, sysconf (_SC_PAGESIZE), gib);
}

/* --- the command that shows it again --- */

void
session_append_option (GString * line, const gchar * option, const gchar * value)
{
  g_autofree gchar *quoted = value ? g_shell_quote (value) : NULL;

  if (quoted)
    g_string_append_printf (line, " %s%s", option, quoted);
}

GString *
session_reproduce_begin (const Session * session, const Trace * trace)
{
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "%s %s --seed=%" G_GUINT64_FORMAT, command_program,
      session->command, trace->seed);
  session_append_option (line, "--timeout-factor=", session->options->factor_text);
  return line;
}

/* --- running --- */

static volatile sig_atomic_t interrupt_fd = -1;
static volatile sig_atomic_t interrupted_s;
static gboolean reader_gone;

/* Who reads the report has seen enough, as head(1): the same as Ctrl-C, but we end of SIGPIPE. */
static void
session_reader_gone (void)
{
  guint64 one = 1;

  if (!reader_gone && interrupt_fd >= 0 && write (interrupt_fd, &one, sizeof one) < 0)
    g_debug ("cannot interrupt: %s", g_strerror (errno));
  reader_gone = TRUE;
}

static void
output_failed (Session * session, const gchar * message)
{
  if (command_reader_gone (session->out_fd)) {
    session_reader_gone ();
    return;
  }
  command_error (STATUS_BROKEN, "%s: %s",
      session->options->record ? session->options->record
      : session->options->output ? session->options->output : "standard output", message);
  session->status = STATUS_BROKEN;
}

static gboolean
record_trace (Session * session, const Trace * trace)
{
  g_string_truncate (session->recorded, 0);
  trace_write (trace, session->recorded);
  if (!fd_write_all (session->out_fd, session->recorded->str, session->recorded->len)) {
    output_failed (session, g_strerror (errno));
    return FALSE;
  }
  for (guint i = 0; i < trace->events->len; i++)
    session->n_broken += trace_at (trace, i)->kind == TRACE_BROKEN;
  return TRUE;
}

gboolean
session_report (Session * session, ReportCase * take_case)
{
  ReportVerdict verdict = report_case_verdict (take_case);
  g_autoptr (GError) error = NULL;

  if (!report_add (session->report, take_case, &error)) {
    output_failed (session, error->message);
    return FALSE;
  }
  return !session->options->until_fail
      || (verdict != REPORT_FAIL && verdict != REPORT_BROKEN && verdict != REPORT_XPASS);
}

static gboolean
report_trace (Session * session, const Trace * trace, gdouble seconds)
{
  g_autofree gchar *reproduce = session->reproduce (session->user, trace);
  ReportCase *report_case = judge_case (session->judge, trace, seconds, reproduce);

  if (session->add_tables)
    session->add_tables (session->user, trace, report_case);
  return session_report (session, report_case);
}


static void
on_interrupt (gint signal_number)
{
  guint64 one = 1;
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  /* The second time: at once; the children die with us, `clean` finds what they leave. But some
   * (timeout(1), a shell) send one and the same wish twice in a row: that is one. */
  if (interrupted_s && now.tv_sec - interrupted_s > 1) {
    signal (signal_number, SIG_DFL);
    raise (signal_number);
    return;
  }
  interrupted_s = (sig_atomic_t) now.tv_sec;
  if (write (interrupt_fd, &one, sizeof one) < 0)
    signal (signal_number, SIG_DFL);
}

gint
session_cancel_fd (void)
{
  return interrupt_fd;
}

gboolean
session_is_interrupted (void)
{
  return interrupt_fd >= 0 && fd_poll (interrupt_fd, G_IO_IN, 0) > 0;
}

void
session_end_interrupted (void)
{
  if (reader_gone) {
    signal (SIGPIPE, SIG_DFL);
    raise (SIGPIPE);
  }
  if (session_is_interrupted ()) {
    signal (SIGINT, SIG_DFL);
    raise (SIGINT);
  }
}

/* What is printed next may go to the same terminal. */
static void
clear_progress (Session * session)
{
  if (session->progress)
    g_printerr ("\r\033[K");
}

gboolean
session_take (Session * session, const Trace * trace, gdouble seconds)
{
  clear_progress (session);
  if (session_is_interrupted ()) {
    session->interrupted = TRUE;        /* this case may have been cut short: no verdict on it */
    return FALSE;
  }
  return session->recorded ? record_trace (session, trace)
      : report_trace (session, trace, seconds);
}

static gboolean
on_job_done (gpointer user, const RunJob * job, Trace * take_trace)
{
  gboolean go_on = session_take (user, take_trace, job->seconds);

  trace_free (take_trace);
  return go_on;
}

/* A log has no bar, but says now and then that something goes on. */
static void
tell_progress (Session * session, guint finished)
{
  gint64 now = g_get_monotonic_time ();

  if (session->options->quiet || now - session->told_us < PROGRESS_S * G_USEC_PER_SEC)
    return;
  session->told_us = now;
  g_printerr ("%s: %u of %u cases after %" G_GINT64_FORMAT " s\n", command_this->name, finished,
      session->n_jobs, (now - session->begun_us) / G_USEC_PER_SEC);
}

static void
on_progress (gpointer user, guint finished)
{
  Session *session = user;
  gchar bar[31];
  guint filled = session->n_jobs ? finished * 30 / session->n_jobs : 0;

  if (command_reader_gone (session->out_fd))
    session_reader_gone ();
  if (!session->progress) {
    tell_progress (session, finished);
    return;
  }
  memset (bar, '.', 30);
  memset (bar, '#', filled);
  bar[30] = '\0';
  g_printerr ("\r[%s] %u/%u", bar, finished, session->n_jobs);
}

void
session_run_jobs (Session * session, const RunContext * context, GArray * jobs, RunJobFunc func)
{
  session->n_jobs = jobs->len;
  session->begun_us = session->told_us = g_get_monotonic_time ();
  run_jobs (context, func, jobs, (guint) session->options->n_jobs, on_job_done, on_progress,
      session);
  clear_progress (session);
  session->interrupted |= session_is_interrupted ();
}

/* --- the report --- */

static gint
open_output (const SessionOptions * options)
{
  const gchar *path = options->record ? options->record : options->output;
  gint fd;

  if (!path || g_str_equal (path, "-"))
    return STDOUT_FILENO;
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    command_error (STATUS_USAGE, "%s: cannot write it: %s", path, g_strerror (errno));
  return fd;
}

gboolean
session_begin (Session * session, const gchar * target, guint n_cases, guint n_all)
{
  const SessionOptions *options = session->options;
  guint n_rounds = MAX (session->n_rounds, 1);
  g_autofree gchar *host = options->replay ? g_strdup ("not recorded") : describe_host ();
  ReportStyle style = { 0 };
  ReportRun info = {.program = command_this->name,.version = PACKAGE_VERSION,.target = target,
    .host = host,.seed = session->seed,.n_cases = n_cases,
    .n_not_selected = n_all - MIN (n_all, n_cases / n_rounds)
  };

  session->out_fd = open_output (options);
  if (session->out_fd < 0)
    return FALSE;
  session->progress = !options->quiet && !options->replay && isatty (STDERR_FILENO);
  style = (ReportStyle) {
    term_wants_colour (options->color, session->out_fd), term_width (session->out_fd),
    options->verbose
  };
  if (!options->record)
    session->report = report_new (reporter_by_name (options->format ? options->format : "text"),
        &info, &style, session->out_fd);
  else
    session->recorded = g_string_new (NULL);
  return TRUE;
}

static gboolean
is_strict (const Session * session)
{
  return g_strcmp0 (session->options->known, "strict") == 0;
}

static Status
status_of (const ReportTotals * totals)
{
  if (report_fails (totals))
    return STATUS_FAIL;
  if (totals->counts[REPORT_BROKEN])
    return STATUS_BROKEN;
  return totals->counts[REPORT_PASS] || totals->counts[REPORT_XFAIL] ? STATUS_PASS : STATUS_SKIP;
}

Status
session_end (Session * session)
{
  g_autoptr (GError) error = NULL;
  ReportTotals whole = {.interrupted = session->interrupted,.strict = is_strict (session) };
  const ReportTotals *totals;

  if (session->recorded) {
    g_string_free (session->recorded, TRUE);
    return session->status ? session->status : session->n_broken ? STATUS_BROKEN : STATUS_PASS;
  }
  if (!session->interrupted && !session->partial)
    whole.xpass = judge_xpass (session->judge);
  whole.excess = judge_excess (session->judge);
  if (!report_end (session->report, &whole, &error))
    output_failed (session, error->message);
  totals = report_totals (session->report);
  if (session->status)
    return session->status;
  if (session->options->output && session->out_fd != STDOUT_FILENO)
    g_printerr ("%s\n", totals->result);
  return status_of (totals);
}

/* --- replay --- */

Status
session_replay (Session * session)
{
  const gchar *path = session->options->replay;
  g_autofree gchar *text = NULL;
  g_autofree gchar *target = NULL;
  g_autoptr (GPtrArray) traces = NULL;
  g_autoptr (GError) error = NULL;
  guint n_all;

  if (!g_file_get_contents (path, &text, NULL, &error))
    return command_error (STATUS_USAGE, "%s: cannot be read: %s", path, error->message);
  traces = trace_parse (text, path, &error);
  if (!traces)
    return command_error (STATUS_USAGE, "%s", error->message);
  n_all = traces->len;
  target = describe_recorded (traces);
  session->seed = traces->len > 0 ? ((Trace *) g_ptr_array_index (traces, 0))->seed : 0;
  if (session->select && !session->select (session->user, traces, &error))
    return command_error (STATUS_USAGE, "%s: --replay: %s: %s", session->command, path,
        error->message);
  if (!session_begin (session, target, traces->len, n_all))
    return STATUS_USAGE;
  for (guint i = 0; i < traces->len; i++) {
    if (!report_trace (session, g_ptr_array_index (traces, i), 0.0))
      break;
  }
  return session_end (session);
}

/* --- Ctrl-C --- */

void
session_catch_interrupt (void)
{
  struct sigaction action = {.sa_handler = on_interrupt };

  interrupt_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGHUP, &action, NULL);
  signal (SIGPIPE, SIG_IGN);
}

/* --- the session --- */

static GPtrArray *
load_known (const SessionOptions * options, GError ** error)
{
  g_autofree gchar *dir = NULL;
  g_autofree gchar *shipped = NULL;

  if (options->known_issues)
    return known_load (options->known_issues, NULL, error);
  dir = command_data_dir (error);
  shipped = dir ? g_build_filename (dir, "known-issues", NULL) : NULL;
  if (!shipped || !trust_check_data (shipped, error))
    return NULL;
  return known_load (shipped, NULL, error);
}

gboolean
session_init (Session * session, GError ** error)
{
  session->out_fd = -1;
  session->seed = session->options->seed;
  session->issues = load_known (session->options, error);
  if (!session->issues)
    return FALSE;
  session->judge = judge_new (session->issues,
      is_strict (session) || g_strcmp0 (session->options->known, "allow") == 0);
  return TRUE;
}

void
session_clear (Session * session)
{
  report_free (session->report);
  judge_free (session->judge);
  g_clear_pointer (&session->issues, g_ptr_array_unref);
  if (session->out_fd > STDERR_FILENO)
    fd_clear (&session->out_fd);
}
