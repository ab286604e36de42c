/* N42, GstVideoInfo, contract layout: gst_video_info_align_full() tells for the palette of RGB8P as
 * many lines as the picture has. The planes are then larger than the frame, and who fills the
 * palette's plane writes behind it.
 * Build: cc n42-palette-size.c -o n42-palette-size $(pkg-config --cflags --libs gstreamer-video-1.0)
 */
#include <gst/video/video.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoAlignment align;
  GstVideoInfo info;
  gboolean shown;

  alarm (20);
  gst_init (&argc, &argv);
  gst_video_alignment_reset (&align);
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB8P, 1366, 768);
  gst_video_info_align_full (&info, &align, plane_size);
  shown = info.offset[1] + plane_size[1] > info.size;
  g_print ("%s: RGB8P 1366x768 has %zu bytes, its plane 1 %zu bytes from %zu on\n",
      shown ? "shown" : "not shown", info.size, plane_size[1], info.offset[1]);
  return !shown;
}
