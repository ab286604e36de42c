/* W12. Late is who connects when buffers have been handed out, to others or to nobody. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
look_at_buffer (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    CheckContext * context)
{
  CheckAreaState state = check_walk_area_state (walk, client, event);

  if (state == CHECK_AREA_UNKNOWN || state == CHECK_AREA_CLOSED)
    check_broken (context, walk->producer, event, "late client %d is told of a buffer in area %"
        G_GINT64_FORMAT ", which it cannot resolve", client->id, event->area);
  else if (client->newest_area < client->newest_at_open)
    check_broken (context, walk->producer, event, "late client %d gets buffers, but was not told "
        "of area %" G_GINT64_FORMAT ", the newest when it came", client->id,
        client->newest_at_open);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  gboolean is_message;

  if (!client || !event || !client->late)
    return;
  is_message = event->kind == TRACE_NEW_AREA || event->kind == TRACE_CLOSE_AREA
      || event->kind == TRACE_NEW_BUFFER;
  if (is_message && client->n_messages == 0) {
    check_looked (user, 1);
    if (event->kind != TRACE_NEW_AREA)
      check_broken (user, walk->producer, event, "the first message to late client %d is %s",
          client->id, trace_kind_name (event->kind));
  } else if (event->kind == TRACE_NEW_BUFFER) {
    look_at_buffer (walk, client, event, user);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_late_joiner = {
  .id = "W12",
  .name = "late-joiner",
  .contract = "A client that joins late gets the newest area and only buffers it can resolve.",
  .source = "shm pipe protocol",
  .seen = "The messages to clients that connect after the first buffer.",
  .run = run,
};
