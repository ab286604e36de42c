/* N43, GstVideoInfo, contract layout: gst_video_info_align() rounds the padding above and the height
 * of a subsampled plane up, each for itself, but gives the plane room for their sum rounded once. With
 * an odd padding above an odd height the last line of the picture lies behind its plane, that of the
 * last plane behind the frame.
 * Build: cc n43-odd-padding.c -o n43-odd-padding $(pkg-config --cflags --libs gstreamer-video-1.0)
 */
#include <gst/video/video.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  GstVideoAlignment align = {.padding_top = 1 };
  GstVideoInfo info;
  gsize end;

  alarm (20);
  gst_init (&argc, &argv);
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, 320, 241);
  if (!gst_video_info_align (&info, &align)) {
    g_print ("not shown: refused\n");
    return 1;
  }
  /* 121 lines of 160 bytes from the first pixel on. */
  end = info.offset[2] + (gsize) info.stride[2] * 120 + 160;
  g_print ("%s: I420 320x241 with one line above: the last line of plane 2 ends at byte %zu of %zu\n",
      end > info.size ? "shown" : "not shown", end, info.size);
  return end <= info.size;
}
