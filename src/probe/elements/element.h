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
