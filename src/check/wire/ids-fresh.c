/* W11. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  const CheckArea *old;

  if (!client || !event || event->kind != TRACE_NEW_AREA)
    return;
  check_looked (user, 1);
  old = check_client_area_named (client, event->text);
  if (client->areas->len > 0 && event->area <= client->newest_area)
    check_broken (user, walk->producer, event, "area %" G_GINT64_FORMAT
        " announced after area %" G_GINT64_FORMAT " on the same connection", event->area,
        client->newest_area);
  else if (old && (!old->closed || check_client_uses (client, old)))
    check_broken (user, walk->producer, event, "name %s announced for area %" G_GINT64_FORMAT
        " while client %d still uses area %" G_GINT64_FORMAT " of that name", event->text,
        event->area, client->id, old->id);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_ids_fresh = {
  .id = "W11",
  .name = "ids-fresh",
  .contract = "Area ids are never reused on a connection, names never reused while mapped.",
  .source = "shm pipe protocol",
  .seen = "The ids and names of each client's NEW_SHM_AREA.",
  .run = run,
};
