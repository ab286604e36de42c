/* W10. Between two connects of a consumer that tells of every buffer. A number is lost only when
 * its producer said that it handed it over, and not that it dropped it. */
#include "config.h"
#include "check/walk.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

/* So many spoilt contents are looked at one by one: each is a walk over the trace. */
#define SPOILT_MAX 20

typedef struct
{
  CheckContext *context;
  GArray *handed_over;          /* guint64, by the producer's process that lives */
  gboolean sorted;              /* it is, as is usual */
  GHashTable *dropped;          /* its numbers */
  GHashTable *arrivals;         /* role to Arrivals* since its connect */
  guint n_spoilt;               /* contents that were blamed on somebody */
  gint spoiler;                 /* on whom last */
} Order;

typedef struct
{
  guint64 last;                 /* number; 0: none yet */
  guint n_spoilt;               /* buffers since, whose number could not be read */
} Arrivals;

/* The wire tells whether the producer sent nonsense; without it anybody may have. */
static gint
culprit (const CheckWalk * walk, const TraceEvent * event, gboolean from_producer)
{
  gint consumer = event->role;

  if (!check_walk_client_of (walk, consumer))
    return check_blame (walk->trace, event, walk->producer, consumer);
  return from_producer ? walk->producer : consumer;
}

static void
look_at_content (const CheckWalk * walk, const TraceEvent * event, Order * order)
{
  const CheckClient *client = check_walk_client_of (walk, event->role);
  gboolean announced_well = !client || client->n_unplaced == 0;

  if (!announced_well)
    order->spoiler = walk->producer;
  else if (order->n_spoilt++ < SPOILT_MAX)
    order->spoiler = check_blame_content (walk->trace, event, walk->producer, event->role);
  check_broken (order->context, order->spoiler, event,
      "%s got a buffer whose content is not intact (area %" G_GINT64_FORMAT " offset %"
      G_GUINT64_FORMAT " size %" G_GUINT64_FORMAT ")%s",
      trace_role (walk->trace, event->role)->name, event->area, event->offset, event->size,
      announced_well ? "" : "; nothing intact was announced");
}

static void
look_at_repeat (const CheckWalk * walk, const TraceEvent * event, guint64 last, Order * order)
{
  const CheckClient *client = check_walk_client_of (walk, event->role);

  check_broken (order->context, culprit (walk, event,
          client && (client->n_disordered > 0 || client->n_unplaced > 0)), event,
      "%s got buffer %" G_GUINT64_FORMAT " after buffer %" G_GUINT64_FORMAT,
      trace_role (walk->trace, event->role)->name, event->seq, last);
}

/* How many of those handed over may lie below SEQ: the search goes backwards from there. */
static guint
count_below (const Order * order, guint64 seq)
{
  guint from = 0, to = order->handed_over->len;

  while (order->sorted && from < to) {
    guint middle = from + (to - from) / 2;

    if (g_array_index (order->handed_over, guint64, middle) < seq)
      from = middle + 1;
    else
      to = middle;
  }
  return to;
}

/* Numbers handed over and not dropped that lie between the last and this. */
static void
look_at_gap (const CheckWalk * walk, const TraceEvent * event, const Arrivals * before,
    Order * order)
{
  const CheckClient *client = check_walk_client_of (walk, event->role);
  guint64 missing = 0;
  guint count = 0;

  for (guint i = count_below (order, event->seq); i-- > 0;) {
    const guint64 *seq = &g_array_index (order->handed_over, guint64, i);

    if (*seq <= before->last)
      break;
    if (*seq < event->seq && !g_hash_table_contains (order->dropped, seq)) {
      missing = *seq;
      count++;
    }
  }
  if (count > before->n_spoilt)
    check_broken (order->context, culprit (walk, event, client
            && !g_hash_table_contains (client->seqs, &missing)), event,
        "%s got buffer %" G_GUINT64_FORMAT " after buffer %" G_GUINT64_FORMAT
        ": %u lost, the first is %" G_GUINT64_FORMAT,
        trace_role (walk->trace, event->role)->name, event->seq, before->last, count, missing);
}

static Arrivals *
arrivals_of (Order * order, gint role)
{
  Arrivals *arrivals = g_hash_table_lookup (order->arrivals, GINT_TO_POINTER (role));

  if (!arrivals) {
    arrivals = g_new0 (Arrivals, 1);
    g_hash_table_insert (order->arrivals, GINT_TO_POINTER (role), arrivals);
  }
  return arrivals;
}

static void
look_at_buffer (const CheckWalk * walk, const TraceEvent * event, Order * order)
{
  const TraceRole *consumer = trace_role (walk->trace, event->role);
  Arrivals *arrivals;

  if (!walk->numbered || !consumer || !check_life_tells_all (consumer))
    return;
  check_looked (order->context, 1);
  arrivals = arrivals_of (order, event->role);
  if (event->seq == 0) {
    arrivals->n_spoilt++;
    look_at_content (walk, event, order);
    return;
  }
  if (event->seq <= arrivals->last)
    look_at_repeat (walk, event, arrivals->last, order);
  else if (arrivals->last != 0 && event->seq - arrivals->last > 1)
    look_at_gap (walk, event, arrivals, order);
  arrivals->last = event->seq;
  arrivals->n_spoilt = 0;
}

static void
begin_again (const CheckWalk * walk, gint role, Order * order)
{
  g_hash_table_remove (order->arrivals, GINT_TO_POINTER (role));
  if (role != walk->producer)
    return;
  g_array_set_size (order->handed_over, 0);
  order->sorted = TRUE;
  g_hash_table_remove_all (order->dropped);
}

static void
hand_over (Order * order, guint64 seq)
{
  guint n = order->handed_over->len;

  order->sorted &= n == 0 || g_array_index (order->handed_over, guint64, n - 1) <= seq;
  g_array_append_val (order->handed_over, seq);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  Order *order = user;

  if (!event)
    return;
  if (event->kind == TRACE_SPAWN)
    begin_again (walk, event->role, order);
  else if (event->kind == TRACE_CONNECTED || event->kind == TRACE_DISCONNECTED)
    g_hash_table_remove (order->arrivals, GINT_TO_POINTER (event->role));
  else if (event->kind == TRACE_BUFFER_OUT)
    hand_over (order, event->seq);
  else if (event->kind == TRACE_DROPPED)
    g_hash_table_add (order->dropped, (gpointer) & event->seq);
  else if (event->kind == TRACE_BUFFER_IN)
    look_at_buffer (walk, event, order);
}

static void
run (const Trace * trace, CheckContext * context)
{
  Order order = {
    .context = context,
    .handed_over = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .sorted = TRUE,
    .dropped = g_hash_table_new (g_int64_hash, g_int64_equal),
    .arrivals = g_hash_table_new_full (NULL, NULL, NULL, g_free),
  };

  check_walk (trace, look, &order);
  g_array_unref (order.handed_over);
  g_hash_table_unref (order.dropped);
  g_hash_table_unref (order.arrivals);
}

const Check check_order = {
  .id = "W10",
  .name = "order",
  .contract = "Sequence numbers arrive in order, none lost, none twice, content intact.",
  .source = "shm pipe protocol",
  .seen = "Number and checksum in the payload of each buffer that a consumer gets.",
  .run = run,
};
