/* The answer to a query: told, and used as it is proposed. */
#include "config.h"
#include "probe/elements/element.h"

#include <gst/video/video.h>
#include <string.h>

/* --- in words --- */

gboolean
element_is_meta_api (GType api)
{
  return api != G_TYPE_POINTER && G_TYPE_FUNDAMENTAL (api) == G_TYPE_POINTER;
}

static const gchar *
type_of (gpointer object, const gchar * otherwise)
{
  return object ? G_OBJECT_TYPE_NAME (object) : otherwise;
}

static void
describe_pools (GString * text, GstQuery * query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++) {
    g_autoptr (GstBufferPool) pool = NULL;
    guint size, min, max;

    gst_query_parse_nth_allocation_pool (query, i, &pool, &size, &min, &max);
    g_string_append_printf (text, "%s of %u bytes, %u..%u buffers; ", type_of (pool, "a pool"),
        size, min, max);
  }
}

static void
describe_allocators (GString * text, GstQuery * query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_params (query); i++) {
    g_autoptr (GstAllocator) allocator = NULL;
    GstAllocationParams params;

    gst_query_parse_nth_allocation_param (query, i, &allocator, &params);
    g_string_append_printf (text, "%s with %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %"
        G_GSIZE_FORMAT "; ", type_of (allocator, "any allocator"), params.align, params.prefix,
        params.padding);
  }
}

static void
describe_metas (GString * text, GstQuery * query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_metas (query); i++) {
    const GstStructure *params;
    GType api = gst_query_parse_nth_allocation_meta (query, i, &params);
    g_autofree gchar *words = params ? gst_structure_to_string (params) : NULL;

    g_string_append_printf (text, "%s%s%s; ", g_type_name (api), words ? " " : "",
        words ? words : "");
  }
}

static gchar *
describe (GstQuery * query)
{
  GString *text = g_string_new (NULL);

  describe_pools (text, query);
  describe_allocators (text, query);
  describe_metas (text, query);
  if (text->len > 2)
    g_string_truncate (text, text->len - 2);
  else
    g_string_assign (text, "nothing");
  return g_string_free (text, FALSE);
}

/* --- asking --- */

static void
tell_asked (Actor * actor, GstCaps * caps, gboolean need_pool)
{
  g_autofree gchar *text = caps ? gst_caps_to_string (caps) : g_strdup ("no caps");
  TraceEvent event = actor_event (actor, TRACE_ASKED);

  event.asked.need_pool = need_pool;
  actor_emit (actor, &event, "%s", text);
}

static void
tell_answer (Actor * actor, GstQuery * query)
{
  TraceEvent event = actor_event (actor, TRACE_ANSWER);
  g_autofree gchar *text = query ? describe (query) : g_strdup ("no answer");

  event.answer.answered = query != NULL;
  event.answer.hash = g_str_hash (text);
  if (query) {
    event.answer.pools = gst_query_get_n_allocation_pools (query);
    event.answer.allocators = gst_query_get_n_allocation_params (query);
    event.answer.metas = gst_query_get_n_allocation_metas (query);
  }
  actor_emit (actor, &event, "%s", text);
}

GstQuery *
element_ask (Actor * actor, Offer * offer, GstCaps * caps, gboolean need_pool)
{
  GstQuery *query;

  tell_asked (actor, caps, need_pool);
  query = offer_ask_caps (offer, caps, need_pool);
  tell_answer (actor, query);
  return query;
}

/* --- telling --- */

gsize
element_frame_size (GstCaps * caps)
{
  GstVideoInfo info;

  return gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw")
      && gst_video_info_from_caps (&info, caps) ? GST_VIDEO_INFO_SIZE (&info) : 0;
}

static void
tell_pools (Actor * actor, GstQuery * query, GstCaps * caps)
{
  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++) {
    TraceEvent event = actor_event (actor, TRACE_POOL_OFFER);
    g_autoptr (GstBufferPool) pool = NULL;
    guint size, min, max;

    gst_query_parse_nth_allocation_pool (query, i, &pool, &size, &min, &max);
    event.pool_offer.place = i;
    event.pool_offer.object = !pool ? 0 : gst_buffer_pool_is_active (pool) ? 2 : 1;
    event.size = size;
    event.pool_offer.min = min;
    event.pool_offer.max = max;
    event.pool_offer.due = element_frame_size (caps);
    actor_emit (actor, &event, "%s", type_of (pool, "no object"));
  }
}

static void
tell_allocators (Actor * actor, GstQuery * query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_params (query); i++) {
    TraceEvent event = actor_event (actor, TRACE_ALLOCATOR_OFFER);
    g_autoptr (GstAllocator) allocator = NULL;
    GstAllocationParams params;

    gst_query_parse_nth_allocation_param (query, i, &allocator, &params);
    event.allocator_offer.place = i;
    event.allocator_offer.object = allocator != NULL;
    event.allocator_offer.align = (gint64) params.align;
    event.allocator_offer.prefix = params.prefix;
    event.allocator_offer.padding = params.padding;
    event.allocator_offer.flags = params.flags;
    actor_emit (actor, &event, "%s", type_of (allocator, "no object"));
  }
}

static void
tell_metas (Actor * actor, GstQuery * query)
{
  for (guint i = 0; i < gst_query_get_n_allocation_metas (query); i++) {
    TraceEvent event = actor_event (actor, TRACE_META_OFFER);
    GType api = gst_query_parse_nth_allocation_meta (query, i, NULL);

    event.meta_offer.known = element_is_meta_api (api);
    actor_emit (actor, &event, "%s", g_type_name (api));
  }
}

void
element_tell_offers (Actor * actor, GstQuery * query, GstCaps * caps)
{
  tell_pools (actor, query, caps);
  tell_allocators (actor, query);
  tell_metas (actor, query);
}
