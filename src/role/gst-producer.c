/* The installed shmsink in a real pipeline, fed with numbered buffers by an application source.
 * Three threads: the main loop, the feeder (which may block in GStreamer), and the streaming. */
#include "config.h"
#include "role/gst-producer.h"

#include <string.h>

#define PROGRESS_MS 50

static gboolean
on_progress (gpointer data)
{
  GstProducer *self = data;
  TraceEvent event = actor_event (self->actor, TRACE_PROGRESS);

  g_mutex_lock (&self->lock);
  event.progress.buffers = (gint64) self->n_entered;
  event.progress.bytes = self->n_entered_bytes;
  g_mutex_unlock (&self->lock);
  actor_emit (self->actor, &event, "sent");
  return G_SOURCE_CONTINUE;
}

/* --- start --- */

/* Pads must be active for this, so it comes after PAUSED. */
static gboolean
ask_for_allocator (GstProducer * self, GstCaps * caps)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->sink, "sink");
  GstQuery *query = gst_query_new_allocation (caps, self->path == PATH_POOL);

  if (pad && gst_pad_query (pad, query) && gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &self->allocator, NULL);
  gst_query_unref (query);
  return self->allocator != NULL;
}

static gboolean
make_pool (GstProducer * self, GstCaps * caps)
{
  guint most = (guint) actor_int (self->actor, "pool-max");
  GstStructure *config;

  self->pool = gst_buffer_pool_new ();
  config = gst_buffer_pool_get_config (self->pool);
  gst_buffer_pool_config_set_params (config, caps, (guint) self->buffer_size, 0, most);
  gst_buffer_pool_config_set_allocator (config, self->allocator, NULL);
  return gst_buffer_pool_set_config (self->pool, config)
      && gst_buffer_pool_set_active (self->pool, TRUE);
}

/* NULL, or what is wrong. */
static const gchar *
prepare_memory (GstProducer * self)
{
  g_autoptr (GstCaps) caps = gst_app_src_get_caps (self->source);

  if (self->path == PATH_COPY)
    return NULL;
  if (!ask_for_allocator (self, caps))
    return "sink: no allocator proposed";
  if (self->path == PATH_POOL && !make_pool (self, caps))
    return "pool: cannot be activated";
  return NULL;
}

/* Caller frees; NULL: it runs. */
static gchar *
run_pipeline (GstProducer * self)
{
  const gchar *problem = NULL;

  if (!role_gst_set_state (&self->gst, GST_STATE_READY)
      || !role_gst_set_state (&self->gst, GST_STATE_PLAYING))
    return role_gst_dup_error (&self->gst);
  if (self->source)
    problem = prepare_memory (self);
  return g_strdup (problem);
}

static gchar *
socket_in_use (GstProducer * self)
{
  gchar *path = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (self->sink), "socket-path"))
    g_object_get (self->sink, "socket-path", &path, NULL);
  return path ? path : g_strdup (actor_get (self->actor, "socket"));
}

static void
start (GstProducer * self, const ActorCommand * command)
{
  TraceEvent begin = actor_event (self->actor, TRACE_STARTED), event;
  g_autofree gchar *problem = run_pipeline (self);
  g_autofree gchar *socket_path = socket_in_use (self);

  event = actor_event (self->actor, TRACE_STARTED);
  event.started.took_us = (event.time_ns - begin.time_ns) / 1000;
  if (problem) {
    role_gst_set_state (&self->gst, GST_STATE_NULL);
  } else {
    self->started = TRUE;
    if (self->source)
      gst_producer_feed (self);
    if (self->count_only)
      self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  }
  actor_emit (self->actor, &event, "%s", problem ? problem : socket_path);
  actor_done (self->actor, command->serial, problem);
}

/* --- other commands --- */

static void
produce (GstProducer * self, gint64 count)
{
  g_mutex_lock (&self->lock);
  if (count < 0)
    self->to_produce = -1;
  else if (self->to_produce >= 0)
    self->to_produce += count;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
resize (GstProducer * self, const ActorCommand * command)
{
  g_autofree gchar *problem = NULL;
  TraceEvent event;
  guint reported = 0;

  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (self->sink), "shm-size")) {
    actor_done (self->actor, command->serial, "sink: has no property: shm-size");
    return;
  }
  if (command->size <= G_MAXUINT)
    g_object_set (self->sink, "shm-size", (guint) command->size, NULL);
  g_object_get (self->sink, "shm-size", &reported, NULL);
  if (reported != command->size)
    problem = g_strdup_printf ("shm-size: not accepted: %" G_GUINT64_FORMAT, command->size);
  event = actor_event (self->actor, TRACE_RESIZED);
  event.resized.asked = command->size;
  event.resized.reported = reported;
  actor_emit (self->actor, &event, "%s", problem ? problem : "ok");
  actor_done (self->actor, command->serial, problem);
}

/* --- the end --- */

/* As a careful application does it: nothing new, then NULL, which also ends a push that blocks,
 * and only then what the feeder may still have used. */
static void
finish (gpointer data)
{
  GstProducer *self = data;

  if (self->finishing)
    return;
  self->finishing = TRUE;
  gst_producer_end_feed (self);
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  if (self->pool)
    gst_buffer_pool_set_flushing (self->pool, TRUE);
  if (!gst_producer_join_feed (self)) {
    TraceEvent event = actor_event (self->actor, TRACE_NOTE);

    actor_emit (self->actor, &event, "the feeder did not end");
  } else if (self->pool) {
    gst_buffer_pool_set_active (self->pool, FALSE);
  }
  role_gst_tell_popped (&self->gst);
  actor_exit (self->actor, role_gst_status (&self->gst));
}

static void
stop (GstProducer * self, const ActorCommand * command)
{
  if (!self->started || !g_str_equal (command->text, "EOS")) {
    finish (self);
    return;
  }
  gst_producer_end_feed (self);
  role_gst_wait_eos (&self->gst, (guint) CLAMP (command->count, 0, G_MAXINT), finish, self);
  if (self->finishing)
    return;
  if (self->source)
    gst_app_src_end_of_stream (self->source);
  else
    gst_element_send_event (self->gst.pipeline, gst_event_new_eos ());
}

static void
producer_command (Actor * actor, gpointer data, const ActorCommand * command)
{
  GstProducer *self = data;

  if (!self->started && command->verb != ROLE_START && command->verb != ROLE_STOP) {
    actor_done (actor, command->serial, "not started");
    return;
  }
  switch ((RoleVerb) command->verb) {
    case ROLE_START:
      if (self->started)
        actor_done (actor, command->serial, "started already");
      else
        start (self, command);
      break;
    case ROLE_PRODUCE:
      produce (self, command->count);
      actor_done (actor, command->serial, NULL);
      break;
    case ROLE_ALLOCATE:
      if (self->source)
        gst_producer_allocate_ahead (self, command->count);
      actor_done (actor, command->serial, self->source ? NULL : "this pipeline runs freely");
      break;
    case ROLE_RESIZE:
      resize (self, command);
      break;
    case ROLE_STOP:
      stop (self, command);
      break;
    default:
      actor_done (actor, command->serial, "not for a producer");
      break;
  }
}

static void
producer_terminate (Actor * actor, gpointer data)
{
  finish (data);
}

/* --- life --- */

static GstProducerPath
path_from_name (const gchar * name)
{
  static const gchar *const names[] = {
    [PATH_COPY] = "copy",[PATH_ALLOC] = "alloc",[PATH_POOL] = "pool",[PATH_TEST] = "test",
    [PATH_TEST_COPY] = "test-copy",[PATH_FAKE] = "fake",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (names[i], name) == 0)
      return (GstProducerPath) i;
  }
  return PATH_COPY;
}

static void
producer_free (GstProducer * self)
{
  role_gst_close (&self->gst);
  gst_clear_object (&self->pool);
  gst_clear_object (&self->allocator);
  if (self->n_gone != self->n_numbered)
    return;                     /* a buffer that an element lost may still come back to us */
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gpointer
producer_create (Actor * actor, GError ** error)
{
  GstProducer *self = g_new0 (GstProducer, 1);

  self->actor = actor;
  self->next_seq = 1;
  self->path = path_from_name (actor_get (actor, "path"));
  self->buffer_size = (gsize) actor_int (actor, "buffer-size");
  self->pace_us = (gint64) (actor_seconds (actor, "pace") * G_USEC_PER_SEC);
  self->stamped = self->pace_us > 0 || actor_bool (actor, "sync");
  self->count_only = g_strcmp0 (actor_get (actor, "events"), "count") == 0;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->ahead);
  if (gst_producer_set_up (self, error))
    return self;
  producer_free (self);
  return NULL;
}

static void
producer_destroy (gpointer data)
{
  GstProducer *self = data;

  g_clear_handle_id (&self->progress_source, g_source_remove);
  if (!self->finishing) {
    gst_producer_end_feed (self);
    gst_element_set_state (self->gst.pipeline, GST_STATE_NULL);
    gst_producer_join_feed (self);
  }
  /* A feeder that hangs still uses all of it, and the process ends anyway. */
  if (!self->feeder)
    producer_free (self);
}

const RoleClass role_gst_producer = {
  .name = "gst-producer",
  .side = TRACE_SIDE_PRODUCER,
  .element = "shmsink",
  .create = producer_create,
  .command = producer_command,
  .terminate = producer_terminate,
  .destroy = producer_destroy,
};
