/* W15. Looked at are buffers whose payload was found when they were announced. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  const CheckBuffer *buffer;

  if (!client || !event || event->kind != TRACE_ACK_BUFFER || !walk->numbered)
    return;
  buffer = check_client_held (client, event->area, event->offset);
  if (!buffer || buffer->unsure || buffer->event->seq == 0
      || buffer->event->new_buffer.other_area != 0)
    return;
  check_looked (user, 1);
  if (event->seq != buffer->event->seq || event->sum != buffer->event->sum)
    check_broken (user, walk->producer, event, "area %" G_GINT64_FORMAT " offset %"
        G_GUINT64_FORMAT " held buffer %" G_GUINT64_FORMAT " (sum 0x%" G_GINT64_MODIFIER
        "x) when announced, %" G_GUINT64_FORMAT " (sum 0x%" G_GINT64_MODIFIER
        "x) when acknowledged",
        event->area, event->offset, buffer->event->seq, buffer->event->sum, event->seq,
        event->sum);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_stable = {
  .id = "W15",
  .name = "stable",
  .contract = "The content of a buffer does not change between its announcement and its ACK.",
  .source = "shm pipe protocol",
  .seen = "Number and checksum in the area at the announcement and at the ACK.",
  .run = run,
};
