#include "config.h"
#include "base/fd.h"

#include "base/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* A reader that takes nothing for so long from a non-blocking output is given up. */
#define STALLED_MS 30000

void
fd_clear (gint * fd)
{
  gint saved_errno = errno;

  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  errno = saved_errno;
}

gssize
fd_read (gint fd, gpointer data, gsize size)
{
  gssize got;

  do
    got = read (fd, data, size);
  while (got < 0 && errno == EINTR);
  return got;
}

gssize
fd_write (gint fd, gconstpointer data, gsize size)
{
  gssize put;

  do
    put = write (fd, data, size);
  while (put < 0 && errno == EINTR);
  return put;
}

gint
fd_poll (gint fd, gshort events, gint timeout_ms)
{
  struct pollfd one = {.fd = fd,.events = events };
  Deadline deadline = deadline_in (timeout_ms / 1000.0);
  gint ready;

  do
    ready = poll (&one, 1, deadline_poll_ms (deadline));
  while (ready < 0 && errno == EINTR);
  return ready <= 0 ? ready : one.revents;
}

gboolean
fd_write_all (gint fd, gconstpointer data, gsize size)
{
  const gchar *at = data;

  while (size > 0) {
    gssize put = fd_write (fd, at, size);

    if (put < 0 && errno == EAGAIN && fd_poll (fd, POLLOUT, STALLED_MS) > 0)
      continue;
    if (put == 0)
      errno = EIO;
    if (put <= 0)
      return FALSE;
    at += put;
    size -= (gsize) put;
  }
  return TRUE;
}

gboolean
fd_set_nonblocking (gint fd, gboolean nonblocking)
{
  gint flags = fcntl (fd, F_GETFL);

  if (flags < 0)
    return FALSE;
  flags = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  return fcntl (fd, F_SETFL, flags) == 0;
}
