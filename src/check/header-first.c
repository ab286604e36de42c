/* W14. A client that leaves before its time is up, or whose producer stops meanwhile, is not
 * looked at. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

#define HEADER_NS (2 * G_TIME_SPAN_SECOND * 1000)

static gdouble
seconds_since (const CheckClient * client, gint64 time_ns)
{
  return (gdouble) (time_ns - client->opened->time_ns) / 1e9;
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
  gint64 end_ns = client->closed != NULL ? client->closed->time_ns
      : check_life_end_ns (walk->trace);

  if (end_ns - client->opened->time_ns <= HEADER_NS
      || is_ending (walk, client->opened->time_ns + HEADER_NS))
    return;
  check_looked (context, 1);
  check_broken (context, walk->producer, client->opened, "client %d was told of no area in "
      "%.3f s", client->id, seconds_since (client, end_ns));
}

static void
look_at_first (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    CheckContext * context)
{
  check_looked (context, 1);
  if (event->kind != TRACE_NEW_AREA)
    check_broken (context, walk->producer, event, "the first message to client %d is %s",
        client->id, trace_kind_name (event->kind));
  else if (event->time_ns - client->opened->time_ns > HEADER_NS)
    check_broken (context, walk->producer, event, "client %d was told of its area after %.3f s",
        client->id, seconds_since (client, event->time_ns));
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (client == NULL || client->n_messages > 0)
    return;
  if (event == NULL)
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
