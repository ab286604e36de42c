/* Twins of buffer pools that keep the rules of a pool: what may be configured when, how many buffers
 * there are, who waits, and what comes back. */
#pragma once
#include "probe/twins/twins.h"

#include <gst/gst.h>

GstBufferPool *twin_rules_new (Mutant mutant);

/* gst_buffer_pool_set_config() and gst_buffer_pool_acquire_buffer() of such a pool: their rules are
 * those of the base class, which no subclass can break. */
gboolean twin_rules_set_config (Mutant mutant, GstBufferPool * pool, GstStructure * take_config);
GstFlowReturn twin_rules_acquire (Mutant mutant, GstBufferPool * pool, GstBuffer ** buffer,
    GstBufferPoolAcquireParams * params);
