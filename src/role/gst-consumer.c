/* The installed shmsrc in a real pipeline, with a policy of what to keep back.
 * Letting go sends an ACK at once, from whatever thread does it, and may block: it happens in the
 * streaming thread or a worker, never in the main loop while the pipeline runs. */
#include "config.h"
#include "role/gst-consumer.h"

#include <string.h>

#define PROGRESS_MS 50
#define WORKER_END_US G_USEC_PER_SEC

#define APP_PIPELINE "shmsrc name=src ! appsink name=sink"
#define FAKE_PIPELINE "shmsrc name=src ! fakesink name=sink"

/* --- what is told --- */

/* In the thread that posts. */
static void
on_error (gpointer data, const GstObject * origin, const GError * problem, const gchar * words)
{
  GstConsumer *self = data;
  TraceEvent event = actor_event (self->actor, TRACE_END);

  if ((const GstElement *) origin != role_gst_element (&self->gst, "src")
      || !g_error_matches (problem, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ))
    return;
  if (strstr (problem->message, "closed") || strstr (words, "closed"))
    actor_emit (self->actor, &event, "disconnect");
  else
    actor_emit (self->actor, &event, "protocol error: %s", words);
}

static gboolean
on_progress (gpointer data)
{
  GstConsumer *self = data;
  RoleTally tally;

  g_mutex_lock (&self->lock);
  tally = self->tally;
  g_mutex_unlock (&self->lock);
  role_tally_tell (&tally, self->actor);
  return G_SOURCE_CONTINUE;
}

/* --- coming and going --- */

/* Caller frees; NULL: connected. */
static gchar *
join (GstConsumer * self)
{
  TraceEvent event;
  gchar *problem;

  if (self->connected)
    return g_strdup ("connected already");
  g_mutex_lock (&self->lock);
  role_tally_restart (&self->tally);
  g_mutex_unlock (&self->lock);
  if (role_gst_set_state (&self->gst, GST_STATE_PLAYING)) {
    self->connected = TRUE;
    event = actor_event (self->actor, TRACE_CONNECTED);
    actor_emit (self->actor, &event, NULL);
    return NULL;
  }
  problem = role_gst_dup_error (&self->gst);
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  return problem;
}

static void
start (GstConsumer * self, const ActorCommand * command)
{
  TraceEvent begin = actor_event (self->actor, TRACE_STARTED), event;
  g_autofree gchar *problem = join (self);

  event = actor_event (self->actor, TRACE_STARTED);
  event.started.took_us = (event.time_ns - begin.time_ns) / 1000;
  actor_emit (self->actor, &event, "%s", problem ? problem : actor_get (self->actor, "socket"));
  if (!problem && self->count_only && self->progress_source == 0)
    self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  actor_done (self->actor, command->serial, problem);
}

static void
connect_again (GstConsumer * self, const ActorCommand * command)
{
  g_autofree gchar *problem = join (self);

  actor_done (self->actor, command->serial, problem);
}

typedef struct
{
  GstConsumer *self;
  guint32 serial;
} Leaving;

/* Back in the main loop: nothing is held any more, but for what came meanwhile. */
static gboolean
on_let_go (gpointer data)
{
  Leaving *leaving = data;
  GstConsumer *self = leaving->self;
  TraceEvent event;

  if (self->finishing)
    return G_SOURCE_REMOVE;
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  gst_consumer_release (self, -1, HELD_FIFO);
  self->connected = FALSE;
  event = actor_event (self->actor, TRACE_DISCONNECTED);
  actor_emit (self->actor, &event, "left");
  actor_done (self->actor, leaving->serial, NULL);
  return G_SOURCE_REMOVE;
}

/* --- the worker --- */

static void
let_go_of_all (GstConsumer * self, guint32 serial)
{
  Leaving *leaving = g_new0 (Leaving, 1);

  gst_consumer_release (self, -1, HELD_FIFO);
  leaving->self = self;
  leaving->serial = serial;
  g_idle_add_full (G_PRIORITY_DEFAULT, on_let_go, leaving, g_free);
}

static void
work (gpointer job, gpointer data)
{
  g_autofree ActorCommand *command = job;
  GstConsumer *self = data;

  if (command->verb == ROLE_DISCONNECT) {
    let_go_of_all (self, command->serial);
  } else {
    if (command->verb == ROLE_HOLD)
      gst_consumer_apply_hold (self);
    else
      gst_consumer_release (self, command->count, held_order_from_name (command->text));
    actor_done (self->actor, command->serial, NULL);
  }
  g_mutex_lock (&self->lock);
  self->n_jobs--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
give_to_worker (GstConsumer * self, const ActorCommand * command)
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
end_worker (GstConsumer * self)
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
  GstConsumer *self = data;

  if (self->finishing)
    return;
  self->finishing = TRUE;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  gst_consumer_release (self, -1, HELD_FIFO);
  role_gst_tell_popped (&self->gst);
  actor_exit (self->actor, role_gst_status (&self->gst));
}

static void
stop (GstConsumer * self, const ActorCommand * command)
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
consumer_command (Actor * actor, gpointer data, const ActorCommand * command)
{
  GstConsumer *self = data;

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
    default:
      actor_done (actor, command->serial, "not for a consumer");
      break;
  }
}

static void
consumer_terminate (Actor * actor, gpointer data)
{
  finish (data);
}

/* --- life --- */

static void
set_up_source (GstConsumer * self)
{
  GstElement *source = role_gst_element (&self->gst, "src");

  if (!source)
    return;
  role_gst_tell_target (&self->gst, source, 0);
  role_gst_set (source, "socket-path", "%s", actor_get (self->actor, "socket"));
  role_gst_set (source, "is-live", "%d", actor_bool (self->actor, "live"));
}

static gboolean
set_up (GstConsumer * self, GError ** error)
{
  const gchar *pipeline = actor_get (self->actor, "pipeline");

  if (!pipeline || !*pipeline)
    pipeline = g_strcmp0 (actor_get (self->actor, "sink"), "fakesink") == 0 ?
        FAKE_PIPELINE : APP_PIPELINE;
  if (!role_gst_open (&self->gst, self->actor, pipeline, error))
    return FALSE;
  self->gst.on_error = on_error;
  self->gst.error_user = self;
  set_up_source (self);
  return gst_consumer_set_up_sink (self, error);
}

static void
consumer_free (GstConsumer * self)
{
  role_gst_close (&self->gst);
  held_free (self->held);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gpointer
consumer_create (Actor * actor, GError ** error)
{
  GstConsumer *self = g_new0 (GstConsumer, 1);

  self->actor = actor;
  self->held = held_new ((guint32) g_ascii_strtoull (actor_get (actor, "seed"), NULL, 10));
  self->hold = actor_int (actor, "hold");
  /* The sink keeps it in any case: say that we let go of it when the sink does. */
  if (self->hold == 0 && actor_bool (actor, "keep-last"))
    self->hold = 1;
  self->order = held_order_from_name (actor_get (actor, "ack-order"));
  self->delay_us = (gint64) (actor_seconds (actor, "delay") * G_USEC_PER_SEC);
  self->count_only = g_strcmp0 (actor_get (actor, "events"), "count") == 0;
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
  GstConsumer *self = data;

  g_clear_handle_id (&self->progress_source, g_source_remove);
  if (!self->finishing) {
    gst_element_set_state (self->gst.pipeline, GST_STATE_NULL);
    gst_consumer_release (self, -1, HELD_FIFO);
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
