/* See walk.h. What cannot be told from outside is marked unsure and judged by nobody. */
#include "config.h"
#include "check/walk.h"

#include "check/life.h"

#define ALLOCATION_NS (50 * G_TIME_SPAN_MILLISECOND * 1000)

typedef struct
{
  gint64 area;
  guint64 offset;
} WirePlace;

static guint
place_hash (gconstpointer key)
{
  const WirePlace *place = key;

  return (guint) place->area * 31 + (guint) place->offset + (guint) (place->offset >> 32) * 17;
}

static gboolean
place_equal (gconstpointer a, gconstpointer b)
{
  const WirePlace *left = a, *right = b;

  return left->area == right->area && left->offset == right->offset;
}

static GHashTable *
number_table_new (void)
{
  return g_hash_table_new (g_int64_hash, g_int64_equal);
}

/* --- chains of held buffers, oldest first, in a table --- */

typedef struct
{
  WirePlace place;              /* first: what the table looks at */
  GQueue links;
} Chain;

static GHashTable *
chains_new (void)
{
  return g_hash_table_new_full (place_hash, place_equal, g_free, NULL);
}

static Chain *
chain_find (GHashTable * chains, gint64 area, guint64 number)
{
  WirePlace place = { area, number };

  return g_hash_table_lookup (chains, &place);
}

static const GList *
chain_first (GHashTable * chains, gint64 area, guint64 number)
{
  const Chain *chain = chain_find (chains, area, number);

  return chain ? chain->links.head : NULL;
}

static void
chain_add (GHashTable * chains, gint64 area, guint64 number, GList * link)
{
  Chain *chain = chain_find (chains, area, number);

  if (!chain) {
    chain = g_new0 (Chain, 1);
    chain->place = (WirePlace) { area, number };
    g_hash_table_insert (chains, chain, chain);
  }
  g_queue_push_tail_link (&chain->links, link);
}

static void
chain_remove (GHashTable * chains, gint64 area, guint64 number, GList * link)
{
  Chain *chain = chain_find (chains, area, number);

  g_queue_unlink (&chain->links, link);
  if (chain->links.length == 0)
    g_hash_table_remove (chains, chain);
}

/* --- what is held --- */

static void
count_use (CheckClient * client, gint64 area, gint more)
{
  gint *count = g_hash_table_lookup (client->in_use, &area);

  if (!count) {
    count = g_new0 (gint, 1);
    g_hash_table_insert (client->in_use, g_memdup2 (&area, sizeof area), count);
  }
  *count += more;
}

static void
count_uses (CheckClient * client, const CheckBuffer * buffer, gint more)
{
  count_use (client, buffer->event->area, more);
  if (buffer->place != buffer->event->area)
    count_use (client, buffer->place, more);
}

static void
hold (CheckClient * client, CheckBuffer * buffer)
{
  const TraceEvent *event = buffer->event;

  buffer->in_held.data = buffer->by_place.data = buffer->by_offset.data = buffer->by_seq.data =
      buffer;
  g_queue_push_tail_link (&client->held, &buffer->in_held);
  chain_add (client->by_place, event->area, event->offset, &buffer->by_place);
  chain_add (client->by_offset, 0, event->offset, &buffer->by_offset);
  if (event->seq != 0)
    chain_add (client->by_seq, 0, event->seq, &buffer->by_seq);
  count_uses (client, buffer, 1);
  if (client->spans)
    check_spans_add (client->spans, buffer->place, event->offset, event->size, buffer);
}

static void
let_go (CheckClient * client, CheckBuffer * buffer)
{
  const TraceEvent *event = buffer->event;

  g_queue_unlink (&client->held, &buffer->in_held);
  chain_remove (client->by_place, event->area, event->offset, &buffer->by_place);
  chain_remove (client->by_offset, 0, event->offset, &buffer->by_offset);
  if (event->seq != 0)
    chain_remove (client->by_seq, 0, event->seq, &buffer->by_seq);
  count_uses (client, buffer, -1);
  if (client->spans)
    check_spans_remove (client->spans, buffer->place, event->offset, event->size, buffer);
}

static void
client_free (gpointer data)
{
  CheckClient *client = data;

  g_ptr_array_unref (client->areas);
  g_hash_table_unref (client->area_by_id);
  g_hash_table_unref (client->area_by_name);
  g_hash_table_unref (client->by_place);
  g_hash_table_unref (client->by_offset);
  g_hash_table_unref (client->by_seq);
  g_hash_table_unref (client->in_use);
  check_spans_free (client->spans);
  g_hash_table_unref (client->acked);
  g_hash_table_unref (client->seqs);
  g_free (client);
}

/* --- questions --- */

static CheckClient *
open_client (const CheckWalk * walk, gint32 id)
{
  CheckClient *client = g_hash_table_lookup (walk->by_id, GINT_TO_POINTER (id));

  return client && !client->closed ? client : NULL;
}

const CheckClient *
check_walk_client_of (const CheckWalk * walk, gint role)
{
  return g_hash_table_lookup (walk->by_role, GINT_TO_POINTER (role));
}

const CheckArea *
check_client_area (const CheckClient * client, gint64 id)
{
  return g_hash_table_lookup (client->area_by_id, &id);
}

const CheckArea *
check_client_area_named (const CheckClient * client, const gchar * name)
{
  return g_hash_table_lookup (client->area_by_name, name);
}

const CheckArea *
check_client_open_area (const CheckClient * client)
{
  return client->first_open < client->areas->len
      ? g_ptr_array_index (client->areas, client->first_open) : NULL;
}

CheckBuffer *
check_client_held (const CheckClient * client, gint64 area, guint64 offset)
{
  const GList *first = chain_first (client->by_place, area, offset);

  return first ? first->data : NULL;
}

const GList *
check_client_held_at (const CheckClient * client, guint64 offset)
{
  return chain_first (client->by_offset, 0, offset);
}

CheckBuffer *
check_client_misnamed (const CheckClient * client, const TraceEvent * ack)
{
  for (const GList * i = check_client_held_at (client, ack->offset); i; i = i->next) {
    CheckBuffer *buffer = i->data;

    if (!buffer->misnamed && buffer->event->area != ack->area)
      return buffer;
  }
  return NULL;
}

const CheckBuffer *
check_client_overlapping (const CheckClient * client, gint64 area, guint64 offset, guint64 size,
    CheckSpansFunc wanted, gpointer user)
{
  if (!client->spans) {
    /* Made when it is first asked for: most walks never do. */
    ((CheckClient *) client)->spans = check_spans_new ();
    for (const GList * i = client->held.head; i; i = i->next) {
      CheckBuffer *buffer = i->data;

      check_spans_add (client->spans, buffer->place, buffer->event->offset, buffer->event->size,
          buffer);
    }
  }
  return check_spans_find (client->spans, area, offset, size, wanted, user);
}

gboolean
check_client_uses (const CheckClient * client, const CheckArea * area)
{
  const gint *count = g_hash_table_lookup (client->in_use, &area->id);

  return count && *count > 0;
}

gboolean
check_client_found (const CheckClient * client, const TraceEvent * new_buffer)
{
  return new_buffer->seq != 0 && !g_hash_table_contains (client->seqs, &new_buffer->seq);
}

/* A pool's memory is older than what it carries, a test source numbers nothing, and who only
 * counts does not tell. */
static gboolean
tells_allocation (const CheckWalk * walk)
{
  const TraceRole *producer = trace_role (walk->trace, walk->producer);

  return producer && walk->numbered && check_life_tells_all (producer)
      && g_strcmp0 (trace_role_get (producer, "path", "copy"), "pool") != 0;
}

CheckAreaState
check_walk_area_state (const CheckWalk * walk, const CheckClient * client,
    const TraceEvent * new_buffer)
{
  const CheckArea *area = check_client_area (client, new_buffer->area);
  const TraceEvent *allocated;

  if (!area)
    return CHECK_AREA_UNKNOWN;
  if (!area->closed)
    return CHECK_AREA_GOOD;
  if (new_buffer->seq == 0 || new_buffer->new_buffer.other_area != 0 || !tells_allocation (walk))
    return CHECK_AREA_UNSURE;
  allocated = g_hash_table_lookup (walk->allocated, &new_buffer->seq);
  if (!allocated)
    return CHECK_AREA_UNSURE;
  if (allocated->time_ns <= area->closed->time_ns)
    return CHECK_AREA_GOOD;
  /* An allocation is told when it is done: it may have been begun in time. */
  if (allocated->kind == TRACE_MEMORY
      && allocated->time_ns - area->closed->time_ns < ALLOCATION_NS)
    return CHECK_AREA_UNSURE;
  return CHECK_AREA_CLOSED;
}

/* --- applying events --- */

static CheckClient *
add_client (CheckWalk * walk, const TraceEvent * event)
{
  CheckClient *client = g_new0 (CheckClient, 1);

  client->id = event->client;
  client->role = event->role;
  client->opened = event;
  client->late = walk->n_handed_out > 0;
  client->newest_at_open = walk->newest_area;
  client->areas = g_ptr_array_new_with_free_func (g_free);
  client->area_by_id = number_table_new ();
  client->area_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&client->held);
  client->by_place = chains_new ();
  client->by_offset = chains_new ();
  client->by_seq = chains_new ();
  client->in_use = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  client->acked = g_hash_table_new_full (place_hash, place_equal, g_free, NULL);
  client->seqs = number_table_new ();
  g_ptr_array_add (walk->clients, client);
  g_ptr_array_add (walk->open, client);
  g_hash_table_insert (walk->by_id, GINT_TO_POINTER (client->id), client);
  g_hash_table_insert (walk->by_role, GINT_TO_POINTER (client->role), client);
  return client;
}

static void
add_area (CheckWalk * walk, CheckClient * client, const TraceEvent * event)
{
  CheckArea *area = g_new0 (CheckArea, 1);

  area->id = event->area;
  area->size = event->size;
  area->announced = event;
  g_ptr_array_add (client->areas, area);
  g_hash_table_replace (client->area_by_id, &area->id, area);
  g_hash_table_replace (client->area_by_name, (gpointer) event->text, area);
  client->newest_area = MAX (client->newest_area, event->area);
  walk->newest_area = MAX (walk->newest_area, event->area);
}

static void
close_area (CheckClient * client, const TraceEvent * event)
{
  CheckArea *area = (CheckArea *) check_client_area (client, event->area);

  if (area && !area->closed)
    area->closed = event;
  while (client->first_open < client->areas->len
      && ((CheckArea *) g_ptr_array_index (client->areas, client->first_open))->closed)
    client->first_open++;
}

static void
add_buffer (CheckWalk * walk, CheckClient * client, const TraceEvent * event)
{
  const CheckArea *area = check_client_area (client, event->area);
  gboolean found = check_client_found (client, event);
  CheckBuffer *buffer = g_new0 (CheckBuffer, 1);

  buffer->event = event;
  buffer->place = !found && event->new_buffer.other_area != 0 ? event->new_buffer.other_area
      : event->area;
  buffer->unsure = walk->numbered && !found && event->new_buffer.other_area == 0
      && area && area->announced->new_area.opened != 0;
  client->n_unplaced += walk->numbered && !found;
  client->n_disordered += event->seq != 0 && event->seq <= client->newest_seq;
  client->newest_seq = MAX (client->newest_seq, event->seq);
  if (event->seq != 0)
    g_hash_table_add (client->seqs, (gpointer) & event->seq);
  hold (client, buffer);
  g_ptr_array_add (walk->buffers, buffer);
  walk->n_handed_out++;
}

/* Two held buffers under one name: which of them is meant cannot be told. Those that were there at
 * the last time are marked already. */
static void
mark_namesakes (CheckClient * client, const TraceEvent * ack)
{
  Chain *chain = chain_find (client->by_place, ack->area, ack->offset);

  for (GList * i = chain ? chain->links.tail : NULL; i; i = i->prev) {
    CheckBuffer *buffer = i->data;

    if (buffer->has_namesakes)
      return;
    buffer->has_namesakes = buffer->unsure = TRUE;
  }
}

static void
note_acked (CheckClient * client, CheckBuffer * buffer, const TraceEvent * event)
{
  CheckArea *area = (CheckArea *) check_client_area (client, buffer->place);
  WirePlace place = { event->area, event->offset };

  buffer->acked = event;
  if (area)
    area->acked = event;
  g_hash_table_replace (client->acked, g_memdup2 (&place, sizeof place), buffer);
}

static void
acknowledge (CheckClient * client, const TraceEvent * event)
{
  CheckBuffer *buffer = check_client_held (client, event->area, event->offset);

  client->last_ack = event;
  if (!buffer) {
    buffer = check_client_misnamed (client, event);
    if (buffer) {
      buffer->misnamed = event;
      buffer->unsure = TRUE;
    }
    return;
  }
  let_go (client, buffer);
  note_acked (client, buffer, event);
  mark_namesakes (client, event);
}

/* The held buffers that an event of their consumer may be about: it names a number, or a place. */
static const GList *
held_about (const CheckClient * client, const TraceEvent * event)
{
  if (event->seq != 0)
    return chain_first (client->by_seq, 0, event->seq);
  return event->area != 0 ? chain_first (client->by_place, event->area, event->offset) : NULL;
}

static void
note_consumer (CheckWalk * walk, const TraceEvent * event)
{
  const CheckClient *client = check_walk_client_of (walk, event->role);
  const GList *i = client ? held_about (client, event) : NULL;

  for (; i; i = i->next) {
    CheckBuffer *buffer = i->data;
    const TraceEvent **note = event->kind == TRACE_RELEASE ? &buffer->released
        : &buffer->received;

    if (!*note) {
      *note = event;
      return;
    }
  }
}

static void
set_producer (CheckWalk * walk, gint role)
{
  const TraceRole *producer = trace_role (walk->trace, role);

  if (!producer || producer->side != TRACE_SIDE_PRODUCER)
    return;
  walk->producer = role;
  walk->numbered = check_life_is_numbered (producer);
  walk->n_handed_out = 0;
  walk->newest_area = 0;
  g_hash_table_remove_all (walk->allocated);
}

static void
note_allocated (CheckWalk * walk, const TraceEvent * event)
{
  walk->n_handed_out += event->role == walk->producer && event->kind == TRACE_BUFFER_OUT;
  if (walk->producer >= 0 && event->role == walk->producer && event->seq != 0
      && !g_str_equal (event->text, "refused")
      && !g_hash_table_contains (walk->allocated, &event->seq))
    g_hash_table_insert (walk->allocated, (gpointer) & event->seq, (gpointer) event);
}

static void
close_client (CheckWalk * walk, CheckClient * client, const TraceEvent * event)
{
  client->closed = event;
  g_ptr_array_remove (walk->open, client);
}

/* The tap does not follow it any further: what it holds from here on is not known. */
static void
lose_client (CheckWalk * walk, CheckClient * client, const TraceEvent * event)
{
  for (GList * i = client->held.head; i; i = i->next)
    ((CheckBuffer *) i->data)->unsure = TRUE;
  close_client (walk, client, event);
}

static void
apply_to_client (CheckWalk * walk, CheckClient * client, const TraceEvent * event)
{
  client->n_messages += event->kind == TRACE_NEW_AREA || event->kind == TRACE_CLOSE_AREA
      || event->kind == TRACE_NEW_BUFFER;
  if (event->kind == TRACE_NEW_AREA)
    add_area (walk, client, event);
  else if (event->kind == TRACE_CLOSE_AREA)
    close_area (client, event);
  else if (event->kind == TRACE_NEW_BUFFER)
    add_buffer (walk, client, event);
  else if (event->kind == TRACE_ACK_BUFFER)
    acknowledge (client, event);
  else if (event->kind == TRACE_NOTE && event->note.lost != 0)
    lose_client (walk, client, event);
  else if (event->kind == TRACE_CLIENT_CLOSE)
    close_client (walk, client, event);
}

static void
apply_to_roles (CheckWalk * walk, const TraceEvent * event)
{
  /* A new process, or another producer: its numbers and areas begin anew. Buffers may pass before
   * the start is told to be over. */
  if ((event->kind == TRACE_SPAWN && event->role == walk->producer)
      || (event->kind == TRACE_STARTED && event->role != walk->producer))
    set_producer (walk, event->role);
  else if (event->kind == TRACE_MEMORY || event->kind == TRACE_BUFFER_OUT)
    note_allocated (walk, event);
  else if (event->kind == TRACE_RELEASE || event->kind == TRACE_BUFFER_IN)
    note_consumer (walk, event);
}

static gint
first_producer (const Trace * trace)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (trace_role (trace, (gint) i)->side == TRACE_SIDE_PRODUCER)
      return (gint) i;
  }
  return -1;
}

void
check_walk (const Trace * trace, CheckWalkFunc call, gpointer user)
{
  CheckWalk walk = {
    .trace = trace,
    .producer = -1,
    .allocated = number_table_new (),
    .clients = g_ptr_array_new_with_free_func (client_free),
    .open = g_ptr_array_new (),
    .by_id = g_hash_table_new (NULL, NULL),
    .by_role = g_hash_table_new (NULL, NULL),
    .buffers = g_ptr_array_new_with_free_func (g_free),
  };

  set_producer (&walk, first_producer (trace));
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);
    CheckClient *client = event->kind == TRACE_CLIENT_OPEN ? add_client (&walk, event)
        : event->client >= 0 ? open_client (&walk, event->client) : NULL;

    call (&walk, client, event, user);
    if (client)
      apply_to_client (&walk, client, event);
    else
      apply_to_roles (&walk, event);
  }
  for (guint i = 0; i < walk.clients->len; i++)
    call (&walk, g_ptr_array_index (walk.clients, i), NULL, user);
  g_hash_table_unref (walk.allocated);
  g_hash_table_unref (walk.by_id);
  g_hash_table_unref (walk.by_role);
  g_ptr_array_unref (walk.open);
  g_ptr_array_unref (walk.clients);
  g_ptr_array_unref (walk.buffers);
}
