/* shmstress run: options to plan, plan to traces, traces to a report and a status. */
#include "config.h"
#include "shmstress.h"

#include "base/fd.h"
#include "base/parse.h"
#include "judge.h"
#include "run/jobs.h"
#include "scenario/known.h"
#include "scenario/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PROBE_SECONDS 30

typedef struct
{
  gchar *pair, *known, *known_issues, *format, *output, *seed_text, *shard, *factor_text;
  gchar *record, *replay, *color, *producer_pipeline, *consumer_pipeline;
  gchar **sets, **excludes, **contracts;
  gint repeat, n_jobs;
  gboolean until_fail, verbose, quiet;

  guint64 seed;
  gdouble factor;
  guint shard_index, shard_count;
} RunOptions;

typedef struct
{
  const RunOptions *options;
  guint64 seed;
  const GPtrArray *files;       /* scenario files named, NULL at the end */
  Judge *judge;
  Report *report;
  GString *recorded;            /* --record: the traces */
  gint out_fd;
  guint n_jobs;
  guint n_broken;               /* while recording */
  gboolean progress;            /* a bar on stderr */
  gboolean interrupted;
  Status status;                /* of our own trouble: output not writable */
} Run;

/* --- options --- */

static gint default_jobs (void);

static gboolean
parse_shard (RunOptions * options, GError ** error)
{
  g_auto (GStrv) parts = NULL;
  gint64 index, count;

  options->shard_index = options->shard_count = 1;
  if (!options->shard)
    return TRUE;
  parts = g_strsplit (options->shard, "/", 2);
  if (g_strv_length (parts) != 2 || !parse_int (parts[1], 1, 10000, &count, NULL)
      || !parse_int (parts[0], 1, count, &index, NULL)) {
    g_set_error (error, PARSE_ERROR, 0, "--shard: not K/N with 1 <= K <= N: %s", options->shard);
    return FALSE;
  }
  options->shard_index = (guint) index;
  options->shard_count = (guint) count;
  return TRUE;
}

static gboolean
is_one_of (const gchar * option, const gchar * value, const gchar * const *words, GError ** error)
{
  g_autofree gchar *list = NULL;

  if (!value || g_strv_contains (words, value))
    return TRUE;
  list = g_strjoinv (", ", (gchar **) words);
  g_set_error (error, PARSE_ERROR, 0, "--%s: not one of %s: %s", option, list, value);
  return FALSE;
}

static gboolean
parse_numbers (RunOptions * options, GError ** error)
{
  gint64 seed = (gint64) (g_get_real_time () / G_USEC_PER_SEC);
  gchar *end;

  if (options->seed_text && !parse_int (options->seed_text, 0, G_MAXINT64, &seed, error)) {
    g_prefix_error (error, "--seed: ");
    return FALSE;
  }
  options->seed = (guint64) seed;
  options->factor = options->factor_text ? g_ascii_strtod (options->factor_text, &end) : 1.0;
  if (options->factor_text && (*end || !(options->factor >= 0.1 && options->factor <= 1000))) {
    g_set_error (error, PARSE_ERROR, 0, "--timeout-factor: not within 0.1..1000: %s",
        options->factor_text);
    return FALSE;
  }
  if (options->repeat < 1 || options->n_jobs < 1 || options->n_jobs > 256) {
    g_set_error (error, PARSE_ERROR, 0, "--%s: out of range: %d",
        options->repeat < 1 ? "repeat" : "jobs",
        options->repeat < 1 ? options->repeat : options->n_jobs);
    return FALSE;
  }
  return parse_shard (options, error);
}

/* Contracts may be given by id; from here on they have their names. */
static gboolean
check_contracts (RunOptions * options, GError ** error)
{
  for (gsize i = 0; options->contracts && options->contracts[i]; i++) {
    const Check *check = check_by_name (options->contracts[i]);

    if (!check) {
      g_set_error (error, PARSE_ERROR, 0,
          "--contract: unknown (see shmstress list --contracts): %s", options->contracts[i]);
      return FALSE;
    }
    g_free (options->contracts[i]);
    options->contracts[i] = g_strdup (check->name);
  }
  return TRUE;
}

static gboolean
check_options (RunOptions * options, GError ** error)
{
  static const gchar *const known_words[] = { "fail", "allow", NULL };
  static const gchar *const color_words[] = { "auto", "always", "never", NULL };

  if (!is_one_of ("known", options->known, known_words, error)
      || !is_one_of ("color", options->color, color_words, error))
    return FALSE;
  if (options->format && !reporter_by_name (options->format)) {
    g_set_error (error, PARSE_ERROR, 0, "--format: unknown (see shmstress list --formats): %s",
        options->format);
    return FALSE;
  }
  if (options->record && (options->replay || options->output || options->format)) {
    g_set_error (error, PARSE_ERROR, 0,
        "--record: judges nothing, so it does not go with --replay, --output or --format");
    return FALSE;
  }
  return check_contracts (options, error) && parse_numbers (options, error);
}

static gboolean
parse_options (RunOptions * options, gint * argc, gchar *** argv)
{
  const GOptionEntry entries[] = {
    {"pair", 'p', 0, G_OPTION_ARG_STRING, &options->pair,
        "only these pairs: ref or gst on each side", "PRODUCER:CONSUMER[,...]"},
    {"known", 0, 0, G_OPTION_ARG_STRING, &options->known,
        "fail (default) on known issues too, or allow them", "fail|allow"},
    {"known-issues", 0, 0, G_OPTION_ARG_FILENAME, &options->known_issues,
        "read known issues from FILE", "FILE"},
    {"format", 'f', 0, G_OPTION_ARG_STRING, &options->format,
        "report format: text (default), tap, junit, json", "FORMAT"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
        "write the report to FILE", "FILE"},
    {"seed", 's', 0, G_OPTION_ARG_STRING, &options->seed_text,
        "master seed of all random choices", "N"},
    {"repeat", 0, 0, G_OPTION_ARG_INT, &options->repeat, "run everything N times", "N"},
    {"until-fail", 0, 0, G_OPTION_ARG_NONE, &options->until_fail,
        "stop after the first case that does not pass", NULL},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &options->n_jobs,
        "cases at the same time (default: one per processor)", "N"},
    {"shard", 0, 0, G_OPTION_ARG_STRING, &options->shard,
        "only the K-th of N parts of the cases", "K/N"},
    {"contract", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &options->contracts,
        "judge only this contract, and run only the cases that have it", "NAME"},
    {"exclude", 'x', 0, G_OPTION_ARG_STRING_ARRAY, &options->excludes,
        "leave out cases that match", "GLOB"},
    {"timeout-factor", 't', 0, G_OPTION_ARG_STRING, &options->factor_text,
        "multiply every deadline by F", "F"},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->sets,
        "set a variable of the scenarios", "NAME=VALUE"},
    {"producer-pipeline", 0, 0, G_OPTION_ARG_STRING, &options->producer_pipeline,
        "pipeline of gst producers; its element named sink is under test", "PIPELINE"},
    {"consumer-pipeline", 0, 0, G_OPTION_ARG_STRING, &options->consumer_pipeline,
        "pipeline of gst consumers; its element named src is under test", "PIPELINE"},
    {"record", 0, 0, G_OPTION_ARG_FILENAME, &options->record,
        "write the traces to FILE and judge nothing", "FILE"},
    {"replay", 0, 0, G_OPTION_ARG_FILENAME, &options->replay,
        "judge the traces of FILE and run nothing", "FILE"},
    {"color", 0, 0, G_OPTION_ARG_STRING, &options->color,
        "colour of the text report: auto, always or never", "WHEN"},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose,
        "list cases that pass too; show what the roles print", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "no progress bar", NULL},
    {NULL}
  };
  g_autoptr (GError) error = NULL;

  options->repeat = 1;
  options->n_jobs = default_jobs ();
  if (!command_parse (argc, argv, "run", "[GLOB|FILE.scenario...]",
          "runs scenarios and judges them", entries))
    return FALSE;
  if (check_options (options, &error))
    return TRUE;
  command_error (STATUS_USAGE, "run: %s", error->message);
  return FALSE;
}

static gint
default_jobs (void)
{
  return (gint) CLAMP (g_get_num_processors (), 1, 64);
}

static void
clear_options (RunOptions * options)
{
  gchar **const strings[] = { &options->pair, &options->known, &options->known_issues,
    &options->format, &options->output, &options->seed_text, &options->shard,
    &options->factor_text, &options->record, &options->replay, &options->color,
    &options->producer_pipeline, &options->consumer_pipeline
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
  g_clear_pointer (&options->sets, g_strfreev);
  g_clear_pointer (&options->excludes, g_strfreev);
  g_clear_pointer (&options->contracts, g_strfreev);
}

/* --- what is installed --- */

/* Element to version, from a process of its own: a plugin that crashes must not take us along. */
static GHashTable *
probe_versions (void)
{
  GHashTable *versions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const gchar *argv[] = { "/proc/self/exe", "--probe", NULL };
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *out = NULL;
  g_auto (GStrv) lines = NULL;

  argv[0] = program;
  g_hash_table_replace (versions, g_strdup ("ref"), g_strdup (PACKAGE_VERSION));
  if (!program || !g_spawn_sync (NULL, (gchar **) argv, NULL,
          G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, NULL, NULL))
    return versions;
  lines = g_strsplit (out, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    gchar *space = strchr (lines[i], ' ');

    if (space)
      g_hash_table_replace (versions, g_strndup (lines[i], space - lines[i]), g_strdup (space + 1));
  }
  return versions;
}

static gchar *
describe_target (GHashTable * versions)
{
  const gchar *core = g_hash_table_lookup (versions, "gstreamer");
  const gchar *sink = g_hash_table_lookup (versions, "shmsink");
  const gchar *src = g_hash_table_lookup (versions, "shmsrc");

  return g_strdup_printf ("GStreamer %s, shmsink %s, shmsrc %s", core ? core : "not installed",
      sink ? sink : "not installed", src ? src : "not installed");
}

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

/* --- selecting --- */

static gboolean
is_excluded (const RunOptions * options, const gchar * name)
{
  g_autoptr (GPtrArray) globs = g_ptr_array_new ();

  for (gsize i = 0; options->excludes && options->excludes[i]; i++)
    g_ptr_array_add (globs, options->excludes[i]);
  return globs->len > 0 && command_selects (globs, name);
}

/* FALSE with ERROR: a pair that is none. */
static gboolean
check_pairs (const RunOptions * options, GStrv * pairs, GError ** error)
{
  static const gchar *const all[] = { "ref:ref", "gst:ref", "ref:gst", "gst:gst", NULL };

  *pairs = options->pair ? g_strsplit (options->pair, ",", -1) : g_strdupv ((gchar **) all);
  for (gsize i = 0; (*pairs)[i]; i++) {
    if (!is_one_of ("pair", (*pairs)[i], all, error))
      return FALSE;
  }
  return TRUE;
}

static void
set_pipelines (const RunOptions * options, PlanCase * plan)
{
  for (guint i = 0; i < plan->roles->len; i++) {
    PlanStep *role = g_ptr_array_index (plan->roles, i);
    const gchar *pipeline = g_str_equal (role->action, "producer")
        ? options->producer_pipeline : options->consumer_pipeline;

    if (pipeline)
      g_hash_table_replace (role->fields, g_strdup ("pipeline"), g_strdup (pipeline));
  }
}

/* Leaves PLAN the contracts that were asked for. FALSE: it has none of them. */
static gboolean
keep_contracts (const RunOptions * options, PlanCase * plan)
{
  for (guint i = plan->contracts->len; options->contracts && i-- > 0;) {
    if (!g_strv_contains ((const gchar * const *) options->contracts,
            g_ptr_array_index (plan->contracts, i)))
      g_ptr_array_remove_index (plan->contracts, i);
  }
  return plan->contracts->len > 0;
}

static GArray *
select_jobs (const RunOptions * options, const GPtrArray * cases, const GPtrArray * globs,
    gchar ** pairs)
{
  GArray *jobs = g_array_new (FALSE, TRUE, sizeof (RunJob));

  for (gint round = 0; round < options->repeat; round++) {
    guint selected = 0;

    for (guint i = 0; i < cases->len; i++) {
      PlanCase *plan = g_ptr_array_index (cases, i);
      RunJob job = { plan, options->seed + (guint64) round, 0.0 };

      if (!command_selects (globs, plan->name) || is_excluded (options, plan->name)
          || !g_strv_contains ((const gchar * const *) pairs, plan->pair)
          || !keep_contracts (options, plan))
        continue;
      if (selected++ % options->shard_count != options->shard_index - 1)
        continue;
      set_pipelines (options, plan);
      g_array_append_val (jobs, job);
    }
  }
  return jobs;
}

/* --- running --- */

static void
append_option (GString * line, const gchar * option, const gchar * value)
{
  g_autofree gchar *quoted = value ? g_shell_quote (value) : NULL;

  if (quoted)
    g_string_append_printf (line, " %s%s", option, quoted);
}

static gchar *
reproduce_command (const Run * run, const Trace * trace)
{
  const RunOptions *options = run->options;
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "%s run --pair=%s --seed=%" G_GUINT64_FORMAT, command_program,
      trace->pair, trace->seed);
  append_option (line, "--timeout-factor=", options->factor_text);
  append_option (line, "--producer-pipeline=", options->producer_pipeline);
  append_option (line, "--consumer-pipeline=", options->consumer_pipeline);
  for (gsize i = 0; options->sets && options->sets[i]; i++)
    append_option (line, "--set=", options->sets[i]);
  for (gsize i = 0; options->contracts && options->contracts[i]; i++)
    append_option (line, "--contract=", options->contracts[i]);
  for (guint i = 0; run->files && i + 1 < run->files->len; i++)
    append_option (line, "", g_ptr_array_index (run->files, i));
  append_option (line, "", trace->name);
  return g_string_free (line, FALSE);
}

static void
output_failed (Run * run, const gchar * message)
{
  command_error (STATUS_BROKEN, "%s: %s",
      run->options->output ? run->options->output : "standard output", message);
  run->status = STATUS_BROKEN;
}

static gboolean
record_trace (Run * run, const Trace * trace)
{
  g_string_truncate (run->recorded, 0);
  trace_write (trace, run->recorded);
  for (gsize at = 0; at < run->recorded->len;) {
    gssize put = fd_write (run->out_fd, run->recorded->str + at, run->recorded->len - at);

    if (put < 0) {
      command_error (STATUS_BROKEN, "%s: %s", run->options->record, g_strerror (errno));
      run->status = STATUS_BROKEN;
      return FALSE;
    }
    at += (gsize) put;
  }
  for (guint i = 0; i < trace->events->len; i++)
    run->n_broken += trace_at (trace, i)->kind == TRACE_BROKEN;
  return TRUE;
}

static gboolean
report_trace (Run * run, const Trace * trace, gdouble seconds)
{
  g_autofree gchar *reproduce = reproduce_command (run, trace);
  ReportCase *report_case = judge_case (run->judge, trace, seconds, reproduce);
  ReportVerdict verdict = report_case_verdict (report_case);
  g_autoptr (GError) error = NULL;

  if (!report_add (run->report, report_case, &error)) {
    output_failed (run, error->message);
    return FALSE;
  }
  return !run->options->until_fail
      || (verdict != REPORT_FAIL && verdict != REPORT_BROKEN && verdict != REPORT_XPASS);
}

static volatile sig_atomic_t interrupt_fd = -1;
static volatile sig_atomic_t interrupted_s;

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

static gboolean
is_interrupted (gint cancel_fd)
{
  return cancel_fd >= 0 && fd_poll (cancel_fd, G_IO_IN, 0) > 0;
}

/* What is printed next may go to the same terminal. */
static void
clear_progress (Run * run)
{
  if (run->progress)
    g_printerr ("\r\033[K");
}

static gboolean
on_job_done (gpointer user, const RunJob * job, Trace * take_trace)
{
  Run *run = user;
  gboolean go_on;

  clear_progress (run);
  if (is_interrupted (interrupt_fd)) {
    run->interrupted = TRUE;    /* this case may have been cut short: no verdict on it */
    trace_free (take_trace);
    return FALSE;
  }
  go_on = run->recorded ? record_trace (run, take_trace)
      : report_trace (run, take_trace, job->seconds);
  trace_free (take_trace);
  return go_on;
}

static void
on_progress (gpointer user, guint finished)
{
  Run *run = user;
  gchar bar[31];
  guint filled = run->n_jobs ? finished * 30 / run->n_jobs : 0;

  if (!run->progress)
    return;
  memset (bar, '.', 30);
  memset (bar, '#', filled);
  bar[30] = '\0';
  g_printerr ("\r[%s] %u/%u", bar, finished, run->n_jobs);
}

static void
skip_job (Run * run, const RunContext * context, const RunJob * job, const gchar * element)
{
  Trace *trace = trace_new (job->plan->name, job->plan->pair, job->seed);
  TraceEvent event = trace_event (TRACE_SKIP);
  g_autofree gchar *text = g_strdup_printf ("%s: element not installed", element);

  trace_event_set_text (&event, text);
  trace_append (trace, &event);
  on_job_done (run, job, trace);
}

/* The first element of JOB's pair that this machine does not have; NULL: it has all. */
static const gchar *
missing_element (const RunContext * context, const RunJob * job)
{
  g_auto (GStrv) impls = g_strsplit (job->plan->pair, ":", 2);
  const TraceSide sides[] = { TRACE_SIDE_PRODUCER, TRACE_SIDE_CONSUMER };

  for (gsize i = 0; i < G_N_ELEMENTS (sides); i++) {
    const gchar *element, *version;

    run_element (context, impls[i], sides[i], &element, &version);
    if (!version)
      return element;
  }
  return NULL;
}

static void
run_or_skip (Run * run, const RunContext * context, GArray * jobs)
{
  g_autoptr (GArray) runnable = g_array_new (FALSE, TRUE, sizeof (RunJob));

  for (guint i = 0; i < jobs->len; i++) {
    const RunJob *job = &g_array_index (jobs, RunJob, i);
    const gchar *missing = missing_element (context, job);

    if (missing)
      skip_job (run, context, job, missing);
    else
      g_array_append_val (runnable, *job);
  }
  run->n_jobs = runnable->len;
  run_jobs (context, runnable, (guint) run->options->n_jobs, on_job_done, on_progress, run);
  clear_progress (run);
}

/* --- the report --- */

static gboolean
wants_colour (const RunOptions * options, gint fd)
{
  const gchar *no_color = g_getenv ("NO_COLOR");

  if (g_strcmp0 (options->color, "always") == 0)
    return TRUE;
  if (g_strcmp0 (options->color, "never") == 0 || (no_color && *no_color))
    return FALSE;
  return isatty (fd) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

static guint
terminal_width (gint fd)
{
  const gchar *columns = g_getenv ("COLUMNS");
  struct winsize size;
  gint64 width;

  if (columns && parse_int (columns, 40, 1000, &width, NULL))
    return (guint) width;
  if (ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return size.ws_col;
  return 80;
}

static gint
open_output (const RunOptions * options)
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

static void
begin_report (Run * run, const gchar * target, guint n_cases, guint n_all)
{
  const RunOptions *options = run->options;
  g_autofree gchar *host = options->replay ? g_strdup ("not recorded") : describe_host ();
  ReportStyle style = { wants_colour (options, run->out_fd), terminal_width (run->out_fd),
    options->verbose
  };
  ReportRun info = {.program = "shmstress",.version = PACKAGE_VERSION,.target = target,
    .host = host,.seed = run->seed,.n_cases = n_cases,
    .n_not_selected = n_all - MIN (n_all, n_cases / (guint) options->repeat)
  };

  if (!options->record)
    run->report = report_new (reporter_by_name (options->format ? options->format : "text"),
        &info, &style, run->out_fd);
  else
    run->recorded = g_string_new (NULL);
}

static Status
end_report (Run * run)
{
  g_autoptr (GError) error = NULL;
  const ReportTotals *totals;

  if (run->recorded) {
    g_string_free (run->recorded, TRUE);
    return run->status ? run->status : run->n_broken ? STATUS_BROKEN : STATUS_PASS;
  }
  if (!report_end (run->report, run->interrupted,
          run->interrupted ? NULL : judge_xpass (run->judge), &error))
    output_failed (run, error->message);
  totals = report_totals (run->report);
  if (run->status)
    return run->status;
  if (totals->counts[REPORT_FAIL] || totals->counts[REPORT_XPASS]
      || (!run->interrupted && judge_xpass (run->judge)->len > 0))
    return STATUS_FAIL;
  if (totals->counts[REPORT_BROKEN])
    return STATUS_BROKEN;
  return totals->counts[REPORT_PASS] || totals->counts[REPORT_XFAIL] ? STATUS_PASS : STATUS_SKIP;
}

/* --- replay --- */

static Status
replay (Run * run)
{
  const gchar *path = run->options->replay;
  g_autofree gchar *text = NULL;
  g_autofree gchar *target = NULL;
  g_autoptr (GPtrArray) traces = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    return command_error (STATUS_USAGE, "%s: cannot be read: %s", path, error->message);
  traces = trace_parse (text, path, &error);
  if (!traces)
    return command_error (STATUS_USAGE, "%s", error->message);
  run->out_fd = open_output (run->options);
  if (run->out_fd < 0)
    return STATUS_USAGE;
  target = describe_recorded (traces);
  run->seed = traces->len > 0 ? ((Trace *) g_ptr_array_index (traces, 0))->seed : 0;
  begin_report (run, target, traces->len, traces->len);
  for (guint i = 0; i < traces->len; i++) {
    if (!report_trace (run, g_ptr_array_index (traces, i), 0.0))
      break;
  }
  return end_report (run);
}

/* --- the command --- */

static void
catch_interrupt (void)
{
  struct sigaction action = {.sa_handler = on_interrupt };

  interrupt_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGHUP, &action, NULL);
  signal (SIGPIPE, SIG_IGN);
}

/* A glob that names nothing is a gate that has fallen off its hinges. */
static const gchar *
unmatched_glob (const GPtrArray * cases, const GPtrArray * globs)
{
  for (guint i = 0; i < globs->len; i++) {
    g_autoptr (GPtrArray) one = g_ptr_array_new ();
    gboolean matched = FALSE;

    g_ptr_array_add (one, g_ptr_array_index (globs, i));
    for (guint c = 0; c < cases->len && !matched; c++)
      matched = command_selects (one, ((PlanCase *) g_ptr_array_index (cases, c))->name);
    if (!matched)
      return g_ptr_array_index (globs, i);
  }
  return NULL;
}

/* The option of a pipeline that no case of JOBS has a role for; NULL: none. */
static const gchar *
unused_pipeline (const RunOptions * options, GArray * jobs)
{
  gboolean produces = FALSE, consumes = FALSE;

  for (guint i = 0; i < jobs->len; i++) {
    const gchar *pair = g_array_index (jobs, RunJob, i).plan->pair;

    produces |= g_str_has_prefix (pair, "gst:");
    consumes |= g_str_has_suffix (pair, ":gst");
  }
  if (options->producer_pipeline && !produces)
    return "producer-pipeline";
  return options->consumer_pipeline && !consumes ? "consumer-pipeline" : NULL;
}

static Status
run_selected (Run * run, const GPtrArray * cases, const GPtrArray * globs, gchar ** pairs)
{
  const RunOptions *options = run->options;
  g_autoptr (GHashTable) versions = probe_versions ();
  g_autofree gchar *target = describe_target (versions);
  g_autoptr (GArray) jobs = select_jobs (options, cases, globs, pairs);
  g_autoptr (GError) error = NULL;
  RunContext context = {.timeout_factor = options->factor,.versions = versions,
    .verbose = options->verbose
  };
  Status status;

  if (unmatched_glob (cases, globs))
    return command_error (STATUS_USAGE, "run: no such case: %s (see shmstress list)",
        unmatched_glob (cases, globs));
  if (jobs->len == 0)
    return command_error (STATUS_USAGE, "run: no case is selected (see shmstress list)");
  if (unused_pipeline (options, jobs))
    return command_error (STATUS_USAGE, "run: --%s: no selected case has a gst role for it",
        unused_pipeline (options, jobs));
  run->out_fd = open_output (options);
  if (run->out_fd < 0)
    return STATUS_USAGE;
  context.journal = run_journal_new (&error);
  if (!context.journal)
    return command_error (STATUS_BROKEN, "%s", error->message);
  catch_interrupt ();
  context.cancel_fd = interrupt_fd;
  run->progress = !options->quiet && isatty (STDERR_FILENO);
  begin_report (run, target, jobs->len, cases->len);
  run_or_skip (run, &context, jobs);
  run->interrupted |= is_interrupted (interrupt_fd);
  status = end_report (run);
  run_journal_free (context.journal);
  return status;
}

static GPtrArray *
load_known (const RunOptions * options, GError ** error)
{
  g_autofree gchar *dir = command_scenario_dir ();
  g_autofree gchar *shipped = g_build_filename (dir, "known-issues", NULL);

#ifndef HAVE_GST
  /* The table cannot be read here; a recorded trace can be judged all the same. */
  if (options->replay && !options->known_issues)
    return g_ptr_array_new ();
#endif
  return known_load (options->known_issues ? options->known_issues : shipped, NULL, error);
}

static Status
run_with_options (const RunOptions * options, gint argc, gchar ** argv)
{
  Run run = {.options = options,.seed = options->seed,.out_fd = -1 };
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GPtrArray) globs = g_ptr_array_new ();
  g_autoptr (GPtrArray) cases = NULL;
  g_autoptr (GPtrArray) issues = NULL;
  g_auto (GStrv) pairs = NULL;
  g_autoptr (GError) error = NULL;
  Status status = STATUS_USAGE;

  command_split_arguments (argc, argv, files, globs);
  g_ptr_array_add (files, NULL);
  run.files = files;
  scenario_init ();
#ifndef HAVE_GST
  if (!options->replay)
    return command_error (STATUS_USAGE,
        "run: built without GStreamer, so scenarios cannot be read: only --replay works");
#endif
  if (options->replay && argc > 1)
    return command_error (STATUS_USAGE, "run: --replay judges all of its file: %s", argv[1]);
  if (check_pairs (options, &pairs, &error) && (issues = load_known (options, &error))
      && (options->replay || (cases = command_load_cases ((const gchar * const *) files->pdata,
                  (const gchar * const *) options->sets, &error)))) {
    run.judge = judge_new (issues, g_strcmp0 (options->known, "allow") == 0);
    status = options->replay ? replay (&run) : run_selected (&run, cases, globs, pairs);
  } else {
    command_error (STATUS_USAGE, "%s", error->message);
  }
  report_free (run.report);
  judge_free (run.judge);
  if (run.out_fd > STDERR_FILENO)
    fd_clear (&run.out_fd);
  return status;
}

Status
command_run (gint argc, gchar ** argv)
{
  RunOptions options = { 0 };
  Status status = STATUS_USAGE;

  if (parse_options (&options, &argc, &argv))
    status = run_with_options (&options, argc, argv);
  clear_options (&options);
  if (is_interrupted (interrupt_fd)) {
    signal (SIGINT, SIG_DFL);
    raise (SIGINT);             /* so that a shell loop around us ends too */
  }
  return status;
}
