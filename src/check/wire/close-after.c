/* W13. Buffers in a closed area are judged where W1 judges them. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
look_at_area (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    CheckContext * context)
{
  const CheckArea *old = check_client_open_area (client);

  if (client->areas->len == 0)
    return;
  check_looked (context, 1);
  if (old)
    check_broken (context, walk->producer, event, "area %" G_GINT64_FORMAT
        " announced to client %d while area %" G_GINT64_FORMAT " was not closed", event->area,
        client->id, old->id);
}

static void
look_at_buffer (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    CheckContext * context)
{
  const CheckArea *area = check_client_area (client, event->area);

  if (!area || !area->closed)
    return;
  switch (check_walk_area_state (walk, client, event)) {
    case CHECK_AREA_CLOSED:
      check_looked (context, 1);
      check_broken (context, walk->producer, event, "buffer %" G_GUINT64_FORMAT
          " was allocated in area %" G_GINT64_FORMAT " after that was closed", event->seq,
          event->area);
      break;
    case CHECK_AREA_GOOD:
      check_looked (context, 1);
      break;
    case CHECK_AREA_UNKNOWN:
    case CHECK_AREA_UNSURE:
      break;
  }
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!client || !event)
    return;
  if (event->kind == TRACE_NEW_AREA)
    look_at_area (walk, client, event, user);
  else if (event->kind == TRACE_NEW_BUFFER)
    look_at_buffer (walk, client, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_close_after = {
  .id = "W13",
  .name = "close-after",
  .contract = "CLOSE_SHM_AREA precedes the announcement of its replacement, and nothing is "
      "allocated there afterwards.",
  .source = "shm pipe protocol",
  .seen = "The order of NEW_SHM_AREA, CLOSE_SHM_AREA and NEW_BUFFER on each connection.",
  .run = run,
};
