/* Pools of our own with exactly one defect each, and one without. */
#pragma once
#include <gst/gst.h>

typedef struct PoolTwin PoolTwin;

/* The twins, NULL behind the last. */
const PoolTwin *pool_twin_nth (guint n);
/* NULL: there is none of that name. */
const PoolTwin *pool_twin_by_name (const gchar * name);
const gchar *pool_twin_name (const PoolTwin * twin);
/* The contract that its defect breaks; "-": it has none. */
const gchar *pool_twin_contract (const PoolTwin * twin);

GstBufferPool *pool_twin_make (const PoolTwin * twin);

/* gst_buffer_pool_set_config() and gst_buffer_pool_acquire_buffer() of a pool of TWIN: their rules
 * are those of the base class, which no subclass can break. */
gboolean pool_twin_set_config (const PoolTwin * twin, GstBufferPool * pool,
    GstStructure * take_config);
GstFlowReturn pool_twin_acquire (const PoolTwin * twin, GstBufferPool * pool, GstBuffer ** buffer,
    GstBufferPoolAcquireParams * params);
