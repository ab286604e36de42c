/* The installed shmsink in a real pipeline, fed with numbered buffers by an application source.
 * Three threads: the main loop, the feeder (which may block in GStreamer), and the streaming. */
#include "config.h"
#include "role/role.h"

#include "role/gst-common.h"

#include <gst/app/app.h>
#include <string.h>

#define PROGRESS_MS 50
/* No signal tells that an allocator has space again. */
#define SPACE_POLL_US (2 * 1000)
#define FEEDER_END_US G_USEC_PER_SEC

#define APP_PIPELINE "appsrc name=src ! shmsink name=sink"
#define TEST_PIPELINE "videotestsrc name=src ! capsfilter name=caps ! shmsink name=sink"
/* The source allocates for itself, and the sink copies. */
#define TEST_COPY_PIPELINE "videotestsrc name=src ! capsfilter name=caps ! " \
    "identity drop-allocation=true ! shmsink name=sink"
/* As fast as it goes: nothing is written into the buffers. */
#define FAKE_PIPELINE "fakesrc name=src sizetype=fixed sizemax=%" G_GSIZE_FORMAT " ! shmsink name=sink"

typedef enum
{ PATH_COPY, PATH_ALLOC, PATH_POOL, PATH_TEST, PATH_TEST_COPY, PATH_FAKE } Path;

typedef struct
{
  Role *role;
  RoleGst gst;
  GstElement *sink;             /* borrowed from the pipeline */
  GstAppSrc *source;            /* borrowed; NULL: the pipeline runs freely */
  Path path;
  gsize buffer_size;
  gint64 pace_us;
  gboolean stamped;             /* buffers have timestamps */
  gboolean count_only;
  GstAllocator *allocator;      /* that shmsink proposes; NULL: system memory */
  GstBufferPool *pool;
  const gchar *fed_memory;      /* what the feeder's last allocation gave; only the feeder's */
  GThread *feeder;
  guint progress_source;
  gboolean started, finishing;

  GMutex lock;                  /* of all below; never held over a call that may block */
  GCond changed;
  gboolean stopping, feeder_ended;
  gboolean pool_failed;         /* only the feeder's */
  gint64 to_produce;            /* -1: no end */
  guint64 next_seq;
  GQueue ahead;                 /* GstBuffer*, allocated and not yet sent */
  guint64 n_numbered, n_gone, n_released;       /* gone: released, or never sent */
  guint64 n_entered, n_entered_bytes;
  gboolean full;                /* told so, and no space found since */
} Producer;

/* --- the ticket: which buffer this is, and when it is over --- */

/* It goes with the buffer, also into the copy that shmsink makes: the buffer is over when the last
 * holder of its ticket is, whatever path it took. A pool strips it off a buffer that returns. */
typedef struct
{
  GstMeta meta;
  Producer *producer;
  guint64 seq, sum;
  gboolean entered;             /* shmsink got it */
  gboolean passed_on;           /* a copy has it now */
} Ticket;

static void
tell_gone (Producer * self, gboolean released)
{
  TraceEvent event = role_event (self->role, TRACE_PROGRESS);

  g_mutex_lock (&self->lock);
  self->n_gone++;
  if (released)
    self->n_released++;
  event.value = (gint64) self->n_released;
  g_mutex_unlock (&self->lock);
  if (released && !self->count_only)
    role_emit (self->role, &event, "released");
}

static gboolean
ticket_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  Ticket *ticket = (Ticket *) meta;

  ticket->producer = NULL;
  ticket->entered = FALSE;
  ticket->passed_on = FALSE;
  return TRUE;
}

static void
ticket_free (GstMeta * meta, GstBuffer * buffer)
{
  Ticket *ticket = (Ticket *) meta;

  if (ticket->producer && !ticket->passed_on)
    tell_gone (ticket->producer, ticket->entered);
}

static Ticket *ticket_add (GstBuffer * buffer, Producer * producer, guint64 seq, guint64 sum);

static gboolean
ticket_transform (GstBuffer * copy, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  Ticket *ticket = (Ticket *) meta;

  if (!GST_META_TRANSFORM_IS_COPY (type) || ticket->passed_on)
    return FALSE;
  ticket_add (copy, ticket->producer, ticket->seq, ticket->sum)->entered = ticket->entered;
  ticket->passed_on = TRUE;
  return TRUE;
}

static GType
ticket_api (void)
{
  static gsize type = 0;
  static const gchar *no_tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, gst_meta_api_type_register ("RoleTicketAPI", no_tags));
  return type;
}

static const GstMetaInfo *
ticket_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info, (gsize) gst_meta_register (ticket_api (), "RoleTicket",
            sizeof (Ticket), ticket_init, ticket_free, ticket_transform));
  return (const GstMetaInfo *) info;
}

static Ticket *
ticket_add (GstBuffer * buffer, Producer * producer, guint64 seq, guint64 sum)
{
  Ticket *ticket = (Ticket *) gst_buffer_add_meta (buffer, ticket_info (), NULL);

  ticket->producer = producer;
  ticket->seq = seq;
  ticket->sum = sum;
  return ticket;
}

/* --- what shmsink shows --- */

static GstPadProbeReturn
on_buffer_enters (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Producer *self = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  Ticket *ticket = (Ticket *) gst_buffer_get_meta (buffer, ticket_api ());
  TraceEvent event = role_event (self->role, TRACE_BUFFER_OUT);

  event.size = gst_buffer_get_size (buffer);
  event.seq = ticket ? ticket->seq : 0;
  event.sum = ticket ? ticket->sum : 0;
  if (ticket)
    ticket->entered = TRUE;
  g_mutex_lock (&self->lock);
  self->n_entered++;
  self->n_entered_bytes += event.size;
  g_mutex_unlock (&self->lock);
  if (!self->count_only)
    role_emit (self->role, &event, NULL);
  return GST_PAD_PROBE_OK;
}

/* Both are called with locks of the element held: tell, and nothing else. */
static void
on_client_connected (GstElement * sink, gint fd, gpointer data)
{
  Producer *self = data;
  TraceEvent event = role_event (self->role, TRACE_CONNECTED);

  event.value = fd;
  role_emit (self->role, &event, NULL);
}

static void
on_client_disconnected (GstElement * sink, gint fd, gpointer data)
{
  Producer *self = data;
  TraceEvent event = role_event (self->role, TRACE_DISCONNECTED);

  event.value = fd;
  role_emit (self->role, &event, NULL);
}

static gboolean
on_progress (gpointer data)
{
  Producer *self = data;
  TraceEvent event = role_event (self->role, TRACE_PROGRESS);

  g_mutex_lock (&self->lock);
  event.value = (gint64) self->n_entered;
  event.size = self->n_entered_bytes;
  g_mutex_unlock (&self->lock);
  role_emit (self->role, &event, "sent");
  return G_SOURCE_CONTINUE;
}

/* --- buffers --- */

static const gchar *
memory_name (Producer * self, GstBuffer * buffer)
{
  if (!buffer)
    return "refused";
  return self->allocator && gst_buffer_peek_memory (buffer, 0)->allocator == self->allocator ?
      "shm" : "system";
}

static void
tell_memory (Producer * self, GstBuffer * buffer, guint64 seq)
{
  TraceEvent event = role_event (self->role, TRACE_MEMORY);

  event.seq = seq;
  event.size = self->buffer_size;
  role_emit (self->role, &event, "%s", memory_name (self, buffer));
}

static guint64
next_seq (Producer * self)
{
  guint64 seq;

  g_mutex_lock (&self->lock);
  seq = self->next_seq;
  g_mutex_unlock (&self->lock);
  return seq;
}

static void
tell_full (Producer * self)
{
  TraceEvent event = role_event (self->role, TRACE_FULL);
  gboolean was_full;

  g_mutex_lock (&self->lock);
  was_full = self->full;
  self->full = TRUE;
  event.value = (gint64) (self->n_numbered - self->n_gone);
  g_mutex_unlock (&self->lock);
  if (!was_full)
    role_emit (self->role, &event, NULL);
}

static void
tell_resumed (Producer * self, guint64 seq)
{
  TraceEvent event = role_event (self->role, TRACE_RESUMED);
  gboolean was_full;

  g_mutex_lock (&self->lock);
  was_full = self->full;
  self->full = FALSE;
  g_mutex_unlock (&self->lock);
  event.seq = seq;
  if (was_full)
    role_emit (self->role, &event, NULL);
}

/* As every source that is based on GstBaseSrc or GstPushSrc: what its pool cannot give ends the
 * stream. */
static void
fail_as_sources_do (Producer * self, GstFlowReturn result)
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
acquire (Producer * self, gboolean wait)
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
allocate (Producer * self, gboolean wait)
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
number_buffer (Producer * self, GstBuffer * buffer)
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
  ticket_add (buffer, self, seq, sum);
  GST_BUFFER_OFFSET (buffer) = seq;
  if (self->stamped) {
    GST_BUFFER_PTS (buffer) = (seq - 1) * (guint64) self->pace_us * GST_USECOND;
    GST_BUFFER_DURATION (buffer) = (guint64) self->pace_us * GST_USECOND;
  }
  return seq;
}

/* --- the feeder --- */

/* FALSE: stop. */
static gboolean
wait_until (Producer * self, gint64 end_us)
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
wait_for_work (Producer * self, GstBuffer ** take_ahead)
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
tell_fed_memory (Producer * self, GstBuffer * buffer, guint64 seq)
{
  const gchar *name = memory_name (self, buffer);
  gboolean changed = name != self->fed_memory;

  self->fed_memory = name;
  if (self->path != PATH_COPY && (changed || (buffer && !self->count_only)))
    tell_memory (self, buffer, seq);
}

/* NULL: stop. */
static GstBuffer *
make_buffer (Producer * self)
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
push (Producer * self, GstBuffer * take_buffer)
{
  GstFlowReturn result = gst_app_src_push_buffer (self->source, take_buffer);
  TraceEvent event;

  if (result == GST_FLOW_OK)
    return TRUE;
  event = role_event (self->role, TRACE_NOTE);
  role_emit (self->role, &event, "push: %s", gst_flow_get_name (result));
  return FALSE;
}

static gpointer
feed (gpointer data)
{
  Producer *self = data;
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

/* FALSE: it hangs. */
static gboolean
join_feeder (Producer * self)
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

/* --- start --- */

/* Pads must be active for this, so it comes after PAUSED. */
static gboolean
ask_for_allocator (Producer * self, GstCaps * caps)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->sink, "sink");
  GstQuery *query = gst_query_new_allocation (caps, self->path == PATH_POOL);

  if (pad && gst_pad_query (pad, query) && gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &self->allocator, NULL);
  gst_query_unref (query);
  return self->allocator != NULL;
}

static gboolean
make_pool (Producer * self, GstCaps * caps)
{
  guint most = (guint) role_int (self->role, "pool-max");
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
prepare_memory (Producer * self)
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
run_pipeline (Producer * self)
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
socket_in_use (Producer * self)
{
  gchar *path = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (self->sink), "socket-path"))
    g_object_get (self->sink, "socket-path", &path, NULL);
  return path ? path : g_strdup (role_get (self->role, "socket"));
}

static void
start (Producer * self, const RoleCommand * command)
{
  TraceEvent begin = role_event (self->role, TRACE_STARTED), event;
  g_autofree gchar *problem = run_pipeline (self);
  g_autofree gchar *socket_path = socket_in_use (self);

  event = role_event (self->role, TRACE_STARTED);
  event.value = (event.time_ns - begin.time_ns) / 1000;
  if (problem) {
    role_gst_set_state (&self->gst, GST_STATE_NULL);
  } else {
    self->started = TRUE;
    if (self->source)
      self->feeder = g_thread_new ("feeder", feed, self);
    if (self->count_only)
      self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  }
  role_emit (self->role, &event, "%s", problem ? problem : socket_path);
  role_done (self->role, command->serial, problem);
}

/* --- other commands --- */

static void
produce (Producer * self, gint64 count)
{
  g_mutex_lock (&self->lock);
  if (count < 0)
    self->to_produce = -1;
  else if (self->to_produce >= 0)
    self->to_produce += count;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static const gchar *
allocate_ahead (Producer * self, gint64 count)
{
  if (!self->source)
    return "this pipeline runs freely";
  for (; count > 0; count--) {
    GstBuffer *buffer = allocate (self, FALSE);

    tell_memory (self, buffer, buffer ? number_buffer (self, buffer) : next_seq (self));
    if (!buffer)
      continue;
    g_mutex_lock (&self->lock);
    g_queue_push_tail (&self->ahead, buffer);
    g_mutex_unlock (&self->lock);
  }
  return NULL;
}

static void
resize (Producer * self, const RoleCommand * command)
{
  g_autofree gchar *problem = NULL;
  TraceEvent event;
  guint reported = 0;

  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (self->sink), "shm-size")) {
    role_done (self->role, command->serial, "sink: has no property: shm-size");
    return;
  }
  if (command->size <= G_MAXUINT)
    g_object_set (self->sink, "shm-size", (guint) command->size, NULL);
  g_object_get (self->sink, "shm-size", &reported, NULL);
  if (reported != command->size)
    problem = g_strdup_printf ("shm-size: not accepted: %" G_GUINT64_FORMAT, command->size);
  event = role_event (self->role, TRACE_RESIZED);
  event.size = command->size;
  event.value = reported;
  role_emit (self->role, &event, "%s", problem ? problem : "ok");
  role_done (self->role, command->serial, problem);
}

/* --- the end --- */

static void
ask_feeder_to_end (Producer * self)
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

/* As a careful application does it: nothing new, then NULL, which also ends a push that blocks,
 * and only then what the feeder may still have used. */
static void
finish (gpointer data)
{
  Producer *self = data;

  if (self->finishing)
    return;
  self->finishing = TRUE;
  ask_feeder_to_end (self);
  role_gst_set_state (&self->gst, GST_STATE_NULL);
  if (self->pool)
    gst_buffer_pool_set_flushing (self->pool, TRUE);
  if (!join_feeder (self)) {
    TraceEvent event = role_event (self->role, TRACE_NOTE);

    role_emit (self->role, &event, "the feeder did not end");
  } else if (self->pool) {
    gst_buffer_pool_set_active (self->pool, FALSE);
  }
  role_gst_tell_popped (&self->gst);
  role_exit (self->role, role_gst_status (&self->gst));
}

static void
stop (Producer * self, const RoleCommand * command)
{
  if (!self->started || !g_str_equal (command->text, "EOS")) {
    finish (self);
    return;
  }
  ask_feeder_to_end (self);
  role_gst_wait_eos (&self->gst, (guint) CLAMP (command->count, 0, G_MAXINT), finish, self);
  if (self->finishing)
    return;
  if (self->source)
    gst_app_src_end_of_stream (self->source);
  else
    gst_element_send_event (self->gst.pipeline, gst_event_new_eos ());
}

static void
producer_command (Role * role, gpointer data, const RoleCommand * command)
{
  Producer *self = data;

  if (!self->started && command->verb != ROLE_START && command->verb != ROLE_STOP) {
    role_done (role, command->serial, "not started");
    return;
  }
  switch ((RoleVerb) command->verb) {
    case ROLE_START:
      if (self->started)
        role_done (role, command->serial, "started already");
      else
        start (self, command);
      break;
    case ROLE_PRODUCE:
      produce (self, command->count);
      role_done (role, command->serial, NULL);
      break;
    case ROLE_ALLOCATE:
      role_done (role, command->serial, allocate_ahead (self, command->count));
      break;
    case ROLE_RESIZE:
      resize (self, command);
      break;
    case ROLE_STOP:
      stop (self, command);
      break;
    case ROLE_HOLD:
    case ROLE_RELEASE:
    case ROLE_CONNECT:
    case ROLE_DISCONNECT:
    case ROLE_N_VERBS:
      role_done (role, command->serial, "not for a producer");
      break;
  }
}

static void
producer_terminate (Role * role, gpointer data)
{
  finish (data);
}

/* --- life --- */

static Path
path_from_name (const gchar * name)
{
  static const gchar *const names[] = {
    [PATH_COPY] = "copy",[PATH_ALLOC] = "alloc",[PATH_POOL] = "pool",[PATH_TEST] = "test",
    [PATH_TEST_COPY] = "test-copy",[PATH_FAKE] = "fake",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (names[i], name) == 0)
      return (Path) i;
  }
  return PATH_COPY;
}

/* The area that a pipeline of the user's own asks for by itself, which wins; 0: none. */
static guint64
own_area_size (Producer * self)
{
  const gchar *pipeline = role_get (self->role, "pipeline");
  GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (self->sink), "shm-size");
  guint size = 0;

  if (!pipeline || !*pipeline || !property || !G_IS_PARAM_SPEC_UINT (property))
    return 0;
  g_object_get (self->sink, "shm-size", &size, NULL);
  return size != G_PARAM_SPEC_UINT (property)->default_value || strstr (pipeline, "shm-size")
      ? size : 0;
}

static gboolean
set_up_sink (Producer * self, GError ** error)
{
  Role *role = self->role;
  guint64 area_size;
  g_autoptr (GstPad) pad = NULL;

  self->sink = role_gst_element (&self->gst, "sink");
  if (!self->sink || !(pad = gst_element_get_static_pad (self->sink, "sink"))) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "pipeline: no sink element called sink: %s", role_get (role, "pipeline"));
    return FALSE;
  }
  area_size = own_area_size (self);
  role_gst_tell_target (&self->gst, self->sink, area_size);
  role_gst_set (self->sink, "socket-path", "%s", role_get (role, "socket"));
  role_gst_set (self->sink, "sync", "%d", role_bool (role, "sync"));
  role_gst_set (self->sink, "wait-for-connection", "%d", role_bool (role, "wait-for-connection"));
  if (area_size == 0)
    role_gst_set (self->sink, "shm-size", "%" G_GINT64_FORMAT, role_int (role, "shm-size"));
  role_gst_set (self->sink, "buffer-time", "%" G_GINT64_FORMAT, role_int (role, "buffer-time"));
  role_gst_set (self->sink, "perms", "%" G_GUINT64_FORMAT,
      g_ascii_strtoull (role_get (role, "perms"), NULL, 8));
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer_enters, self, NULL);
  if (g_signal_lookup ("client-connected", G_OBJECT_TYPE (self->sink)) != 0) {
    g_signal_connect (self->sink, "client-connected", G_CALLBACK (on_client_connected), self);
    g_signal_connect (self->sink, "client-disconnected", G_CALLBACK (on_client_disconnected),
        self);
  }
  return TRUE;
}

static void
set_up_source (Producer * self)
{
  GstElement *element = role_gst_element (&self->gst, "src");
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("application/x-shmdiag");
  g_autoptr (GstCaps) set_caps = NULL;

  if (!element || !GST_IS_APP_SRC (element))
    return;
  self->source = GST_APP_SRC (element);
  if (!(set_caps = gst_app_src_get_caps (self->source)))
    gst_app_src_set_caps (self->source, caps);
  /* Room for one: max-buffers would say so too, but came only with 1.20. */
  g_object_set (element, "format", GST_FORMAT_TIME, "block", TRUE, NULL);
  gst_app_src_set_max_bytes (self->source, self->buffer_size);
}

static gboolean
set_up_caps (Producer * self, GError ** error)
{
  GstElement *filter = role_gst_element (&self->gst, "caps");
  const gchar *text = role_get (self->role, "caps");
  g_autoptr (GstCaps) caps = NULL;

  if (!filter || !text || !*text)
    return TRUE;
  if (!(caps = gst_caps_from_string (text))) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_CAPS, "caps: not understood: %s", text);
    return FALSE;
  }
  g_object_set (filter, "caps", caps, NULL);
  return TRUE;
}

static gboolean
set_up (Producer * self, GError ** error)
{
  const gchar *pipeline = role_get (self->role, "pipeline");
  g_autofree gchar *own = NULL;

  if (self->path < PATH_TEST && self->buffer_size < ROLE_PAYLOAD_MIN) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "buffer-size: too small for a numbered payload: %" G_GSIZE_FORMAT, self->buffer_size);
    return FALSE;
  }
  if (self->path == PATH_FAKE)
    own = g_strdup_printf (FAKE_PIPELINE, self->buffer_size);
  if (!pipeline || !*pipeline)
    pipeline = own ? own : self->path == PATH_TEST ? TEST_PIPELINE
        : self->path == PATH_TEST_COPY ? TEST_COPY_PIPELINE : APP_PIPELINE;
  if (!role_gst_open (&self->gst, self->role, pipeline, error))
    return FALSE;
  set_up_source (self);
  return set_up_sink (self, error) && set_up_caps (self, error);
}

static void
producer_free (Producer * self)
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
producer_create (Role * role, GError ** error)
{
  Producer *self = g_new0 (Producer, 1);

  self->role = role;
  self->next_seq = 1;
  self->path = path_from_name (role_get (role, "path"));
  self->buffer_size = (gsize) role_int (role, "buffer-size");
  self->pace_us = (gint64) (role_seconds (role, "pace") * G_USEC_PER_SEC);
  self->stamped = self->pace_us > 0 || role_bool (role, "sync");
  self->count_only = g_strcmp0 (role_get (role, "events"), "count") == 0;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->ahead);
  if (set_up (self, error))
    return self;
  producer_free (self);
  return NULL;
}

static void
producer_destroy (gpointer data)
{
  Producer *self = data;

  g_clear_handle_id (&self->progress_source, g_source_remove);
  if (!self->finishing) {
    ask_feeder_to_end (self);
    gst_element_set_state (self->gst.pipeline, GST_STATE_NULL);
    join_feeder (self);
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
