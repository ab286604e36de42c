#include "config.h"
#include "watch/source/ng.h"

#include "base/fd.h"
#include "watch/source/document.h"
#include "watch/source/http.h"
#include "watch/source/net.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A datagram that got lost is sent again after that long; the cookie makes it the same request. */
#define RESEND_SECONDS 0.5

static gboolean
is_http (const gchar * place)
{
  return strstr (place, "://") != NULL;
}

/* PLACE without its scheme. *TYPE is that of the socket. */
static gboolean
parse_place (const gchar * place, NetPlace * out, gint * type, GError ** error)
{
  *type = g_str_has_prefix (place, "tcp:") ? SOCK_STREAM : SOCK_DGRAM;
  if (g_str_has_prefix (place, "tcp:") || g_str_has_prefix (place, "udp:"))
    place += 4;
  return net_parse_place (place, NULL, out, error);
}

gboolean
ng_check_place (const gchar * place, GError ** error)
{
  NetPlace parsed;
  gint type;
  gboolean ok;

  if (is_http (place))
    return http_check_url (place, error);
  ok = parse_place (place, &parsed, &type, error);
  net_place_clear (&parsed);
  return ok;
}

/* Caller frees. */
static gchar *
new_cookie (void)
{
  return g_strdup_printf ("pw%x-%" G_GINT64_MODIFIER "x-%x", (guint) getpid (),
      deadline_now_ns (), g_random_int ());
}

/* DATA without "COOKIE "; NULL: it answers something else. Borrowed. */
static const gchar *
skip_cookie (const GByteArray * data, const gchar * cookie, gsize * length)
{
  gsize n = strlen (cookie);

  if (data->len <= n || memcmp (data->data, cookie, n) != 0 || data->data[n] != ' ')
    return NULL;
  *length = data->len - n - 1;
  return (const gchar *) data->data + n + 1;
}

static gchar *
copy (const gchar * text, gsize length)
{
  gchar *all = g_malloc (length + 1);

  memcpy (all, text, length);
  all[length] = '\0';
  return all;
}

/* One datagram into DATA, empty before. 1, 0: it did not come by END, -1 with ERROR. */
static gint
receive_datagram (gint fd, GByteArray * data, Deadline end, GError ** error)
{
  g_autoptr (GError) problem = NULL;

  g_byte_array_set_size (data, 0);
  if (net_receive (fd, data, end, &problem) >= 0)
    return 1;
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return 0;
  g_propagate_error (error, g_steal_pointer (&problem));
  return -1;
}

/* Waits for the answer to COOKIE up to END; others are late ones. NULL without ERROR: none came. */
static gchar *
await_datagram (gint fd, const gchar * cookie, Deadline end, gsize * length, GError ** error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();

  while (receive_datagram (fd, data, end, error) > 0) {
    const gchar *answer = skip_cookie (data, cookie, length);

    if (answer)
      return copy (answer, *length);
  }
  return NULL;
}

static gchar *
ask_datagram (gint fd, const gchar * message, const gchar * cookie, Deadline deadline,
    gsize * length, GError ** error)
{
  g_autoptr (GError) problem = NULL;
  gchar *answer = NULL;

  while (!answer && !problem && !deadline_passed (deadline)) {
    Deadline end = deadline_earlier (deadline, deadline_in (RESEND_SECONDS));

    if (net_send (fd, message, strlen (message), end, &problem))
      answer = await_datagram (fd, cookie, end, length, &problem);
  }
  if (!answer && !problem)
    g_set_error (&problem, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer in time");
  if (problem)
    g_propagate_error (error, g_steal_pointer (&problem));
  return answer;
}

/* Whether TEXT is all of a dictionary: nothing else ends an answer on a connection. */
static gboolean
is_whole (const gchar * text, gsize length)
{
  g_autoptr (JsonNode) node = document_is_json (text, length)
      ? document_from_json (text, length, NULL) : document_from_bencode (text, length, NULL);

  return node != NULL;
}

static gchar *
ask_stream (gint fd, const gchar * message, const gchar * cookie, Deadline deadline,
    gsize * length, GError ** error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  gint got = 1;

  if (!net_send (fd, message, strlen (message), deadline, error))
    return NULL;
  while (got > 0) {
    const gchar *answer;

    got = net_receive (fd, data, deadline, error);
    answer = got >= 0 ? skip_cookie (data, cookie, length) : NULL;
    if (answer && (got == 0 || is_whole (answer, *length)))
      return copy (answer, *length);
  }
  if (got == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no answer to our cookie");
  return NULL;
}

static gchar *
ask_socket (const gchar * place, const gchar * message, const gchar * cookie, Deadline deadline,
    gsize * length, GError ** error)
{
  NetPlace parsed;
  gint type, fd = -1;
  gchar *answer = NULL;

  if (parse_place (place, &parsed, &type, error))
    fd = net_connect (&parsed, type, deadline, error);
  if (fd >= 0) {
    answer = (type == SOCK_DGRAM ? ask_datagram : ask_stream) (fd, message, cookie, deadline,
        length, error);
    if (!answer)
      g_prefix_error (error, "%s: ", place);
  }
  net_place_clear (&parsed);
  fd_clear (&fd);
  return answer;
}

static gchar *
ask_http (const gchar * url, const gchar * message, const gchar * cookie, Deadline deadline,
    gsize * length, GError ** error)
{
  const HttpRequest request = {.method = "POST",.path = "/ng",.body = message,
    .type = "application/x-rtpengine-ng"
  };
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autofree gchar *body = http_fetch (url, &request, deadline, length, error);
  const gchar *answer;

  if (!body)
    return NULL;
  g_byte_array_append (data, (const guint8 *) body, (guint) * length);
  answer = skip_cookie (data, cookie, length);
  if (answer)
    return copy (answer, *length);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: no answer to our cookie: %.40s",
      url, body);
  return NULL;
}

/* There, the dictionary stands alone. */
static gchar *
ask_plain (const gchar * url, const gchar * body, Deadline deadline, gsize * length,
    GError ** error)
{
  const HttpRequest request = {.method = "POST",.path = "/ng-plain",.body = body,
    .type = "application/json"
  };

  return http_fetch (url, &request, deadline, length, error);
}

gchar *
ng_request (const gchar * place, const gchar * body, Deadline deadline, gsize * length,
    GError ** error)
{
  g_autofree gchar *cookie = new_cookie ();
  g_autofree gchar *message = g_strconcat (cookie, " ", body, NULL);

  if (!is_http (place))
    return ask_socket (place, message, cookie, deadline, length, error);
  if (g_str_has_suffix (place, "/ng-plain"))
    return ask_plain (place, body, deadline, length, error);
  return ask_http (place, message, cookie, deadline, length, error);
}
