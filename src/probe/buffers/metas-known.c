/* The metadata of GStreamer's own libraries, each as its users put it on a buffer. */
#include "config.h"
#include "probe/buffers/metas.h"

#include <gst/audio/audio.h>
#include <gst/video/video.h>
#include <gst/video/gstvideoaffinetransformationmeta.h>
#include <gst/video/gstvideocodecalphameta.h>

#define CONTENT(type, from, to) \
  G_STRUCT_OFFSET (type, from), \
  G_STRUCT_OFFSET (type, to) + sizeof (((type *) NULL)->to) - G_STRUCT_OFFSET (type, from)

/* --- what they hold --- */

static GstMiniObject *
hold_buffer (void)
{
  return GST_MINI_OBJECT_CAST (gst_buffer_new ());
}

static GstMiniObject *
hold_caps (void)
{
  return GST_MINI_OBJECT_CAST (gst_caps_new_empty_simple ("timestamp/x-reference"));
}

static GstMiniObject *
hold_composition (void)
{
  GstBuffer *pixels = gst_buffer_new_allocate (NULL, 4 * 4 * 4, NULL);
  GstVideoOverlayRectangle *rectangle;
  GstVideoOverlayComposition *composition;

  gst_buffer_add_video_meta (pixels, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, 4, 4);
  rectangle = gst_video_overlay_rectangle_new_raw (pixels, 0, 0, 4, 4,
      GST_VIDEO_OVERLAY_FORMAT_FLAG_NONE);
  composition = gst_video_overlay_composition_new (rectangle);
  gst_video_overlay_rectangle_unref (rectangle);
  gst_buffer_unref (pixels);
  return GST_MINI_OBJECT_CAST (composition);
}

/* A structure with a reference on HELD. */
static GstStructure *
structure_with (GstMiniObject * held)
{
  return gst_structure_new ("shmdiag", "held", GST_TYPE_BUFFER, held, NULL);
}

/* --- core --- */

static GstMeta *
add_parent_buffer (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_parent_buffer_meta (buffer, GST_BUFFER_CAST (held));
}

static GstMeta *
add_reference_timestamp (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_reference_timestamp_meta (buffer, GST_CAPS_CAST (held), 17, 4);
}

static GstMeta *
add_protection (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_protection_meta (buffer, structure_with (held));
}

/* --- video --- */

static GstMeta *
add_video (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_video_meta (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_I420, 4, 4);
}

static GstMeta *
add_video_crop (GstBuffer * buffer, GstMiniObject * held)
{
  GstVideoCropMeta *meta = gst_buffer_add_video_crop_meta (buffer);

  meta->x = 1;
  meta->y = 2;
  meta->width = 3;
  meta->height = 4;
  return (GstMeta *) meta;
}

static GstMeta *
add_overlay (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_video_overlay_composition_meta (buffer,
      (GstVideoOverlayComposition *) held);
}

static GstMeta *
add_region (GstBuffer * buffer, GstMiniObject * held)
{
  GstVideoRegionOfInterestMeta *meta = gst_buffer_add_video_region_of_interest_meta (buffer,
      "face", 1, 2, 3, 4);

  gst_video_region_of_interest_meta_add_param (meta, structure_with (held));
  return (GstMeta *) meta;
}

static GstMeta *
add_time_code (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_video_time_code_meta_full (buffer, 25, 1, NULL,
      GST_VIDEO_TIME_CODE_FLAGS_NONE, 1, 2, 3, 4, 0);
}

static GstMeta *
add_affine (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_video_affine_transformation_meta (buffer);
}

static GstMeta *
add_afd (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_video_afd_meta (buffer, 0, GST_VIDEO_AFD_SPEC_ATSC_A53,
      GST_VIDEO_AFD_4_3_FULL_16_9_FULL);
}

static GstMeta *
add_bar (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_video_bar_meta (buffer, 0, TRUE, 1, 2);
}

static GstMeta *
add_caption (GstBuffer * buffer, GstMiniObject * held)
{
  static const guint8 data[] = { 1, 2, 3 };

  return (GstMeta *) gst_buffer_add_video_caption_meta (buffer,
      GST_VIDEO_CAPTION_TYPE_CEA708_RAW, data, sizeof data);
}

#if GST_CHECK_VERSION (1, 20, 0)
static GstMeta *
add_codec_alpha (GstBuffer * buffer, GstMiniObject * held)
{
  /* It takes the reference, as the documentation says since 1.24. */
  return (GstMeta *) gst_buffer_add_video_codec_alpha_meta (buffer,
      gst_buffer_ref (GST_BUFFER_CAST (held)));
}
#endif

/* --- audio --- */

static GstMeta *
add_audio (GstBuffer * buffer, GstMiniObject * held)
{
  GstAudioInfo info;

  gst_audio_info_set_format (&info, GST_AUDIO_FORMAT_S16LE, 48000, 2, NULL);
  return (GstMeta *) gst_buffer_add_audio_meta (buffer, &info, 16, NULL);
}

static GstMeta *
add_clipping (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_audio_clipping_meta (buffer, GST_FORMAT_DEFAULT, 1, 2);
}

static GstMeta *
add_downmix (GstBuffer * buffer, GstMiniObject * held)
{
  static const GstAudioChannelPosition from[] = {
    GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT, GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT
  };
  static const GstAudioChannelPosition to[] = { GST_AUDIO_CHANNEL_POSITION_MONO };
  const gfloat row[] = { 0.5, 0.5 };
  const gfloat *matrix[] = { row };

  return (GstMeta *) gst_buffer_add_audio_downmix_meta (buffer, from, 2, to, 1, matrix);
}

#if GST_CHECK_VERSION (1, 20, 0)
static GstMeta *
add_level (GstBuffer * buffer, GstMiniObject * held)
{
  return (GstMeta *) gst_buffer_add_audio_level_meta (buffer, 7, TRUE);
}
#endif

/* *INDENT-OFF* */
const MetaKind metas_known[] = {
  { "GstParentBufferMeta", gst_parent_buffer_meta_get_info, hold_buffer, add_parent_buffer, TRUE,
    0, 0 },
  { "GstReferenceTimestampMeta", gst_reference_timestamp_meta_get_info, hold_caps,
    add_reference_timestamp, TRUE, CONTENT (GstReferenceTimestampMeta, timestamp, duration) },
  { "GstProtectionMeta", gst_protection_meta_get_info, hold_buffer, add_protection, TRUE, 0, 0 },
  { "GstVideoMeta", gst_video_meta_get_info, NULL, add_video, TRUE,
    CONTENT (GstVideoMeta, flags, n_planes) },
  { "GstVideoCropMeta", gst_video_crop_meta_get_info, NULL, add_video_crop, TRUE,
    CONTENT (GstVideoCropMeta, x, height) },
  { "GstVideoOverlayCompositionMeta", gst_video_overlay_composition_meta_get_info,
    hold_composition, add_overlay, TRUE,
    CONTENT (GstVideoOverlayCompositionMeta, overlay, overlay) },
  { "GstVideoRegionOfInterestMeta", gst_video_region_of_interest_meta_get_info, hold_buffer,
    add_region, TRUE, CONTENT (GstVideoRegionOfInterestMeta, roi_type, h) },
  { "GstVideoTimeCodeMeta", gst_video_time_code_meta_get_info, NULL, add_time_code, TRUE,
    CONTENT (GstVideoTimeCodeMeta, tc.hours, tc.field_count) },
  { "GstVideoAffineTransformationMeta", gst_video_affine_transformation_meta_get_info, NULL,
    add_affine, TRUE, CONTENT (GstVideoAffineTransformationMeta, matrix, matrix) },
  { "GstVideoAFDMeta", gst_video_afd_meta_get_info, NULL, add_afd, TRUE,
    CONTENT (GstVideoAFDMeta, field, afd) },
  { "GstVideoBarMeta", gst_video_bar_meta_get_info, NULL, add_bar, TRUE,
    CONTENT (GstVideoBarMeta, field, bar_data2) },
  { "GstVideoCaptionMeta", gst_video_caption_meta_get_info, NULL, add_caption, TRUE, 0, 0 },
#if GST_CHECK_VERSION (1, 20, 0)
  { "GstVideoCodecAlphaMeta", gst_video_codec_alpha_meta_get_info, hold_buffer, add_codec_alpha,
    TRUE, 0, 0 },
  { "GstAudioLevelMeta", gst_audio_level_meta_get_info, NULL, add_level, TRUE,
    CONTENT (GstAudioLevelMeta, level, voice_activity) },
#endif
  { "GstAudioMeta", gst_audio_meta_get_info, NULL, add_audio, TRUE,
    CONTENT (GstAudioMeta, samples, samples), G_STRUCT_OFFSET (GstAudioMeta, priv_offsets_arr) },
  { "GstAudioClippingMeta", gst_audio_clipping_meta_get_info, NULL, add_clipping, TRUE,
    CONTENT (GstAudioClippingMeta, format, end) },
  { "GstAudioDownmixMeta", gst_audio_downmix_meta_get_info, NULL, add_downmix, TRUE,
    CONTENT (GstAudioDownmixMeta, from_channels, to_channels) },
  { NULL }
};
/* *INDENT-ON* */
