#include "config.h"
#include "probe/twins/bufpool.h"

typedef TwinBufpool ShmdiagTwinBufpool;
typedef TwinBufpoolClass ShmdiagTwinBufpoolClass;

G_DEFINE_TYPE (ShmdiagTwinBufpool, twin_bufpool, GST_TYPE_BUFFER_POOL)

gboolean
twin_bufpool_read (TwinBufpool * self, GstStructure * config)
{
  GstAllocator *allocator = NULL;

  self->caps = NULL;
  if (!gst_buffer_pool_config_get_params (config, &self->caps, &self->size, &self->min, &self->max)
      || !gst_buffer_pool_config_get_allocator (config, &allocator, &self->params))
    return FALSE;
  gst_object_replace ((GstObject **) & self->allocator, (GstObject *) allocator);
  self->is_video = self->caps
      && gst_structure_has_name (gst_caps_get_structure (self->caps, 0), "video/x-raw")
      && gst_video_info_from_caps (&self->info, self->caps);
  return TRUE;
}

GstVideoMeta *
twin_bufpool_add_meta (const TwinBufpool * self, GstBuffer * buffer)
{
  return gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (&self->info), (guint) GST_VIDEO_INFO_WIDTH (&self->info),
      (guint) GST_VIDEO_INFO_HEIGHT (&self->info), GST_VIDEO_INFO_N_PLANES (&self->info),
      (gsize *) self->info.offset, (gint *) self->info.stride);
}

static void
finalize (GObject * object)
{
  gst_clear_object (&((TwinBufpool *) object)->allocator);
  G_OBJECT_CLASS (twin_bufpool_parent_class)->finalize (object);
}

static void
twin_bufpool_class_init (TwinBufpoolClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
}

static void
twin_bufpool_init (TwinBufpool * self)
{
}

gpointer
twin_bufpool_new (GType type, Mutant mutant)
{
  TwinBufpool *self = g_object_new (type, NULL);

  self->mutant = mutant;
  return gst_object_ref_sink (self);
}
