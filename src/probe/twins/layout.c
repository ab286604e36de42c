#include "config.h"
#include "probe/twins/layout.h"

#include "probe/twins/bufpool.h"

#include <string.h>

typedef struct
{
  TwinBufpool base;             /* its info is aligned */
  GstVideoAlignment forced;
  /* From the config. */
  gboolean wants_meta;
  GstVideoAlignment align;
  gsize plane_size[GST_VIDEO_MAX_PLANES];
} LayoutPool;

typedef TwinBufpoolClass LayoutPoolClass;
typedef LayoutPool ShmdiagTwinLayout;
typedef LayoutPoolClass ShmdiagTwinLayoutClass;

static GType twin_layout_get_type (void);
G_DEFINE_TYPE (ShmdiagTwinLayout, twin_layout, twin_bufpool_get_type ())

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
read_alignment (LayoutPool * self, GstStructure * config)
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
  if (self->base.mutant == MUTANT_IGNORES_ALIGNMENT)
    memset (self->align.stride_align, 0, sizeof self->align.stride_align);
  if (self->base.mutant == MUTANT_IGNORES_PADDING)
    self->align.padding_top = self->align.padding_left = 0;
}

/* The address of a plane can only be as aligned as that of the memory. */
static void
raise_params (LayoutPool * self, GstStructure * config)
{
  TwinBufpool *base = &self->base;

  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    base->params.align |= self->align.stride_align[i];
  gst_buffer_pool_config_set_allocator (config, base->allocator, &base->params);
}

static gboolean
set_config (GstBufferPool * pool, GstStructure * config)
{
  LayoutPool *self = (LayoutPool *) pool;
  TwinBufpool *base = &self->base;

  if (base->mutant == MUTANT_REFUSES_CONFIG || !twin_bufpool_read (base, config) || !base->caps)
    return FALSE;
  self->wants_meta = base->is_video
      && gst_buffer_pool_config_has_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (base->is_video) {
    read_alignment (self, config);
    if (!gst_video_info_align_full (&base->info, &self->align, self->plane_size))
      return FALSE;
    base->size = MAX (base->size, (guint) GST_VIDEO_INFO_SIZE (&base->info));
    raise_params (self, config);
  }
  gst_buffer_pool_config_set_params (config, base->caps, base->size, base->min, base->max);
  return GST_BUFFER_POOL_CLASS (twin_layout_parent_class)->set_config (pool, config);
}

static gboolean
start (GstBufferPool * pool)
{
  return ((TwinBufpool *) pool)->mutant != MUTANT_DOES_NOT_START
      && GST_BUFFER_POOL_CLASS (twin_layout_parent_class)->start (pool);
}

/* --- a buffer --- */

/* Bytes that BUFFER is short of, which its planes need. */
static gsize
missing_bytes (const LayoutPool * self)
{
  guint last = self->base.is_video ? GST_VIDEO_INFO_N_PLANES (&self->base.info) - 1 : 0;

  if (self->base.mutant == MUTANT_SHORT_BUFFERS)
    return self->base.size / 2;
  if (self->base.mutant == MUTANT_SHORT_PLANE && self->base.is_video)
    return (gsize) GST_VIDEO_INFO_PLANE_STRIDE (&self->base.info, last)
        + self->base.size - GST_VIDEO_INFO_SIZE (&self->base.info);
  return 0;
}

/* What the meta says, when that is not what is meant. */
static void
spoil (const LayoutPool * self, GstVideoMeta * meta)
{
  guint last = meta->n_planes - 1;

  switch (self->base.mutant) {
    case MUTANT_WRONG_STRIDE:
    case MUTANT_IMPORT_WRONG_STRIDE:
      meta->stride[0] += 4;
      break;
    case MUTANT_META_SAYS_OTHER:
      meta->height++;
      meta->alignment.padding_bottom += 2;
      break;
    case MUTANT_OVERLAPPING_PLANES:
      if (last > 0)
        meta->offset[last] -= self->plane_size[last - 1] / 2 + 1;
      break;
    case MUTANT_PLANE_OUTSIDE:
      meta->offset[last] += self->plane_size[last] / 2 + 1;
      break;
    default:
      break;
  }
}

static void
add_meta (const LayoutPool * self, GstBuffer * buffer)
{
  GstVideoMeta *meta = twin_bufpool_add_meta (&self->base, buffer);

  if (self->base.mutant != MUTANT_IMPORT_WITHOUT_ALIGNMENT)
    gst_video_meta_set_alignment (meta, self->align);
  spoil (self, meta);
}

static GstFlowReturn
alloc_buffer (GstBufferPool * pool, GstBuffer ** buffer, GstBufferPoolAcquireParams * params)
{
  LayoutPool *self = (LayoutPool *) pool;
  TwinBufpool *base = &self->base;

  *buffer = gst_buffer_new_allocate (base->allocator, base->size - missing_bytes (self),
      &base->params);
  if (!*buffer)
    return GST_FLOW_ERROR;
  if (self->wants_meta)
    add_meta (self, *buffer);
  return GST_FLOW_OK;
}

static void
twin_layout_class_init (LayoutPoolClass * klass)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  pool_class->get_options = get_options;
  pool_class->set_config = set_config;
  pool_class->start = start;
  pool_class->alloc_buffer = alloc_buffer;
}

static void
twin_layout_init (LayoutPool * self)
{
  gst_video_alignment_reset (&self->forced);
}

GstBufferPool *
twin_layout_new (Mutant mutant, const GstVideoAlignment * forced)
{
  LayoutPool *self = twin_bufpool_new (twin_layout_get_type (), mutant);

  if (forced)
    self->forced = *forced;
  return &self->base.parent;
}
