/* The listening socket of a writer. Internal to this room. */
#pragma once
#include <glib.h>
#include <sys/types.h>

typedef struct
{
  gchar *path;
  gint fd;                      /* -1: none */
  gboolean bound;
  dev_t dev;                    /* which socket is ours, whoever owns the path by then */
  ino_t ino;
} ConnListener;

/* Binds, sets the mode to PERMS, listens. A socket that nobody serves is replaced; a live one, or
 * anything else at PATH, is an error. When it fails, LISTENER is still to be cleared. */
gboolean conn_listener_open (ConnListener * listener, const gchar * path, guint perms,
    GError ** error);

/* Closes the socket, and unlinks it if it still is ours. */
void conn_listener_clear (ConnListener * listener);
