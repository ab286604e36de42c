/* The base of our own buffer pools. */
#pragma once
#include "probe/twins/twins.h"

#include <gst/video/video.h>
#include <gst/video/gstvideopool.h>

typedef struct
{
  GstBufferPool parent;
  Mutant mutant;

  /* From the config. */
  guint size, min, max;
  GstAllocator *allocator;      /* owned; NULL: the default */
  GstAllocationParams params;
  GstCaps *caps;                /* borrowed from the config, while it is set */
  gboolean is_video;
  GstVideoInfo info;            /* when it is */
} TwinBufpool;

typedef GstBufferPoolClass TwinBufpoolClass;

GType twin_bufpool_get_type (void);
/* One of TYPE, which is derived from it. Caller unrefs. */
gpointer twin_bufpool_new (GType type, Mutant mutant);

/* For set_config(): takes in what CONFIG says. FALSE: it does not say enough. */
gboolean twin_bufpool_read (TwinBufpool * self, GstStructure * config);
/* Adds the metadata of a video buffer, as the info says. */
GstVideoMeta *twin_bufpool_add_meta (const TwinBufpool * self, GstBuffer * buffer);
