/* W6. All clients of one producer see the same areas. The same buffer may go to several clients;
 * what lies elsewhere than announced (W2) is compared where it really lies, or not at all. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

static gboolean
overlap (const TraceEvent * a, const TraceEvent * b)
{
  if (a->size == 0 || b->size == 0)
    return FALSE;
  return a->offset <= b->offset ? b->offset - a->offset < a->size
      : a->offset - b->offset < b->size;
}

static gboolean
is_same_buffer (const TraceEvent * a, const TraceEvent * b)
{
  return a->seq == b->seq && a->offset == b->offset && a->size == b->size;
}

static void
compare_with (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    const CheckClient * holder, CheckContext * context)
{
  const CheckArea *area = check_client_area (client, event->area);

  for (guint i = 0; i < holder->held->len; i++) {
    const CheckBuffer *held = g_ptr_array_index (holder->held, i);
    const CheckArea *other = check_client_area (holder, held->place);

    if (held->unsure || held->place != event->area || other == NULL
        || !g_str_equal (other->announced->text, area->announced->text)
        || !overlap (event, held->event)
        || (holder != client && is_same_buffer (event, held->event)))
      continue;
    check_broken (context, walk->producer, event, "area %" G_GINT64_FORMAT " offset %"
        G_GUINT64_FORMAT " size %" G_GUINT64_FORMAT " announced again, client %d still holds "
        "offset %" G_GUINT64_FORMAT " size %" G_GUINT64_FORMAT " of it", event->area,
        event->offset, event->size, holder->id, held->event->offset, held->event->size);
    return;
  }
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  const CheckArea *area;

  if (client == NULL || event == NULL || event->kind != TRACE_NEW_BUFFER)
    return;
  area = check_client_area (client, event->area);
  if (area == NULL || (walk->numbered && area->announced->value != 0
          && !check_client_found (client, event)))
    return;
  check_looked (user, 1);
  for (guint i = 0; i < walk->clients->len; i++) {
    const CheckClient *holder = g_ptr_array_index (walk->clients, i);

    if (holder->closed == NULL)
      compare_with (walk, client, event, holder, user);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_no_reuse_while_held = {
  .id = "W6",
  .name = "no-reuse-while-held",
  .contract = "A block is not announced again while a client holds it.",
  .source = "shm pipe protocol",
  .seen = "Each announced range against the ranges that any client has not acknowledged.",
  .run = run,
};
