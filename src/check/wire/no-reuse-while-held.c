/* W6. All clients of one producer see the same areas. The same buffer may go to several clients;
 * what lies elsewhere than announced (W2) is compared where it really lies, or not at all. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

/* A buffer that is announced, and whether one of HOLDER is in its way. */
typedef struct
{
  const CheckClient *client, *holder;
  const CheckArea *area;
  const TraceEvent *event;
} Reuse;

static gboolean
is_same_buffer (const TraceEvent * a, const TraceEvent * b)
{
  return a->seq == b->seq && a->offset == b->offset && a->size == b->size;
}

static gboolean
is_in_the_way (gpointer item, gpointer user)
{
  const CheckBuffer *held = item;
  const Reuse *reuse = user;
  const CheckArea *other = check_client_area (reuse->holder, held->place);

  return !held->unsure && other
      && g_str_equal (other->announced->text, reuse->area->announced->text)
      && (reuse->holder == reuse->client || !is_same_buffer (reuse->event, held->event));
}

static void
compare_with (const CheckWalk * walk, const Reuse * reuse, CheckContext * context)
{
  const TraceEvent *event = reuse->event;
  const CheckBuffer *held = check_client_overlapping (reuse->holder, event->area, event->offset,
      event->size, is_in_the_way, (gpointer) reuse);

  if (held)
    check_broken (context, walk->producer, event, "area %" G_GINT64_FORMAT " offset %"
        G_GUINT64_FORMAT " size %" G_GUINT64_FORMAT " announced again, client %d still holds "
        "offset %" G_GUINT64_FORMAT " size %" G_GUINT64_FORMAT " of it", event->area,
        event->offset, event->size, reuse->holder->id, held->event->offset, held->event->size);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  const CheckArea *area;

  if (!client || !event || event->kind != TRACE_NEW_BUFFER)
    return;
  area = check_client_area (client, event->area);
  if (!area || (walk->numbered && area->announced->new_area.opened != 0
          && !check_client_found (client, event)))
    return;
  check_looked (user, 1);
  for (guint i = 0; i < walk->open->len; i++) {
    const Reuse reuse = { client, g_ptr_array_index (walk->open, i), area, event };

    compare_with (walk, &reuse, user);
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
