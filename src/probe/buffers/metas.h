/* Metadata: put on a buffer, copied and freed, told as events. */
#pragma once
#include "probe/probe.h"

#include <gst/gst.h>

/* A kind of metadata. */
typedef struct
{
  const gchar *name;            /* "GstVideoCropMeta" */
  const GstMetaInfo *(*info) (void);
  /* What it keeps a reference on; NULL: nothing. The caller owns the object. */
  GstMiniObject *(*hold) (void);
  /* Puts it on BUFFER as its users do, with HELD. NULL: without parameters. */
  GstMeta *(*add) (GstBuffer * buffer, GstMiniObject * held);
  gboolean copies;              /* a copy of the whole buffer has it, too */
  gsize content, content_size;  /* where it has plain data that a copy must have; 0: none */
  gsize private_at;             /* from there on it need not be set; 0: all must be */
} MetaKind;

/* All that is measured of one: a measurement must have begun. */
void metas_measure (Actor * actor, const MetaKind * kind);

/* Those of GStreamer's own libraries; a NULL name ends them. */
extern const MetaKind metas_known[];
