/* N41, GstVideoInfo, contract layout: gst_video_info_align() widens a picture by the lowest bit of its
 * width until the stride fits. With three pixels in four bytes some widths never get there, 4096 among
 * them: it goes on until the size overflows, and says that the alignment cannot be applied.
 * Build: cc n41-align-width.c -o n41-align-width $(pkg-config --cflags --libs gstreamer-video-1.0)
 */
#include <gst/video/video.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  GstVideoAlignment align = {.stride_align = {15, 15} };
  GstVideoInfo info, aligned;
  gboolean done;

  alarm (20);
  gst_init (&argc, &argv);
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_NV12_10LE32, 4096, 2160);
  aligned = info;
  done = gst_video_info_align (&aligned, &align);
  if (done) {
    g_print ("not shown: stride %d\n", aligned.stride[0]);
    return 1;
  }
  g_print ("shown: NV12_10LE32 4096x2160, stride %d: a multiple of 16 is refused, where %d would do; "
      "it was last at a stride of %d\n", info.stride[0], (info.stride[0] + 15) / 16 * 16,
      aligned.stride[0]);
  return 0;
}
