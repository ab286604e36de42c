/* File descriptors: the only place that loops on EINTR. */
#pragma once
#include <glib.h>
#include <sys/types.h>

/* Closes *FD if it is open and sets it to -1; keeps errno. May be called twice. */
void fd_clear (gint * fd);

/* Like read(2) and write(2) without EINTR. -1 with errno on error. */
gssize fd_read (gint fd, gpointer data, gsize size);
gssize fd_write (gint fd, gconstpointer data, gsize size);

/* Writes all of DATA. A pipe that is full and does not block is waited for, at most half a minute at
 * a time. FALSE with errno. */
gboolean fd_write_all (gint fd, gconstpointer data, gsize size);

/* Waits for EVENTS (POLLIN, ...) on FD for at most TIMEOUT_MS (not negative).
 * Returns revents, 0 on timeout, -1 with errno on error. */
gint fd_poll (gint fd, gshort events, gint timeout_ms);

gboolean fd_set_nonblocking (gint fd, gboolean nonblocking);
