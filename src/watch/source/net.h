/* Connections to a daemon, each step bounded by a deadline. */
#pragma once
#include "base/deadline.h"

/* Where something listens. */
typedef struct
{
  gchar *host;                  /* without the brackets of [::1] */
  gchar *port;                  /* decimal */
} NetPlace;

/* "HOST:PORT", "[::1]:PORT"; without a port FALLBACK, where that is not NULL. FALSE with ERROR "not
 * HOST:PORT: x" or "not a port: x". To be cleared in any case. */
gboolean net_parse_place (const gchar * text, const gchar * fallback, NetPlace * out,
    GError ** error);
void net_place_clear (NetPlace * place);

/* Connects a socket of TYPE (SOCK_STREAM, SOCK_DGRAM) to any address of PLACE; numbers and
 * "localhost" need no name service, and that one is given up at the deadline. Not blocking, closed
 * on exec. -1 with ERROR "HOST:PORT: reason". */
gint net_connect (const NetPlace * place, gint type, Deadline deadline, GError ** error);

/* Sends all of DATA. FALSE with ERROR. */
gboolean net_send (gint fd, gconstpointer data, gsize length, Deadline deadline, GError ** error);

/* Appends what comes next to DATA: 1, or 0 at the end. -1 with ERROR: reset, deadline (G_IO_ERROR,
 * G_IO_ERROR_TIMED_OUT), or more than SOURCE_MAX_BYTES in all. */
gint net_receive (gint fd, GByteArray * data, Deadline deadline, GError ** error);
