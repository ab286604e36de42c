/* Which GStreamer this is. */
#pragma once
#include "probe/probe.h"

/* "1.22.0". Caller frees. */
gchar *probe_gstreamer_release (void);

/* probe_target() for ELEMENT, which is a part of GStreamer itself. */
void probe_target_of_gstreamer (Actor * actor, const gchar * element);
