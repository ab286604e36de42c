/* W14. A client that leaves before its time is up, or whose producer stops meanwhile, is not
 * looked at. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

#define HEADER_NS (2 * G_TIME_SPAN_SECOND * 1000)

/* How long CLIENT had been there at TIME_NS. */
static gint64
waited_ns (const CheckWalk * walk, const CheckClient * client, gint64 time_ns)
{
  return check_lasted_ns (walk->trace, client->opened->time_ns, time_ns);
}

/* Whether the producer was asked to stop, or gone, at or before TIME_NS. */
static gboolean
is_ending (const CheckWalk * walk, gint64 time_ns)
{
  const Trace *trace = walk->trace;
  guint stop = check_life_next (trace, 0, TRACE_STOP, walk->producer);
  guint exit = check_life_next (trace, 0, TRACE_EXIT, walk->producer);
  guint first = MIN (stop, exit);

  return first < trace->events->len && trace_at (trace, first)->time_ns <= time_ns;
}

static void
look_at_silence (const CheckWalk * walk, const CheckClient * client, CheckContext * context)
{
  gint64 end_ns = client->closed ? client->closed->time_ns
      : check_life_end_ns (walk->trace);
  CheckSpan span = { client->opened->time_ns, end_ns, HEADER_NS };

  if (waited_ns (walk, client, end_ns) <= HEADER_NS
      || is_ending (walk, client->opened->time_ns + HEADER_NS))
    return;
  check_looked (context, 1);
  check_late (context, walk->producer, client->opened, &span, "client %d was told of no area in "
      "%.3f s", client->id, (gdouble) waited_ns (walk, client, end_ns) / 1e9);
}

static void
look_at_first (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    CheckContext * context)
{
  CheckSpan span = { client->opened->time_ns, event->time_ns, HEADER_NS };

  check_looked (context, 1);
  if (event->kind != TRACE_NEW_AREA)
    check_broken (context, walk->producer, event, "the first message to client %d is %s",
        client->id, trace_kind_name (event->kind));
  else if (waited_ns (walk, client, event->time_ns) > HEADER_NS)
    check_late (context, walk->producer, event, &span, "client %d was told of its area after %.3f s",
        client->id, (gdouble) waited_ns (walk, client, event->time_ns) / 1e9);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!client || client->n_messages > 0)
    return;
  if (!event)
    look_at_silence (walk, client, user);
  else if (event->kind == TRACE_NEW_AREA || event->kind == TRACE_CLOSE_AREA
      || event->kind == TRACE_NEW_BUFFER)
    look_at_first (walk, client, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_header_first = {
  .id = "W14",
  .name = "header-first",
  .contract = "The first message after connect is NEW_SHM_AREA with its path, within a bounded "
      "time, also while the producer renders at full speed.",
  .source = "shm pipe protocol",
  .seen = "The first message to each client, and its time since the connect.",
  .run = run,
};
