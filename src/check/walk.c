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

static void
client_free (gpointer data)
{
  CheckClient *client = data;

  g_ptr_array_unref (client->areas);
  g_ptr_array_unref (client->held);
  g_hash_table_unref (client->acked);
  g_hash_table_unref (client->seqs);
  g_free (client);
}

/* --- questions --- */

static CheckClient *
open_client (const CheckWalk * walk, gint32 id)
{
  for (guint i = walk->clients->len; i-- > 0;) {
    CheckClient *client = g_ptr_array_index (walk->clients, i);

    if (client->id == id)
      return client->closed == NULL ? client : NULL;
  }
  return NULL;
}

static CheckClient *
client_of (const CheckWalk * walk, gint role)
{
  for (guint i = walk->clients->len; i-- > 0;) {
    CheckClient *client = g_ptr_array_index (walk->clients, i);

    if (client->role == role)
      return client;
  }
  return NULL;
}

const CheckClient *
check_walk_client_of (const CheckWalk * walk, gint role)
{
  return client_of (walk, role);
}

const CheckArea *
check_client_area (const CheckClient * client, gint64 id)
{
  for (guint i = client->areas->len; i-- > 0;) {
    const CheckArea *area = g_ptr_array_index (client->areas, i);

    if (area->id == id)
      return area;
  }
  return NULL;
}

CheckBuffer *
check_client_held (const CheckClient * client, gint64 area, guint64 offset)
{
  for (guint i = 0; i < client->held->len; i++) {
    CheckBuffer *buffer = g_ptr_array_index (client->held, i);

    if (buffer->event->area == area && buffer->event->offset == offset)
      return buffer;
  }
  return NULL;
}

CheckBuffer *
check_client_misnamed (const CheckClient * client, const TraceEvent * ack)
{
  for (guint i = 0; i < client->held->len; i++) {
    CheckBuffer *buffer = g_ptr_array_index (client->held, i);

    if (buffer->misnamed == NULL && buffer->event->area != ack->area
        && buffer->event->offset == ack->offset)
      return buffer;
  }
  return NULL;
}

gboolean
check_client_uses (const CheckClient * client, const CheckArea * area)
{
  for (guint i = 0; i < client->held->len; i++) {
    const CheckBuffer *buffer = g_ptr_array_index (client->held, i);

    if (buffer->event->area == area->id || buffer->place == area->id)
      return TRUE;
  }
  return FALSE;
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

  return producer != NULL && walk->numbered && check_life_tells_all (producer)
      && g_strcmp0 (trace_role_get (producer, "path", "copy"), "pool") != 0;
}

CheckAreaState
check_walk_area_state (const CheckWalk * walk, const CheckClient * client,
    const TraceEvent * new_buffer)
{
  const CheckArea *area = check_client_area (client, new_buffer->area);
  const TraceEvent *allocated;

  if (area == NULL)
    return CHECK_AREA_UNKNOWN;
  if (area->closed == NULL)
    return CHECK_AREA_GOOD;
  if (new_buffer->seq == 0 || new_buffer->value != 0 || !tells_allocation (walk))
    return CHECK_AREA_UNSURE;
  allocated = g_hash_table_lookup (walk->allocated, &new_buffer->seq);
  if (allocated == NULL)
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
  client->held = g_ptr_array_new ();
  client->acked = g_hash_table_new_full (place_hash, place_equal, g_free, NULL);
  client->seqs = number_table_new ();
  g_ptr_array_add (walk->clients, client);
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
  walk->newest_area = MAX (walk->newest_area, event->area);
}

static void
close_area (CheckClient * client, const TraceEvent * event)
{
  CheckArea *area = (CheckArea *) check_client_area (client, event->area);

  if (area != NULL && area->closed == NULL)
    area->closed = event;
}

static void
add_buffer (CheckWalk * walk, CheckClient * client, const TraceEvent * event)
{
  const CheckArea *area = check_client_area (client, event->area);
  gboolean found = check_client_found (client, event);
  CheckBuffer *buffer = g_new0 (CheckBuffer, 1);

  buffer->event = event;
  buffer->place = !found && event->value != 0 ? event->value : event->area;
  buffer->unsure = walk->numbered && !found && event->value == 0
      && area != NULL && area->announced->value != 0;
  client->n_unplaced += walk->numbered && !found;
  client->n_disordered += event->seq != 0 && event->seq <= client->newest_seq;
  client->newest_seq = MAX (client->newest_seq, event->seq);
  if (event->seq != 0)
    g_hash_table_add (client->seqs, (gpointer) & event->seq);
  g_ptr_array_add (client->held, buffer);
  g_ptr_array_add (walk->buffers, buffer);
  walk->n_handed_out++;
}

/* Two held buffers under one name: which of them is meant cannot be told. */
static void
mark_namesakes (CheckClient * client, const TraceEvent * ack)
{
  for (guint i = 0; i < client->held->len; i++) {
    CheckBuffer *buffer = g_ptr_array_index (client->held, i);

    if (buffer->event->area == ack->area && buffer->event->offset == ack->offset)
      buffer->unsure = TRUE;
  }
}

static void
acknowledge (CheckClient * client, const TraceEvent * event)
{
  CheckBuffer *buffer = check_client_held (client, event->area, event->offset);
  WirePlace place = { event->area, event->offset };

  client->last_ack = event;
  if (buffer == NULL) {
    buffer = check_client_misnamed (client, event);
    if (buffer != NULL) {
      buffer->misnamed = event;
      buffer->unsure = TRUE;
    }
    return;
  }
  buffer->acked = event;
  g_ptr_array_remove (client->held, buffer);
  g_hash_table_replace (client->acked, g_memdup2 (&place, sizeof place), buffer);
  mark_namesakes (client, event);
}

static gboolean
is_about (const CheckBuffer * buffer, const TraceEvent * event)
{
  if (event->seq != 0 || event->area == 0)
    return event->seq != 0 && buffer->event->seq == event->seq;
  return buffer->event->area == event->area && buffer->event->offset == event->offset;
}

static void
note_consumer (CheckWalk * walk, const TraceEvent * event)
{
  CheckClient *client = client_of (walk, event->role);

  for (guint i = 0; client != NULL && i < client->held->len; i++) {
    CheckBuffer *buffer = g_ptr_array_index (client->held, i);
    const TraceEvent **note = event->kind == TRACE_RELEASE ? &buffer->released
        : &buffer->received;

    if (*note == NULL && is_about (buffer, event)) {
      *note = event;
      return;
    }
  }
}

static void
set_producer (CheckWalk * walk, gint role)
{
  const TraceRole *producer = trace_role (walk->trace, role);

  if (producer == NULL || producer->side != TRACE_SIDE_PRODUCER)
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

/* The tap does not follow it any further: what it holds from here on is not known. */
static void
lose_client (CheckClient * client, const TraceEvent * event)
{
  for (guint i = 0; i < client->held->len; i++)
    ((CheckBuffer *) g_ptr_array_index (client->held, i))->unsure = TRUE;
  client->closed = event;
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
  else if (event->kind == TRACE_NOTE && event->value != 0)
    lose_client (client, event);
  else if (event->kind == TRACE_CLIENT_CLOSE)
    client->closed = event;
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
    .buffers = g_ptr_array_new_with_free_func (g_free),
  };

  set_producer (&walk, first_producer (trace));
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);
    CheckClient *client = event->kind == TRACE_CLIENT_OPEN ? add_client (&walk, event)
        : event->client >= 0 ? open_client (&walk, event->client) : NULL;

    call (&walk, client, event, user);
    if (client != NULL)
      apply_to_client (&walk, client, event);
    else
      apply_to_roles (&walk, event);
  }
  for (guint i = 0; i < walk.clients->len; i++)
    call (&walk, g_ptr_array_index (walk.clients, i), NULL, user);
  g_hash_table_unref (walk.allocated);
  g_ptr_array_unref (walk.clients);
  g_ptr_array_unref (walk.buffers);
}
