/* What the files of the producer with the installed shmsink share. */
#pragma once
#include "role/gst-common.h"

#include <gst/app/app.h>

typedef enum
{ PATH_COPY, PATH_ALLOC, PATH_POOL, PATH_TEST, PATH_TEST_COPY, PATH_FAKE } GstProducerPath;

typedef struct
{
  Actor *actor;
  RoleGst gst;
  GstElement *sink;             /* borrowed from the pipeline */
  GstAppSrc *source;            /* borrowed; NULL: the pipeline runs freely */
  GstProducerPath path;
  gsize buffer_size;
  gint64 pace_us;
  gboolean stamped;             /* buffers have timestamps */
  gboolean count_only;
  GstAllocator *allocator;      /* that shmsink proposes; NULL: system memory */
  GstBufferPool *pool;
  const gchar *fed_memory;      /* what the feeder's last allocation gave; only the feeder's */
  GThread *feeder;
  guint progress_source;
  gboolean started, finishing;

  GMutex lock;                  /* of all below; never held over a call that may block */
  GCond changed;
  gboolean stopping, feeder_ended;
  gboolean pool_failed;         /* only the feeder's */
  gint64 to_produce;            /* -1: no end */
  guint64 next_seq;
  GQueue ahead;                 /* GstBuffer*, allocated and not yet sent */
  guint64 n_numbered, n_gone, n_released;       /* gone: released, or never sent */
  guint64 n_entered, n_entered_bytes;
  gboolean full;                /* told so, and no space found since */
} GstProducer;

/* --- setting up --- */

/* Builds the pipeline and gives its elements what the config says. */
gboolean gst_producer_set_up (GstProducer * self, GError ** error);

/* --- feeding: numbered buffers for the application source --- */

/* A thread that feeds until it is asked to end. */
void gst_producer_feed (GstProducer * self);
/* COUNT buffers to be sent first, and the memory of each is told. */
void gst_producer_allocate_ahead (GstProducer * self, gint64 count);
/* Nothing new from here on; what lies ahead is let go of. */
void gst_producer_end_feed (GstProducer * self);
/* FALSE: the thread hangs. */
gboolean gst_producer_join_feed (GstProducer * self);
