/* What comes in the streaming thread: looked into, kept, and let go of. */
#include "config.h"
#include "role/gst-consumer.h"

#include <gst/app/app.h>

typedef struct
{
  GstBuffer *buffer;
  guint64 seq;
} HeldBuffer;

/* --- letting go --- */

static void
let_go (GstConsumer * self, HeldBuffer * take_held)
{
  TraceEvent event = actor_event (self->actor, TRACE_RELEASE);

  event.seq = take_held->seq;
  if (!self->count_only)
    actor_emit (self->actor, &event, NULL);
  gst_buffer_unref (take_held->buffer);
  g_free (take_held);
}

static HeldBuffer *
take_held (GstConsumer * self, HeldOrder order)
{
  HeldBuffer *held;

  g_mutex_lock (&self->lock);
  held = held_pop (self->held, order);
  g_mutex_unlock (&self->lock);
  return held;
}

void
gst_consumer_release (GstConsumer * self, gint64 count, HeldOrder order)
{
  for (; count != 0; count--) {
    HeldBuffer *held = take_held (self, order);

    if (!held)
      return;
    let_go (self, held);
  }
}

void
gst_consumer_apply_hold (GstConsumer * self)
{
  gint64 too_many;

  g_mutex_lock (&self->lock);
  too_many = self->hold < 0 ? 0 : (gint64) held_length (self->held) - self->hold;
  g_mutex_unlock (&self->lock);
  gst_consumer_release (self, MAX (too_many, 0), self->order);
}

/* --- what comes, in the streaming thread --- */

static void
look_into (GstConsumer * self, GstBuffer * buffer, TraceEvent * event)
{
  GstMapInfo map;

  event->size = gst_buffer_get_size (buffer);
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  role_payload_look (map.data, map.size, self->count_only, &event->seq, &event->sum);
  gst_buffer_unmap (buffer, &map);
}

static void
keep (GstConsumer * self, GstBuffer * take_buffer, const TraceEvent * event)
{
  HeldBuffer *held = g_new0 (HeldBuffer, 1);

  held->buffer = take_buffer;
  held->seq = event->seq;
  g_mutex_lock (&self->lock);
  held_push (self->held, held);
  role_tally_add (&self->tally, event);
  g_mutex_unlock (&self->lock);
}

/* A slow consumer; the end does not have to wait for it. */
static void
dawdle (GstConsumer * self)
{
  gint64 end_us = g_get_monotonic_time () + self->delay_us;

  if (self->delay_us <= 0)
    return;
  g_mutex_lock (&self->lock);
  while (!self->stopping && g_cond_wait_until (&self->changed, &self->lock, end_us));
  g_mutex_unlock (&self->lock);
}

/* Kept first, told then: whoever hears of the buffer may have it let go of at once. */
static void
take_in (GstConsumer * self, GstBuffer * take_buffer)
{
  TraceEvent event = actor_event (self->actor, TRACE_BUFFER_IN);

  look_into (self, take_buffer, &event);
  keep (self, take_buffer, &event);
  if (!self->count_only)
    actor_emit (self->actor, &event, NULL);
  dawdle (self);
  gst_consumer_apply_hold (self);
}

/* appsink keeps the sample that it gave out, to use it again for the next one, and with it the
 * buffer, which would stay unacknowledged for as long as nothing more comes. Where it does so, the
 * sample is its own again after our unref, and only this thread makes it use it. */
static GstBuffer *
take_buffer_of (GstSample * take_sample)
{
  gboolean is_kept = GST_MINI_OBJECT_REFCOUNT_VALUE (take_sample) == 2;
  GstBuffer *buffer = gst_sample_get_buffer (take_sample);

  if (buffer)
    gst_buffer_ref (buffer);
  gst_sample_unref (take_sample);
  if (is_kept)
    gst_sample_set_buffer (take_sample, NULL);
  return buffer;
}

static GstFlowReturn
on_new_sample (GstAppSink * sink, gpointer data)
{
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample ? take_buffer_of (sample) : NULL;

  if (buffer)
    take_in (data, buffer);
  return GST_FLOW_OK;
}

static GstPadProbeReturn
on_buffer_enters (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  take_in (data, gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));
  return GST_PAD_PROBE_OK;
}

/* --- the sink --- */

gboolean
gst_consumer_set_up_sink (GstConsumer * self, GError ** error)
{
  static const GstAppSinkCallbacks callbacks = {.new_sample = on_new_sample };
  GstElement *sink = role_gst_element (&self->gst, "sink");
  g_autoptr (GstPad) pad = sink ? gst_element_get_static_pad (sink, "sink") : NULL;

  if (!pad) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "pipeline: no sink element called sink: %s", actor_get (self->actor, "pipeline"));
    return FALSE;
  }
  role_gst_set (sink, "sync", "0");
  role_gst_set (sink, "enable-last-sample", "%d", actor_bool (self->actor, "keep-last"));
  if (GST_IS_APP_SINK (sink))
    gst_app_sink_set_callbacks (GST_APP_SINK (sink), (GstAppSinkCallbacks *) &callbacks, self,
        NULL);
  else
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer_enters, self, NULL);
  return TRUE;
}
