/* One buffer: the planes by its meta, by the alignment, and by the mapped frame. */
#include "config.h"
#include "probe/buffers/layout.h"

#include <string.h>

gboolean
layout_is_palette (const GstVideoInfo * info, guint plane)
{
  return GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info->finfo) && plane == 1;
}

static gboolean
asks_for_nothing (const GstVideoAlignment * align)
{
  GstVideoAlignment nothing;

  gst_video_alignment_reset (&nothing);
  return memcmp (align, &nothing, sizeof nothing) == 0;
}

gsize
layout_padding_before (const GstVideoInfo * info, const GstVideoAlignment * align, guint plane,
    gint stride)
{
  gint components[GST_VIDEO_MAX_COMPONENTS];
  gint lines, pixels;

  if (layout_is_palette (info, plane))
    return 0;
  gst_video_format_info_component (info->finfo, plane, components);
  lines = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (info->finfo, components[0],
      (gint) align->padding_top);
  pixels = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (info->finfo, components[0],
      (gint) align->padding_left);
  return (gsize) (lines * stride + pixels * GST_VIDEO_FORMAT_INFO_PSTRIDE (info->finfo,
          components[0]));
}

/* Lines and bytes of a line that are seen of PLANE. 0 bytes: not a whole number a pixel. */
static void
picture_of (const GstVideoInfo * info, guint plane, gint * lines, gint * bytes)
{
  gint components[GST_VIDEO_MAX_COMPONENTS];

  gst_video_format_info_component (info->finfo, plane, components);
  *lines = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (info->finfo, components[0],
      GST_VIDEO_INFO_HEIGHT (info));
  *bytes = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (info->finfo, components[0],
      GST_VIDEO_INFO_WIDTH (info)) * GST_VIDEO_FORMAT_INFO_PSTRIDE (info->finfo, components[0]);
}

static gint
component_of (const GstVideoInfo * info, guint plane)
{
  gint components[GST_VIDEO_MAX_COMPONENTS];

  gst_video_format_info_component (info->finfo, plane, components);
  return components[0];
}

/* The padding to the left of the first pixel, within its line. */
static gsize
padding_left (const GstVideoInfo * info, const GstVideoAlignment * align, guint plane)
{
  GstVideoAlignment left = *align;

  left.padding_top = 0;
  return layout_padding_before (info, &left, plane, 0);
}

void
layout_tell_pictures (Actor * actor, const GstVideoInfo * info, const GstVideoAlignment * align)
{
  for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES (info); i++) {
    TraceEvent event = actor_event (actor, TRACE_PICTURE);
    gint lines, bytes;

    if (GST_VIDEO_FORMAT_INFO_IS_TILED (info->finfo) || layout_is_palette (info, i))
      continue;
    picture_of (info, i, &lines, &bytes);
    event.picture.plane = (gint32) i;
    event.offset = GST_VIDEO_INFO_PLANE_OFFSET (info, i);
    event.picture.stride = GST_VIDEO_INFO_PLANE_STRIDE (info, i);
    event.size = (guint64) (event.picture.stride * (lines - 1)) + (guint64) MAX (bytes, 1);
    event.picture.lines = 1U << GST_VIDEO_FORMAT_INFO_H_SUB (info->finfo, component_of (info, i));
    event.picture.line = bytes > 0 ? (gint64) padding_left (info, align, i) + bytes : 0;
    actor_emit (actor, &event, NULL);
  }
}

/* Whether each plane has room for its picture behind its padding. */
static gboolean
holds_pictures (const GstVideoInfo * aligned, const GstVideoAlignment * align,
    const gsize plane_size[GST_VIDEO_MAX_PLANES])
{
  for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES (aligned); i++) {
    gint stride = GST_VIDEO_INFO_PLANE_STRIDE (aligned, i);
    gint lines, bytes;

    if (layout_is_palette (aligned, i))
      continue;
    picture_of (aligned, i, &lines, &bytes);
    if (layout_padding_before (aligned, align, i, stride) + (gsize) (stride * (lines - 1))
        + (gsize) bytes > plane_size[i]
        || (gint) padding_left (aligned, align, i) + bytes > stride)
      return FALSE;
  }
  return TRUE;
}

gboolean
layout_can_align (const GstVideoInfo * info, const GstVideoAlignment * align)
{
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoInfo aligned = *info;
  GstVideoAlignment copy = *align;

  if (GST_VIDEO_FORMAT_INFO_IS_TILED (info->finfo))
    return asks_for_nothing (align);
  /* Pools may give all planes what the strictest asks for. */
  for (guint i = 1; i < GST_VIDEO_MAX_PLANES; i++)
    copy.stride_align[0] |= copy.stride_align[i];
  for (guint i = 1; i < GST_VIDEO_MAX_PLANES; i++)
    copy.stride_align[i] = copy.stride_align[0];
  return gst_video_info_align_full (&aligned, &copy, plane_size)
      && holds_pictures (&aligned, &copy, plane_size);
}

gchar *
layout_describe (const GstVideoAlignment * align)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "padding %u %u %u %u, stride", align->padding_top,
      align->padding_bottom, align->padding_left, align->padding_right);
  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    g_string_append_printf (text, " %u", align->stride_align[i] + 1);
  return g_string_free (text, FALSE);
}

/* --- planes --- */

static void
tell_plane (Actor * actor, const gchar * account, guint plane, gsize offset, gint stride,
    gsize size, gsize before, guint mask)
{
  TraceEvent event = actor_event (actor, TRACE_PLANE);

  event.plane.plane = (gint32) plane;
  event.offset = offset;
  event.plane.stride = stride;
  event.size = size;
  event.plane.before = (gint64) before;
  event.plane.align = mask;
  actor_emit (actor, &event, "%s", account);
}

void
layout_tell_planes (Actor * actor, const gchar * account, const GstVideoInfo * info,
    const GstVideoAlignment * align, const gsize plane_size[GST_VIDEO_MAX_PLANES])
{
  for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES (info); i++) {
    gint stride = GST_VIDEO_INFO_PLANE_STRIDE (info, i);

    tell_plane (actor, account, i, GST_VIDEO_INFO_PLANE_OFFSET (info, i), stride,
        layout_is_palette (info, i) ? 0 : plane_size[i],
        layout_padding_before (info, align, i, stride), 0);
  }
}

/* A tiled plane's stride is no number of bytes. */
static gboolean
is_tiled (const GstVideoInfo * info)
{
  return GST_VIDEO_FORMAT_INFO_IS_TILED (info->finfo);
}

static gboolean
meta_plane_sizes (GstVideoMeta * meta, const GstVideoInfo * info,
    gsize sizes[GST_VIDEO_MAX_PLANES])
{
  guint heights[GST_VIDEO_MAX_PLANES];

  if (is_tiled (info))
    return gst_video_meta_get_plane_size (meta, sizes);
  if (!gst_video_meta_get_plane_height (meta, heights))
    return FALSE;
  for (guint i = 0; i < meta->n_planes; i++)
    sizes[i] = (gsize) heights[i] * (gsize) ABS (meta->stride[i]);
  return TRUE;
}

static void
tell_meta (Actor * actor, GstVideoMeta * meta, const GstVideoInfo * info,
    const GstVideoAlignment * asked)
{
  gsize sizes[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoInfo aligned = *info;
  GstVideoAlignment align = meta->alignment;

  meta_plane_sizes (meta, info, sizes);
  for (guint i = 0; i < meta->n_planes; i++)
    tell_plane (actor, "meta", i, meta->offset[i], meta->stride[i],
        layout_is_palette (info, i) ? 0 : sizes[i],
        layout_padding_before (info, &meta->alignment, i, meta->stride[i]),
        asked && !is_tiled (info) && !layout_is_palette (info, i) ? asked->stride_align[i] : 0);
  if (!gst_video_info_align_full (&aligned, &align, sizes))
    return;
  layout_tell_planes (actor, "info", &aligned, &align, sizes);
  layout_tell_pictures (actor, &aligned, &align);
}

/* Also touches the planes, as far as they lie in the memory. */
static void
tell_frame (Actor * actor, GstVideoFrame * frame, GstVideoMeta * meta, gsize size)
{
  const guint8 *base = frame->map[0].data;
  gsize sizes[GST_VIDEO_MAX_PLANES] = { 0 };

  if (meta)
    meta_plane_sizes (meta, &frame->info, sizes);
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame); i++) {
    guint8 *first = GST_VIDEO_FRAME_PLANE_DATA (frame, i);
    gsize offset = (gsize) (first - base);

    if (offset < size)
      first[0] = (guint8) i;
    if (sizes[i] > 0 && sizes[i] <= size && offset <= size - sizes[i]
        && !layout_is_palette (&frame->info, i))
      first[sizes[i] - 1] = (guint8) i;
    tell_plane (actor, "frame", i, offset, GST_VIDEO_FRAME_PLANE_STRIDE (frame, i), 0, 0, 0);
  }
}

/* --- the buffer --- */

/* How many of the four are smaller; -1: none was asked for. */
static gint
count_missing (const GstVideoAlignment * asked, const GstVideoMeta * meta)
{
  if (!asked || !meta)
    return -1;
  return (meta->alignment.padding_top < asked->padding_top)
      + (meta->alignment.padding_bottom < asked->padding_bottom)
      + (meta->alignment.padding_left < asked->padding_left)
      + (meta->alignment.padding_right < asked->padding_right);
}

static void
emit_text (Actor * actor, TraceEvent * event, const GstVideoInfo * info, const gchar * what)
{
  event->layout.planes = GST_VIDEO_INFO_N_PLANES (info);
  actor_emit (actor, event, "%s %dx%d %s",
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info)), GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_HEIGHT (info), what);
}

static void
emit_layout (Actor * actor, GstBuffer * buffer, const GstVideoInfo * info, gsize needed,
    gconstpointer address, gint missing, const gchar * what)
{
  TraceEvent event = actor_event (actor, TRACE_LAYOUT);

  event.size = gst_buffer_get_size (buffer);
  event.layout.due = needed;
  event.layout.address = GPOINTER_TO_SIZE (address);
  event.layout.mapped = address != NULL;
  event.layout.small_paddings = missing;
  emit_text (actor, &event, info, what);
}

void
layout_tell_none (Actor * actor, const GstVideoInfo * info, const gchar * what)
{
  TraceEvent event = actor_event (actor, TRACE_LAYOUT);

  event.layout.mapped = -1;
  emit_text (actor, &event, info, what);
}

void
layout_tell_buffer (Actor * actor, GstBuffer * buffer, const GstVideoInfo * info, gsize needed,
    const gchar * what)
{
  GstVideoFrame frame;

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READWRITE)) {
    emit_layout (actor, buffer, info, needed, NULL, -1, what);
    return;
  }
  emit_layout (actor, buffer, info, needed, frame.map[0].data, -1, what);
  gst_video_frame_unmap (&frame);
}

/* What the layout takes by INFO and ALIGN. */
static gsize
aligned_size (const GstVideoInfo * info, const GstVideoAlignment * align)
{
  GstVideoInfo aligned = *info;
  GstVideoAlignment copy;

  if (!align)
    return GST_VIDEO_INFO_SIZE (info);
  copy = *align;
  gst_video_info_align (&aligned, &copy);
  return GST_VIDEO_INFO_SIZE (&aligned);
}

void
layout_tell (Actor * actor, GstBuffer * buffer, const GstVideoInfo * info,
    const GstVideoAlignment * align, const gchar * what)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  gsize needed = aligned_size (info, align);
  gint missing = count_missing (align, meta);
  GstVideoFrame frame;

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READWRITE)) {
    emit_layout (actor, buffer, info, needed, NULL, missing, what);
    return;
  }
  emit_layout (actor, buffer, info, needed, frame.map[0].data, missing, what);
  if (meta)
    tell_meta (actor, meta, info, align);
  /* Planes in memories of their own have no distance from each other. */
  if (gst_buffer_n_memory (buffer) == 1)
    tell_frame (actor, &frame, meta, gst_buffer_get_size (buffer));
  gst_video_frame_unmap (&frame);
}
