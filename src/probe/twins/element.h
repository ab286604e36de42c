/* Twins of elements: they answer the ALLOCATION query. */
#pragma once
#include "probe/twins/twins.h"

#include <gst/video/video.h>

/* Makes the element "twin:NAME" known to GStreamer. NULL: there is no such twin. */
const gchar *twin_element_factory (const gchar * target);
/* What the hardware behind an element of ours needs: it proposes a pool of that layout, and the
 * layout in words. */
void twin_element_set_layout (GstElement * element, const GstVideoAlignment * align);
/* Whether TARGET is a twin that is about import or export. */
gboolean twin_element_is_import (const gchar * target);
gboolean twin_element_is_export (const gchar * target);
