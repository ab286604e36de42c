#include "config.h"
#include "role/tap-link.h"

#include "base/fd.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How long a connect to the producer may wait for it to accept. */
#define CONNECT_LIMIT_S 1.0
/* Connections at once; with what their areas need that stays below 1,024 descriptors. */
#define LINKS_MAX 128
/* Between two tries of what cannot be done now: a connect, an accept. */
#define AGAIN_MS 50

/* --- connections --- */

/* The error of connect(2) when it cannot be now, but perhaps soon: the producer has not accepted
 * those before, or we have no descriptor to spare. */
static gboolean
is_temporary (gint why)
{
  return why == EAGAIN || why == EINTR || why == EMFILE || why == ENFILE;
}

/* Never blocks: other clients must not wait for a producer that does not accept. */
static gint
connect_to (const gchar * path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    fd_clear (&fd);
  return fd;
}

static void
tell_open (TapLink * link)
{
  TraceEvent event = tap_link_event (link, TRACE_CLIENT_OPEN);

  event.client_open.pid = tap_pid_of_peer (link->client_fd);
  tap_link_emit (link, &event);
}

static void
tell (RoleTap * tap, const gchar * path, const gchar * what, gint why)
{
  TraceEvent event = trace_event (TRACE_NOTE);
  g_autofree gchar *text = g_strdup_printf ("%s: %s: %s", path, what, g_strerror (why));

  event.time_ns = deadline_now_ns ();
  trace_event_set_text (&event, text);
  tap->event (tap->user, &event);
}

static void
open_link (TapLink * link)
{
  link->number = link->tap->n_links++;
  tell_open (link);
  tap_link_forward (link);
}

/* Goes on as long as the producer may yet accept. */
static gboolean
on_connect (gpointer data)
{
  TapLink *link = data;
  RoleTap *tap = link->tap;

  link->server_fd = connect_to (tap->connect_path);
  if (link->server_fd < 0 && is_temporary (errno) && !deadline_passed (link->connect_limit))
    return G_SOURCE_CONTINUE;
  link->connect_source = 0;
  if (link->server_fd >= 0) {
    open_link (link);
  } else {
    /* No producer there: as near to a refused connect as we can come. */
    tell (tap, tap->connect_path, "a client came, but", errno);
    g_ptr_array_remove_fast (tap->links, link);
  }
  return G_SOURCE_REMOVE;
}

static void
add_link (RoleTap * tap, gint client_fd)
{
  TapLink *link = g_new0 (TapLink, 1);

  link->tap = tap;
  link->number = link->server_fd = -1;
  link->client_fd = client_fd;
  link->connect_limit = deadline_in (CONNECT_LIMIT_S);
  link->sight = tap_sight_new (&tap->n_open);
  g_ptr_array_add (tap->links, link);
  if (on_connect (link) == G_SOURCE_CONTINUE)
    link->connect_source = g_timeout_add (AGAIN_MS, on_connect, link);
}

static gboolean on_client (gint fd, GIOCondition condition, gpointer data);

static gboolean
on_may_accept (gpointer data)
{
  RoleTap *tap = data;

  if (tap->links->len >= LINKS_MAX)
    return G_SOURCE_CONTINUE;
  tap->listen_source = g_unix_fd_add (tap->listen_fd, G_IO_IN, on_client, tap);
  return G_SOURCE_REMOVE;
}

/* No more can be served now. They wait in the queue, and we do not spin. */
static gboolean
pause_accepting (RoleTap * tap, gint why)
{
  if (!tap->told_pause)
    tell (tap, tap->listen_path, "clients have to wait", why);
  tap->told_pause = TRUE;
  tap->listen_source = g_timeout_add (AGAIN_MS, on_may_accept, tap);
  return G_SOURCE_REMOVE;
}

static gboolean
on_client (gint fd, GIOCondition condition, gpointer data)
{
  RoleTap *tap = data;
  gint client_fd;

  if (tap->links->len >= LINKS_MAX)
    return pause_accepting (tap, EUSERS);
  client_fd = accept4 (fd, NULL, NULL, SOCK_CLOEXEC);
  if (client_fd >= 0)
    add_link (tap, client_fd);
  else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
    return pause_accepting (tap, errno);
  return G_SOURCE_CONTINUE;
}

static gint
listen_at (const gchar * path, GError ** error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
        "%s: path too long for a socket", path);
    return -1;
  }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0) {
    if (listen (fd, 64) == 0)
      return fd;
    g_unlink (path);
  }
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
      "%s: cannot listen: %s", path, g_strerror (errno));
  fd_clear (&fd);
  return -1;
}

RoleTap *
role_tap_new (const gchar * listen_path, const gchar * connect_path,
    RoleTapEvent event, gpointer user, GError ** error)
{
  gint fd = listen_at (listen_path, error);
  RoleTap *tap;

  if (fd < 0)
    return NULL;
  tap = g_new0 (RoleTap, 1);
  tap->listen_path = g_strdup (listen_path);
  tap->connect_path = g_strdup (connect_path);
  tap->event = event;
  tap->user = user;
  tap->listen_fd = fd;
  tap->links = g_ptr_array_new_with_free_func (tap_link_free);
  tap->listen_source = g_unix_fd_add (fd, G_IO_IN, on_client, tap);
  return tap;
}

void
role_tap_free (RoleTap * tap)
{
  if (!tap)
    return;
  g_clear_handle_id (&tap->listen_source, g_source_remove);
  fd_clear (&tap->listen_fd);
  g_unlink (tap->listen_path);
  g_ptr_array_unref (tap->links);
  g_free (tap->listen_path);
  g_free (tap->connect_path);
  g_free (tap);
}
