/* W16. Looked at are connections that the producer closed, while neither it nor the consumer was
 * asked to stop or met its own end, and whose consumer had acknowledged nothing that it did not
 * hold. A producer that dies closes them too, and its death may be told later: that is L4's. One
 * that was not seen to start may have been asked to stop: of it nothing is known. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  CheckContext *context;
  GHashTable *rogues;           /* set of clients that broke the protocol */
} Kept;

static gboolean
is_asked_to_leave (const TraceEvent * event)
{
  return event->kind == TRACE_STOP || event->kind == TRACE_EXIT
      || (event->kind == TRACE_STEP && check_life_step_is (event, "disconnect", NULL));
}

static gboolean
has_met_its_end (const Trace * trace, gint role, guint from, guint to)
{
  for (guint i = from; i < to && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == role && (is_asked_to_leave (event) || event->kind == TRACE_BUS_ERROR
            || event->kind == TRACE_DISCONNECTED || event->kind == TRACE_LADDER))
      return TRUE;
  }
  return FALSE;
}

/* Whether ROLE, which leaves and returns by itself at AT, was about to: the first that it tells
 * afterwards is that it left, not that it lost the connection. */
static gboolean
is_leaving_in_a_cycle (const Trace * trace, gint role, guint at)
{
  guint step = check_life_last (trace, at, TRACE_STEP, role);

  if (step >= at || !check_life_step_is (trace_at (trace, step), "cycle", NULL)
      || check_life_step_over (trace, step) < at)
    return FALSE;
  for (guint i = at; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == role && (event->kind == TRACE_BUS_ERROR || event->kind == TRACE_END))
      return FALSE;
    if (event->role == role && (event->kind == TRACE_DISCONNECTED || event->kind == TRACE_STOP))
      return TRUE;
  }
  return TRUE;
}

/* Whether a producer was seen to start: then what it is asked to do is told, too. */
static gboolean
is_producer_known (const Trace * trace)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STARTED && check_life_is_producer (trace, event->role))
      return TRUE;
  }
  return FALSE;
}

/* Whether producer ROLE lives at AT, and goes on until somebody asks it to stop. */
static gboolean
lives_on (const Trace * trace, gint role, guint at)
{
  guint begin = check_life_begin (trace, role, at);

  if (!check_life_is_up (trace, role, at)
      || check_life_has (trace, begin, at, TRACE_STOP, role))
    return FALSE;
  for (guint i = begin; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role)
      continue;
    if (event->kind == TRACE_STOP)
      return TRUE;
    if (event->kind == TRACE_BUS_ERROR || event->kind == TRACE_EXIT || event->kind == TRACE_LADDER)
      return FALSE;
  }
  return TRUE;
}

static void
look_at_close (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    Kept * kept)
{
  const Trace *trace = walk->trace;
  guint at = (guint) (event - trace_at (trace, 0));
  guint opened = check_life_index (trace, client->opened);
  gint producer = check_life_producer (trace, at);

  if (client->role < 0 || g_hash_table_contains (kept->rogues, client)
      || !lives_on (trace, producer, at) || has_met_its_end (trace, client->role, opened, at)
      || is_leaving_in_a_cycle (trace, client->role, at))
    return;
  if (g_str_equal (event->text, "producer"))
    check_broken (kept->context, producer, event, "it closed the connection of %s, which had kept "
        "the protocol and was not leaving", trace_role (trace, client->role)->name);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  Kept *kept = user;

  if (!client)
    return;
  if (!event)
    check_looked (kept->context, client->role >= 0 && client->n_messages > 0
        && !g_hash_table_contains (kept->rogues, client));
  else if (event->kind == TRACE_GARBAGE || (event->kind == TRACE_ACK_BUFFER
          && !check_client_held (client, event->area, event->offset)))
    g_hash_table_add (kept->rogues, (gpointer) client);
  else if (event->kind == TRACE_CLIENT_CLOSE)
    look_at_close (walk, client, event, kept);
}

static void
run (const Trace * trace, CheckContext * context)
{
  Kept kept = { context, NULL };

  if (!is_producer_known (trace))
    return;
  kept.rogues = g_hash_table_new (NULL, NULL);
  check_walk (trace, look, &kept);
  g_hash_table_unref (kept.rogues);
}

const Check check_kept = {
  .id = "W16",
  .name = "kept",
  .contract = "A client that keeps the protocol is never disconnected by its producer while both "
      "live.",
  .source = "shm pipe protocol",
  .seen = "Who closed each connection first, and what each side had done before.",
  .run = run,
};
