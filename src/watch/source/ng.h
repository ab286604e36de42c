/* The ng protocol of rtpengine: a cookie, a blank, and a dictionary, as a datagram, on a TCP
 * connection or in a POST. */
#pragma once
#include "base/deadline.h"

/* "[udp:]HOST:PORT", "tcp:HOST:PORT", "http://HOST:PORT[/ng|/ng-plain]". FALSE with ERROR. */
gboolean ng_check_place (const gchar * place, GError ** error);

/* Sends BODY, a dictionary in bencode or JSON, to PLACE under a cookie that nobody used before: the
 * daemon answers a known one with what it said then. The answer without its cookie, a NUL behind
 * it; NULL with ERROR. Caller frees. */
gchar *ng_request (const gchar * place, const gchar * body, Deadline deadline, gsize * length,
    GError ** error);
