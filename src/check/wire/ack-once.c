/* W4. A buffer that its consumer let go of must be acknowledged while the connection lives. What
 * a consumer keeps, and what a connection takes with it, is nobody's fault; neither is an ACK
 * that names another area but fits a held buffer (that is W3's alone). */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

/* An ACK follows its release at once, but another thread may get its own in between. */
#define OVERTAKEN_NS (100 * G_TIME_SPAN_MILLISECOND * 1000)
#define MISSING_NS (G_TIME_SPAN_SECOND * 1000)

typedef struct
{
  gint64 area;
  guint64 offset;
} Place;

static void
look_at_ack (const CheckClient * client, const TraceEvent * event, CheckContext * context)
{
  Place place = { event->area, event->offset };
  const CheckBuffer *before = g_hash_table_lookup (client->acked, &place);

  if (check_client_held (client, event->area, event->offset)) {
    check_looked (context, 1);
    return;
  }
  if (!before || check_client_misnamed (client, event))
    return;
  check_looked (context, 1);
  check_broken (context, client->role, event, "second ACK for area %" G_GINT64_FORMAT " offset %"
      G_GUINT64_FORMAT ", announced once", event->area, event->offset);
}

/* An element that keeps its last buffer may do so after our role has let go of it. */
static gboolean
may_be_kept (const CheckWalk * walk, const CheckClient * client, const CheckBuffer * buffer)
{
  const TraceRole *role = trace_role (walk->trace, client->role);

  return !role || (trace_role_bool (role, "keep-last", FALSE)
      && buffer->event->seq == client->newest_seq);
}

/* Whether what was let go of should have been acknowledged by now: time was enough, or it was
 * overtaken. */
static gboolean
is_overdue (const Trace * trace, const CheckClient * client, const TraceEvent * released,
    gint64 end_ns, CheckSpan * span)
{
  *span = (CheckSpan) { released->time_ns, end_ns, MISSING_NS };
  if (check_lasted_ns (trace, span->from_ns, end_ns) >= MISSING_NS)
    return TRUE;
  if (!client->last_ack)
    return FALSE;
  *span = (CheckSpan) { released->time_ns, client->last_ack->time_ns, OVERTAKEN_NS };
  return check_lasted_ns (trace, span->from_ns, span->to_ns) >= OVERTAKEN_NS;
}

static void
look_at_rest (const CheckWalk * walk, const CheckClient * client, CheckContext * context)
{
  gint64 end_ns = client->closed ? client->closed->time_ns
      : check_life_end_ns (walk->trace);

  for (const GList * i = client->held.head; i; i = i->next) {
    const CheckBuffer *buffer = i->data;
    CheckSpan span;

    if (!buffer->released || buffer->unsure || may_be_kept (walk, client, buffer))
      continue;
    if (!is_overdue (walk->trace, client, buffer->released, end_ns, &span))
      continue;
    check_looked (context, 1);
    check_late (context, client->role, buffer->released, &span, "buffer %" G_GUINT64_FORMAT
        " (area %" G_GINT64_FORMAT " offset %" G_GUINT64_FORMAT
        ") was let go of, but never acknowledged", buffer->event->seq, buffer->event->area,
        buffer->event->offset);
  }
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (client && !event)
    look_at_rest (walk, client, user);
  else if (client && event->kind == TRACE_ACK_BUFFER)
    look_at_ack (client, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_ack_once = {
  .id = "W4",
  .name = "ack-once",
  .contract = "Every buffer is acknowledged exactly once by each client that got it, or the "
      "client is gone.",
  .source = "shm pipe protocol",
  .seen = "ACKs counted for each buffer of each client, against what the consumer let go of.",
  .run = run,
};
