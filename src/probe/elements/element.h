/* What the files of the element prober share. */
#pragma once
#include "probe/elements/offer.h"

#include <gst/video/video.h>

/* --- what is proposed, told and used --- */

/* Asks ELEMENT with CAPS (NULL: with none), tells the question and the answer. The query is NULL
 * when it was not answered. */
GstQuery *element_ask (Actor * actor, Offer * offer, GstCaps * caps, gboolean need_pool);

/* Tells each pool, allocator and metadata of QUERY. */
void element_tell_offers (Actor * actor, GstQuery * query, GstCaps * caps);

/* Uses each pool and each allocator of QUERY as it is proposed, and tells how that went. */
void element_use_offers (Actor * actor, GstQuery * query, GstCaps * caps);

/* Whether API could be the type of a metadata. */
gboolean element_is_meta_api (GType api);

/* Bytes that a frame of CAPS takes; 0: not known. */
gsize element_frame_size (GstCaps * caps);

/* --- metadata --- */

/* Those of GStreamer's own libraries. */
void metas_run (Actor * actor);
/* Each metadata that QUERY proposes and that no library of GStreamer has. FALSE: none. */
gboolean metas_measure_offers (Actor * actor, GstQuery * query);

/* --- twins: our own elements and metadata, each with one planted defect --- */

/* Tells all of them as targets. */
void element_twin_list (Actor * actor);
/* Makes the element "twin:NAME" known to GStreamer. NULL: there is no such twin. */
const gchar *element_twin_factory (const gchar * target);
/* What the hardware behind an element of ours needs: it proposes a pool of that layout, and the
 * layout in words. */
void element_twin_set_layout (GstElement * element, const GstVideoAlignment * align);
/* Whether TARGET is a twin that is about import, export or metadata. */
gboolean element_twin_is_import (const gchar * target);
gboolean element_twin_is_export (const gchar * target);

void meta_twin_list (Actor * actor);
/* Measures it. FALSE: there is no such twin. */
gboolean meta_twin_run (Actor * actor, const gchar * target);
