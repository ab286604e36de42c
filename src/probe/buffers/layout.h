/* Layouts of video buffers: what everybody says of each plane, told as events. */
#pragma once
#include "probe/probe.h"

#include <gst/video/video.h>

/* Tells that buffer of CAPS's layout, of which ALIGN was asked for (NULL: none), touches the first
 * and last byte of each plane, and tells the planes by the buffer's meta, by
 * gst_video_info_align_full() and by the mapped frame. WHAT: for the reader, "pool, stride 16". */
void layout_tell (Actor * actor, GstBuffer * buffer, const GstVideoInfo * info,
    const GstVideoAlignment * align, const gchar * what);

/* Only the buffer as a whole, and the account that INFO, as ALIGN has made it, gives of its planes
 * of PLANE_SIZE bytes: "consumer", "producer". */
void layout_tell_buffer (Actor * actor, GstBuffer * buffer, const GstVideoInfo * info,
    gsize needed, const gchar * what);
void layout_tell_planes (Actor * actor, const gchar * account, const GstVideoInfo * info,
    const GstVideoAlignment * align, const gsize plane_size[GST_VIDEO_MAX_PLANES]);

/* The layout that INFO has, as ALIGN has made it, in a memory of SIZE bytes that nobody has. */
void layout_tell_info (Actor * actor, const GstVideoInfo * info, const GstVideoAlignment * align,
    const gsize plane_size[GST_VIDEO_MAX_PLANES], gsize size, const gchar * what);

/* Tells where the picture lies in each plane of INFO, as ALIGN has made it. */
void layout_tell_pictures (Actor * actor, const GstVideoInfo * info,
    const GstVideoAlignment * align);

/* Whether a layout can be made of INFO and ALIGN at all. That it cannot is a finding of
 * layout_run_strides() and layout_run_paddings(); with tiles there are no lines and strides in
 * bytes that could be aligned. */
gboolean layout_can_align (const GstVideoInfo * info, const GstVideoAlignment * align);

/* Whether PLANE is a palette: its size is told only by layout_run_plane_sizes(). */
gboolean layout_is_palette (const GstVideoInfo * info, guint plane);

/* There is no buffer of that layout to be had. */
void layout_tell_none (Actor * actor, const GstVideoInfo * info, const gchar * what);

/* Bytes of padding in PLANE before its first pixel. */
gsize layout_padding_before (const GstVideoInfo * info, const GstVideoAlignment * align,
    guint plane, gint stride);

/* An alignment as one writes it, "top 1, stride 16". Caller frees. */
gchar *layout_describe (const GstVideoAlignment * align);

/* As below, without telling: the buffer, or NULL. *ALIGN becomes NULL when POOL has no such option.
 * To be made inactive by the caller. */
GstBuffer *layout_acquire (GstBufferPool * pool, GstCaps * caps, guint size,
    const GstVideoAlignment ** align);

/* Configures POOL for buffers of CAPS with a GstVideoMeta and, when ALIGN is given and POOL has
 * that option, with ALIGN; activates it, and tells the layout of a buffer. POOL is inactive
 * afterwards.
 * FALSE: it does not give one. */
gboolean layout_measure_pool (Actor * actor, GstBufferPool * pool, GstCaps * caps, guint size,
    const GstVideoAlignment * align, const gchar * what);

typedef struct
{
  gint width, height;
} LayoutSize;

/* Sizes that are tried. */
extern const LayoutSize layout_sizes[];
extern const gsize layout_n_sizes;

/* Alignments that are tried; the first asks for nothing. */
extern const GstVideoAlignment layout_alignments[];
extern const gsize layout_n_alignments;

/* --- targets of their own --- */

/* Every raw format in odd sizes: the sizes of planes by gst_video_info_align_full() alone, the
 * strides that it makes of what is asked for, and where the picture is with a padding. */
void layout_run_plane_sizes (Actor * actor);
void layout_run_strides (Actor * actor);
void layout_run_paddings (Actor * actor);
/* The video pool of GStreamer, for every raw format in odd sizes; with all alignments, of which the
 * library can make a layout. */
void layout_run_video_pool (Actor * actor);
void layout_run_aligned_pool (Actor * actor);
/* A reference producer takes the layout of the pool that a consumer proposes ("twin:NAME" or the
 * reference), or the one of the structure that it proposes with GstVideoMeta. */
void layout_run_import (Actor * actor, const gchar * factory);
void layout_run_export (Actor * actor, const gchar * factory);
