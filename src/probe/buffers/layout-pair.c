/* Exact layouts between a producer and a consumer of our own, through a real query. */
#include "config.h"
#include "probe/buffers/layout.h"

#include "probe/elements/element.h"
#include "probe/twins/element.h"

#include <gst/video/gstvideometa.h>

/* What a consumer's hardware needs. */
static const GstVideoAlignment hardware[] = {
  {0, 0, 0, 0, {15, 15, 15, 15}},
  {0, 15, 0, 0, {63, 63, 63, 63}},
  {4, 12, 8, 0, {31, 31, 31, 31}},
  {2, 7, 2, 4, {255, 127, 127, 255}},
};

static const struct
{
  gint width, height;
} sizes[] = {
  {1, 1}, {3, 3}, {17, 33}, {1366, 768},
};

typedef struct
{
  Actor *actor;
  Offer *consumer;
  GstCaps *caps;
  GstVideoInfo info;            /* of the caps, without padding */
  const GstVideoAlignment *needed;
  gchar *what;
} Pair;

/* The truth: where the consumer's hardware looks for each plane. */
static void
tell_consumer (const Pair * pair)
{
  GstVideoAlignment align = *pair->needed;
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoInfo aligned = pair->info;

  if (gst_video_info_align_full (&aligned, &align, plane_size))
    layout_tell_planes (pair->actor, "consumer", &aligned, &align, plane_size);
}

static gsize
needed_bytes (const Pair * pair)
{
  GstVideoAlignment align = *pair->needed;
  GstVideoInfo aligned = pair->info;

  gst_video_info_align (&aligned, &align);
  return GST_VIDEO_INFO_SIZE (&aligned);
}

/* --- import: the producer takes the layout of the consumer's buffers --- */

/* The layout of a buffer of the pool, as the documentation tells producers to read it. When the
 * heights cannot be read, they are told as none. */
static void
tell_imported (const Pair * pair, GstBuffer * buffer)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  guint heights[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoInfo taken = pair->info;

  if (!meta)
    return;
  gst_video_meta_get_plane_height (meta, heights);
  for (guint i = 0; i < meta->n_planes; i++) {
    taken.offset[i] = meta->offset[i];
    taken.stride[i] = meta->stride[i];
    plane_size[i] = (gsize) meta->stride[i] * heights[i];
  }
  layout_tell_planes (pair->actor, "producer", &taken, &meta->alignment, plane_size);
}

static GstBuffer *
acquire_one (GstBufferPool * pool, GstCaps * caps, guint size, guint min, guint max)
{
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstBufferPoolAcquireParams params = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };
  GstBuffer *buffer = NULL;

  gst_buffer_pool_config_set_params (config, caps, size, min, max);
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (gst_buffer_pool_set_config (pool, config) && gst_buffer_pool_set_active (pool, TRUE))
    gst_buffer_pool_acquire_buffer (pool, &buffer, &params);
  return buffer;
}

static void
import (const Pair * pair)
{
  g_autoptr (GstQuery) query = offer_ask_caps (pair->consumer, pair->caps, TRUE);
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  guint size, min, max;

  if (!query || gst_query_get_n_allocation_pools (query) == 0) {
    layout_tell_none (pair->actor, &pair->info, pair->what);
    return;
  }
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  buffer = acquire_one (pool, pair->caps, size, min, max);
  if (buffer) {
    layout_tell_buffer (pair->actor, buffer, &pair->info, needed_bytes (pair), pair->what);
    tell_consumer (pair);
    tell_imported (pair, buffer);
  } else {
    layout_tell_none (pair->actor, &pair->info, pair->what);
  }
  gst_clear_buffer (&buffer);
  gst_buffer_pool_set_active (pool, FALSE);
}

/* --- export: the producer makes buffers of the layout that the consumer describes --- */

static gboolean
read_alignment (GstQuery * query, GstVideoAlignment * align)
{
  const GstStructure *params = NULL;
  guint index;

  gst_video_alignment_reset (align);
  if (!gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, &index))
    return FALSE;
  gst_query_parse_nth_allocation_meta (query, index, &params);
  if (!params)
    return FALSE;
  gst_structure_get_uint (params, "padding-top", &align->padding_top);
  gst_structure_get_uint (params, "padding-bottom", &align->padding_bottom);
  gst_structure_get_uint (params, "padding-left", &align->padding_left);
  gst_structure_get_uint (params, "padding-right", &align->padding_right);
  return TRUE;
}

/* The producer's buffer, with the meta that the consumer will read. */
static GstBuffer *
make_buffer (const GstVideoInfo * info, const GstVideoAlignment * align)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  GstVideoMeta *meta = gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (info), (guint) GST_VIDEO_INFO_WIDTH (info),
      (guint) GST_VIDEO_INFO_HEIGHT (info), GST_VIDEO_INFO_N_PLANES (info),
      (gsize *) info->offset, (gint *) info->stride);

  gst_video_meta_set_alignment (meta, *align);
  return buffer;
}

static void
export (const Pair * pair)
{
  g_autoptr (GstQuery) query = offer_ask_caps (pair->consumer, pair->caps, TRUE);
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  g_autoptr (GstBuffer) buffer = NULL;
  GstVideoInfo aligned = pair->info;
  GstVideoAlignment align;

  if (!query || !read_alignment (query, &align)
      || !gst_video_info_align_full (&aligned, &align, plane_size)) {
    layout_tell_none (pair->actor, &pair->info, pair->what);
    return;
  }
  buffer = make_buffer (&aligned, &align);
  layout_tell (pair->actor, buffer, &pair->info, NULL, pair->what);
  tell_consumer (pair);
  layout_tell_planes (pair->actor, "producer", &aligned, &align, plane_size);
}

/* --- the sweep --- */

static void
measure_size (Actor * actor, Offer * consumer, GstVideoFormat format, gint width, gint height,
    void (*exchange) (const Pair * pair))
{
  Pair pair = {.actor = actor,.consumer = consumer };

  if (!gst_video_info_set_format (&pair.info, format, (guint) width, (guint) height))
    return;
  pair.caps = gst_video_info_to_caps (&pair.info);
  for (gsize i = 0; i < G_N_ELEMENTS (hardware); i++) {
    pair.needed = &hardware[i];
    if (!layout_can_align (&pair.info, pair.needed))
      continue;
    pair.what = layout_describe (pair.needed);
    twin_element_set_layout (offer_element (consumer), pair.needed);
    exchange (&pair);
    g_free (pair.what);
  }
  gst_caps_unref (pair.caps);
}

static void
measure_format (Actor * actor, const gchar * factory, GstVideoFormat format,
    void (*exchange) (const Pair * pair))
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Offer) consumer = offer_open (actor, factory, NULL, &error);

  if (!consumer) {
    actor_broken (actor, "%s: %s", factory, error->message);
    return;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    measure_size (actor, consumer, format, sizes[i].width, sizes[i].height, exchange);
}

static void
run_formats (Actor * actor, const gchar * factory, void (*exchange) (const Pair * pair))
{
  guint n_formats = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint i = 0; i < n_formats; i++) {
    const GstVideoFormatInfo *info = gst_video_format_get_info (formats[i]);

    /* A tiled plane has no height in lines to be asked for. */
    if (!GST_VIDEO_FORMAT_INFO_IS_TILED (info) && probe_begin (actor, "layout"))
      measure_format (actor, factory, formats[i], exchange);
  }
}

void
layout_run_import (Actor * actor, const gchar * factory)
{
  run_formats (actor, factory, import);
}

void
layout_run_export (Actor * actor, const gchar * factory)
{
  run_formats (actor, factory, export);
}
