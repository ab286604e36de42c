/* W17. Looked at are consumers that were told of an area: their errors while the producer lives,
 * keeps the connection and has announced nothing that cannot be found. What comes after the end of
 * the connection is the news of that (W16, L16); a death by a signal is L4's. Of a consumer that was
 * not seen to start no errors are known. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  CheckContext *context;
  GHashTable *misled;           /* set of clients that were told what is not so */
  GHashTable *known;            /* set of roles that were seen to start */
} Unharmed;

static gboolean
is_misleading (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event)
{
  const CheckArea *area;

  if (event->kind == TRACE_GARBAGE)
    return TRUE;
  if (event->kind == TRACE_NEW_AREA)
    return event->new_area.opened != 1 || event->new_area.real_size < event->size;
  if (event->kind != TRACE_NEW_BUFFER)
    return FALSE;
  area = check_client_area (client, event->area);
  return check_walk_area_state (walk, client, event) != CHECK_AREA_GOOD || !area
      || event->offset > area->size || event->size > area->size - event->offset
      || (walk->numbered && !check_client_found (client, event));
}

/* Whether CONSUMER is connected at AT, by its own doing and without a wish that it leave. */
static gboolean
is_at_work (const Trace * trace, gint consumer, guint at)
{
  guint begin = check_life_begin (trace, consumer, at);

  return check_life_is_up (trace, consumer, at)
      && !check_life_has (trace, begin, at, TRACE_STOP, consumer)
      && !check_life_has (trace, begin, at, TRACE_BUS_ERROR, consumer)
      && !trace_role_get (trace_role (trace, consumer), "pipeline", NULL);
}

static void
look_at_error (const CheckWalk * walk, const TraceEvent * event, Unharmed * unharmed)
{
  const Trace *trace = walk->trace;
  const CheckClient *client = check_walk_client_of (walk, event->role);
  guint at = (guint) (event - trace_at (trace, 0));
  gint producer = check_life_producer (trace, at);

  if (!client || client->closed || client->areas->len == 0
      || g_hash_table_contains (unharmed->misled, client)
      || !is_at_work (trace, event->role, at) || !check_life_is_up (trace, producer, at)
      || check_life_has (trace, check_life_begin (trace, producer, at), at, TRACE_STOP, producer)
      || check_life_has (trace, check_life_begin (trace, producer, at), at, TRACE_BUS_ERROR,
          producer))
    return;
  check_broken (unharmed->context, event->role, event, "an error, code %" G_GINT64_FORMAT
      ", although its producer had kept the protocol: %s", event->bus_error.code, event->text);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  Unharmed *unharmed = user;

  if (!event)
    check_looked (unharmed->context, client->areas->len > 0
        && g_hash_table_contains (unharmed->known, GINT_TO_POINTER (client->role)));
  else if (client && is_misleading (walk, client, event))
    g_hash_table_add (unharmed->misled, (gpointer) client);
  else if (event->kind == TRACE_BUS_ERROR && check_life_is_consumer (walk->trace, event->role))
    look_at_error (walk, event, unharmed);
}

static void
run (const Trace * trace, CheckContext * context)
{
  Unharmed unharmed = { context, g_hash_table_new (NULL, NULL), g_hash_table_new (NULL, NULL) };

  for (guint i = 0; i < trace->events->len; i++) {
    if (trace_at (trace, i)->kind == TRACE_STARTED)
      g_hash_table_add (unharmed.known, GINT_TO_POINTER ((gint) trace_at (trace, i)->role));
  }
  check_walk (trace, look, &unharmed);
  g_hash_table_unref (unharmed.misled);
  g_hash_table_unref (unharmed.known);
}

const Check check_unharmed = {
  .id = "W17",
  .name = "unharmed",
  .contract = "A producer that keeps the protocol never makes its consumer post an error or end.",
  .source = "shm pipe protocol",
  .seen = "The errors of each consumer against what its producer had sent it.",
  .run = run,
};
