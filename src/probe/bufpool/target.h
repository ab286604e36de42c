/* Where pools to measure come from: the core, the video library, an element's proposal, a twin. */
#pragma once
#include "probe/probe.h"

#include <gst/gst.h>

typedef struct BufpoolTarget BufpoolTarget;

/* One pool of a target. */
typedef struct
{
  GstBufferPool *pool;
  GstCaps *caps;                /* for its configuration; NULL: none needed */
  guint size;
  gpointer keeps;               /* what must live as long as it is used */
  GDestroyNotify free_keeps;
} BufpoolSample;

/* The target that ACTOR is to measure; it is told. NULL: it cannot, which was told too. */
BufpoolTarget *bufpool_target_new (Actor * actor);
void bufpool_target_free (BufpoolTarget * target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BufpoolTarget, bufpool_target_free)

/* Makes one more pool. FALSE: ERROR. */
gboolean bufpool_target_sample (const BufpoolTarget * target, BufpoolSample * sample, GError ** error);
void bufpool_sample_clear (BufpoolSample * sample);

/* How many options one lists. */
gint bufpool_target_n_options (const BufpoolTarget * target);
/* Whether it came with a configuration. */
gboolean bufpool_target_is_configured (const BufpoolTarget * target, GstBufferPool * pool);

/* The calls of a pool that are not its class's to get wrong: a twin stands between for some. */
gboolean bufpool_target_set_config (const BufpoolTarget * target, GstBufferPool * pool,
    GstStructure * take_config);
GstFlowReturn bufpool_target_acquire (const BufpoolTarget * target, GstBufferPool * pool,
    GstBuffer ** buffer, GstBufferPoolAcquireParams * params);

/* Tells all targets. */
void bufpool_target_list (Actor * actor);
