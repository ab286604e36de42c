/* L7. A return is judged by the buffers after it; one without any is a breach only when somebody
 * waited for them in vain, or the tap saw one announced to it in good time. Between samples one
 * fd may differ: a producer closes the old connection in its own time. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

#define DELIVERY_NS (G_TIME_SPAN_SECOND * 1000)

/* Where the connection of ROLE that began at AT ended. */
static guint
connection_end (const Trace * trace, gint role, guint at)
{
  static const TraceKind ends[] =
      { TRACE_DISCONNECTED, TRACE_END, TRACE_BUS_ERROR, TRACE_STOP, TRACE_EXIT };
  guint end = trace->events->len;

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    end = MIN (end, check_life_next (trace, at + 1, ends[i], role));
  return end;
}

static gboolean
is_fed (const Trace * trace, gint role, guint from, guint to)
{
  gint64 first = -1;

  for (guint i = from; i < to; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role)
      continue;
    if (event->kind == TRACE_BUFFER_IN)
      return TRUE;
    if (event->kind == TRACE_PROGRESS && first < 0)
      first = event->progress.buffers;
    else if (event->kind == TRACE_PROGRESS && event->progress.buffers > first)
      return TRUE;
  }
  return FALSE;
}

/* A step of ROLE that ran out of time in [FROM, TO]. */
static const TraceEvent *
late_step (const Trace * trace, gint role, guint from, guint to)
{
  for (guint i = from; i <= to && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STEP_LATE && event->role == role
        && !check_life_waited_in_vain (event)
        && (check_life_step_is (event, "cycle", NULL)
            || check_life_step_is (event, "connect", NULL)
            || check_life_step_is (event, "wait", "for=connected")
            || check_life_step_is (event, "wait", "for=buffers")))
      return event;
  }
  return NULL;
}

/* A buffer announced to ROLE in [FROM, TO), long before TO. */
static const TraceEvent *
ignored_buffer (const Trace * trace, gint role, guint from, guint to)
{
  gint client = -1;

  for (guint i = 0; i < to; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_CLIENT_OPEN && event->role == role)
      client = event->client;
    else if (i >= from && event->kind == TRACE_NEW_BUFFER && client >= 0
        && event->client == client
        && check_lasted_ns (trace, event->time_ns, check_life_ns (trace, to)) >= DELIVERY_NS)
      return event;
  }
  return NULL;
}

static void
tell (const Trace * trace, CheckContext * context, gint role, const TraceEvent * late,
    const gchar * what)
{
  guint at = check_life_index (trace, late);
  gint producer = check_life_producer (trace, at);
  g_autofree gchar *words = check_blame_words (trace, producer, late);

  check_broken (context, words[0] != '\0' ? producer : check_blame (trace, late, producer, role),
      late, "%s %s: %s%s", trace_role (trace, role)->name, what, late->text, words);
}

static void
look_at_return (const Trace * trace, gint role, guint at, CheckContext * context)
{
  guint end = connection_end (trace, role, at);
  const TraceEvent *late, *ignored;
  CheckSpan span;

  if (is_fed (trace, role, at, end)) {
    check_looked (context, 1);
    return;
  }
  late = late_step (trace, role, at, end);
  ignored = ignored_buffer (trace, role, at, end);
  if (!late && !ignored)
    return;
  check_looked (context, 1);
  span = (CheckSpan) { ignored ? ignored->time_ns : 0, check_life_ns (trace, end),
    DELIVERY_NS
  };
  if (ignored)
    check_late (context, role, ignored, &span, "returned, was told of a buffer and did not take it");
  else
    tell (trace, context, role, late, "returned and got no buffer");
}

static void
look_at_leave (const Trace * trace, gint role, guint at, CheckContext * context)
{
  guint back = check_life_next (trace, at, TRACE_CONNECTED, role);
  guint limit = MIN (check_life_next (trace, at, TRACE_STOP, role),
      check_life_end (trace, role, at));
  guint again = check_life_next (trace, at + 1, TRACE_DISCONNECTED, role);
  const TraceEvent *late;

  if (back < limit) {
    look_at_return (trace, role, back, context);
    return;
  }
  if (again < limit)
    return;                     /* it left before it was told of an area, and came again */
  late = late_step (trace, role, at, limit);
  if (!late || check_life_has (trace, at, limit, TRACE_END, role))
    return;
  check_looked (context, 1);
  tell (trace, context, role, late, "left and could not return");
}

static void
run (const Trace * trace, CheckContext * context)
{
  static const CheckGrowth limit = {
    .label = "cycle",.fds = 1,.rss_kib = 4096,.warm_up = TRUE
  };

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_DISCONNECTED && check_life_is_consumer (trace, event->role))
      look_at_leave (trace, event->role, i, context);
  }
  check_life_growth (trace, context, &limit);
}

const Check check_reconnect = {
  .id = "L7",
  .name = "reconnect",
  .contract = "A consumer can leave and return any number of times, without growth of memory, fds "
      "or areas.",
  .source = "shm pipe protocol",
  .seen = "Buffers after each return, and samples of the processes over the cycles.",
  .run = run,
};
