/* W11. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (client == NULL || event == NULL || event->kind != TRACE_NEW_AREA)
    return;
  check_looked (user, 1);
  for (guint i = 0; i < client->areas->len; i++) {
    const CheckArea *old = g_ptr_array_index (client->areas, i);

    if (event->area <= old->id) {
      check_broken (user, walk->producer, event, "area %" G_GINT64_FORMAT
          " announced after area %" G_GINT64_FORMAT " on the same connection", event->area,
          old->id);
      return;
    }
    if (g_str_equal (old->announced->text, event->text)
        && (old->closed == NULL || check_client_uses (client, old))) {
      check_broken (user, walk->producer, event, "name %s announced for area %" G_GINT64_FORMAT
          " while client %d still uses area %" G_GINT64_FORMAT " of that name", event->text,
          event->area, client->id, old->id);
      return;
    }
  }
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
