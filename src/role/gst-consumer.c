/* The installed shmsrc in a real pipeline, with a policy of what to keep back.
 * Letting go sends an ACK at once, from whatever thread does it, and may block: it happens in the
 * streaming thread or a worker, never in the main loop while the pipeline runs. */
#include "config.h"
#include "role/role.h"

#include "role/gst-common.h"
#include "role/held.h"

#include <gst/app/app.h>
#include <string.h>

#define PROGRESS_MS 50
#define WORKER_END_US G_USEC_PER_SEC

#define APP_PIPELINE "shmsrc name=src ! appsink name=sink"
#define FAKE_PIPELINE "shmsrc name=src ! fakesink name=sink"

typedef struct
{
  GstBuffer *buffer;
  guint64 seq;
} HeldBuffer;

typedef struct
{
  Role *role;
  RoleGst gst;
  GThreadPool *worker;          /* of one thread: RoleCommand* in their order */
  HeldOrder order;
  gint64 delay_us;
  gboolean count_only;
  guint progress_source;
  gboolean connected, finishing;

  GMutex lock;                  /* of all below; never held over a call that may block */
  GCond changed;
  gboolean stopping;
  Held *held;                   /* HeldBuffer* */
  gint64 hold;                  /* how many to keep; -1: all */
  guint64 n_buffers, n_bytes, n_bad, last_seq;
  guint n_jobs;                 /* that the worker has not finished */
} Consumer;

/* --- letting go --- */

static void
let_go (Consumer * self, HeldBuffer * take_held)
{
  TraceEvent event = role_event (self->role, TRACE_RELEASE);

  event.seq = take_held->seq;
  if (!self->count_only)
    role_emit (self->role, &event, NULL);
  gst_buffer_unref (take_held->buffer);
  g_free (take_held);
}

static HeldBuffer *
take_held (Consumer * self, HeldOrder order)
{
  HeldBuffer *held;

  g_mutex_lock (&self->lock);
  held = held_pop (self->held, order);
  g_mutex_unlock (&self->lock);
  return held;
}

static void
release (Consumer * self, gint64 count, HeldOrder order)
{
  for (; count != 0; count--) {
    HeldBuffer *held = take_held (self, order);

    if (!held)
      return;
    let_go (self, held);
  }
}

static void
apply_hold (Consumer * self)
{
  gint64 too_many;

  g_mutex_lock (&self->lock);
  too_many = self->hold < 0 ? 0 : (gint64) held_length (self->held) - self->hold;
  g_mutex_unlock (&self->lock);
  release (self, MAX (too_many, 0), self->order);
}

/* --- what comes, in the streaming thread --- */

static void
look_into (Consumer * self, GstBuffer * buffer, TraceEvent * event)
{
  GstMapInfo map;

  event->size = gst_buffer_get_size (buffer);
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  role_payload_look (map.data, map.size, self->count_only, &event->seq, &event->sum);
  gst_buffer_unmap (buffer, &map);
}

static void
keep (Consumer * self, GstBuffer * take_buffer, const TraceEvent * event)
{
  HeldBuffer *held = g_new0 (HeldBuffer, 1);

  held->buffer = take_buffer;
  held->seq = event->seq;
  g_mutex_lock (&self->lock);
  held_push (self->held, held);
  self->n_buffers++;
  self->n_bytes += event->size;
  if (event->seq == 0 || event->seq <= self->last_seq)
    self->n_bad++;
  self->last_seq = event->seq;
  g_mutex_unlock (&self->lock);
}

/* A slow consumer; the end does not have to wait for it. */
static void
dawdle (Consumer * self)
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
take_in (Consumer * self, GstBuffer * take_buffer)
{
  TraceEvent event = role_event (self->role, TRACE_BUFFER_IN);

  look_into (self, take_buffer, &event);
  keep (self, take_buffer, &event);
  if (!self->count_only)
    role_emit (self->role, &event, NULL);
  dawdle (self);
  apply_hold (self);
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

/* In the thread that posts. */
static void
on_error (gpointer data, const GstObject * origin, const GError * problem, const gchar * words)
{
  Consumer *self = data;
  TraceEvent event = role_event (self->role, TRACE_END);

  if ((const GstElement *) origin != role_gst_element (&self->gst, "src")
      || !g_error_matches (problem, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ))
    return;
  if (strstr (problem->message, "closed") || strstr (words, "closed"))
    role_emit (self->role, &event, "disconnect");
  else
    role_emit (self->role, &event, "protocol error: %s", words);
}

static gboolean
on_progress (gpointer data)
{
  Consumer *self = data;
  TraceEvent event = role_event (self->role, TRACE_PROGRESS);
  guint64 n_bad;

  g_mutex_lock (&self->lock);
  event.value = (gint64) self->n_buffers;
  event.size = self->n_bytes;
  n_bad = self->n_bad;
  g_mutex_unlock (&self->lock);
  if (n_bad == 0)
    role_emit (self->role, &event, "in-order");
  else
    role_emit (self->role, &event, "out-of-order %" G_GUINT64_FORMAT, n_bad);
  return G_SOURCE_CONTINUE;
}

/* --- coming and going --- */

/* Caller frees; NULL: connected. */
static gchar *
join (Consumer * self)
{
  TraceEvent event;
  gchar *problem;

  if (self->connected)
    return g_strdup ("connected already");
  g_mutex_lock (&self->lock);
  self->last_seq = 0;
  g_mutex_unlock (&self->lock);
  if (role_gst_set_state (&self->gst, GST_STATE_PLAYING)) {
    self->connected = TRUE;
    event = role_event (self->role, TRACE_CONNECTED);
    role_emit (self->role, &event, NULL);
    return NULL;
  }
  problem = role_gst_dup_error (&self->gst);
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  return problem;
}

static void
start (Consumer * self, const RoleCommand * command)
{
  TraceEvent begin = role_event (self->role, TRACE_STARTED), event;
  g_autofree gchar *problem = join (self);

  event = role_event (self->role, TRACE_STARTED);
  event.value = (event.time_ns - begin.time_ns) / 1000;
  role_emit (self->role, &event, "%s", problem ? problem : role_get (self->role, "socket"));
  if (!problem && self->count_only && self->progress_source == 0)
    self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  role_done (self->role, command->serial, problem);
}

static void
connect_again (Consumer * self, const RoleCommand * command)
{
  g_autofree gchar *problem = join (self);

  role_done (self->role, command->serial, problem);
}

typedef struct
{
  Consumer *self;
  guint32 serial;
} Leaving;

/* Back in the main loop: nothing is held any more, but for what came meanwhile. */
static gboolean
on_let_go (gpointer data)
{
  Leaving *leaving = data;
  Consumer *self = leaving->self;
  TraceEvent event;

  if (self->finishing)
    return G_SOURCE_REMOVE;
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  release (self, -1, HELD_FIFO);
  self->connected = FALSE;
  event = role_event (self->role, TRACE_DISCONNECTED);
  role_emit (self->role, &event, "left");
  role_done (self->role, leaving->serial, NULL);
  return G_SOURCE_REMOVE;
}

/* --- the worker --- */

static void
let_go_of_all (Consumer * self, guint32 serial)
{
  Leaving *leaving = g_new0 (Leaving, 1);

  release (self, -1, HELD_FIFO);
  leaving->self = self;
  leaving->serial = serial;
  g_idle_add_full (G_PRIORITY_DEFAULT, on_let_go, leaving, g_free);
}

static void
work (gpointer job, gpointer data)
{
  g_autofree RoleCommand *command = job;
  Consumer *self = data;

  if (command->verb == ROLE_DISCONNECT) {
    let_go_of_all (self, command->serial);
  } else {
    if (command->verb == ROLE_HOLD)
      apply_hold (self);
    else
      release (self, command->count, held_order_from_name (command->text));
    role_done (self->role, command->serial, NULL);
  }
  g_mutex_lock (&self->lock);
  self->n_jobs--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
give_to_worker (Consumer * self, const RoleCommand * command)
{
  g_mutex_lock (&self->lock);
  self->n_jobs++;
  if (command->verb == ROLE_HOLD)
    self->hold = command->count;
  g_mutex_unlock (&self->lock);
  g_thread_pool_push (self->worker, g_memdup2 (command, sizeof *command), NULL);
}

/* FALSE: the worker hangs. */
static gboolean
end_worker (Consumer * self)
{
  gint64 end_us = g_get_monotonic_time () + WORKER_END_US;
  gboolean idle;

  g_mutex_lock (&self->lock);
  while (self->n_jobs > 0 && g_cond_wait_until (&self->changed, &self->lock, end_us));
  idle = self->n_jobs == 0;
  g_mutex_unlock (&self->lock);
  if (idle)
    g_thread_pool_free (g_steal_pointer (&self->worker), FALSE, TRUE);
  return idle;
}

/* --- the end --- */

/* As a careful application does it: NULL first, then what is held; it can not be acknowledged any
 * more. */
static void
finish (gpointer data)
{
  Consumer *self = data;

  if (self->finishing)
    return;
  self->finishing = TRUE;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  release (self, -1, HELD_FIFO);
  role_gst_tell_popped (&self->gst);
  role_exit (self->role, role_gst_status (&self->gst));
}

static void
stop (Consumer * self, const RoleCommand * command)
{
  if (!self->connected || !g_str_equal (command->text, "EOS")) {
    finish (self);
    return;
  }
  role_gst_wait_eos (&self->gst, (guint) CLAMP (command->count, 0, G_MAXINT), finish, self);
  if (!self->finishing)
    gst_element_send_event (self->gst.pipeline, gst_event_new_eos ());
}

static void
consumer_command (Role * role, gpointer data, const RoleCommand * command)
{
  Consumer *self = data;

  switch ((RoleVerb) command->verb) {
    case ROLE_START:
      start (self, command);
      break;
    case ROLE_CONNECT:
      connect_again (self, command);
      break;
    case ROLE_HOLD:
    case ROLE_RELEASE:
    case ROLE_DISCONNECT:
      give_to_worker (self, command);
      break;
    case ROLE_STOP:
      stop (self, command);
      break;
    case ROLE_PRODUCE:
    case ROLE_ALLOCATE:
    case ROLE_RESIZE:
    case ROLE_N_VERBS:
      role_done (role, command->serial, "not for a consumer");
      break;
  }
}

static void
consumer_terminate (Role * role, gpointer data)
{
  finish (data);
}

/* --- life --- */

static void
set_up_source (Consumer * self)
{
  GstElement *source = role_gst_element (&self->gst, "src");

  if (!source)
    return;
  role_gst_tell_target (&self->gst, source, 0);
  role_gst_set (source, "socket-path", "%s", role_get (self->role, "socket"));
  role_gst_set (source, "is-live", "%d", role_bool (self->role, "live"));
}

static gboolean
set_up_sink (Consumer * self, GError ** error)
{
  static const GstAppSinkCallbacks callbacks = {.new_sample = on_new_sample };
  GstElement *sink = role_gst_element (&self->gst, "sink");
  g_autoptr (GstPad) pad = sink ? gst_element_get_static_pad (sink, "sink") : NULL;

  if (!pad) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "pipeline: no sink element called sink: %s", role_get (self->role, "pipeline"));
    return FALSE;
  }
  role_gst_set (sink, "sync", "0");
  role_gst_set (sink, "enable-last-sample", "%d", role_bool (self->role, "keep-last"));
  if (GST_IS_APP_SINK (sink))
    gst_app_sink_set_callbacks (GST_APP_SINK (sink), (GstAppSinkCallbacks *) &callbacks, self,
        NULL);
  else
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer_enters, self, NULL);
  return TRUE;
}

static gboolean
set_up (Consumer * self, GError ** error)
{
  const gchar *pipeline = role_get (self->role, "pipeline");

  if (!pipeline || !*pipeline)
    pipeline = g_strcmp0 (role_get (self->role, "sink"), "fakesink") == 0 ?
        FAKE_PIPELINE : APP_PIPELINE;
  if (!role_gst_open (&self->gst, self->role, pipeline, error))
    return FALSE;
  self->gst.on_error = on_error;
  self->gst.error_user = self;
  set_up_source (self);
  return set_up_sink (self, error);
}

static void
consumer_free (Consumer * self)
{
  role_gst_close (&self->gst);
  held_free (self->held);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gpointer
consumer_create (Role * role, GError ** error)
{
  Consumer *self = g_new0 (Consumer, 1);

  self->role = role;
  self->held = held_new ((guint32) g_ascii_strtoull (role_get (role, "seed"), NULL, 10));
  self->hold = role_int (role, "hold");
  /* The sink keeps it in any case: say that we let go of it when the sink does. */
  if (self->hold == 0 && role_bool (role, "keep-last"))
    self->hold = 1;
  self->order = held_order_from_name (role_get (role, "ack-order"));
  self->delay_us = (gint64) (role_seconds (role, "delay") * G_USEC_PER_SEC);
  self->count_only = g_strcmp0 (role_get (role, "events"), "count") == 0;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->worker = g_thread_pool_new (work, self, 1, FALSE, NULL);
  if (set_up (self, error))
    return self;
  end_worker (self);
  consumer_free (self);
  return NULL;
}

static void
consumer_destroy (gpointer data)
{
  Consumer *self = data;

  g_clear_handle_id (&self->progress_source, g_source_remove);
  if (!self->finishing) {
    gst_element_set_state (self->gst.pipeline, GST_STATE_NULL);
    release (self, -1, HELD_FIFO);
  }
  /* A worker that hangs still uses all of it, and the process ends anyway. */
  if (end_worker (self))
    consumer_free (self);
}

const RoleClass role_gst_consumer = {
  .name = "gst-consumer",
  .side = TRACE_SIDE_CONSUMER,
  .element = "shmsrc",
  .create = consumer_create,
  .command = consumer_command,
  .terminate = consumer_terminate,
  .destroy = consumer_destroy,
};
