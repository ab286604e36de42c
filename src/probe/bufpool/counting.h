/* An allocator that counts what it gives out, notes what it was asked for, and fails on demand. */
#pragma once
#include <gst/gst.h>

GstAllocator *counting_new (void);
/* Lets the COUNT allocations that come next succeed, and all behind them fail; -1: none fails. */
void counting_fail_after (GstAllocator * allocator, gint count);

gint counting_alive (GstAllocator * allocator);
gint counting_made (GstAllocator * allocator);
/* How many were made to fail so far. */
gint counting_failed (GstAllocator * allocator);
/* What the last allocation was asked for; its size. */
gsize counting_last (GstAllocator * allocator, GstAllocationParams * params);
