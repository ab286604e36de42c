#include "config.h"
#include "role/tally.h"

void
role_tally_restart (RoleTally * tally)
{
  tally->last_seq = 0;
}

void
role_tally_add (RoleTally * tally, const TraceEvent * event)
{
  tally->n_buffers++;
  tally->n_bytes += event->size;
  if (event->seq == 0 || event->seq <= tally->last_seq)
    tally->n_bad++;
  tally->last_seq = event->seq;
}

void
role_tally_tell (const RoleTally * tally, Actor * actor)
{
  TraceEvent event = actor_event (actor, TRACE_PROGRESS);

  event.progress.buffers = (gint64) tally->n_buffers;
  event.progress.bytes = tally->n_bytes;
  if (tally->n_bad == 0)
    actor_emit (actor, &event, "in-order");
  else
    actor_emit (actor, &event, "out-of-order %" G_GUINT64_FORMAT, tally->n_bad);
}
