/* Twins of video buffer pools, as our own elements propose them: how a buffer is laid out. */
#pragma once
#include "probe/twins/twins.h"

#include <gst/video/video.h>

/* A pool that lays its buffers out as it is configured and, when FORCED is given, at least as that
 * says. */
GstBufferPool *twin_layout_new (Mutant mutant, const GstVideoAlignment * forced);
