#include "config.h"
#include "poolwatch/commands.h"

#include "base/child.h"

#include <string.h>
#ifdef HAVE_SYSTEMD
#include <syslog.h>
#include <systemd/sd-journal.h>
#endif

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* Beside what is remembered of the alerts. */
#define HOOK_KEY "hook"
#define MAX_HOOK_OUTPUT (64 * 1024)

static gchar *
subject (const Notification * notification)
{
  if (!notification->source)
    return g_strdup ("all pools");
  if (!notification->pool)
    return g_strdup (notification->source);
  return g_strdup_printf ("%s/%s", notification->source, notification->pool);
}

/* What was before, in words; "" when that says nothing. */
static gchar *
history (const Notification * notification)
{
  if (notification->kind == NOTIFICATION_REMINDER) {
    g_autoptr (GDateTime) since =
        g_date_time_new_from_unix_local (notification->since_us / G_USEC_PER_SEC);
    g_autofree gchar *text = since ? g_date_time_format (since, "%F %H:%M") : NULL;

    return g_strdup_printf (" (still, since %s)", text ? text : "?");
  }
  if (notification->kind == NOTIFICATION_FLAPPING)
    return g_strdup (" (changes all the time: nothing more is told until it is calm)");
  if (notification->kind == NOTIFICATION_HEARTBEAT)
    return g_strdup ("");
  return g_strdup_printf (" (was %s)", level_name (notification->before));
}

gchar *
tell_text (const Notification * notification)
{
  g_autofree gchar *what = subject (notification), *before = history (notification);

  return g_strdup_printf ("%s %s: %s%s", level_name (notification->now), what,
      notification->text ? notification->text : "", before);
}

gchar *
tell_line (const Notification * notification)
{
  g_autofree gchar *text = tell_text (notification);

  return g_strdup_printf ("poolwatch: %s: %s", g_get_host_name (), text);
}

/* --- the hook --- */

static gchar *
setting (const gchar * name, const gchar * value)
{
  return g_strdup_printf ("POOLWATCH_%s=%s", name, value ? value : "");
}

/* Caller frees: gchar*, NULL at the end. */
static GPtrArray *
hook_environment (const Notification * notification)
{
  GPtrArray *environment = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *since = g_strdup_printf ("%" G_GINT64_FORMAT,
      (gint64) (notification->since_us / G_USEC_PER_SEC));
  g_autofree gchar *line = tell_line (notification);

  g_ptr_array_add (environment, setting ("KIND", notification_name (notification->kind)));
  g_ptr_array_add (environment, setting ("LEVEL", level_name (notification->now)));
  g_ptr_array_add (environment, setting ("BEFORE", level_name (notification->before)));
  g_ptr_array_add (environment, setting ("SOURCE", notification->source));
  g_ptr_array_add (environment, setting ("POOL", notification->pool));
  g_ptr_array_add (environment, setting ("RULE", notification->rule));
  g_ptr_array_add (environment, setting ("TEXT", notification->text));
  g_ptr_array_add (environment, setting ("SINCE", since));
  g_ptr_array_add (environment, setting ("LINE", line));
  g_ptr_array_add (environment, NULL);
  return environment;
}

static void
run_hook (const Conf * conf, const Notification * notification)
{
  g_autoptr (GPtrArray) environment = hook_environment (notification);
  const gchar *argv[] = { conf->hook, NULL };
  const ChildRequest request = {
    .argv = argv,
    .environment = (const gchar * const *) environment->pdata,
    .max_output = MAX_HOOK_OUTPUT,
  };
  g_auto (ChildResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  if (!child_run (&request, deadline_in (conf->hook_timeout), &result, &error))
    command_error (STATUS_BROKEN, "hook: %s", error->message);
  else if (result.status != 0)
    command_error (STATUS_BROKEN, "hook: %s: exit status %d", conf->hook, result.status);
}

/* gint64: when it ran within the hour before NOW_US. A time that is yet to come is of a clock that
 * was wrong. */
static GArray *
recent_runs (GHashTable * remembered, gint64 now_us)
{
  GArray *recent = g_array_new (FALSE, FALSE, sizeof (gint64));
  GBytes *bytes = g_hash_table_lookup (remembered, HOOK_KEY);
  gsize size = 0;
  const guint8 *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  for (gsize at = 0; at + sizeof (gint64) <= size; at += sizeof (gint64)) {
    gint64 time_us;

    memcpy (&time_us, data + at, sizeof time_us);
    if (time_us <= now_us && time_us > now_us - HOUR_US)
      g_array_append_val (recent, time_us);
  }
  return recent;
}

void
tell_hook (const Conf * conf, const GPtrArray * notifications, gint64 now_us,
    GHashTable * remembered)
{
  g_autoptr (GArray) recent = recent_runs (remembered, now_us);
  guint n_left_out = 0;

  if (!conf->hook)
    return;
  for (guint i = 0; i < notifications->len; i++) {
    if (recent->len >= conf->hook_per_hour) {
      n_left_out++;
      continue;
    }
    g_array_append_val (recent, now_us);
    run_hook (conf, g_ptr_array_index (notifications, i));
  }
  if (n_left_out > 0)
    command_error (STATUS_BROKEN, "hook: not run for %u: ran %u times in the last hour",
        n_left_out, recent->len);
  g_hash_table_insert (remembered, g_strdup (HOOK_KEY),
      g_bytes_new (recent->data, recent->len * sizeof (gint64)));
}

/* --- the journal --- */

void
tell_journal (const GPtrArray * notifications)
{
#ifdef HAVE_SYSTEMD
  static const gint priorities[] = {
    [LEVEL_OK] = LOG_NOTICE,[LEVEL_WARNING] = LOG_WARNING,
    [LEVEL_CRITICAL] = LOG_CRIT,[LEVEL_UNKNOWN] = LOG_ERR,
  };

  for (guint i = 0; i < notifications->len; i++) {
    const Notification *one = g_ptr_array_index (notifications, i);
    g_autofree gchar *what = subject (one);

    sd_journal_send ("MESSAGE=%s %s: %s", level_name (one->now), what, one->text,
        "PRIORITY=%d", priorities[one->now],
        "SYSLOG_IDENTIFIER=poolwatch",
        "POOLWATCH_KIND=%s", notification_name (one->kind),
        "POOLWATCH_LEVEL=%s", level_name (one->now),
        "POOLWATCH_BEFORE=%s", level_name (one->before),
        "POOLWATCH_SOURCE=%s", one->source ? one->source : "",
        "POOLWATCH_POOL=%s", one->pool ? one->pool : "",
        "POOLWATCH_RULE=%s", one->rule ? one->rule : "", NULL);
  }
#endif
}
