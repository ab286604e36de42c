/* The listening socket of a writer: takes its path only from the dead. */
#include "config.h"
#include "proto/conn-listener.h"

#include "base/fd.h"
#include "proto/conn-socket.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 64

/* Whether somebody has the socket at ADDRESS open: 1 yes, 0 no, -1 cannot tell (errno). Asked by
 * a datagram socket: it can never become a client, so a live producer does not notice. */
static gint
is_live (const struct sockaddr_un *address)
{
  gint fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  gint result;

  if (fd < 0)
    return -1;
  result = connect (fd, (const struct sockaddr *) address, sizeof *address);
  fd_clear (&fd);
  if (result == 0 || errno == EPROTOTYPE)
    return 1;
  return errno == ECONNREFUSED ? 0 : -1;
}

static gboolean
in_the_way (const gchar * path, const gchar * what, GError ** error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s: in the way: %s", path, what);
  return FALSE;
}

/* Removes what a dead producer has left at PATH. Never follows a link. */
static gboolean
make_way (const gchar * path, const struct sockaddr_un *address, GError ** error)
{
  struct stat before, now;
  gint live;

  if (lstat (path, &before) < 0)
    return errno == ENOENT || conn_socket_fail (error, path, "cannot look at");
  if (S_ISLNK (before.st_mode))
    return in_the_way (path, "a symbolic link", error);
  if (!S_ISSOCK (before.st_mode))
    return in_the_way (path, "not a socket", error);
  live = is_live (address);
  if (live > 0)
    return in_the_way (path, "a socket that somebody serves", error);
  if (live < 0)
    return errno == ENOENT || conn_socket_fail (error, path, "cannot tell whether it is in use");
  /* Another producer may have been faster. */
  if (lstat (path, &now) < 0 || now.st_ino != before.st_ino || now.st_dev != before.st_dev)
    return in_the_way (path, "changing", error);
  return unlink (path) == 0 || conn_socket_fail (error, path, "cannot remove");
}

static gboolean
bind_socket (ConnListener * listener, const struct sockaddr_un *address, GError ** error)
{
  struct stat status;

  if (bind (listener->fd, (const struct sockaddr *) address, sizeof *address) < 0)
    return conn_socket_fail (error, listener->path, "cannot bind");
  if (lstat (listener->path, &status) < 0)
    return conn_socket_fail (error, listener->path, "cannot look at");
  listener->bound = TRUE;
  listener->dev = status.st_dev;
  listener->ino = status.st_ino;
  return TRUE;
}

gboolean
conn_listener_open (ConnListener * listener, const gchar * path, guint perms, GError ** error)
{
  struct sockaddr_un address;

  *listener = (ConnListener) {.path = g_strdup (path),.fd = -1 };
  if (!conn_socket_address (path, &address, error) || !make_way (path, &address, error))
    return FALSE;
  listener->fd = conn_socket_new (error);
  if (listener->fd < 0 || !bind_socket (listener, &address, error))
    return FALSE;
  if (chmod (path, (mode_t) perms) < 0)
    return conn_socket_fail (error, path, "cannot set mode");
  if (listen (listener->fd, BACKLOG) < 0)
    return conn_socket_fail (error, path, "cannot listen");
  return TRUE;
}

void
conn_listener_clear (ConnListener * listener)
{
  struct stat status;

  if (listener->bound && lstat (listener->path, &status) == 0
      && status.st_dev == listener->dev && status.st_ino == listener->ino)
    unlink (listener->path);
  listener->bound = FALSE;
  fd_clear (&listener->fd);
  g_clear_pointer (&listener->path, g_free);
}
