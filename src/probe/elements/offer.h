/* What an installed element offers upstream: an element in a small pipeline of its own, and its
 * answer to the ALLOCATION query. For use in a prober. */
#pragma once
#include "probe/probe.h"

#include <gst/gst.h>

typedef struct Offer Offer;

/* Initialises GStreamer and loads the plugins that the config names. FALSE: what is wrong was told
 * (actor_broken). May be called again. */
gboolean offer_init (Actor * actor);

/* To be called in list(): tells every installed element with a sink pad as a target. Those that
 * answer quickly and have something to offer are probed by default, the others only when they are
 * named; those that need what this machine has not are told with their reason. */
void offer_list (Actor * actor);

/* Why ELEMENT cannot be probed here, NULL: it can, as far as one knows without trying. Caller
 * frees. */
gchar *offer_obstacle (const gchar * element);

/* Version of ELEMENT's plugin, "1.22.0"; "0" when it has none. Caller frees. */
gchar *offer_version (const gchar * element);

/* Fixed caps that ELEMENT's sink pad takes by its template (GstCaps*), at least one: the plain
 * first, then other formats and odd sizes of raw video, then raw audio; when it takes neither, what
 * its template makes when it is fixed. */
GPtrArray *offer_caps (const gchar * element);

/* Makes ELEMENT, gives it what it needs to run (a socket path in the prober's "dir", a fakesink
 * behind each of its source pads), brings it to PAUSED, or to PLAYING when it has something behind
 * it, and tells it that CAPS (NULL: the first of offer_caps()) come next. Never longer than a
 * deadline. NULL: ERROR says what it refuses to do; that is no answer to any query, and no fault of
 * its proposals. */
Offer *offer_open (Actor * actor, const gchar * element, GstCaps * caps, GError ** error);
/* Back to NULL, also with a deadline. Buffers and pools that were offered may be kept longer. */
void offer_close (Offer * offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Offer, offer_close)

GstElement *offer_element (Offer * offer);
/* The caps that it was told of. Borrowed. */
GstCaps *offer_current_caps (Offer * offer);

/* Sends the query as a producer would. NULL: it was not answered. From the query that is returned
 * (to be unreffed) gst_query_parse_nth_allocation_pool(), _param() and _meta() read the offer.
 * It is sent from this thread without a deadline: to be called within a measurement. */
GstQuery *offer_ask (Offer * offer, gboolean need_pool);
/* The same with other CAPS than those that it was told of; NULL: with none. */
GstQuery *offer_ask_caps (Offer * offer, GstCaps * caps, gboolean need_pool);
