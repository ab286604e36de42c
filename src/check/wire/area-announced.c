/* W1. A closed area is judged only where the trace tells when the buffer was allocated (numbered
 * buffers, all events, no pool): a buffer allocated before the close may still come from it. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  CheckAreaState state;

  if (!client || !event || event->kind != TRACE_NEW_BUFFER)
    return;
  state = check_walk_area_state (walk, client, event);
  check_looked (user, state != CHECK_AREA_UNSURE);
  if (state == CHECK_AREA_UNKNOWN)
    check_broken (user, walk->producer, event, "buffer announced in area %" G_GINT64_FORMAT
        " offset %" G_GUINT64_FORMAT ", but client %d was never told of that area",
        event->area, event->offset, client->id);
  else if (state == CHECK_AREA_CLOSED)
    check_broken (user, walk->producer, event, "buffer %" G_GUINT64_FORMAT
        " announced in area %" G_GINT64_FORMAT
        ", which had been closed before it was allocated", event->seq, event->area);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_area_announced = {
  .id = "W1",
  .name = "area-announced",
  .contract = "A buffer is announced only in an area that this client was told of and that was "
      "not closed before the buffer was allocated.",
  .source = "shm pipe protocol",
  .seen = "Each NEW_BUFFER against the NEW_SHM_AREA and CLOSE_SHM_AREA of its client.",
  .run = run,
};
