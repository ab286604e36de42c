/* L10. Looked at are connects while the producer is seen to render before and after them. With a
 * tap the first area counts, else the consumer's own word that it is connected. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

#define AREA_NS (2 * G_TIME_SPAN_SECOND * 1000)

static gboolean
is_rendering (const TraceEvent * event, gint producer, gint64 * progress)
{
  gboolean moved;

  if (event->kind == TRACE_NEW_BUFFER)
    return TRUE;
  if (event->role != producer)
    return FALSE;
  if (event->kind != TRACE_PROGRESS)
    return event->kind == TRACE_BUFFER_OUT;
  if (g_str_equal (event->text, "released"))
    return FALSE;               /* another counter: what came back */
  moved = *progress >= 0 && event->progress.buffers > *progress;
  *progress = event->progress.buffers;
  return moved;
}

static gboolean
renders_within (const Trace * trace, gint producer, gint64 from_ns, gint64 to_ns)
{
  gint64 progress = -1;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->time_ns >= from_ns && event->time_ns <= to_ns
        && is_rendering (event, producer, &progress))
      return TRUE;
  }
  return FALSE;
}

static gboolean
renders_around (const Trace * trace, gint producer, gint64 time_ns)
{
  return renders_within (trace, producer, time_ns - AREA_NS / 2, time_ns)
      && renders_within (trace, producer, time_ns + 1, time_ns + AREA_NS);
}

/* Where the newcomer of the event at AT got what it waits for. */
static guint
served_at (const Trace * trace, guint at)
{
  const TraceEvent *begin = trace_at (trace, at);

  if (begin->kind == TRACE_STARTED)
    return check_life_next (trace, check_life_begin (trace, begin->role, at), TRACE_CONNECTED,
        begin->role);
  for (guint i = at + 1; i < trace->events->len; i++) {
    if (trace_at (trace, i)->kind == TRACE_NEW_AREA
        && trace_at (trace, i)->client == begin->client)
      return i;
  }
  return trace->events->len;
}

/* Until when the newcomer waited: it may leave by itself, and the trace may end. */
static gint64
given_up_ns (const Trace * trace, guint at)
{
  const TraceEvent *begin = trace_at (trace, at);

  for (guint i = at + 1; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if ((event->kind == TRACE_CLIENT_CLOSE && begin->client >= 0
            && event->client == begin->client)
        || (event->kind == TRACE_STOP
            && (event->role == begin->role || check_life_is_producer (trace, event->role)))
        || (event->kind == TRACE_EXIT && event->role == begin->role))
      return event->time_ns;
  }
  return check_life_end_ns (trace);
}

static void
look_at_newcomer (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *begin = trace_at (trace, at);
  const TraceRole *consumer = trace_role (trace, begin->role);
  gint producer = check_life_producer (trace, at);
  guint served = served_at (trace, at);
  CheckSpan span = { begin->time_ns, check_life_ns (trace, served), AREA_NS };
  gint64 waited_ns;

  if (!renders_around (trace, producer, begin->time_ns))
    return;
  if (served == trace->events->len)
    span.to_ns = given_up_ns (trace, at);
  waited_ns = check_lasted_ns (trace, span.from_ns, span.to_ns);
  if (served == trace->events->len && waited_ns <= AREA_NS)
    return;
  check_looked (context, 1);
  if (waited_ns > AREA_NS)
    check_late (context, producer, begin, &span, "%s %s %.3f s for its first area while the producer "
        "rendered", consumer ? consumer->name : "a client",
        served == trace->events->len ? "waited in vain" : "waited", (gdouble) waited_ns / 1e9);
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (trace->tap ? event->kind == TRACE_CLIENT_OPEN
        : event->kind == TRACE_STARTED && check_life_is_consumer (trace, event->role)
        && check_life_started_well (event))
      look_at_newcomer (trace, i, context);
  }
}

const Check check_fair_accept = {
  .id = "L10",
  .name = "fair-accept",
  .contract = "A new client is accepted within its deadline while the producer renders at full "
      "speed.",
  .source = "MR 12193",
  .seen = "The time from the connect to the first area.",
  .run = run,
};
