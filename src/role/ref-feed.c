/* Our own producer at work: a block, a payload, and off it goes; or it waits for a client and for
 * space. */
#include "config.h"
#include "role/ref-producer.h"

/* Buffers handed over between two looks at commands and ACKs. */
#define BURST 64
/* Messages that wait for a slow client: more than that are not made before some have gone. */
#define QUEUED_MAX 1024

void
ref_producer_tell_memory (RefProducer * self, guint64 seq, const ConnBlock * block)
{
  TraceEvent event = actor_event (self->actor, TRACE_MEMORY);

  event.seq = seq;
  event.size = self->buffer_size;
  if (block) {
    event.area = conn_block_area (block);
    event.offset = conn_block_offset (block);
  }
  actor_emit (self->actor, &event, block ? "shm" : "refused");
}

void
ref_producer_fail (RefProducer * self, const gchar * message)
{
  TraceEvent event = actor_event (self->actor, TRACE_BUS_ERROR);

  self->failed = TRUE;
  self->to_produce = 0;
  actor_emit (self->actor, &event, "ref: %s", message);
}

/* A block for the next buffer, NULL when it has to wait. Sets *SEQ. */
static ConnBlock *
next_block (RefProducer * self, guint64 * seq)
{
  g_autoptr (GError) error = NULL;
  RefAhead *ahead = g_queue_peek_head (&self->ahead);
  ConnBlock *block;

  if (ahead) {
    *seq = ahead->seq;
    return ahead->block;
  }
  if (self->pool_max > 0 && conn_writer_n_outstanding (self->writer) >= self->pool_max)
    return NULL;
  *seq = self->next_seq;
  block = conn_writer_alloc (self->writer, self->buffer_size, &error);
  if (error)
    ref_producer_fail (self, error->message);
  if (block && self->tell_memory)
    ref_producer_tell_memory (self, *seq, block);
  return block;
}

static void
tell_full (RefProducer * self)
{
  TraceEvent event = actor_event (self->actor, TRACE_FULL);

  if (self->full || self->failed)
    return;
  self->full = TRUE;
  event.full.held = conn_writer_n_outstanding (self->writer);
  actor_emit (self->actor, &event, NULL);
}

/* The time of an event is that of actor_event(): these are made before anybody else can have seen
 * the buffer, and told when it is really on its way. */
static TraceEvent
out_event (RefProducer * self, const ConnBlock * block, guint64 seq, guint64 sum, gboolean may_move)
{
  TraceEvent event = actor_event (self->actor, TRACE_BUFFER_OUT);

  event.seq = seq;
  event.sum = sum;
  event.size = self->buffer_size;
  if (!may_move) {
    event.area = conn_block_area (block);
    event.offset = conn_block_offset (block);
  }
  return event;
}

static void
drop (RefProducer * self, ConnBlock * block, guint64 seq)
{
  TraceEvent event = actor_event (self->actor, TRACE_DROPPED);

  event.seq = seq;
  conn_writer_free_block (self->writer, block);
  if (!self->count_only)
    actor_emit (self->actor, &event, "no client");
}

static void
count_out (RefProducer * self, gboolean was_ahead, gboolean sent)
{
  if (was_ahead)
    g_free (g_queue_pop_head (&self->ahead));
  else
    self->next_seq++;
  if (self->to_produce > 0)
    self->to_produce--;
  if (sent) {
    self->n_sent++;
    self->n_bytes += self->buffer_size;
  }
}

/* A block of an old area that can never move into the current one must not block the others. */
static void
drop_if_too_big (RefProducer * self, ConnBlock * block)
{
  if (self->buffer_size <= self->area_size)
    return;
  conn_writer_free_block (self->writer, block);
  g_free (g_queue_pop_head (&self->ahead));
  ref_producer_fail (self, "a buffer is larger than the area");
}

/* Hands over one buffer. FALSE: it has to wait for space. */
static gboolean
hand_over (RefProducer * self)
{
  guint64 seq = 0, sum;
  gboolean was_ahead = !g_queue_is_empty (&self->ahead), was_full = self->full;
  gboolean has_client = conn_writer_n_clients (self->writer) > 0;
  ConnBlock *block = next_block (self, &seq);
  TraceEvent out, resumed = actor_event (self->actor, TRACE_RESUMED);

  if (!block)
    return FALSE;
  resumed.seq = seq;
  sum = role_payload_fill (conn_block_data (block), self->buffer_size, seq);
  out = out_event (self, block, seq, sum, was_ahead);
  if (has_client && !conn_writer_send (self->writer, block)) {
    drop_if_too_big (self, block);
    return FALSE;               /* an ahead block that has to move and cannot yet */
  }
  self->full = FALSE;
  count_out (self, was_ahead, has_client);
  if (was_full)
    actor_emit_raw (&resumed);
  if (!self->count_only)
    actor_emit_raw (&out);
  if (!has_client)
    drop (self, block, seq);
  return TRUE;
}

static gboolean
may_produce (RefProducer * self)
{
  if (self->to_produce == 0 || !self->writer || self->pace_source != 0
      || conn_writer_n_queued (self->writer) > QUEUED_MAX)
    return FALSE;               /* an ACK, a client or the pace will schedule us */
  return conn_writer_n_clients (self->writer) > 0 || !self->wait_for_client;
}

static gboolean
on_pace (gpointer data)
{
  RefProducer *self = data;

  self->pace_source = 0;
  ref_producer_schedule (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_pump (gpointer data)
{
  RefProducer *self = data;

  self->pump_source = 0;
  for (guint i = 0; i < BURST; i++) {
    if (!may_produce (self))
      return G_SOURCE_REMOVE;
    if (!hand_over (self)) {
      tell_full (self);
      return G_SOURCE_REMOVE;   /* freed space or a client will schedule us */
    }
    if (self->pace_ms > 0)
      self->pace_source = g_timeout_add (self->pace_ms, on_pace, self);
  }
  ref_producer_schedule (self);
  return G_SOURCE_REMOVE;
}

void
ref_producer_schedule (RefProducer * self)
{
  if (self->pump_source == 0)
    self->pump_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_pump, self, NULL);
}
