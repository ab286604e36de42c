/* See life.h. */
#include "config.h"
#include "check/life.h"

#include "base/parse.h"

#include <string.h>

/* Of a real test source without caps. */
#define DEFAULT_TEST_FRAME 614400

/* A socket and an area. */
#define CONNECTION_FDS 2

/* --- places --- */

guint
check_life_next (const Trace * trace, guint from, TraceKind kind, gint role)
{
  for (guint i = from; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == kind && (role < 0 || event->role == role))
      return i;
  }
  return trace->events->len;
}

guint
check_life_last (const Trace * trace, guint before, TraceKind kind, gint role)
{
  for (guint i = MIN (before, trace->events->len); i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == kind && (role < 0 || event->role == role))
      return i;
  }
  return trace->events->len;
}

gboolean
check_life_has (const Trace * trace, guint from, guint to, TraceKind kind, gint role)
{
  return check_life_next (trace, from, kind, role) < to;
}

gint64
check_life_end_ns (const Trace * trace)
{
  return check_life_ns (trace, trace->events->len);
}

/* Nowhere counts as the end of the trace. */
gint64
check_life_ns (const Trace * trace, guint at)
{
  if (trace->events->len == 0)
    return 0;
  return trace_at (trace, MIN (at, trace->events->len - 1))->time_ns;
}

guint
check_life_index (const Trace * trace, const TraceEvent * event)
{
  return (guint) (event - trace_at (trace, 0));
}

/* --- lives --- */

guint
check_life_begin (const Trace * trace, gint role, guint at)
{
  guint spawn = check_life_last (trace, at, TRACE_SPAWN, role);

  return spawn < trace->events->len ? spawn : 0;
}

guint
check_life_end (const Trace * trace, gint role, guint at)
{
  guint gone = check_life_next (trace, at, TRACE_EXIT, role);
  guint again = check_life_next (trace, at + 1, TRACE_SPAWN, role);

  return MIN (gone, again);
}

gboolean
check_life_is_up (const Trace * trace, gint role, guint at)
{
  guint begin = check_life_begin (trace, role, at);
  guint started = check_life_next (trace, begin, TRACE_STARTED, role);

  return started < at && check_life_started_well (trace_at (trace, started))
      && !check_life_has (trace, begin, at, TRACE_EXIT, role);
}

gboolean
check_life_is_producer (const Trace * trace, gint role)
{
  const TraceRole *who = trace_role (trace, role);

  return who && who->side == TRACE_SIDE_PRODUCER;
}

gboolean
check_life_is_consumer (const Trace * trace, gint role)
{
  const TraceRole *who = trace_role (trace, role);

  return who && who->side == TRACE_SIDE_CONSUMER;
}

/* The text is a path, or an error in the form "thing: problem". */
gboolean
check_life_started_well (const TraceEvent * started)
{
  return !strstr (started->text, ": ");
}

gboolean
check_life_is_ref (const TraceRole * role)
{
  return g_strcmp0 (role->element, "ref") == 0;
}

gboolean
check_life_tells_all (const TraceRole * role)
{
  return g_str_equal (trace_role_get (role, "events", "all"), "all");
}

gboolean
check_life_tells_release (const TraceRole * role)
{
  return check_life_tells_all (role) && (check_life_is_ref (role)
      || g_str_equal (trace_role_get (role, "sink", "appsink"), "appsink"));
}

gboolean
check_life_is_slow (const TraceRole * role)
{
  gdouble delay_s = 0.0;

  return !parse_seconds (trace_role_get (role, "delay", "0"), &delay_s, NULL) || delay_s > 0.0;
}

gboolean
check_life_is_numbered (const TraceRole * producer)
{
  const gchar *path = trace_role_get (producer, "path", "copy");

  /* Who brings a pipeline of his own brings buffers of his own. */
  return !g_str_has_prefix (path, "test") && !g_str_equal (path, "fake")
      && !trace_role_get (producer, "pipeline", NULL);
}

static gint64
largest_seen (const Trace * trace, gint role)
{
  guint64 largest = 0;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_BUFFER_OUT && event->role == role)
      largest = MAX (largest, event->size);
  }
  return (gint64) MIN (largest, G_MAXINT64);
}

gint64
check_life_frame (const Trace * trace, gint role)
{
  const TraceRole *producer = trace_role (trace, role);

  if (!check_life_is_ref (producer) && trace_role_get (producer, "pipeline", NULL))
    return largest_seen (trace, role);
  if (g_str_has_prefix (trace_role_get (producer, "path", "copy"), "test")
      && !check_life_is_ref (producer) && !trace_role_get (producer, "caps", NULL))
    return DEFAULT_TEST_FRAME;
  return trace_role_int (producer, "buffer-size", 7500);
}

gboolean
check_life_is_too_big (const Trace * trace, gint role)
{
  return check_life_frame (trace, role)
      > trace_role_int (trace_role (trace, role), "shm-size", 1 << 20);
}

gint
check_life_producer (const Trace * trace, guint at)
{
  gint first = -1;

  for (guint i = MIN (at, trace->events->len); i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STARTED && check_life_is_producer (trace, event->role))
      return event->role;
  }
  for (guint i = trace->roles->len; i-- > 0;) {
    if (check_life_is_producer (trace, (gint) i))
      first = (gint) i;
  }
  return first;
}

static gboolean
is_kill (const TraceEvent * event)
{
  return event->kind == TRACE_LADDER || (event->kind == TRACE_EXIT && event->exit.forced != 0)
      || (event->kind == TRACE_STOP && g_str_equal (event->text, "SIGKILL"));
}

gboolean
check_life_was_killed (const Trace * trace, gint role, guint at)
{
  guint end = check_life_end (trace, role, at);

  for (guint i = check_life_begin (trace, role, at); i <= end && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == role && is_kill (event))
      return TRUE;
  }
  return FALSE;
}

gboolean
check_life_ever_killed (const Trace * trace, gint role)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == role
        && (is_kill (event) || (event->kind == TRACE_EXIT && event->exit.status < 0)))
      return TRUE;
  }
  return FALSE;
}

/* SIGTERM may reach a process that does not handle it yet. */
static gboolean
was_asked_for (const Trace * trace, guint at)
{
  const TraceEvent *event = trace_at (trace, at);
  guint stop = check_life_last (trace, at, TRACE_STOP, event->role);

  if (check_life_was_killed (trace, event->role, at))
    return TRUE;
  return event->exit.status == -15 && stop < trace->events->len
      && stop >= check_life_begin (trace, event->role, at)
      && g_str_equal (trace_at (trace, stop)->text, "SIGTERM");
}

gboolean
check_life_is_death (const Trace * trace, guint at)
{
  const TraceEvent *event = trace_at (trace, at);

  return event->kind == TRACE_EXIT && event->exit.status < 0 && event->exit.forced == 0
      && !was_asked_for (trace, at);
}

const TraceEvent *
check_life_death (const Trace * trace, gint role)
{
  for (guint i = 0; i < trace->events->len; i++) {
    if (trace_at (trace, i)->role == role && check_life_is_death (trace, i))
      return trace_at (trace, i);
  }
  return NULL;
}

/* --- stops --- */

gboolean
check_life_next_stop (const Trace * trace, guint * cursor, CheckStop * stop)
{
  guint at = check_life_next (trace, *cursor, TRACE_STOP, -1);
  guint limit, stopped, late;

  if (at == trace->events->len)
    return FALSE;
  *cursor = at + 1;
  memset (stop, 0, sizeof *stop);
  stop->event = trace_at (trace, at);
  stop->role = stop->event->role;
  stop->kind = stop->event->text;
  stop->at = at;
  stop->begin = check_life_begin (trace, stop->role, at);
  stop->end = check_life_end (trace, stop->role, at);
  limit = check_life_next (trace, at + 1, TRACE_SPAWN, stop->role);
  limit = MIN (limit, check_life_next (trace, at + 1, TRACE_STOP, stop->role));
  stopped = check_life_next (trace, at, TRACE_STOPPED, stop->role);
  late = check_life_next (trace, at, TRACE_STOP_LATE, stop->role);
  stop->over = MIN (stopped, late) < limit ? MIN (stopped, late) : trace->events->len;
  if (stop->over < trace->events->len && stopped < late)
    stop->stopped = trace_at (trace, stopped);
  else if (stop->over < trace->events->len)
    stop->late = trace_at (trace, late);
  return TRUE;
}

/* --- steps --- */

gboolean
check_life_step_is (const TraceEvent * step, const gchar * action, const gchar * word)
{
  g_auto (GStrv) words = g_strsplit_set (step->text, " :", -1);

  if (!words[0] || !g_str_equal (words[0], action))
    return FALSE;
  return !word || g_strv_contains ((const gchar * const *) words, word);
}

guint
check_life_step_over (const Trace * trace, guint at)
{
  gint64 line = trace_at (trace, at)->step.line;

  for (guint i = at + 1; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if ((event->kind == TRACE_STEP_DONE || event->kind == TRACE_STEP_LATE)
        && event->step.line == line)
      return i;
  }
  return trace->events->len;
}

gboolean
check_life_waited_in_vain (const TraceEvent * late)
{
  return strstr (late->text, ": it has met an error")
      || strstr (late->text, ": its process is gone");
}

gboolean
check_life_is_full (const Trace * trace, guint at)
{
  const TraceEvent *event = trace_at (trace, at);

  if (event->kind == TRACE_FULL)
    return check_life_is_producer (trace, event->role);
  if (event->kind != TRACE_STEP_DONE || !g_str_equal (event->text, "wait")
      || !check_life_is_producer (trace, event->role))
    return FALSE;
  for (guint i = at; i-- > 0;) {
    const TraceEvent *step = trace_at (trace, i);

    if (step->kind == TRACE_STEP && step->step.line == event->step_done.line)
      return check_life_step_is (step, "wait", "for=full");
  }
  return FALSE;
}

/* What STEP changes of the hold of consumer ROLE; HOLD when nothing. */
static gint64
hold_after (const TraceEvent * step, gint role, gint64 hold)
{
  if (step->role == role && check_life_step_is (step, "hold", NULL))
    return check_life_step_is (step, "hold", "count=0") ? 0 : -1;
  if (!check_life_step_is (step, "flow", NULL))
    return hold;
  /* A flow lets go of everything; it may then fill the area again. */
  return !strstr (step->text, " refill=")
      || check_life_step_is (step, "flow", "refill=0") ? 0 : -1;
}

gboolean
check_life_may_hold (const Trace * trace, gint role, guint at)
{
  const TraceRole *consumer = trace_role (trace, role);
  gint64 hold;

  if (!consumer || trace_role_bool (consumer, "keep-last", FALSE))
    return consumer != NULL;
  hold = trace_role_int (consumer, "hold", 0);
  for (guint i = 0; i < at && i < trace->events->len; i++) {
    if (trace_at (trace, i)->kind == TRACE_STEP)
      hold = hold_after (trace_at (trace, i), role, hold);
  }
  return hold != 0;
}

guint
check_life_n_held (const Trace * trace, gint role, guint at)
{
  guint held = 0;

  for (guint i = check_life_begin (trace, role, at); i < at && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role)
      continue;
    if (event->kind == TRACE_BUFFER_IN)
      held++;
    else if (event->kind == TRACE_RELEASE && held > 0)
      held--;
    else if (event->kind == TRACE_DISCONNECTED)
      held = 0;
  }
  return held;
}

/* --- growth --- */

static void
compare_samples (CheckContext * context, const CheckGrowth * limit, const TraceEvent * first,
    const TraceEvent * last)
{
  /* From none to one: it was not connected yet, or not started, when the first was taken. */
  guint64 fds = limit->fds + (first->usage.areas == 0 && last->usage.areas > 0 ? CONNECTION_FDS
      : 0);

  check_looked (context, 1);
  if (last->usage.fds > first->usage.fds + fds)
    check_broken (context, last->role, last, "open fds grew from %" G_GUINT64_FORMAT " to %"
        G_GUINT64_FORMAT, first->usage.fds, last->usage.fds);
  if (last->usage.areas > MAX (first->usage.areas, 1))
    check_broken (context, last->role, last, "mapped areas grew from %" G_GUINT64_FORMAT " to %"
        G_GUINT64_FORMAT, first->usage.areas, last->usage.areas);
  if (last->usage.segments > MAX (first->usage.segments, 1))
    check_broken (context, last->role, last, "segments grew from %" G_GINT64_FORMAT " to %"
        G_GINT64_FORMAT, first->usage.segments, last->usage.segments);
  if (last->usage.resident_kib > 0 && first->usage.resident_kib > 0
      && last->usage.resident_kib - first->usage.resident_kib >= limit->rss_kib)
    check_broken (context, last->role, last, "resident memory grew from %" G_GINT64_FORMAT
        " to %" G_GINT64_FORMAT " KiB", first->usage.resident_kib, last->usage.resident_kib);
}

static void
role_growth (const Trace * trace, CheckContext * context, const CheckGrowth * limit, gint role)
{
  const TraceEvent *first = NULL, *second = NULL, *last = NULL;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_SPAWN && event->role == role)
      first = second = last = NULL;     /* another process: nothing to compare it with */
    if (event->kind != TRACE_USAGE || event->role != role)
      continue;
    if (limit->until && g_str_equal (event->text, limit->label)) {
      first = event;
      second = NULL;
      continue;
    }
    if (!g_str_has_prefix (event->text, limit->until ? limit->until : limit->label)
        || (limit->until && !first))
      continue;
    if (!first)
      first = event;
    else if (!second)
      second = event;
    last = event;
  }
  if (second)
    compare_samples (context, limit, limit->warm_up && last != second ? second : first, last);
}

void
check_life_growth (const Trace * trace, CheckContext * context, const CheckGrowth * limit)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (trace_role (trace, (gint) i)->side != TRACE_SIDE_TAP)
      role_growth (trace, context, limit, (gint) i);
  }
}
