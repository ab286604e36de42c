#include "config.h"
#include "poolwatch/commands.h"

#include "base/error.h"
#include "base/term.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  Conf *conf;
  WatchOptions options;
  gboolean cron, no_store, dry_run, verbose, check_config, list_sources, exit_zero;
  gchar *color, *hook;

  Store *store;                 /* NULL: without */
  gboolean busy;                /* another run has the store */
  gint64 start_us;              /* by a clock that nobody sets */
  Sample *sample;
  GPtrArray *series;            /* StoreSeries*, which before points into */
  GArray *before;               /* AlertBefore */
  GPtrArray *findings;          /* AlertFinding* */
  GPtrArray *notifications;              /* Notification* */
  GHashTable *alerts;           /* all that is remembered; NULL: without store */
  GHashTable *remembered;       /* those of this manner of running, without the prefix */
} Check;

static void
check_clear (Check * check)
{
  g_clear_pointer (&check->notifications, g_ptr_array_unref);
  g_clear_pointer (&check->findings, g_ptr_array_unref);
  g_clear_pointer (&check->before, g_array_unref);
  g_clear_pointer (&check->series, g_ptr_array_unref);
  g_clear_pointer (&check->remembered, g_hash_table_unref);
  g_clear_pointer (&check->alerts, g_hash_table_unref);
  g_clear_pointer (&check->sample, sample_free);
  g_clear_pointer (&check->store, store_close);
  g_clear_pointer (&check->conf, conf_free);
  watch_options_clear (&check->options);
  g_free (check->color);
  g_free (check->hook);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Check, check_clear)

static void
add_finding (Check * check, Level level, const gchar * rule, const gchar * text)
{
  AlertFinding *finding = g_new0 (AlertFinding, 1);

  finding->level = level;
  finding->source = g_strdup ("poolwatch");
  finding->rule = g_strdup (rule);
  finding->text = g_strdup (text);
  g_ptr_array_add (check->findings, finding);
}

/* Under what this manner of running is remembered. */
static const gchar *
memory_prefix (const Check * check)
{
  return check->cron ? "cron:" : "check:";
}

/* --- the store --- */

/* Opens the store and appends the sample. What goes wrong is a finding: a run never dies of its
 * own history. */
static void
keep_sample (Check * check)
{
  g_autofree gchar *dir = check->conf->state ? g_strdup (check->conf->state) : store_default_dir ();
  g_autoptr (GError) error = NULL;

  check->store = store_open (dir, STORE_WRITE, &error);
  if (g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_BUSY)) {
    check->busy = TRUE;
    return;
  }
  if (check->store) {
    store_set_retention (check->store, (gint64) check->conf->keep_raw,
        (gint64) check->conf->keep_rolled);
    if (store_notice (check->store))
      command_error (STATUS_BROKEN, "%s", store_notice (check->store));
    if (store_append (check->store, check->sample, &error))
      return;
    g_clear_pointer (&check->store, store_close);
  }
  command_error (STATUS_BROKEN, "%s", error->message);
  add_finding (check, LEVEL_UNKNOWN, "store", error->message);
}

/* The oldest point that the newest of SERIES can be compared with. */
static void
add_before (const StoreSeries * series, GArray * before)
{
  const StorePoint *points = (const StorePoint *) (gpointer) series->points->data;
  guint last = series->points->len - 1;

  for (guint i = 0; series->points->len > 0 && i < last; i++) {
    if (points[i].segment == points[last].segment) {
      const AlertBefore point = { series->source, series->pool, points[i].time_us,
        points[i].values, points[i].known
      };

      g_array_append_val (before, point);
      return;
    }
  }
}

static void
look_back (Check * check)
{
  gint64 since = check->sample->time_us - (gint64) (check->conf->rate_window * G_USEC_PER_SEC);
  g_autoptr (GError) error = NULL;

  check->series = store_history (check->store, NULL, NULL, since, FALSE, &error);
  check->alerts = check->series ? store_alerts (check->store, &error) : NULL;
  if (!check->alerts) {
    command_error (STATUS_BROKEN, "%s", error->message);
    return;
  }
  check->before = g_array_new (FALSE, FALSE, sizeof (AlertBefore));
  for (guint i = 0; i < check->series->len; i++)
    add_before (g_ptr_array_index (check->series, i), check->before);
}

/* --- judging --- */

static gboolean
in_maintenance (const Check * check)
{
  gboolean inside = FALSE;

  return check->conf->maintenance
      && policy_in_window (check->conf->maintenance, check->sample->time_us, &inside, NULL)
      && inside;
}

/* Finds what to notify of. Without a memory that is all that is not well, in each run: to be told
 * too often is better than not at all. But not when another run has the memory: it tells. */
static void
find_notifications (Check * check)
{
  AlertPolicy policy = check->conf->policy;

  policy.maintenance = in_maintenance (check);
  if (check->alerts) {
    check->remembered = memory_take (check->alerts, memory_prefix (check));
  } else {
    policy.for_us = 0;
    check->remembered = memory_new_table ();
  }
  if (check->busy)
    check->notifications = g_ptr_array_new_with_free_func ((GDestroyNotify) notification_free);
  else
    check->notifications = policy_apply (&policy, check->sample->time_us, check->findings,
        check->remembered);
}

/* What was looked at when nobody said what to look at: that nothing is there is no good news. */
static void
tell_default (Check * check)
{
  static const gchar looked[] = "without a configuration: looked at tables of rtpengine"
      " (/proc/rtpengine) and shm pipes (/dev/shm/shmpipe.*)";
  const gchar *holders = geteuid () == 0 ? "" : "; holders of pipes need root";
  gboolean found = check->sample->readings->len > 0;
  g_autofree gchar *text = g_strdup_printf ("%s%s%s; all else needs a configuration"
      " (poolwatch --list-sources)", found ? "" : "nothing found ", looked, holders);

  add_finding (check, found ? LEVEL_OK : LEVEL_UNKNOWN, "sources", text);
}

/* Appends what the sample means to the findings. */
static void
evaluate (Check * check)
{
  GPtrArray *found = alert_evaluate (check->sample, &check->conf->rules, check->before);

  g_ptr_array_extend_and_steal (check->findings, found);
  if (check->conf->is_default)
    tell_default (check);
  if (check->findings->len == 0)
    add_finding (check, LEVEL_UNKNOWN, "pool", "no source tells of any pool");
}

/* --- saying it --- */

/* What is WARNING for one pool does not say that the others could be read. */
static gboolean
is_any_unknown (const Check * check)
{
  for (guint i = 0; i < check->findings->len; i++) {
    if (((const AlertFinding *) g_ptr_array_index (check->findings, i))->level == LEVEL_UNKNOWN)
      return TRUE;
  }
  return FALSE;
}

static ViewData
view_data (Check * check, Level level)
{
  gint64 success_us = is_any_unknown (check) ? 0 : check->sample->time_us;

  return (ViewData) {
    .sample = check->sample,
    .findings = check->findings,
    .rules = &check->conf->rules,
    .level = level,
    .seconds = (gdouble) (g_get_monotonic_time () - check->start_us) / G_USEC_PER_SEC,
    .last_success_us = (guint64) memory_last_success (check->alerts, success_us),
  };
}

static void
print_view (const Check * check, const ViewData * data)
{
  const gchar *fallback = isatty (STDOUT_FILENO) ? "table" : "nagios";
  const View *view = view_by_name (check->conf->format ? check->conf->format : fallback);
  const ViewStyle style = {
    .width = 80,
    .color = term_wants_colour (check->color, STDOUT_FILENO),
    .utf8 = g_get_charset (NULL),
    .verbose = check->verbose,
  };
  g_autoptr (GString) out = g_string_new (NULL);

  view->print (data, &style, out);
  g_print ("%s", out->str);
}

/* cron mails whatever is printed: notification, and nothing else. */
static void
print_notifications (const Check * check)
{
  for (guint i = 0; i < check->notifications->len; i++) {
    g_autofree gchar *line = tell_line (g_ptr_array_index (check->notifications, i));

    g_print ("%s\n", line);
  }
}

static void
write_metrics (Check * check, const ViewData * data)
{
  const ViewStyle style = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  view_by_name ("openmetrics")->print (data, &style, out);
  if (!textfile_write (check->conf->textfile, out->str, &error))
    command_error (STATUS_BROKEN, "%s", error->message);
}

static void
add_events (const Check * check)
{
  for (guint i = 0; i < check->notifications->len; i++) {
    g_autofree gchar *text = tell_text (g_ptr_array_index (check->notifications, i));

    store_add_event (check->store, check->sample->time_us, text, NULL);
  }
}

/* Notifications are told first and forgotten to be told afterwards: who is killed in between tells
 * them twice, never not at all. */
static void
tell (Check * check)
{
  g_autoptr (GError) error = NULL;

  fflush (stdout);
  tell_hook (check->conf, check->notifications, check->sample->time_us,
      check->alerts ? check->alerts : check->remembered);
  tell_journal (check->notifications);
  if (!check->alerts)
    return;
  add_events (check);
  memory_give_back (check->alerts, memory_prefix (check), check->remembered);
  if (!store_set_alerts (check->store, check->alerts, &error))
    command_error (STATUS_BROKEN, "%s", error->message);
}

/* --- the run --- */

static Level
run (Check * check)
{
  Level level;
  ViewData data;

  check->start_us = g_get_monotonic_time ();
  check->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) alert_finding_free);
  check->sample = conf_read (check->conf, check->options.input, check->options.sysroot);
  command_drop_capabilities ();
  if (!check->no_store && !check->dry_run)
    keep_sample (check);
  if (check->busy && check->cron)
    return LEVEL_OK;
  if (check->store)
    look_back (check);
  alarm (0);
  evaluate (check);
  find_notifications (check);
  level = alert_worst (check->findings, NULL, NULL);
  data = view_data (check, level);
  if (check->conf->textfile && !check->dry_run && !check->busy)
    write_metrics (check, &data);
  if (check->cron)
    print_notifications (check);
  else
    print_view (check, &data);
  if (!check->no_store && !check->dry_run)
    tell (check);
  return level;
}

/* --- the command --- */

static void
give_up (gint signal_number)
{
  static const gchar text[] = "POOLWATCH UNKNOWN - gave up: reading takes too long\n";

  if (write (STDOUT_FILENO, text, sizeof text - 1) < 0)
    _exit (LEVEL_UNKNOWN);
  _exit (LEVEL_UNKNOWN);
}

/* The belt behind the deadlines: a file system that hangs answers no deadline. */
static void
limit_time (gdouble seconds)
{
  struct sigaction action = {.sa_handler = give_up };

  sigaction (SIGALRM, &action, NULL);
  alarm ((guint) seconds + 10);
}

static void
print_sources (void)
{
  for (gsize i = 0; source_list ()[i]; i++) {
    const Source *source = source_list ()[i];

    g_print ("%-16s %s\n", source->name, source->summary);
    for (const SourceKey * key = source->keys; key && key->name; key++)
      g_print ("  %-14s %s\n", key->name, key->help);
  }
}

static void
print_config (const Check * check)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out, "# configuration: %s\n", watch_config (&check->options));
  conf_describe (check->conf, out);
  g_print ("%s", out->str);
}

static gboolean
parse (Check * check, gint * argc, gchar *** argv)
{
  static const gchar *const colors[] = { "auto", "always", "never", NULL };
  const GOptionEntry own[] = {
    {"cron", 0, 0, G_OPTION_ARG_NONE, &check->cron,
        "say nothing unless something changed", NULL},
    {"exec", 0, 0, G_OPTION_ARG_FILENAME, &check->hook, "the same as --hook", "PROGRAM"},
    {"no-store", 0, 0, G_OPTION_ARG_NONE, &check->no_store,
        "remember nothing, and compare with nothing", NULL},
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &check->dry_run,
        "read and judge, but write nothing and run no hook", NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &check->verbose, "show shards and holders, too", NULL},
    {"color", 0, 0, G_OPTION_ARG_STRING, &check->color, "auto, always or never", "WHEN"},
    {"exit-zero", 0, 0, G_OPTION_ARG_NONE, &check->exit_zero,
        "exit 0 whatever was found", NULL},
    {"check-config", 0, 0, G_OPTION_ARG_NONE, &check->check_config,
        "show the configuration as understood, and exit", NULL},
    {"list-sources", 0, 0, G_OPTION_ARG_NONE, &check->list_sources,
        "show the sources and their keys, and exit", NULL},
    {NULL}
  };

  check->conf = watch_parse (&check->options, argc, argv, "check", "", "looks at the pools once",
      own);
  if (!check->conf)
    return FALSE;
  if (*argc > 1) {
    command_error (WATCH_USAGE, "check: unexpected argument: %s", (*argv)[1]);
    return FALSE;
  }
  if (check->color && !g_strv_contains (colors, check->color)) {
    command_error (WATCH_USAGE, "check: --color: neither auto nor always nor never: %s",
        check->color);
    return FALSE;
  }
  if (check->hook) {
    g_free (check->conf->hook);
    check->conf->hook = g_strdup (check->hook);
  }
  return TRUE;
}

/* Monitoring systems show what is on standard output, and take 2 for CRITICAL. */
static Status
refuse (void)
{
  if (!isatty (STDOUT_FILENO))
    g_print ("POOLWATCH UNKNOWN - wrong option or configuration\n");
  return (Status) LEVEL_UNKNOWN;
}

Status
command_check (gint argc, gchar ** argv)
{
  g_auto (Check) check = { 0 };
  Level level;

  if (!parse (&check, &argc, &argv))
    return refuse ();
  if (check.list_sources || check.check_config) {
    if (check.list_sources)
      print_sources ();
    else
      print_config (&check);
    return STATUS_PASS;
  }
  conf_keep_capabilities (check.conf, check.verbose);
  limit_time (check.conf->timeout);
  level = run (&check);
  /* What nobody could read was not said to be OK. */
  return command_end_output (check.exit_zero ? STATUS_PASS : (Status) level,
      (Status) LEVEL_UNKNOWN);
}
