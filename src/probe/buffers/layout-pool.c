/* Pools of video buffers. */
#include "config.h"
#include "probe/buffers/layout.h"

#include <gst/video/gstvideopool.h>

/* Top, bottom, left, right; one mask a plane. */
const GstVideoAlignment layout_alignments[] = {
  {0, 0, 0, 0, {0, 0, 0, 0}},
  {0, 0, 0, 0, {15, 15, 15, 15}},
  {0, 8, 0, 0, {255, 255, 255, 255}},
  {3, 5, 7, 9, {31, 31, 31, 31}},
  {1, 1, 1, 1, {0, 0, 0, 0}},
  {2, 0, 16, 0, {63, 15, 127, 31}},
};

const gsize layout_n_alignments = G_N_ELEMENTS (layout_alignments);

/* As the documentation has it: what the pool has changed is looked at, and set again. */
static gboolean
configure (GstBufferPool * pool, GstStructure * take_config, GstCaps * caps, guint size)
{
  GstStructure *changed;

  if (gst_buffer_pool_set_config (pool, take_config))
    return TRUE;
  changed = gst_buffer_pool_get_config (pool);
  if (gst_buffer_pool_config_validate_params (changed, caps, size, 0, 0))
    return gst_buffer_pool_set_config (pool, changed);
  gst_structure_free (changed);
  return FALSE;
}

static GstStructure *
make_config (GstBufferPool * pool, GstCaps * caps, guint size, const GstVideoAlignment ** align)
{
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstVideoAlignment copy;

  gst_buffer_pool_config_set_params (config, caps, size, 0, 0);
  if (gst_buffer_pool_has_option (pool, GST_BUFFER_POOL_OPTION_VIDEO_META))
    gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  /* To ask for nothing is not to set the option: with it a pool may take the alignment of its
   * memory for one of strides. */
  if (*align == layout_alignments)
    *align = NULL;
  if (!*align)
    return config;
  if (!gst_buffer_pool_has_option (pool, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT)) {
    *align = NULL;
    return config;
  }
  copy = **align;
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  gst_buffer_pool_config_set_video_alignment (config, &copy);
  return config;
}

GstBuffer *
layout_acquire (GstBufferPool * pool, GstCaps * caps, guint size, const GstVideoAlignment ** align)
{
  GstBufferPoolAcquireParams params = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };
  GstBuffer *buffer = NULL;

  if (configure (pool, make_config (pool, caps, size, align), caps, size)
      && gst_buffer_pool_set_active (pool, TRUE))
    gst_buffer_pool_acquire_buffer (pool, &buffer, &params);
  return buffer;
}

gboolean
layout_measure_pool (Actor * actor, GstBufferPool * pool, GstCaps * caps, guint size,
    const GstVideoAlignment * align, const gchar * what)
{
  GstBuffer *buffer;
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, caps))
    return FALSE;
  buffer = layout_acquire (pool, caps, size, &align);
  if (buffer) {
    layout_tell (actor, buffer, &info, align, what);
    gst_buffer_unref (buffer);
  }
  gst_buffer_pool_set_active (pool, FALSE);
  return buffer != NULL;
}

/* --- GStreamer's own video pool --- */

static void
measure_format (Actor * actor, GstVideoFormat format, gint width, gint height, gsize from,
    gsize end)
{
  g_autoptr (GstCaps) caps = NULL;
  GstVideoInfo info;

  if (!gst_video_info_set_format (&info, format, (guint) width, (guint) height))
    return;
  caps = gst_video_info_to_caps (&info);
  for (gsize i = from; i < end; i++) {
    g_autofree gchar *what = layout_describe (&layout_alignments[i]);
    g_autoptr (GstBufferPool) pool = gst_video_buffer_pool_new ();

    if (layout_can_align (&info, &layout_alignments[i])
        && !layout_measure_pool (actor, pool, caps, (guint) GST_VIDEO_INFO_SIZE (&info),
            &layout_alignments[i], what))
      layout_tell_none (actor, &info, what);
  }
}

/* With the alignments from FROM on, before END. */
static void
run_pool (Actor * actor, gsize from, gsize end)
{
  guint n_formats = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint i = 0; i < n_formats; i++) {
    if (!probe_begin (actor, "layout"))
      continue;
    for (gsize s = 0; s < layout_n_sizes; s++)
      measure_format (actor, formats[i], layout_sizes[s].width, layout_sizes[s].height, from, end);
  }
}

void
layout_run_video_pool (Actor * actor)
{
  run_pool (actor, 0, 1);
}

void
layout_run_aligned_pool (Actor * actor)
{
  run_pool (actor, 1, layout_n_alignments);
}
