#include "config.h"
#include "watch/source/net.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/parse.h"
#include "watch/source/source.h"

#include <errno.h>
#include <gio/gio.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* One read: more than any datagram. */
#define CHUNK (64 * 1024)

/* --- places --- */

static gboolean
check_port (const gchar * text, GError ** error)
{
  gint64 port;

  if (g_ascii_isdigit (text[0]) && parse_int (text, 1, 65535, &port, NULL))
    return TRUE;
  return error_input (error, "not a port: %s", text);
}

gboolean
net_parse_place (const gchar * text, const gchar * fallback, NetPlace * out, GError ** error)
{
  gboolean bracket = text[0] == '[';
  const gchar *end = bracket ? strchr (text, ']') : text + strcspn (text, ":");
  const gchar *rest = end && bracket ? end + 1 : end;
  const gchar *port = rest && rest[0] == ':' ? rest + 1 : rest && !rest[0] ? fallback : NULL;

  *out = (NetPlace) { 0 };
  if (!port || end == text + bracket)
    return error_input (error, "not HOST:PORT: %s", text);
  if (!check_port (port, error))
    return FALSE;
  out->host = g_strndup (text + bracket, (gsize) (end - text - bracket));
  out->port = g_strdup (port);
  return TRUE;
}

void
net_place_clear (NetPlace * place)
{
  g_clear_pointer (&place->host, g_free);
  g_clear_pointer (&place->port, g_free);
}

static void
set_error (GError ** error, const NetPlace * place, const gchar * reason)
{
  gboolean colon = strchr (place->host, ':') != NULL;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s%s%s:%s: %s", colon ? "[" : "",
      place->host, colon ? "]" : "", place->port, reason);
}

/* --- names --- */

/* A question to the name service; it may come back to this after we have given up, so whoever gives
 * up leaves it where it is. */
typedef struct
{
  struct gaicb request;
  struct addrinfo hints;
  NetPlace place;
} Lookup;

static void
lookup_free (Lookup * lookup)
{
  net_place_clear (&lookup->place);
  g_free (lookup);
}

static struct timespec
time_left (Deadline deadline)
{
  gint ms = deadline_poll_ms (deadline);

  return (struct timespec) {.tv_sec = ms / 1000,.tv_nsec = ms % 1000 * 1000000L };
}

/* Waits until LOOKUP is done or the deadline is there. */
static gint
wait_for_name (Lookup * lookup, Deadline deadline)
{
  const struct gaicb *requests[] = { &lookup->request };

  while (gai_error (&lookup->request) == EAI_INPROGRESS && !deadline_passed (deadline)) {
    struct timespec left = time_left (deadline);

    gai_suspend (requests, 1, &left);
  }
  return gai_error (&lookup->request);
}

/* Asks the name service. NULL with *REASON. */
static struct addrinfo *
ask_for_name (const NetPlace * place, gint type, Deadline deadline, const gchar ** reason)
{
  Lookup *lookup = g_new0 (Lookup, 1);
  struct gaicb *requests[] = { &lookup->request };
  struct addrinfo *found;
  gint code;

  lookup->place = (NetPlace) { g_strdup (place->host), g_strdup (place->port) };
  lookup->hints = (struct addrinfo) {.ai_socktype = type,.ai_flags = AI_NUMERICSERV };
  lookup->request = (struct gaicb) { lookup->place.host, lookup->place.port, &lookup->hints };
  code = getaddrinfo_a (GAI_NOWAIT, requests, 1, NULL);
  if (code == 0)
    code = wait_for_name (lookup, deadline);
  if (code == EAI_INPROGRESS && gai_cancel (&lookup->request) != EAI_CANCELED) {
    *reason = "no answer from the name service in time";
    return NULL;
  }
  found = code == 0 ? g_steal_pointer (&lookup->request.ar_result) : NULL;
  *reason = code == EAI_INPROGRESS ? "no answer from the name service in time"
      : gai_strerror (code);
  lookup_free (lookup);
  return found;
}

/* Addresses of PLACE; NULL with *REASON. */
static struct addrinfo *
find_addresses (const NetPlace * place, gint type, Deadline deadline, const gchar ** reason)
{
  gboolean is_local = g_ascii_strcasecmp (place->host, "localhost") == 0;
  struct addrinfo hints = {.ai_socktype = type,
    .ai_flags = is_local ? AI_NUMERICSERV : AI_NUMERICHOST | AI_NUMERICSERV
  };
  struct addrinfo *found = NULL;
  gint code;

  /* No node is the loopback of both kinds. A datagram is never refused in time to try the other. */
  hints.ai_family = is_local && type == SOCK_DGRAM ? AF_INET : AF_UNSPEC;
  code = getaddrinfo (is_local ? NULL : place->host, place->port, &hints, &found);
  *reason = gai_strerror (code);
  return code == EAI_NONAME ? ask_for_name (place, type, deadline, reason) : found;
}

/* --- connections --- */

/* 0, or errno. */
static gint
finish_connect (gint fd, Deadline deadline)
{
  gint code = 0;
  socklen_t length = sizeof code;

  if (fd_poll (fd, POLLOUT, deadline_poll_ms (deadline)) == 0)
    return ETIMEDOUT;
  return getsockopt (fd, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno;
}

/* -1 with errno. */
static gint
connect_one (const struct addrinfo *address, Deadline deadline)
{
  gint fd = socket (address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0 || connect (fd, address->ai_addr, address->ai_addrlen) == 0)
    return fd;
  if (errno == EINPROGRESS)
    errno = finish_connect (fd, deadline);
  if (errno != 0)
    fd_clear (&fd);
  return fd;
}

/* A fair share of what is left, with N more addresses to try: one that does not answer must not
 * keep us from the others. */
static Deadline
share_of (Deadline deadline, guint n)
{
  return deadline_earlier (deadline, deadline_in (deadline_poll_ms (deadline) / 1000.0 / n));
}

gint
net_connect (const NetPlace * place, gint type, Deadline deadline, GError ** error)
{
  const gchar *reason;
  struct addrinfo *addresses = find_addresses (place, type, deadline, &reason);
  gint fd = -1;
  guint n = 0;

  for (struct addrinfo * each = addresses; each; each = each->ai_next)
    n++;
  for (struct addrinfo * each = addresses; each && fd < 0; each = each->ai_next) {
    fd = connect_one (each, share_of (deadline, n--));
    reason = g_strerror (errno);
  }
  if (fd < 0)
    set_error (error, place, reason);
  if (addresses)
    freeaddrinfo (addresses);
  return fd;
}

static void
set_errno (GError ** error, const gchar * what, gint code)
{
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), "%s: %s", what,
      g_strerror (code));
}

gboolean
net_send (gint fd, gconstpointer data, gsize length, Deadline deadline, GError ** error)
{
  const gchar *next = data;

  while (length > 0) {
    gssize n = send (fd, next, length, MSG_NOSIGNAL);

    if (n >= 0) {
      next += n;
      length -= (gsize) n;
    } else if (errno == EAGAIN && fd_poll (fd, POLLOUT, deadline_poll_ms (deadline)) == 0) {
      set_errno (error, "sending", ETIMEDOUT);
      return FALSE;
    } else if (errno != EAGAIN && errno != EINTR) {
      set_errno (error, "sending", errno);
      return FALSE;
    }
  }
  return TRUE;
}

gint
net_receive (gint fd, GByteArray * data, Deadline deadline, GError ** error)
{
  guint old = data->len;
  gssize n = -1;

  if (old > SOURCE_MAX_BYTES)
    errno = EFBIG;
  else if (fd_poll (fd, POLLIN, deadline_poll_ms (deadline)) == 0)
    errno = ETIMEDOUT;
  else {
    g_byte_array_set_size (data, old + CHUNK);
    n = fd_read (fd, data->data + old, CHUNK);
    g_byte_array_set_size (data, old + (guint) MAX (n, 0));
  }
  if (n < 0 && errno == ETIMEDOUT)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer in time");
  else if (n < 0)
    set_errno (error, "receiving", errno);
  return n > 0 ? 1 : (gint) n;
}
