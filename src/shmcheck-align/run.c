/* A command that probes: options to cases, cases to traces, traces to a report. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "base/error.h"
#include "probe/probe.h"
#include "proc/usable.h"

#include <string.h>
#include <unistd.h>

#define LIST_PATIENCE_S 20.0

/* What can be an error, for --fail-on. */
static const gchar *const fail_words[] = {
  "overrun", "waste", "misaligned", "unzeroed", "leak", "contract", "none", NULL
};

#define FAIL_ON_DEFAULT "overrun,waste,misaligned,unzeroed,leak,contract"

static void
target_free (gpointer data)
{
  AlignTarget *target = data;

  g_free (target->name);
  g_free (target->reason);
  g_free (target->twin);
  g_free (target);
}

/* --- options --- */

static gboolean
check_fail_on (const gchar * text, GError ** error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);

  for (gsize i = 0; words[i]; i++) {
    if (!session_is_one_of ("fail-on", words[i], fail_words, error))
      return FALSE;
  }
  return TRUE;
}

/* Moves the values of the command's options, in the order of its table, into the config. */
static gboolean
take_values (Align * align, gchar ** values, GError ** error)
{
  for (gsize i = 0; align->command->options && align->command->options[i].name; i++) {
    const AlignOption *option = &align->command->options[i];

    if (!values[i])
      continue;
    if (option->check && !option->check (values[i], error)) {
      g_prefix_error (error, "--%s: ", option->name);
      return FALSE;
    }
    g_hash_table_replace (align->config, g_strdup (option->name), g_strdup (values[i]));
  }
  return TRUE;
}

static gboolean
check_common (Align * align, GError ** error)
{
  if (align->fail_on && !check_fail_on (align->fail_on, error))
    return FALSE;
  g_hash_table_replace (align->config, g_strdup ("fail-on"), g_strdup (align->fail_on
          ? align->fail_on : align->command->fail_on ? align->command->fail_on : FAIL_ON_DEFAULT));
  for (gsize i = 0; align->plugins && align->plugins[i]; i++) {
    if (!g_file_test (align->plugins[i], G_FILE_TEST_EXISTS))
      return error_input (error, "--plugin: no such file: %s", align->plugins[i]);
    /* A bare name would be looked for among the libraries of the system. */
    g_autofree gchar *given = align->plugins[i];
    align->plugins[i] = g_canonicalize_filename (given, NULL);
  }
  if (align->plugins)
    g_hash_table_replace (align->config, g_strdup ("plugins"), g_strjoinv (":", align->plugins));
  return session_check_contracts (align->contracts, error);
}

/* Frees VALUES one by one: they need not be one behind the other without a gap. */
static void
free_values (gchar ** values, gsize count)
{
  for (gsize i = 0; i < count; i++)
    g_free (values[i]);
  g_free (values);
}

gboolean
align_parse (Align * align, const AlignCommand * command, gint argc, gchar ** argv,
    const GOptionEntry * extra)
{
  const GOptionEntry common[] = {
    {"contract", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &align->contracts,
        "judge only this contract", "NAME"},
    {"exclude", 'x', 0, G_OPTION_ARG_STRING_ARRAY, &align->excludes,
        "leave out targets that match", "GLOB"},
    {"fail-on", 0, 0, G_OPTION_ARG_STRING, &align->fail_on,
        "what counts as broken: overrun, waste, misaligned, unzeroed, leak, contract; or none",
        "WORD,..."},
    {"plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &align->plugins,
        "load a shared object that brings targets of its own", "FILE"},
    {NULL}
  };
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  g_autoptr (GError) error = NULL;
  gsize n_options = 0;
  gchar **values;
  gboolean good;

  align->command = command;
  align->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  align->globs = g_ptr_array_new_with_free_func (g_free);
  while (command->options && command->options[n_options].name)
    n_options++;
  values = g_new0 (gchar *, n_options + 1);
  for (gsize i = 0; i < n_options; i++) {
    const AlignOption *option = &command->options[i];
    GOptionEntry entry = { option->name, 0, 0, G_OPTION_ARG_STRING, &values[i], option->help,
      option->argument
    };

    g_array_append_val (entries, entry);
  }
  for (; extra && extra->long_name; extra++)
    g_array_append_val (entries, *extra);
  g_array_append_vals (entries, common, G_N_ELEMENTS (common) - 1);
  good = session_parse (&align->common, &argc, &argv, command->name, command->arguments,
      command->summary, (const GOptionEntry *) (gpointer) entries->data);
  for (gint i = 1; good && i < argc; i++)
    g_ptr_array_add (align->globs, g_strdup (argv[i]));
  if (good && !(take_values (align, values, &error) && check_common (align, &error))) {
    command_error (STATUS_USAGE, "%s: %s", command->name, error->message);
    good = FALSE;
  }
  free_values (values, n_options);
  return good;
}

void
align_clear (Align * align)
{
  if (align->context.journal)
    run_journal_free (align->context.journal);
  session_clear (&align->session);
  session_clear_options (&align->common);
  g_clear_pointer (&align->contracts, g_strfreev);
  g_clear_pointer (&align->excludes, g_strfreev);
  g_clear_pointer (&align->plugins, g_strfreev);
  g_clear_pointer (&align->fail_on, g_free);
  g_clear_pointer (&align->reproduce_option, g_free);
  g_clear_pointer (&align->described, g_free);
  g_clear_pointer (&align->config, g_hash_table_unref);
  g_clear_pointer (&align->globs, g_ptr_array_unref);
}

/* --- targets and cases --- */

/* From "NAME", "NAME: REASON" or "twin:NAME CONTRACT". */
static AlignTarget *
target_new (const TraceEvent * event)
{
  AlignTarget *target = g_new0 (AlignTarget, 1);
  const gchar *colon = event->found.usable ? NULL : strstr (event->text, ": ");
  const gchar *space = g_str_has_prefix (event->text, "twin:") ? strchr (event->text, ' ') : NULL;
  const gchar *end = colon ? colon : space;

  target->name = end ? g_strndup (event->text, (gsize) (end - event->text)) : g_strdup (event->text);
  target->reason = colon ? g_strdup (colon + 2) : NULL;
  target->named_only = event->found.usable == 2;
  target->twin = space ? g_strdup (space + 1) : NULL;
  return target;
}

GPtrArray *
align_find (Align * align, GError ** error)
{
  g_autoptr (RunProbe) lister = run_probe_new ("list", align->command->kind, LIST_PATIENCE_S);
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (target_free);
  g_autoptr (Trace) trace = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (!proc_is_usable ("", error))
    return NULL;
  g_hash_table_iter_init (&iter, align->config);
  while (g_hash_table_iter_next (&iter, &key, &value))
    run_probe_set (lister, key, value);
  run_probe_set (lister, "list", "1");
  trace = run_probe (&align->context, lister, align->common.seed);
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_BROKEN) {
      error_input (error, "%s", event->text);
      return NULL;
    }
    if (event->kind == TRACE_TARGET && !align->described)
      align->described = g_strdup (event->text);
    if (event->kind == TRACE_FOUND)
      g_ptr_array_add (targets, target_new (event));
  }
  return g_steal_pointer (&targets);
}

static gboolean
is_wanted (const Align * align, const gchar * contract)
{
  return !align->contracts
      || g_strv_contains ((const gchar * const *) align->contracts, contract);
}

RunProbe *
align_case (const Align * align, const gchar * target)
{
  g_autofree gchar *name = g_strconcat (align->command->name, "/", target, NULL);
  RunProbe *probe = run_probe_new (name, align->command->kind, align->command->patience);
  g_autofree gchar *page = g_strdup_printf ("%ld", sysconf (_SC_PAGESIZE));
  GHashTableIter iter;
  gpointer key, value;

  run_probe_set (probe, "target", target);
  run_probe_set (probe, "page", page);
  g_hash_table_iter_init (&iter, align->config);
  while (g_hash_table_iter_next (&iter, &key, &value))
    run_probe_set (probe, key, value);
  for (gsize i = 0; align->command->contracts[i]; i++) {
    if (is_wanted (align, align->command->contracts[i]))
      g_ptr_array_add (probe->contracts, g_strdup (align->command->contracts[i]));
  }
  return probe;
}

/* Whether any glob is about twins: "*" alone is not. */
static gboolean
names_twins (const Align * align)
{
  for (guint i = 0; i < align->globs->len; i++) {
    if (g_str_has_prefix (g_ptr_array_index (align->globs, i), "twin:"))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_selected (const Align * align, const AlignTarget * target)
{
  gboolean excluded = target->named_only && align->globs->len == 0;

  excluded |= target->twin && !names_twins (align);
  for (gsize i = 0; align->excludes && align->excludes[i]; i++)
    excluded |= g_pattern_match_simple (align->excludes[i], target->name);
  return !excluded && command_selects (align->globs, target->name);
}

/* A glob that names nothing is a gate that has fallen off its hinges. NULL: all name something. */
static const gchar *
unmatched_glob (const Align * align, const GPtrArray * targets)
{
  for (guint i = 0; i < align->globs->len; i++) {
    const gchar *glob = g_ptr_array_index (align->globs, i);
    gboolean matched = FALSE;

    for (guint t = 0; t < targets->len && !matched; t++)
      matched = g_pattern_match_simple (glob,
          ((AlignTarget *) g_ptr_array_index (targets, t))->name);
    if (!matched)
      return glob;
  }
  return NULL;
}

/* --- running --- */

static void
append_config (GString * line, const Align * align)
{
  for (gsize i = 0; align->command->options && align->command->options[i].name; i++) {
    const gchar *name = align->command->options[i].name;
    g_autofree gchar *option = g_strdup_printf ("--%s=", name);

    session_append_option (line, option, g_hash_table_lookup (align->config, name));
  }
  session_append_option (line, "--fail-on=", align->fail_on);
  for (gsize i = 0; align->plugins && align->plugins[i]; i++)
    session_append_option (line, "--plugin=", align->plugins[i]);
  for (gsize i = 0; align->contracts && align->contracts[i]; i++)
    session_append_option (line, "--contract=", align->contracts[i]);
}

static gchar *
reproduce_command (gpointer user, const Trace * trace)
{
  const Align *align = user;
  GString *line = session_reproduce_begin (&align->session, trace);

  append_config (line, align);
  session_append_option (line, "", align->reproduce_option);
  session_append_option (line, "", trace->roles->len > 0
      ? trace_role_get (trace_role (trace, 0), "target", NULL) : strchr (trace->name, '/') + 1);
  return g_string_free (line, FALSE);
}

static void
add_tables (gpointer user, const Trace * trace, ReportCase * report_case)
{
  const Align *align = user;

  if (align->add_tables)
    align->add_tables (align->user, trace, report_case);
  else if (align->command->add_tables)
    align->command->add_tables (trace, report_case);
}

Trace *
align_run_job (const RunContext * context, const RunJob * job)
{
  return run_probe (context, job->plan, job->seed);
}

static void
skip_case (Align * align, const AlignTarget * target)
{
  g_autofree gchar *name = g_strconcat (align->command->name, "/", target->name, NULL);
  g_autoptr (Trace) trace = trace_new (name, align->command->kind, align->common.seed);
  TraceEvent event = trace_event (TRACE_SKIP);

  trace_event_set_text (&event, target->reason);
  trace_append (trace, &event);
  session_take (&align->session, trace, 0.0);
}

gboolean
align_open (Align * align, Status * status)
{
  g_autoptr (GError) error = NULL;

  align->session.options = &align->common;
  align->session.command = align->command->name;
  align->session.reproduce = reproduce_command;
  align->session.add_tables = add_tables;
  align->session.user = align;
  align->context = (RunContext) {.timeout_factor = align->common.factor,
    .verbose = align->common.verbose,.cancel_fd = -1
  };
  align->session.partial = align->fail_on || g_hash_table_contains (align->config, "rows");
  if (align->common.replay && align->globs->len > 0) {
    *status = command_error (STATUS_USAGE, "%s: --replay judges all of its file: %s",
        align->command->name, (gchar *) g_ptr_array_index (align->globs, 0));
    return FALSE;
  }
  if (align->common.replay && align->contracts) {
    *status = command_error (STATUS_USAGE, "%s: --replay judges all that was recorded, so it does "
        "not go with --contract", align->command->name);
    return FALSE;
  }
  if (!session_init (&align->session, &error)) {
    *status = command_error (STATUS_USAGE, "%s", error->message);
    return FALSE;
  }
  if (align->common.replay)
    return TRUE;
  if (!probe_by_name (align->command->kind)) {
    *status = command_error (STATUS_USAGE,
        "%s: built without GStreamer: only --replay works", align->command->name);
    return FALSE;
  }
  align->context.journal = run_journal_new (&error);
  if (!align->context.journal) {
    *status = command_error (STATUS_BROKEN, "%s", error->message);
    return FALSE;
  }
  session_catch_interrupt ();
  align->context.cancel_fd = session_cancel_fd ();
  return TRUE;
}

GPtrArray *
align_select (const Align * align, const GPtrArray * targets)
{
  g_autoptr (GPtrArray) selected = g_ptr_array_new ();
  const gchar *unmatched = unmatched_glob (align, targets);

  if (unmatched) {
    command_error (STATUS_USAGE, "%s: no such target: %s (see %s list)", align->command->name,
        unmatched, command_this->name);
    return NULL;
  }
  for (guint i = 0; i < targets->len; i++) {
    if (is_selected (align, g_ptr_array_index (targets, i)))
      g_ptr_array_add (selected, g_ptr_array_index (targets, i));
  }
  if (selected->len > 0)
    return g_steal_pointer (&selected);
  command_error (STATUS_USAGE, "%s: no target is selected (see %s list)", align->command->name,
      command_this->name);
  return NULL;
}

Status
align_report (Align * align, const GPtrArray * targets, const GPtrArray * cases, guint n_all)
{
  g_autoptr (GArray) jobs = g_array_new (FALSE, TRUE, sizeof (RunJob));

  if (!session_begin (&align->session, align->described ? align->described : "this machine", MAX (targets->len, cases->len),
          MAX (n_all, cases->len)))
    return STATUS_USAGE;
  for (guint i = 0; i < targets->len; i++) {
    const AlignTarget *target = g_ptr_array_index (targets, i);

    if (target->reason)
      skip_case (align, target);
  }
  for (guint i = 0; i < cases->len; i++) {
    RunJob job = { g_ptr_array_index (cases, i), align->common.seed, 0.0 };

    g_array_append_val (jobs, job);
  }
  session_run_jobs (&align->session, &align->context, jobs, align_run_job);
  return session_end (&align->session);
}

/* Those that are probed when none is named. */
static guint
n_usual (const GPtrArray * targets)
{
  guint count = 0;

  for (guint i = 0; i < targets->len; i++) {
    const AlignTarget *target = g_ptr_array_index (targets, i);

    count += !target->twin && !target->named_only;
  }
  return count;
}

Status
align_run_targets (Align * align)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) targets = align_find (align, &error);
  g_autoptr (GPtrArray) selected = targets ? align_select (align, targets) : NULL;
  g_autoptr (GPtrArray) cases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) run_probe_free);

  if (!targets)
    return command_error (STATUS_BROKEN, "%s: %s", align->command->name, error->message);
  for (guint i = 0; selected && i < selected->len; i++) {
    const AlignTarget *target = g_ptr_array_index (selected, i);

    if (!target->reason)
      g_ptr_array_add (cases, align_case (align, target->name));
  }
  return selected ? align_report (align, selected, cases, n_usual (targets)) : STATUS_USAGE;
}

Status
align_run_parsed (Align * align)
{
  Status status = STATUS_USAGE;

  if (align_open (align, &status))
    status = align->common.replay ? session_replay (&align->session) : align_run_targets (align);
  align_clear (align);
  session_end_interrupted ();
  return status;
}

Status
align_run (const AlignCommand * command, gint argc, gchar ** argv)
{
  Align align = { 0 };

  if (align_parse (&align, command, argc, argv, NULL))
    return align_run_parsed (&align);
  align_clear (&align);
  return STATUS_USAGE;
}
