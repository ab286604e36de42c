/* W2. Looked at are numbered buffers in areas that the tap could open itself. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
tell (const CheckWalk * walk, const TraceEvent * event, CheckContext * context)
{
  g_autofree gchar *found = event->seq != 0
      ? g_strdup_printf ("the old payload %" G_GUINT64_FORMAT, event->seq)
      : g_strdup ("no payload");
  g_autofree gchar *place = event->new_buffer.other_area != 0
      ? g_strdup_printf ("the fresh one lies in area %" G_GINT64_FORMAT,
      event->new_buffer.other_area)
      : g_strdup ("none of its areas has a fresh one at this offset");

  check_broken (context, walk->producer, event, "buffer announced in area %" G_GINT64_FORMAT
      " offset %" G_GUINT64_FORMAT " size %" G_GUINT64_FORMAT ", %s is there; %s",
      event->area, event->offset, event->size, found, place);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  const CheckArea *area;

  if (!client || !event || event->kind != TRACE_NEW_BUFFER || !walk->numbered)
    return;
  area = check_client_area (client, event->area);
  if (!area || area->announced->new_area.opened == 0)
    return;                     /* unknown areas are W1's */
  check_looked (user, 1);
  if (!check_client_found (client, event))
    tell (walk, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_announce_area = {
  .id = "W2",
  .name = "announce-area",
  .contract = "A NEW_BUFFER names the area in which the buffer lies.",
  .source = "MR 11162",
  .seen = "The numbered payload is looked for at the place that each NEW_BUFFER names.",
  .run = run,
};
