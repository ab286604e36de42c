/* An element, and what it needs around it to answer the ALLOCATION query. */
#include "config.h"
#include "probe/elements/offer.h"

#include "base/deadline.h"

#include <string.h>

/* For an element to start, and to come to NULL again: some connect to a server first. */
#define OPEN_PATIENCE_US (4 * G_USEC_PER_SEC)
#define CLOSE_PATIENCE_US (3 * G_USEC_PER_SEC)

struct Offer
{
  GstElement *pipeline, *element;
  GstPad *source;               /* ours, of no element; linked to the element's sink pad */
  GstPad *sink;
  gboolean is_requested;        /* the sink pad */
  GstCaps *caps;
};

/* What an element must be told before it starts. "%s" in a value is a path in the prober's directory
 * that no other offer has: one whose stop hung may still listen at its own. */
static const struct
{
  const gchar *element, *property, *value;
} needs[] = {
  {"shmsink", "socket-path", "%s"},
  {"unixfdsink", "socket-path", "%s"},
  {"filesink", "location", "/dev/null"},
  {"fdsink", "fd", "2"},
  {"multifilesink", "location", "%s-%%05d"},
  {"gdkpixbufsink", "post-messages", "false"},
  {"giosink", "location", "file:///dev/null"},
  {"tcpserversink", "port", "0"},
  {"openh264enc", "complexity", "low"},
  {"x264enc", "speed-preset", "ultrafast"},
  {"videobox", "left", "2"},
  {"videocrop", "left", "2"},
  {"videoflip", "method", "clockwise"},
};

/* What comes behind a transform, so that it has something to do: it then answers for itself, else
 * it passes the question on. */
static const struct
{
  const gchar *element, *caps;
} behind[] = {
  {"videoconvert", "video/x-raw, format=AYUV64"},
  {"videoconvertscale", "video/x-raw, format=AYUV64"},
  {"videoscale", "video/x-raw, width=64, height=48"},
  {"audioconvert", "audio/x-raw, format=F64BE"},
  {"audioresample", "audio/x-raw, rate=8000"},
};

/* --- calls that may not come back --- */

typedef struct
{
  GMutex lock;
  GCond over;
  gboolean is_over;
  gboolean is_given_up;         /* nobody waits any more: whoever is last frees */
  Offer *offer;
  gboolean (*func) (Offer * offer, GError ** error);
  gboolean result;
  GError *error;
} Call;

static void
call_free (Call * call)
{
  g_mutex_clear (&call->lock);
  g_cond_clear (&call->over);
  g_clear_error (&call->error);
  g_free (call);
}

static gpointer
run_call (gpointer data)
{
  Call *call = data;
  gboolean given_up;

  call->result = call->func (call->offer, &call->error);
  g_mutex_lock (&call->lock);
  call->is_over = TRUE;
  given_up = call->is_given_up;
  g_cond_signal (&call->over);
  g_mutex_unlock (&call->lock);
  if (given_up)
    call_free (call);
  return NULL;
}

/* FUNC for OFFER in a thread of its own. *CAME_BACK FALSE: it did not in time, and OFFER belongs to
 * it from now on. */
static gboolean
call_bounded (Offer * offer, gboolean (*func) (Offer *, GError **), gint64 patience_us,
    gboolean * came_back, GError ** error)
{
  Call *call = g_new0 (Call, 1);
  gint64 end = g_get_monotonic_time () + patience_us;
  gboolean result;

  g_mutex_init (&call->lock);
  g_cond_init (&call->over);
  call->offer = offer;
  call->func = func;
  g_thread_unref (g_thread_new ("offer", run_call, call));
  g_mutex_lock (&call->lock);
  while (!call->is_over && g_cond_wait_until (&call->over, &call->lock, end));
  *came_back = call->is_over;
  call->is_given_up = !call->is_over;
  result = call->is_over && call->result;
  if (call->is_over && call->error)
    g_propagate_error (error, g_steal_pointer (&call->error));
  g_mutex_unlock (&call->lock);
  if (*came_back)
    call_free (call);
  return result;
}

/* --- building --- */

static void
set_needs (Actor * actor, GstElement * element, const gchar * name)
{
  static gint n_offers;
  const gchar *dir = actor_get (actor, "dir");
  g_autofree gchar *path = g_strdup_printf ("%s/offer%d", dir ? dir : g_get_tmp_dir (),
      g_atomic_int_add (&n_offers, 1));

  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++) {
    g_auto (GStrv) parts = NULL;
    g_autofree gchar *value = NULL;

    if (!g_str_equal (needs[i].element, name)
        || !g_object_class_find_property (G_OBJECT_GET_CLASS (element), needs[i].property))
      continue;
    parts = g_strsplit (needs[i].value, "%s", 2);
    value = g_strjoinv (path, parts);
    gst_util_set_object_arg (G_OBJECT (element), needs[i].property, value);
  }
}

/* The pad that data goes in at: one that is always there, else one that can be had. */
static GstPad *
find_sink (GstElement * element, gboolean * is_requested)
{
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (element);
  g_autoptr (GstIterator) pads = gst_element_iterate_sink_pads (element);
  g_auto (GValue) item = G_VALUE_INIT;

  *is_requested = FALSE;
  if (gst_iterator_next (pads, &item) == GST_ITERATOR_OK)
    return gst_object_ref (g_value_get_object (&item));
  *is_requested = TRUE;
  for (GList * i = gst_element_class_get_pad_template_list (klass); i; i = i->next) {
    GstPadTemplate *templ = i->data;
    GstPad *pad = NULL;

    if (templ->direction == GST_PAD_SINK && templ->presence == GST_PAD_REQUEST)
      pad = gst_element_request_pad (element, templ, NULL, NULL);
    if (pad)
      return pad;
  }
  return NULL;
}

/* Adds an element of FACTORY behind PAD. NULL: there is none of it. Borrowed. */
static GstElement *
add_behind (Offer * offer, GstPad * pad, const gchar * factory)
{
  GstElement *added = gst_element_factory_make (factory, NULL);
  g_autoptr (GstPad) sink = NULL;

  if (!added)
    return NULL;
  gst_bin_add (GST_BIN (offer->pipeline), added);
  sink = gst_element_get_static_pad (added, "sink");
  gst_pad_link (pad, sink);
  return added;
}

static const gchar *
caps_behind (const gchar * element)
{
  for (gsize i = 0; i < G_N_ELEMENTS (behind); i++) {
    if (g_str_equal (behind[i].element, element))
      return behind[i].caps;
  }
  return NULL;
}

static gboolean
end_pad (GstElement * element, GstPad * pad, gpointer user)
{
  Offer *offer = user;
  const gchar *caps = caps_behind (GST_OBJECT_NAME (gst_element_get_factory (element)));
  GstElement *filter = caps ? add_behind (offer, pad, "capsfilter") : NULL;
  g_autoptr (GstPad) last = filter
      ? gst_element_get_static_pad (filter, "src") : gst_object_ref (pad);
  GstElement *fakesink = add_behind (offer, last, "fakesink");

  if (filter)
    gst_util_set_object_arg (G_OBJECT (filter), "caps", caps);
  /* It must neither hold up the change to PAUSED nor any data. */
  if (fakesink)
    g_object_set (fakesink, "async", FALSE, "sync", FALSE, NULL);
  return TRUE;
}

static gboolean
build (Offer * offer, Actor * actor, const gchar * name, GError ** error)
{
  offer->element = gst_element_factory_make (name, NULL);
  if (!offer->element) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN, "it cannot be made");
    return FALSE;
  }
  set_needs (actor, offer->element, name);
  offer->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (offer->pipeline), gst_object_ref (offer->element));
  offer->sink = find_sink (offer->element, &offer->is_requested);
  if (!offer->sink) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "it gives no sink pad");
    return FALSE;
  }
  gst_element_foreach_src_pad (offer->element, end_pad, offer);
  offer->source = gst_pad_new ("source", GST_PAD_SRC);
  gst_object_ref_sink (offer->source);
  gst_pad_set_active (offer->source, TRUE);
  if (gst_pad_link_full (offer->source, offer->sink, GST_PAD_LINK_CHECK_NOTHING)
      != GST_PAD_LINK_OK) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "its sink pad cannot be linked");
    return FALSE;
  }
  return TRUE;
}

/* --- running --- */

/* What went wrong by its own words. */
static void
set_bus_error (Offer * offer, const gchar * what, GError ** error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (offer->pipeline);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) told = NULL;

  if (message)
    gst_message_parse_error (message, &told, NULL);
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, "%s%s%s", what,
      told ? ": " : "", told ? told->message : "");
}

/* Without data a sink stays on its way to PAUSED; that is far enough. What has something behind it
 * may keep a query until it is PLAYING. */
static gboolean
start (Offer * offer, GError ** error)
{
  GstState state = offer->element->numsrcpads > 0 ? GST_STATE_PLAYING : GST_STATE_PAUSED;
  GstSegment segment;

  if (gst_element_set_state (offer->pipeline, state) == GST_STATE_CHANGE_FAILURE) {
    set_bus_error (offer, "it does not start", error);
    return FALSE;
  }
  gst_pad_push_event (offer->source, gst_event_new_stream_start ("offer"));
  if (!gst_pad_push_event (offer->source, gst_event_new_caps (offer->caps))) {
    set_bus_error (offer, "it does not take the caps", error);
    return FALSE;
  }
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (offer->source, gst_event_new_segment (&segment));
  return TRUE;
}

static gboolean
stop (Offer * offer, GError ** error)
{
  gst_element_set_state (offer->pipeline, GST_STATE_NULL);
  return TRUE;
}

static void
free_offer (Offer * offer)
{
  if (offer->source && offer->sink)
    gst_pad_unlink (offer->source, offer->sink);
  if (offer->is_requested && offer->sink)
    gst_element_release_request_pad (offer->element, offer->sink);
  gst_clear_object (&offer->sink);
  gst_clear_object (&offer->source);
  gst_clear_object (&offer->element);
  gst_clear_object (&offer->pipeline);
  gst_clear_caps (&offer->caps);
  g_free (offer);
}

Offer *
offer_open (Actor * actor, const gchar * element, GstCaps * caps, GError ** error)
{
  Offer *offer = g_new0 (Offer, 1);
  gboolean came_back = TRUE, good;

  if (caps) {
    offer->caps = gst_caps_ref (caps);
  } else {
    g_autoptr (GPtrArray) all = offer_caps (element);

    offer->caps = gst_caps_ref (g_ptr_array_index (all, 0));
  }
  good = build (offer, actor, element, error)
      && call_bounded (offer, start, OPEN_PATIENCE_US, &came_back, error);
  if (good)
    return offer;
  if (came_back)
    offer_close (offer);
  else
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
        "it does not start within %.0f s", (gdouble) OPEN_PATIENCE_US / G_USEC_PER_SEC);
  return NULL;
}

void
offer_close (Offer * offer)
{
  gboolean came_back = TRUE;

  if (!offer)
    return;
  if (offer->source)
    gst_pad_set_active (offer->source, FALSE);
  if (offer->pipeline)
    call_bounded (offer, stop, CLOSE_PATIENCE_US, &came_back, NULL);
  /* Else its thread still has it, and the process will not live long. */
  if (came_back)
    free_offer (offer);
}

GstElement *
offer_element (Offer * offer)
{
  return offer->element;
}

GstCaps *
offer_current_caps (Offer * offer)
{
  return offer->caps;
}

/* --- asking --- */

GstQuery *
offer_ask_caps (Offer * offer, GstCaps * caps, gboolean need_pool)
{
  GstQuery *query = gst_query_new_allocation (caps, need_pool);

  if (gst_pad_peer_query (offer->source, query))
    return query;
  gst_query_unref (query);
  return NULL;
}

GstQuery *
offer_ask (Offer * offer, gboolean need_pool)
{
  return offer_ask_caps (offer, offer->caps, need_pool);
}
