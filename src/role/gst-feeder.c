/* The feeder: a thread that gives numbered buffers to the application source, and may block in
 * GStreamer. */
#include "config.h"
#include "role/gst-producer.h"

#include "role/gst-ticket.h"

/* No signal tells that an allocator has space again. */
#define SPACE_POLL_US (2 * 1000)
#define FEEDER_END_US G_USEC_PER_SEC

static void
on_gone (gpointer user, gboolean released)
{
  GstProducer *self = user;
  TraceEvent event = actor_event (self->actor, TRACE_PROGRESS);

  g_mutex_lock (&self->lock);
  self->n_gone++;
  if (released)
    self->n_released++;
  event.progress.buffers = (gint64) self->n_released;
  g_mutex_unlock (&self->lock);
  if (released && !self->count_only)
    actor_emit (self->actor, &event, "released");
}

static const gchar *
memory_name (GstProducer * self, GstBuffer * buffer)
{
  if (!buffer)
    return "refused";
  return self->allocator && gst_buffer_peek_memory (buffer, 0)->allocator == self->allocator ?
      "shm" : "system";
}

static void
tell_memory (GstProducer * self, GstBuffer * buffer, guint64 seq)
{
  TraceEvent event = actor_event (self->actor, TRACE_MEMORY);

  event.seq = seq;
  event.size = self->buffer_size;
  actor_emit (self->actor, &event, "%s", memory_name (self, buffer));
}

static guint64
next_seq (GstProducer * self)
{
  guint64 seq;

  g_mutex_lock (&self->lock);
  seq = self->next_seq;
  g_mutex_unlock (&self->lock);
  return seq;
}

static void
tell_full (GstProducer * self)
{
  TraceEvent event = actor_event (self->actor, TRACE_FULL);
  gboolean was_full;

  g_mutex_lock (&self->lock);
  was_full = self->full;
  self->full = TRUE;
  event.full.held = (gint64) (self->n_numbered - self->n_gone);
  g_mutex_unlock (&self->lock);
  if (!was_full)
    actor_emit (self->actor, &event, NULL);
}

static void
tell_resumed (GstProducer * self, guint64 seq)
{
  TraceEvent event = actor_event (self->actor, TRACE_RESUMED);
  gboolean was_full;

  g_mutex_lock (&self->lock);
  was_full = self->full;
  self->full = FALSE;
  g_mutex_unlock (&self->lock);
  event.seq = seq;
  if (was_full)
    actor_emit (self->actor, &event, NULL);
}

/* As every source that is based on GstBaseSrc or GstPushSrc: what its pool cannot give ends the
 * stream. */
static void
fail_as_sources_do (GstProducer * self, GstFlowReturn result)
{
  gboolean stopping;

  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  self->to_produce = 0;
  self->pool_failed = TRUE;
  g_mutex_unlock (&self->lock);
  if (!stopping && result != GST_FLOW_FLUSHING)
    GST_ELEMENT_FLOW_ERROR (GST_ELEMENT (self->source), result);
}

/* WAIT: may block for as long as the pool is exhausted. */
static GstBuffer *
acquire (GstProducer * self, gboolean wait)
{
  GstBufferPoolAcquireParams params = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };
  GstBuffer *buffer = NULL;
  GstFlowReturn result = gst_buffer_pool_acquire_buffer (self->pool, &buffer, &params);

  if (result == GST_FLOW_EOS && wait) {
    tell_full (self);
    result = gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL);
  }
  if (wait && result != GST_FLOW_OK) {
    tell_memory (self, NULL, next_seq (self));
    fail_as_sources_do (self, result);
  }
  return result == GST_FLOW_OK ? buffer : NULL;
}

static GstBuffer *
allocate (GstProducer * self, gboolean wait)
{
  GstMemory *memory;
  GstBuffer *buffer;

  if (self->pool)
    return acquire (self, wait);
  memory = gst_allocator_alloc (self->allocator, self->buffer_size, NULL);
  if (!memory)
    return NULL;
  buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory);
  return buffer;
}

/* Gives BUFFER the next number and the payload of it. */
static guint64
number_buffer (GstProducer * self, GstBuffer * buffer)
{
  GstMapInfo map;
  guint64 seq, sum = 0;

  g_mutex_lock (&self->lock);
  seq = self->next_seq++;
  self->n_numbered++;
  g_mutex_unlock (&self->lock);
  if (gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    sum = role_payload_fill (map.data, map.size, seq);
    gst_buffer_unmap (buffer, &map);
  }
  role_ticket_add (buffer, on_gone, self, seq, sum);
  GST_BUFFER_OFFSET (buffer) = seq;
  if (self->stamped) {
    GST_BUFFER_PTS (buffer) = (seq - 1) * (guint64) self->pace_us * GST_USECOND;
    GST_BUFFER_DURATION (buffer) = (guint64) self->pace_us * GST_USECOND;
  }
  return seq;
}

/* --- the thread --- */

/* FALSE: stop. */
static gboolean
wait_until (GstProducer * self, gint64 end_us)
{
  gboolean stopping;

  g_mutex_lock (&self->lock);
  while (!self->stopping && g_cond_wait_until (&self->changed, &self->lock, end_us));
  stopping = self->stopping;
  g_mutex_unlock (&self->lock);
  return !stopping;
}

/* Waits for something to produce. FALSE: stop. Sets *TAKE_AHEAD when one lies there. */
static gboolean
wait_for_work (GstProducer * self, GstBuffer ** take_ahead)
{
  gboolean stopping;

  g_mutex_lock (&self->lock);
  while (!self->stopping && self->to_produce == 0)
    g_cond_wait (&self->changed, &self->lock);
  stopping = self->stopping;
  if (!stopping) {
    *take_ahead = g_queue_pop_head (&self->ahead);
    if (self->to_produce > 0)
      self->to_produce--;
  }
  g_mutex_unlock (&self->lock);
  return !stopping;
}

/* At high rates, and while it waits for space, only a change is news. */
static void
tell_fed_memory (GstProducer * self, GstBuffer * buffer, guint64 seq)
{
  const gchar *name = memory_name (self, buffer);
  gboolean changed = name != self->fed_memory;

  self->fed_memory = name;
  if (self->path != PATH_COPY && (changed || (buffer && !self->count_only)))
    tell_memory (self, buffer, seq);
}

/* NULL: stop. */
static GstBuffer *
make_buffer (GstProducer * self)
{
  for (;;) {
    GstBuffer *buffer = allocate (self, TRUE);

    if (buffer) {
      guint64 seq = number_buffer (self, buffer);

      tell_fed_memory (self, buffer, seq);
      tell_resumed (self, seq);
      return buffer;
    }
    if (self->pool_failed || !wait_until (self, g_get_monotonic_time ()))
      return NULL;
    tell_fed_memory (self, NULL, next_seq (self));
    tell_full (self);
    if (!wait_until (self, g_get_monotonic_time () + SPACE_POLL_US))
      return NULL;
  }
}

static gboolean
push (GstProducer * self, GstBuffer * take_buffer)
{
  GstFlowReturn result = gst_app_src_push_buffer (self->source, take_buffer);
  TraceEvent event;

  if (result == GST_FLOW_OK)
    return TRUE;
  event = actor_event (self->actor, TRACE_NOTE);
  actor_emit (self->actor, &event, "push: %s", gst_flow_get_name (result));
  return FALSE;
}

static gpointer
feed (gpointer data)
{
  GstProducer *self = data;
  GstBuffer *buffer = NULL;

  while (wait_for_work (self, &buffer)) {
    if (!buffer && !(buffer = make_buffer (self)))
      break;
    if (!push (self, g_steal_pointer (&buffer)))
      break;
    if (self->pace_us > 0 && !wait_until (self, g_get_monotonic_time () + self->pace_us))
      break;
  }
  g_mutex_lock (&self->lock);
  self->feeder_ended = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return NULL;
}

gboolean
gst_producer_join_feed (GstProducer * self)
{
  gint64 end_us = g_get_monotonic_time () + FEEDER_END_US;
  gboolean ended;

  if (!self->feeder)
    return TRUE;
  g_mutex_lock (&self->lock);
  while (!self->feeder_ended && g_cond_wait_until (&self->changed, &self->lock, end_us));
  ended = self->feeder_ended;
  g_mutex_unlock (&self->lock);
  if (ended)
    g_thread_join (g_steal_pointer (&self->feeder));
  return ended;
}

void
gst_producer_feed (GstProducer * self)
{
  self->feeder = g_thread_new ("feeder", feed, self);
}

void
gst_producer_allocate_ahead (GstProducer * self, gint64 count)
{
  for (; count > 0; count--) {
    GstBuffer *buffer = allocate (self, FALSE);

    tell_memory (self, buffer, buffer ? number_buffer (self, buffer) : next_seq (self));
    if (!buffer)
      continue;
    g_mutex_lock (&self->lock);
    g_queue_push_tail (&self->ahead, buffer);
    g_mutex_unlock (&self->lock);
  }
}

void
gst_producer_end_feed (GstProducer * self)
{
  GQueue ahead = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  self->to_produce = 0;
  ahead = self->ahead;
  g_queue_init (&self->ahead);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_queue_clear_full (&ahead, (GDestroyNotify) gst_buffer_unref);
}
