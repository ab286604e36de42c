/* Where pools to measure come from: the core, the video library, an element's proposal, a twin. */
#pragma once
#include "probe/probe.h"

#include <gst/gst.h>

typedef struct PoolTarget PoolTarget;

/* One pool of a target. */
typedef struct
{
  GstBufferPool *pool;
  GstCaps *caps;                /* for its configuration; NULL: none needed */
  guint size;
  gpointer keeps;               /* what must live as long as it is used */
  GDestroyNotify free_keeps;
} PoolSample;

/* The target that PROBE is to measure; it is told. NULL: it cannot, which was told too. */
PoolTarget *pool_target_new (Probe * probe);
void pool_target_free (PoolTarget * target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PoolTarget, pool_target_free)

/* Makes one more pool. FALSE: ERROR. */
gboolean pool_target_sample (const PoolTarget * target, PoolSample * sample, GError ** error);
void pool_sample_clear (PoolSample * sample);

/* How many options one lists. */
gint pool_target_n_options (const PoolTarget * target);
/* Whether it came with a configuration. */
gboolean pool_target_is_configured (const PoolTarget * target, GstBufferPool * pool);

/* The calls of a pool that are not its class's to get wrong: a twin stands between for some. */
gboolean pool_target_set_config (const PoolTarget * target, GstBufferPool * pool,
    GstStructure * take_config);
GstFlowReturn pool_target_acquire (const PoolTarget * target, GstBufferPool * pool,
    GstBuffer ** buffer, GstBufferPoolAcquireParams * params);

/* Tells all targets. */
void pool_target_list (Probe * probe);
