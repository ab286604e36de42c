/* The statistics of an rtpengine daemon, whichever way they came. Pure. */
#pragma once
#include "watch/sample/sample.h"

/* Appends to SAMPLE what TEXT tells, under the name SOURCE: a reading "daemon" and one for each of
 * the pools "main", "shared" and "static" (26.1.1 and later). TEXT is the document of the control
 * commands ("list jsonstats") or a reply of the ng protocol, in JSON or bencode, with its cookie or
 * without. LIVE: a daemon has just said so, thus it is alive.
 *
 * Whatever cannot be right makes a trouble and is absent: a document that is cut anywhere, another
 * text ("Unknown command: x"), a number beyond 2^53 or below zero, a pool with another number of
 * shards than it says. Only used may be more than size. */
void rtpengine_stats_read (const gchar * text, gsize length, const gchar * source,
    gboolean live, Sample * sample);

/* Behind the cookie of an ng reply ("COOKIE {...}", "COOKIE d...e"), or all of TEXT when there is
 * none; NULL: neither JSON nor bencode. */
const gchar *rtpengine_stats_document (const gchar * text, gsize length);
