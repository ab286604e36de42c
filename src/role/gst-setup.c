/* The pipeline around shmsink, and what its sink shows. */
#include "config.h"
#include "role/gst-producer.h"

#include "role/gst-ticket.h"

#include <string.h>

#define APP_PIPELINE "appsrc name=src ! shmsink name=sink"
#define TEST_PIPELINE "videotestsrc name=src ! capsfilter name=caps ! shmsink name=sink"
/* The source allocates for itself, and the sink copies. */
#define TEST_COPY_PIPELINE "videotestsrc name=src ! capsfilter name=caps ! " \
    "identity drop-allocation=true ! shmsink name=sink"
/* As fast as it goes: nothing is written into the buffers. */
#define FAKE_PIPELINE "fakesrc name=src sizetype=fixed sizemax=%" G_GSIZE_FORMAT " ! shmsink name=sink"

/* --- what shmsink shows --- */

static GstPadProbeReturn
on_buffer_enters (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstProducer *self = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  RoleTicket *ticket = role_ticket_of (buffer);
  TraceEvent event = actor_event (self->actor, TRACE_BUFFER_OUT);

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
    actor_emit (self->actor, &event, NULL);
  return GST_PAD_PROBE_OK;
}

/* Both are called with locks of the element held: tell, and nothing else. */
static void
on_client_connected (GstElement * sink, gint fd, gpointer data)
{
  GstProducer *self = data;
  TraceEvent event = actor_event (self->actor, TRACE_CONNECTED);

  event.connected.peer = fd;
  actor_emit (self->actor, &event, NULL);
}

static void
on_client_disconnected (GstElement * sink, gint fd, gpointer data)
{
  GstProducer *self = data;
  TraceEvent event = actor_event (self->actor, TRACE_DISCONNECTED);

  event.disconnected.peer = fd;
  actor_emit (self->actor, &event, NULL);
}

/* --- setting up --- */

/* The area that a pipeline of the user's own asks for by itself, which wins; 0: none. */
static guint64
own_area_size (GstProducer * self)
{
  const gchar *pipeline = actor_get (self->actor, "pipeline");
  GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (self->sink), "shm-size");
  guint size = 0;

  if (!pipeline || !*pipeline || !property || !G_IS_PARAM_SPEC_UINT (property))
    return 0;
  g_object_get (self->sink, "shm-size", &size, NULL);
  return size != G_PARAM_SPEC_UINT (property)->default_value || strstr (pipeline, "shm-size")
      ? size : 0;
}

static gboolean
set_up_sink (GstProducer * self, GError ** error)
{
  Actor *actor = self->actor;
  guint64 area_size;
  g_autoptr (GstPad) pad = NULL;

  self->sink = role_gst_element (&self->gst, "sink");
  if (!self->sink || !(pad = gst_element_get_static_pad (self->sink, "sink"))) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "pipeline: no sink element called sink: %s", actor_get (actor, "pipeline"));
    return FALSE;
  }
  area_size = own_area_size (self);
  role_gst_tell_target (&self->gst, self->sink, area_size);
  role_gst_set (self->sink, "socket-path", "%s", actor_get (actor, "socket"));
  role_gst_set (self->sink, "sync", "%d", actor_bool (actor, "sync"));
  role_gst_set (self->sink, "wait-for-connection", "%d", actor_bool (actor, "wait-for-connection"));
  if (area_size == 0)
    role_gst_set (self->sink, "shm-size", "%" G_GINT64_FORMAT, actor_int (actor, "shm-size"));
  role_gst_set (self->sink, "buffer-time", "%" G_GINT64_FORMAT, actor_int (actor, "buffer-time"));
  role_gst_set (self->sink, "perms", "%" G_GUINT64_FORMAT,
      g_ascii_strtoull (actor_get (actor, "perms"), NULL, 8));
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer_enters, self, NULL);
  if (g_signal_lookup ("client-connected", G_OBJECT_TYPE (self->sink)) != 0) {
    g_signal_connect (self->sink, "client-connected", G_CALLBACK (on_client_connected), self);
    g_signal_connect (self->sink, "client-disconnected", G_CALLBACK (on_client_disconnected),
        self);
  }
  return TRUE;
}

static void
set_up_source (GstProducer * self)
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
set_up_caps (GstProducer * self, GError ** error)
{
  GstElement *filter = role_gst_element (&self->gst, "caps");
  const gchar *text = actor_get (self->actor, "caps");
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

gboolean
gst_producer_set_up (GstProducer * self, GError ** error)
{
  const gchar *pipeline = actor_get (self->actor, "pipeline");
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
  if (!role_gst_open (&self->gst, self->actor, pipeline, error))
    return FALSE;
  set_up_source (self);
  return set_up_sink (self, error) && set_up_caps (self, error);
}
