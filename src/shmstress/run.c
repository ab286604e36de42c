/* shmstress run: options to plan, plan to traces, traces to a report and a status. */
#include "config.h"
#include "shmstress/commands.h"

#include "base/error.h"
#include "base/parse.h"
#include "proc/usable.h"
#include "scenario/scenario.h"
#include "session/session.h"

#include <string.h>

typedef struct
{
  SessionOptions common;
  gchar *pair, *shard, *producer_pipeline, *consumer_pipeline;
  gchar **sets, **excludes, **contracts;
  gint repeat;

  guint shard_index, shard_count;
} RunOptions;

typedef struct
{
  Session session;
  const RunOptions *options;
  const GPtrArray *files;       /* scenario files named, NULL at the end */
  const GPtrArray *globs;
  gchar **pairs;
} Run;

/* --- options --- */

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
      || !parse_int (parts[0], 1, count, &index, NULL))
    return error_input (error, "--shard: not K/N with 1 <= K <= N: %s", options->shard);
  options->shard_index = (guint) index;
  options->shard_count = (guint) count;
  return TRUE;
}

/* What says how to run has nothing to say where nothing runs. */
static gboolean
fits_replay (const RunOptions * options, GError ** error)
{
  const struct
  {
    const gchar *name;
    gboolean given;
  } running[] = {
    {"--repeat", options->repeat != 1}, {"--shard", options->shard != NULL},
    {"--set", options->sets != NULL},
    {"--producer-pipeline", options->producer_pipeline != NULL},
    {"--consumer-pipeline", options->consumer_pipeline != NULL},
  };

  for (gsize i = 0; options->common.replay && i < G_N_ELEMENTS (running); i++) {
    if (running[i].given)
      return error_input (error, "--replay: runs nothing, so it does not go with %s",
          running[i].name);
  }
  return TRUE;
}

static gboolean
check_options (RunOptions * options, GError ** error)
{
  if (options->repeat < 1)
    return error_input (error, "--repeat: out of range: %d", options->repeat);
  return fits_replay (options, error) && session_check_contracts (options->contracts, error) && parse_shard (options, error);
}

static gboolean
parse_options (RunOptions * options, gint * argc, gchar *** argv)
{
  const GOptionEntry entries[] = {
    {"pair", 'p', 0, G_OPTION_ARG_STRING, &options->pair,
        "only these pairs: ref or gst on each side", "PRODUCER:CONSUMER[,...]"},
    {"repeat", 0, 0, G_OPTION_ARG_INT, &options->repeat, "run everything N times", "N"},
    {"shard", 0, 0, G_OPTION_ARG_STRING, &options->shard,
        "only the K-th of N parts of the cases", "K/N"},
    {"contract", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &options->contracts,
        "judge only this contract, and run only the cases that have it", "NAME"},
    {"exclude", 'x', 0, G_OPTION_ARG_STRING_ARRAY, &options->excludes,
        "leave out cases that match", "GLOB"},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->sets,
        "set a variable of the scenarios", "NAME=VALUE"},
    {"producer-pipeline", 0, 0, G_OPTION_ARG_STRING, &options->producer_pipeline,
        "pipeline of gst producers; its element named sink is under test", "PIPELINE"},
    {"consumer-pipeline", 0, 0, G_OPTION_ARG_STRING, &options->consumer_pipeline,
        "pipeline of gst consumers; its element named src is under test", "PIPELINE"},
    {NULL}
  };
  g_autoptr (GError) error = NULL;

  options->repeat = 1;
  if (!session_parse (&options->common, argc, argv, "run", "[GLOB|FILE.scenario...]",
          "runs scenarios and judges them", entries))
    return FALSE;
  if (check_options (options, &error))
    return TRUE;
  command_error (STATUS_USAGE, "run: %s", error->message);
  return FALSE;
}

static void
clear_options (RunOptions * options)
{
  gchar **const strings[] = { &options->pair, &options->shard, &options->producer_pipeline,
    &options->consumer_pipeline
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
  g_clear_pointer (&options->sets, g_strfreev);
  g_clear_pointer (&options->excludes, g_strfreev);
  g_clear_pointer (&options->contracts, g_strfreev);
  session_clear_options (&options->common);
}

/* --- what is installed --- */

/* One line of what the probe says: "NAME REST". An element's rest is its version and the file of its
 * plugin, which is kept under "NAME file". */
static void
take_probed (GHashTable * versions, const gchar * line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  const gchar *space = strchr (line, ' ');
  gboolean is_element = g_str_has_prefix (line, "shm");

  if (!space)
    return;
  g_hash_table_replace (versions, g_strdup (words[0]), g_strdup (is_element ? words[1]
          : space + 1));
  if (is_element && words[2])
    g_hash_table_replace (versions, g_strconcat (words[0], " file", NULL), g_strdup (words[2]));
}

/* Element to version, from a process of its own: a plugin that crashes must not take us along. The
 * elements under test of given pipelines are there as "producer" and "consumer", what is wrong with
 * them as "error". */
static GHashTable *
probe_versions (const RunOptions * options)
{
  GHashTable *versions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const gchar *producer = options->producer_pipeline, *consumer = options->consumer_pipeline;
  const gchar *argv[] = { "/proc/self/exe", "--probe", producer ? producer : "",
    consumer ? consumer : "", NULL
  };
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *out = NULL;
  g_auto (GStrv) lines = NULL;

  argv[0] = program;
  g_hash_table_replace (versions, g_strdup ("ref"), g_strdup (PACKAGE_VERSION));
  if (!program || !g_spawn_sync (NULL, (gchar **) argv, NULL,
          G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, NULL, NULL))
    return versions;
  lines = g_strsplit (out, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    take_probed (versions, lines[i]);
  return versions;
}

/* ", shmsink 1.22.0": what SIDE really has under test; *FILE is the file of its plugin. */
static void
append_element (GString * text, GHashTable * versions, const gchar * side, const gchar * element,
    const gchar ** file)
{
  const gchar *own = g_hash_table_lookup (versions, side);
  const gchar *version = g_hash_table_lookup (versions, element);
  g_autofree gchar *key = g_strconcat (element, " file", NULL);

  *file = own ? strrchr (own, ' ') : g_hash_table_lookup (versions, key);
  if (own)
    g_string_append_printf (text, ", %.*s", (gint) (*file - own), own);
  else
    g_string_append_printf (text, ", %s %s", element, version ? version : "not installed");
  if (*file && **file == ' ')
    ++*file;
}

/* Both elements are mostly of one plugin. */
static gchar *
describe_target (GHashTable * versions)
{
  const gchar *core = g_hash_table_lookup (versions, "gstreamer");
  GString *text = g_string_new (NULL);
  const gchar *sink_file, *src_file;

  g_string_append_printf (text, "GStreamer %s", core ? core : "not installed");
  append_element (text, versions, "producer", "shmsink", &sink_file);
  if (sink_file && *sink_file)
    g_string_append_printf (text, " (%s)", sink_file);
  append_element (text, versions, "consumer", "shmsrc", &src_file);
  if (src_file && *src_file)
    g_string_append_printf (text, " (%s)",
        g_strcmp0 (sink_file, src_file) == 0 ? "the same" : src_file);
  return g_string_free (text, FALSE);
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

/* FALSE with ERROR: this build has no roles for PAIR. What was recorded needs none. */
static gboolean
check_built (const RunOptions * options, const gchar * pair, GError ** error)
{
#ifndef HAVE_GST
  if (options->pair && !options->common.replay && strstr (pair, "gst"))
    return error_input (error, "--pair: this build has no GStreamer: %s", pair);
#endif
  return TRUE;
}

/* FALSE with ERROR: a pair that is none. */
static gboolean
check_pairs (const RunOptions * options, GStrv * pairs, GError ** error)
{
  static const gchar *const all[] = { "ref:ref", "gst:ref", "ref:gst", "gst:gst", NULL };

  *pairs = options->pair ? g_strsplit (options->pair, ",", -1) : g_strdupv ((gchar **) all);
  for (gsize i = 0; (*pairs)[i]; i++) {
    if (!session_is_one_of ("pair", (*pairs)[i], all, error)
        || !check_built (options, (*pairs)[i], error))
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

/* Leaves of CONTRACTS those that were asked for. FALSE: none. */
static gboolean
keep_contracts (const RunOptions * options, GPtrArray * contracts)
{
  for (guint i = contracts->len; options->contracts && i-- > 0;) {
    if (!g_strv_contains ((const gchar * const *) options->contracts,
            g_ptr_array_index (contracts, i)))
      g_ptr_array_remove_index (contracts, i);
  }
  return contracts->len > 0;
}

static GArray *
select_jobs (const RunOptions * options, const GPtrArray * cases, const GPtrArray * globs,
    gchar ** pairs, gboolean named)
{
  GArray *jobs = g_array_new (FALSE, TRUE, sizeof (RunJob));

  for (gint round = 0; round < options->repeat; round++) {
    guint selected = 0;

    for (guint i = 0; i < cases->len; i++) {
      PlanCase *plan = g_ptr_array_index (cases, i);
      RunJob job = { plan, options->common.seed + (guint64) round, 0.0 };

      if ((plan->by_name && !named) || !command_selects (globs, plan->name) || is_excluded (options, plan->name)
          || !g_strv_contains ((const gchar * const *) pairs, plan->pair)
          || !keep_contracts (options, plan->contracts))
        continue;
      if (selected++ % options->shard_count != options->shard_index - 1)
        continue;
      set_pipelines (options, plan);
      g_array_append_val (jobs, job);
    }
  }
  return jobs;
}

/* --- replaying --- */

/* FALSE with ERROR: WORD names nothing in the file, so that a gate would judge less than it seems. */
static gboolean
must_match (gboolean matched, const gchar * what, const gchar * word, GError ** error)
{
  if (!matched)
    error_input (error, "no case with %s %s is recorded", what, word);
  return matched;
}

static gboolean
is_recorded (const GPtrArray * traces, const gchar * contract)
{
  for (guint i = 0; i < traces->len; i++) {
    if (g_ptr_array_find_with_equal_func (((Trace *) g_ptr_array_index (traces, i))->contracts,
            contract, g_str_equal, NULL))
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_name (const GPtrArray * traces, gpointer glob)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  gboolean matched = FALSE;

  g_ptr_array_add (one, glob);
  for (guint i = 0; i < traces->len && !matched; i++)
    matched = command_selects (one, ((Trace *) g_ptr_array_index (traces, i))->name);
  return matched;
}

static gboolean
has_pair (const GPtrArray * traces, const gchar * pair)
{
  gboolean matched = FALSE;

  for (guint i = 0; i < traces->len && !matched; i++)
    matched = g_str_equal (((Trace *) g_ptr_array_index (traces, i))->pair, pair);
  return matched;
}

static gboolean
is_all_recorded (const Run * run, const GPtrArray * traces, GError ** error)
{
  const RunOptions *options = run->options;

  for (guint i = 0; i < run->globs->len; i++) {
    gchar *glob = g_ptr_array_index (run->globs, i);

    if (!must_match (has_name (traces, glob), "the name", glob, error))
      return FALSE;
  }
  for (gsize i = 0; options->pair && run->pairs[i]; i++) {
    if (!must_match (has_pair (traces, run->pairs[i]), "--pair", run->pairs[i], error))
      return FALSE;
  }
  for (gsize i = 0; options->contracts && options->contracts[i]; i++) {
    if (!must_match (is_recorded (traces, options->contracts[i]), "--contract",
            options->contracts[i], error))
      return FALSE;
  }
  return TRUE;
}

/* A trace that names no contract is judged by none, as ever. */
static gboolean
select_recorded (gpointer user, GPtrArray * traces, GError ** error)
{
  const Run *run = user;
  const RunOptions *options = run->options;

  if (!is_all_recorded (run, traces, error))
    return FALSE;
  for (guint i = traces->len; i-- > 0;) {
    Trace *trace = g_ptr_array_index (traces, i);

    if (!command_selects (run->globs, trace->name) || is_excluded (options, trace->name)
        || (options->pair && !g_strv_contains ((const gchar * const *) run->pairs, trace->pair))
        || (!keep_contracts (options, trace->contracts) && options->contracts))
      g_ptr_array_remove_index (traces, i);
  }
  if (traces->len > 0)
    return TRUE;
  return error_input (error, "no recorded case is selected");
}

/* --- running --- */

static gchar *
reproduce_command (gpointer user, const Trace * trace)
{
  const Run *run = user;
  const RunOptions *options = run->options;
  GString *line = session_reproduce_begin (&run->session, trace);

  session_append_option (line, "--pair=", trace->pair);
  session_append_option (line, "--producer-pipeline=", options->producer_pipeline);
  session_append_option (line, "--consumer-pipeline=", options->consumer_pipeline);
  for (gsize i = 0; options->sets && options->sets[i]; i++)
    session_append_option (line, "--set=", options->sets[i]);
  for (gsize i = 0; options->contracts && options->contracts[i]; i++)
    session_append_option (line, "--contract=", options->contracts[i]);
  for (guint i = 0; run->files && i + 1 < run->files->len; i++)
    session_append_option (line, "", g_ptr_array_index (run->files, i));
  session_append_option (line, "", trace->name);
  return g_string_free (line, FALSE);
}

static void
skip_job (Run * run, const RunJob * job, const gchar * element)
{
  const PlanCase *plan = job->plan;
  g_autoptr (Trace) trace = trace_new (plan->name, plan->pair, job->seed);
  TraceEvent event = trace_event (TRACE_SKIP);
  g_autofree gchar *text = g_strdup_printf ("%s: element not installed", element);

  trace_event_set_text (&event, text);
  trace_append (trace, &event);
  session_take (&run->session, trace, job->seconds);
}

/* The first element of JOB's pair that this machine does not have; NULL: it has all. */
static const gchar *
missing_element (const RunContext * context, const RunJob * job)
{
  const PlanCase *plan = job->plan;
  g_auto (GStrv) impls = g_strsplit (plan->pair, ":", 2);
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
      skip_job (run, job, missing);
    else
      g_array_append_val (runnable, *job);
  }
  session_run_jobs (&run->session, context, runnable, run_plan_job);
}

/* --- the command --- */

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
    const PlanCase *plan = g_array_index (jobs, RunJob, i).plan;

    produces |= g_str_has_prefix (plan->pair, "gst:");
    consumes |= g_str_has_suffix (plan->pair, ":gst");
  }
  if (options->producer_pipeline && !produces)
    return "producer-pipeline";
  return options->consumer_pipeline && !consumes ? "consumer-pipeline" : NULL;
}

static Status
run_selected (Run * run, const GPtrArray * cases, const GPtrArray * globs, gchar ** pairs)
{
  const RunOptions *options = run->options;
  g_autoptr (GHashTable) versions = probe_versions (options);
  g_autofree gchar *target = describe_target (versions);
  g_autoptr (GArray) jobs = select_jobs (options, cases, globs, pairs,
      globs->len > 0 || run->files->len > 1);
  g_autoptr (GError) error = NULL;
  RunContext context = {.timeout_factor = options->common.factor,.versions = versions,
    .verbose = options->common.verbose
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
  if (g_hash_table_lookup (versions, "error"))
    return command_error (STATUS_USAGE, "run: --%s",
        (const gchar *) g_hash_table_lookup (versions, "error"));
  session_catch_interrupt ();
  context.cancel_fd = session_cancel_fd ();
  if (!session_begin (&run->session, target, jobs->len, cases->len))
    return STATUS_USAGE;
  context.journal = run_journal_new (&error);
  if (!context.journal)
    return command_error (STATUS_BROKEN, "%s", error->message);
  run_or_skip (run, &context, jobs);
  status = session_end (&run->session);
  run_journal_free (context.journal);
  return status;
}

static Status
run_with_options (const RunOptions * options, gint argc, gchar ** argv)
{
  Run run = {.options = options,
    .session = {.options = &options->common,.command = "run",.reproduce = reproduce_command,
      .select = select_recorded,.user = &run,.n_rounds = (guint) options->repeat}
  };
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GPtrArray) globs = g_ptr_array_new ();
  g_autoptr (GPtrArray) cases = NULL;
  g_autoptr (GError) error = NULL;
  Status status = STATUS_USAGE;

  command_split_arguments (argc, argv, files, globs);
  g_ptr_array_add (files, NULL);
  run.files = files;
  run.globs = globs;
  if (options->common.replay && files->len > 1)
    return command_error (STATUS_USAGE, "run: --replay reads no scenarios: %s",
        (gchar *) g_ptr_array_index (files, 0));
  if (!options->common.replay && !proc_is_usable ("", &error))
    return command_error (STATUS_BROKEN, "run: %s: roles cannot be started and watched",
        error->message);
  if (check_pairs (options, &run.pairs, &error) && session_init (&run.session, &error)
      && (options->common.replay
          || (cases = command_load_cases ((const gchar * const *) files->pdata,
                  (const gchar * const *) options->sets, &error))))
    status = options->common.replay ? session_replay (&run.session)
        : run_selected (&run, cases, globs, run.pairs);
  else
    command_error (STATUS_USAGE, "%s", error->message);
  session_clear (&run.session);
  g_strfreev (run.pairs);
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
  session_end_interrupted ();
  return status;
}
