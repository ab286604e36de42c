/* A pool of video buffers of our own, and its defects. */
#include "config.h"
#include "probe/twins/layout.h"

#include <gst/video/gstvideopool.h>
#include <string.h>

/* --- the allocator --- */

typedef struct
{
  GstAllocator allocator;
  TwinDefect defect;
} TwinAllocator;

typedef struct
{
  GstAllocatorClass klass;
} TwinAllocatorClass;

static GType twin_allocator_get_type (void);
G_DEFINE_TYPE (TwinAllocator, twin_allocator, GST_TYPE_ALLOCATOR);

/* Its memory is that of the default allocator, which also frees it. */
static GstMemory *
alloc_memory (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  switch (((TwinAllocator *) allocator)->defect) {
    case TWIN_DEAD_ALLOCATOR:
      return NULL;
    case TWIN_IGNORES_PARAMS:
      return gst_allocator_alloc (NULL, size, NULL);
    default:
      return gst_allocator_alloc (NULL, size, params);
  }
}

static void
twin_allocator_class_init (TwinAllocatorClass * klass)
{
  GST_ALLOCATOR_CLASS (klass)->alloc = alloc_memory;
}

static void
twin_allocator_init (TwinAllocator * self)
{
  GST_ALLOCATOR (self)->mem_type = "ShmdiagTwin";
}

GstAllocator *
twin_allocator_new (TwinDefect defect)
{
  TwinAllocator *self = g_object_new (twin_allocator_get_type (), NULL);

  self->defect = defect;
  return gst_object_ref_sink (self);
}

/* --- the pool --- */

typedef struct
{
  GstBufferPool pool;
  TwinDefect defect;
  GstVideoAlignment forced;
  /* From the config. */
  gboolean is_video, wants_meta;
  GstVideoInfo info;            /* aligned */
  GstVideoAlignment align;
  gsize plane_size[GST_VIDEO_MAX_PLANES];
  gsize size;
} TwinPool;

typedef struct
{
  GstBufferPoolClass klass;
} TwinPoolClass;

static GType twin_pool_get_type (void);
G_DEFINE_TYPE (TwinPool, twin_pool, GST_TYPE_BUFFER_POOL);

static const gchar **
get_options (GstBufferPool * pool)
{
  static const gchar *options[] = {
    GST_BUFFER_POOL_OPTION_VIDEO_META, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT, NULL
  };

  return options;
}

/* The larger of what is asked for and what is forced. */
static void
read_alignment (TwinPool * self, GstStructure * config)
{
  self->align = self->forced;
  if (gst_buffer_pool_config_has_option (config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT)) {
    GstVideoAlignment asked;

    gst_buffer_pool_config_get_video_alignment (config, &asked);
    self->align.padding_top = MAX (self->align.padding_top, asked.padding_top);
    self->align.padding_bottom = MAX (self->align.padding_bottom, asked.padding_bottom);
    self->align.padding_left = MAX (self->align.padding_left, asked.padding_left);
    self->align.padding_right = MAX (self->align.padding_right, asked.padding_right);
    for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
      self->align.stride_align[i] |= asked.stride_align[i];
  }
  if (self->defect == TWIN_IGNORES_ALIGNMENT)
    memset (self->align.stride_align, 0, sizeof self->align.stride_align);
  if (self->defect == TWIN_IGNORES_PADDING)
    self->align.padding_top = self->align.padding_left = 0;
}

/* The address of a plane can only be as aligned as that of the memory. */
static void
raise_params (TwinPool * self, GstStructure * config)
{
  GstAllocationParams params;
  GstAllocator *allocator;

  gst_buffer_pool_config_get_allocator (config, &allocator, &params);
  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    params.align |= self->align.stride_align[i];
  gst_buffer_pool_config_set_allocator (config, allocator, &params);
}

static gboolean
set_config (GstBufferPool * pool, GstStructure * config)
{
  TwinPool *self = (TwinPool *) pool;
  guint size, min, max;
  GstCaps *caps;

  if (self->defect == TWIN_REFUSES_CONFIG
      || !gst_buffer_pool_config_get_params (config, &caps, &size, &min, &max) || !caps)
    return FALSE;
  self->is_video = gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw")
      && gst_video_info_from_caps (&self->info, caps);
  self->wants_meta = self->is_video
      && gst_buffer_pool_config_has_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  self->size = size;
  if (self->is_video) {
    read_alignment (self, config);
    if (!gst_video_info_align_full (&self->info, &self->align, self->plane_size))
      return FALSE;
    self->size = MAX (size, GST_VIDEO_INFO_SIZE (&self->info));
    raise_params (self, config);
  }
  gst_buffer_pool_config_set_params (config, caps, (guint) self->size, min, max);
  return GST_BUFFER_POOL_CLASS (twin_pool_parent_class)->set_config (pool, config);
}

static gboolean
start (GstBufferPool * pool)
{
  return ((TwinPool *) pool)->defect != TWIN_DOES_NOT_START
      && GST_BUFFER_POOL_CLASS (twin_pool_parent_class)->start (pool);
}

/* --- a buffer --- */

/* Bytes that BUFFER is short of, which its planes need. */
static gsize
missing_bytes (const TwinPool * self)
{
  guint last = self->is_video ? GST_VIDEO_INFO_N_PLANES (&self->info) - 1 : 0;

  if (self->defect == TWIN_SHORT_BUFFERS)
    return self->size / 2;
  if (self->defect == TWIN_SHORT_PLANE && self->is_video)
    return (gsize) GST_VIDEO_INFO_PLANE_STRIDE (&self->info, last)
        + self->size - GST_VIDEO_INFO_SIZE (&self->info);
  return 0;
}

/* What the meta says, when that is not what is meant. */
static void
spoil (const TwinPool * self, GstVideoMeta * meta)
{
  guint last = meta->n_planes - 1;

  switch (self->defect) {
    case TWIN_WRONG_STRIDE:
    case TWIN_IMPORT_WRONG_STRIDE:
      meta->stride[0] += 4;
      break;
    case TWIN_META_SAYS_OTHER:
      meta->height++;
      meta->alignment.padding_bottom += 2;
      break;
    case TWIN_OVERLAPPING_PLANES:
      if (last > 0)
        meta->offset[last] -= self->plane_size[last - 1] / 2 + 1;
      break;
    case TWIN_PLANE_OUTSIDE:
      meta->offset[last] += self->plane_size[last] / 2 + 1;
      break;
    default:
      break;
  }
}

static void
add_meta (const TwinPool * self, GstBuffer * buffer)
{
  GstVideoMeta *meta = gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (&self->info), (guint) GST_VIDEO_INFO_WIDTH (&self->info),
      (guint) GST_VIDEO_INFO_HEIGHT (&self->info), GST_VIDEO_INFO_N_PLANES (&self->info),
      (gsize *) self->info.offset, (gint *) self->info.stride);

  if (self->defect != TWIN_IMPORT_WITHOUT_ALIGNMENT)
    gst_video_meta_set_alignment (meta, self->align);
  spoil (self, meta);
}

static GstFlowReturn
alloc_buffer (GstBufferPool * pool, GstBuffer ** buffer, GstBufferPoolAcquireParams * params)
{
  TwinPool *self = (TwinPool *) pool;
  g_autoptr (GstAllocator) allocator = NULL;
  GstAllocationParams allocation;
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_get_allocator (config, &allocator, &allocation);
  if (allocator)
    gst_object_ref (allocator);
  gst_structure_free (config);
  *buffer = gst_buffer_new_allocate (allocator, self->size - missing_bytes (self), &allocation);
  if (!*buffer)
    return GST_FLOW_ERROR;
  if (self->wants_meta)
    add_meta (self, *buffer);
  return GST_FLOW_OK;
}

static void
twin_pool_class_init (TwinPoolClass * klass)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  pool_class->get_options = get_options;
  pool_class->set_config = set_config;
  pool_class->start = start;
  pool_class->alloc_buffer = alloc_buffer;
}

static void
twin_pool_init (TwinPool * self)
{
  gst_video_alignment_reset (&self->forced);
}

GstBufferPool *
twin_layout_pool_new (TwinDefect defect, const GstVideoAlignment * forced)
{
  TwinPool *self = g_object_new (twin_pool_get_type (), NULL);

  self->defect = defect;
  if (forced)
    self->forced = *forced;
  return gst_object_ref_sink (self);
}
