/* What the files of the consumer with the installed shmsrc share. */
#pragma once
#include "role/gst-common.h"
#include "role/held.h"
#include "role/tally.h"

typedef struct
{
  Actor *actor;
  RoleGst gst;
  GThreadPool *worker;          /* of one thread: ActorCommand* in their order */
  HeldOrder order;
  gint64 delay_us;
  gboolean count_only;
  guint progress_source;
  gboolean connected, finishing;

  GMutex lock;                  /* of all below; never held over a call that may block */
  GCond changed;
  gboolean stopping;
  Held *held;                   /* those that are kept */
  gint64 hold;                  /* how many to keep; -1: all */
  RoleTally tally;
  guint n_jobs;                 /* that the worker has not finished */
} GstConsumer;

/* Tells the sink of the pipeline to give us what comes. */
gboolean gst_consumer_set_up_sink (GstConsumer * self, GError ** error);
/* Lets go of COUNT held buffers (-1: all). May block: not for the main loop while the pipeline
 * runs. */
void gst_consumer_release (GstConsumer * self, gint64 count, HeldOrder order);
/* Lets go of those that are too many. */
void gst_consumer_apply_hold (GstConsumer * self);
