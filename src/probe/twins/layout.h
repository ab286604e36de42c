/* The pool and the allocator that our own elements propose: the clean ones, and with one planted
 * defect each. */
#pragma once
#include <gst/video/video.h>

typedef enum
{
  TWIN_CLEAN,
  /* --- of what is proposed --- */
  TWIN_TOO_SMALL, TWIN_MIN_ABOVE_MAX, TWIN_BOGUS_META, TWIN_ANSWERS_DIFFER, TWIN_DIES_WITHOUT_CAPS,
  TWIN_DEAD_ALLOCATOR, TWIN_IGNORES_PARAMS,
  TWIN_PROPOSES_ACTIVE, TWIN_REFUSES_CONFIG, TWIN_DOES_NOT_START, TWIN_SHORT_BUFFERS,
  /* --- of a layout --- */
  TWIN_WRONG_STRIDE, TWIN_SHORT_PLANE, TWIN_IGNORES_ALIGNMENT, TWIN_IGNORES_PADDING,
  TWIN_META_SAYS_OTHER, TWIN_OVERLAPPING_PLANES, TWIN_PLANE_OUTSIDE,
  /* --- of import and export --- */
  TWIN_IMPORT_WRONG_STRIDE, TWIN_IMPORT_WITHOUT_ALIGNMENT,
  TWIN_EXPORT_SWAPPED_PADDING, TWIN_EXPORT_STALE_PADDING, TWIN_EXPORT_SIGNED_PADDING
} TwinDefect;

/* A pool that lays its buffers out as it is configured and, when FORCED is given, at least as that
 * says. */
GstBufferPool *twin_layout_pool_new (TwinDefect defect, const GstVideoAlignment * forced);

GstAllocator *twin_allocator_new (TwinDefect defect);
