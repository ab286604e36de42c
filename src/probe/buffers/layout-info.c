/* Layouts as GStreamer's video library computes them, without any buffer. */
#include "config.h"
#include "probe/buffers/layout.h"

const LayoutSize layout_sizes[] = {
  {1, 1}, {1, 2}, {2, 1}, {3, 3}, {17, 33}, {1366, 768}, {1921, 1081}, {4096, 2},
};

const gsize layout_n_sizes = G_N_ELEMENTS (layout_sizes);

/* Stride alignments, as masks. */
static const guint masks[] = { 3, 7, 15, 31, 63, 127, 255 };

/* Top, bottom, left, right. */
static const GstVideoAlignment paddings[] = {
  {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {1, 1, 1, 1}, {3, 5, 7, 9},
  {4, 8, 16, 32},
};

void
layout_tell_info (Actor * actor, const GstVideoInfo * aligned, const GstVideoAlignment * align,
    const gsize plane_size[GST_VIDEO_MAX_PLANES], gsize size, const gchar * what)
{
  TraceEvent event = actor_event (actor, TRACE_LAYOUT);

  event.layout.planes = GST_VIDEO_INFO_N_PLANES (aligned);
  event.size = size;
  event.layout.due = GST_VIDEO_INFO_SIZE (aligned);
  event.layout.mapped = 1;
  actor_emit (actor, &event, "%s %dx%d %s",
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (aligned)),
      GST_VIDEO_INFO_WIDTH (aligned), GST_VIDEO_INFO_HEIGHT (aligned), what);
  for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES (aligned); i++) {
    gint stride = GST_VIDEO_INFO_PLANE_STRIDE (aligned, i);

    event = actor_event (actor, TRACE_PLANE);
    event.plane.plane = (gint32) i;
    event.offset = GST_VIDEO_INFO_PLANE_OFFSET (aligned, i);
    event.plane.stride = stride;
    event.size = plane_size[i];
    event.plane.before = (gint64) layout_padding_before (aligned, align, i, stride);
    event.plane.align = layout_is_palette (aligned, i) ? 0 : align->stride_align[i];
    actor_emit (actor, &event, "info");
  }
  layout_tell_pictures (actor, aligned, align);
}

static void
measure (Actor * actor, GstVideoFormat format, const LayoutSize * size, GstVideoAlignment align)
{
  g_autofree gchar *what = layout_describe (&align);
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoInfo info, aligned;

  if (!gst_video_info_set_format (&info, format, (guint) size->width, (guint) size->height))
    return;
  aligned = info;
  if (gst_video_info_align_full (&aligned, &align, plane_size))
    layout_tell_info (actor, &aligned, &align, plane_size, GST_VIDEO_INFO_SIZE (&aligned), what);
  else
    layout_tell_none (actor, &info, what);
}

static GstVideoAlignment
stride_alignment (guint mask)
{
  return (GstVideoAlignment) {.stride_align = {mask, mask, mask, mask}};
}

void
layout_run_plane_sizes (Actor * actor)
{
  guint n_formats = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint i = 0; i < n_formats; i++) {
    if (!probe_begin (actor, "layout"))
      continue;
    for (gsize s = 0; s < layout_n_sizes; s++)
      measure (actor, formats[i], &layout_sizes[s], stride_alignment (0));
  }
}

/* A palette has no stride to be aligned, and its size is not of interest here; a tiled plane has no
 * stride in bytes. */
static gboolean
has_strides (GstVideoFormat format)
{
  const GstVideoFormatInfo *info = gst_video_format_get_info (format);

  return !GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info) && !GST_VIDEO_FORMAT_INFO_IS_TILED (info);
}

void
layout_run_strides (Actor * actor)
{
  guint n_formats = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint i = 0; i < n_formats; i++) {
    if (!has_strides (formats[i]) || !probe_begin (actor, "layout"))
      continue;
    for (gsize s = 0; s < layout_n_sizes; s++) {
      for (gsize m = 0; m < G_N_ELEMENTS (masks); m++)
        measure (actor, formats[i], &layout_sizes[s], stride_alignment (masks[m]));
    }
  }
}

void
layout_run_paddings (Actor * actor)
{
  guint n_formats = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint i = 0; i < n_formats; i++) {
    if (!has_strides (formats[i]) || !probe_begin (actor, "layout"))
      continue;
    for (gsize s = 0; s < layout_n_sizes; s++) {
      for (gsize p = 0; p < G_N_ELEMENTS (paddings); p++)
        measure (actor, formats[i], &layout_sizes[s], paddings[p]);
    }
  }
}
