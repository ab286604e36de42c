#include "config.h"
#include "actor/private.h"

#include "base/beat.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/status.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* --- life --- */

Actor *
actor_new (gint argc, gchar ** argv)
{
  g_autoptr (Actor) actor = g_new0 (Actor, 1);
  gint64 index;

  actor->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (argc < 3 || !parse_int (argv[2], 0, G_MAXINT16, &index, NULL))
    return NULL;
  actor->kind = g_strdup (argv[0]);
  actor->index = (gint) index;
  for (gint i = 3; i < argc; i++) {
    gchar *equals = strchr (argv[i], '=');

    if (!equals)
      return NULL;
    g_hash_table_replace (actor->config, g_strndup (argv[i], (gsize) (equals - argv[i])),
        g_strdup (equals + 1));
  }
  return g_steal_pointer (&actor);
}

gint
actor_refuse (void)
{
  g_printerr ("%s: --role is for the program itself\n", PACKAGE_NAME);
  return STATUS_USAGE;
}

/* No lock and no memory is taken here: whatever else of the process hangs, this is told. */
static void
on_late_beat (gint64 end_ns, gint64 lost_ns, gint64 asleep_ns, gpointer user)
{
  TraceEvent event = trace_stall (GPOINTER_TO_INT (user), end_ns, lost_ns, asleep_ns);

  actor_emit_raw (&event);
}

void
actor_begin (Actor * actor)
{
  /* The runner's helpers may look at our stack when we hang. */
  prctl (PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  signal (SIGPIPE, SIG_IGN);
  beat_start (on_late_beat, GINT_TO_POINTER (actor->index));
}

void
actor_free (Actor * actor)
{
  if (!actor)
    return;
  g_hash_table_unref (actor->config);
  g_free (actor->kind);
  g_free (actor);
}

/* --- config --- */

const gchar *
actor_get (Actor * actor, const gchar * key)
{
  return g_hash_table_lookup (actor->config, key);
}

guint64
actor_size (Actor * actor, const gchar * key, guint64 def)
{
  const gchar *text = actor_get (actor, key);
  guint64 value;

  return text && parse_size (text, &value, NULL) ? value : def;
}

gboolean
actor_has (Actor * actor, const gchar * key)
{
  const gchar *text = actor_get (actor, key);
  gboolean value;

  return text && parse_bool (text, &value, NULL) && value;
}

static const gchar *
must_get (Actor * actor, const gchar * key)
{
  const gchar *value = actor_get (actor, key);

  if (!value)
    g_error ("%s: %s: not set", actor->kind, key);
  return value;
}

gint64
actor_int (Actor * actor, const gchar * key)
{
  const gchar *text = must_get (actor, key);
  gint64 value;
  guint64 size;

  if (parse_int (text, G_MININT64, G_MAXINT64, &value, NULL))
    return value;
  if (parse_size (text, &size, NULL) && size <= G_MAXINT64)
    return (gint64) size;
  g_error ("%s: %s: not a number: %s", actor->kind, key, text);
}

gdouble
actor_seconds (Actor * actor, const gchar * key)
{
  const gchar *text = must_get (actor, key);
  gdouble value;

  if (!parse_seconds (text, &value, NULL))
    g_error ("%s: %s: not a duration: %s", actor->kind, key, text);
  return value;
}

gboolean
actor_bool (Actor * actor, const gchar * key)
{
  const gchar *text = must_get (actor, key);
  gboolean value;

  if (!parse_bool (text, &value, NULL))
    g_error ("%s: %s: not true or false: %s", actor->kind, key, text);
  return value;
}

/* --- events --- */

TraceEvent
actor_event (Actor * actor, TraceKind kind)
{
  TraceEvent event = trace_event (kind);

  event.role = (gint16) actor->index;
  event.seq = actor->measurement;
  event.time_ns = deadline_now_ns ();
  return event;
}

void
actor_emit_raw (const TraceEvent * event)
{
  /* Whole or not at all: the size is below PIPE_BUF. */
  if (fd_write (ACTOR_EVENT_FD, event, sizeof *event) != sizeof *event)
    _exit (STATUS_BROKEN);      /* nobody listens any more */
}

void
actor_emit_valist (TraceEvent * event, const gchar * format, va_list args)
{
  if (format) {
    g_autofree gchar *text = g_strdup_vprintf (format, args);

    trace_event_set_text (event, text);
  }
  actor_emit_raw (event);
}

void
actor_emit (Actor * actor, TraceEvent * event, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  actor_emit_valist (event, format, args);
  va_end (args);
}

void
actor_broken (Actor * actor, const gchar * format, ...)
{
  TraceEvent event = actor_event (actor, TRACE_BROKEN);
  va_list args;

  va_start (args, format);
  actor_emit_valist (&event, format, args);
  va_end (args);
}

guint64
actor_next_measurement (Actor * actor)
{
  return ++actor->measurement;
}
