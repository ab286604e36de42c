/* N40, GstVideoBufferPool, contract layout: a buffer of a pool that was configured with
 * GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT has the offsets and strides of that alignment, but the
 * alignment in its GstVideoMeta is zero. Whoever adds the meta is to set it (GstVideoMeta.alignment).
 * gst_video_meta_get_plane_height(), with which a producer reads the layout, then fails.
 * Build: cc n40-pool-alignment.c -o n40-pool-alignment $(pkg-config --cflags --libs gstreamer-video-1.0)
 */
#include <gst/video/video.h>
#include <gst/video/gstvideopool.h>
#include <unistd.h>

static GstBufferPool *
make_pool (GstVideoAlignment * align)
{
  GstBufferPool *pool = gst_video_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstVideoInfo info;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, 320, 240);
  gst_buffer_pool_config_set_params (config, gst_video_info_to_caps (&info), info.size, 0, 0);
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  gst_buffer_pool_config_set_video_alignment (config, align);
  gst_buffer_pool_set_config (pool, config);
  gst_buffer_pool_set_active (pool, TRUE);
  return pool;
}

int
main (int argc, char **argv)
{
  GstVideoAlignment align = {.padding_top = 4,.padding_bottom = 12,.padding_right = 64 };
  guint heights[GST_VIDEO_MAX_PLANES];
  GstBuffer *buffer = NULL;
  GstVideoMeta *meta;
  gboolean told;

  alarm (20);
  gst_init (&argc, &argv);
  gst_buffer_pool_acquire_buffer (make_pool (&align), &buffer, NULL);
  meta = gst_buffer_get_video_meta (buffer);
  told = gst_video_meta_get_plane_height (meta, heights);
  g_print ("%s: asked for %u lines above and %u below; the meta: offset %zu, stride %d, %u above, "
      "%u below; plane heights: %s\n", told ? "not shown" : "shown", align.padding_top,
      align.padding_bottom, meta->offset[0], meta->stride[0], meta->alignment.padding_top,
      meta->alignment.padding_bottom, told ? "told" : "refused");
  return told;
}
