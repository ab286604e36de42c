#include "config.h"
#include "watch/source/http.h"

#include "base/fd.h"
#include "watch/source/net.h"
#include "watch/source/source.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>

/* --- URLs --- */

/* PATH is NULL when URL has none. All to be freed or cleared in any case. */
static gboolean
split_url (const gchar * url, NetPlace * place, gchar ** path, GError ** error)
{
  const gchar *rest = url + strlen ("http://");
  g_autofree gchar *where = NULL;

  *place = (NetPlace) { 0 };
  *path = NULL;
  if (g_ascii_strncasecmp (url, "http://", strlen ("http://")) != 0 || strpbrk (url, " \t\r\n")) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "not http://HOST:PORT (for https: command=curl ...): %s", url);
    return FALSE;
  }
  where = g_strndup (rest, strcspn (rest, "/?"));
  rest += strlen (where);
  if (rest[0] == '/' && rest[1] != '\0')
    *path = g_strdup (rest);
  return net_parse_place (where, "80", place, error);
}

gboolean
http_check_url (const gchar * url, GError ** error)
{
  g_autofree gchar *path = NULL;
  NetPlace place;
  gboolean ok = split_url (url, &place, &path, error);

  net_place_clear (&place);
  return ok;
}

/* --- answers --- */

static void
set_error (GError ** error, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);

static void
set_error (GError ** error, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_clear_error (error);
  if (error)
    *error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format, args);
  va_end (args);
}

/* The value of the header NAME in HEADERS, whose first line is the status; NULL: none. Caller
 * frees. */
static gchar *
find_header (gchar ** headers, const gchar * name)
{
  for (gsize i = 1; headers[0] && headers[i]; i++) {
    gsize length = strlen (name);

    if (g_ascii_strncasecmp (headers[i], name, length) == 0 && headers[i][length] == ':')
      return g_strstrip (g_strdup (headers[i] + length + 1));
  }
  return NULL;
}

/* Where the body begins; NULL: not there yet. */
static const gchar *
find_body (const gchar * text, gsize length)
{
  const gchar *crlf = g_strstr_len (text, (gssize) length, "\r\n\r\n");
  const gchar *lf = g_strstr_len (text, (gssize) length, "\n\n");

  if (crlf && (!lf || crlf < lf))
    return crlf + 4;
  return lf ? lf + 2 : NULL;
}

static gboolean
check_status (gchar * line, GError ** error)
{
  line += strcspn (line, " ");
  line += strspn (line, " ");
  if (g_str_has_prefix (line, "200") && (line[3] == ' ' || line[3] == '\0'))
    return TRUE;
  set_error (error, "status %.60s", g_strchomp (line));
  return FALSE;
}

/* All of DIGITS in BASE as a length; FALSE: it is none. */
static gboolean
parse_length (const gchar * digits, guint base, gsize * out)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (digits, base, 0, SOURCE_MAX_BYTES, &value, NULL))
    return FALSE;
  *out = value;
  return TRUE;
}

/* The size of the chunk whose line starts at *TEXT, which moves behind it. */
static HttpState
take_chunk_size (const gchar ** text, const gchar * end, gsize * size, GError ** error)
{
  const gchar *newline = memchr (*text, '\n', (gsize) (end - *text));
  g_autofree gchar *line = NULL;

  if (!newline)
    return HTTP_MORE;
  line = g_strndup (*text, (gsize) (newline - *text));
  /* Extensions may follow. */
  line[strcspn (line, "; \r")] = '\0';
  if (!parse_length (line, 16, size)) {
    set_error (error, "not the size of a chunk: %.20s", line);
    return HTTP_BAD;
  }
  *text = newline + 1;
  return HTTP_DONE;
}

static HttpState
join_chunks (const gchar * text, const gchar * end, GString * body, GError ** error)
{
  for (;;) {
    gsize size;
    HttpState state = take_chunk_size (&text, end, &size, error);
    const gchar *newline;

    if (state != HTTP_DONE || size == 0)
      return state;
    if ((gsize) (end - text) <= size)
      return HTTP_MORE;
    g_string_append_len (body, text, (gssize) size);
    text += size;
    newline = memchr (text, '\n', (gsize) (end - text));
    if (!newline)
      return HTTP_MORE;
    if (newline - text > 1 || (newline - text == 1 && text[0] != '\r')) {
      set_error (error, "a chunk is longer than it says");
      return HTTP_BAD;
    }
    text = newline + 1;
  }
}

/* By length, or up to the end. */
static HttpState
take_plain (const gchar * text, const gchar * end, const gchar * length, gboolean at_end,
    GString * body, GError ** error)
{
  gsize size = (gsize) (end - text);

  if (length && !parse_length (length, 10, &size)) {
    set_error (error, "not a length: %.40s", length);
    return HTTP_BAD;
  }
  if ((!length && !at_end) || (gsize) (end - text) < size)
    return HTTP_MORE;
  g_string_append_len (body, text, (gssize) size);
  return HTTP_DONE;
}

static HttpState
take_body (gchar ** headers, const gchar * text, const gchar * end, gboolean at_end,
    GString * body, GError ** error)
{
  g_autofree gchar *length = find_header (headers, "Content-Length");
  g_autofree gchar *coding = find_header (headers, "Transfer-Encoding");

  if (!coding || g_ascii_strcasecmp (coding, "identity") == 0)
    return take_plain (text, end, length, at_end, body, error);
  if (g_ascii_strcasecmp (coding, "chunked") == 0)
    return join_chunks (text, end, body, error);
  set_error (error, "a transfer coding that is not known here: %.40s", coding);
  return HTTP_BAD;
}

HttpState
http_parse_answer (const gchar * text, gsize length, gboolean at_end, gchar ** body,
    gsize * body_length, GError ** error)
{
  const gchar *start = find_body (text, length);
  g_autofree gchar *head = start ? g_strndup (text, (gsize) (start - text)) : NULL;
  g_auto (GStrv) headers = head ? g_strsplit (g_strdelimit (head, "\r", ' '), "\n", -1) : NULL;
  g_autoptr (GString) joined = g_string_new (NULL);
  HttpState state = HTTP_MORE;

  if (length >= strlen ("HTTP/1.") && strncmp (text, "HTTP/1.", strlen ("HTTP/1.")) != 0) {
    set_error (error, "not HTTP");
    return HTTP_BAD;
  }
  if (headers && (!headers[0] || !check_status (headers[0], error)))
    return HTTP_BAD;
  if (headers)
    state = take_body (headers, start, text + length, at_end, joined, error);
  if (state == HTTP_MORE && at_end) {
    set_error (error, "the answer is cut after %" G_GSIZE_FORMAT " bytes", length);
    return HTTP_BAD;
  }
  if (state == HTTP_DONE) {
    *body_length = joined->len;
    *body = g_string_free (g_steal_pointer (&joined), FALSE);
  }
  return state;
}

/* --- requests --- */

static gchar *
format_request (const HttpRequest * request, const NetPlace * place, const gchar * path)
{
  gboolean colon = strchr (place->host, ':') != NULL;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s %s HTTP/1.1\r\nHost: %s%s%s:%s\r\n", request->method,
      path ? path : request->path, colon ? "[" : "", place->host, colon ? "]" : "", place->port);
  g_string_append (text, "User-Agent: " PACKAGE "/" VERSION "\r\nConnection: close\r\n");
  if (request->type)
    g_string_append_printf (text, "Content-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n",
        request->type, strlen (request->body));
  g_string_append_printf (text, "\r\n%s", request->type ? request->body : "");
  return g_string_free (text, FALSE);
}

/* Until the answer is whole: some keep the connection all the same. */
static gchar *
receive_answer (gint fd, Deadline deadline, gsize * length, GError ** error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  HttpState state = HTTP_MORE;
  gchar *body = NULL;

  while (state == HTTP_MORE) {
    gint got = net_receive (fd, data, deadline, error);

    if (got < 0)
      return NULL;
    state = http_parse_answer ((const gchar *) data->data, data->len, got == 0, &body, length,
        error);
  }
  return body;
}

gchar *
http_fetch (const gchar * url, const HttpRequest * request, Deadline deadline, gsize * length,
    GError ** error)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;
  NetPlace place;
  gchar *body = NULL;
  gint fd = -1;

  if (split_url (url, &place, &path, error))
    fd = net_connect (&place, SOCK_STREAM, deadline, error);
  if (fd >= 0) {
    text = format_request (request, &place, path);
    if (net_send (fd, text, strlen (text), deadline, error))
      body = receive_answer (fd, deadline, length, error);
    if (!body)
      g_prefix_error (error, "%s: ", url);
  }
  net_place_clear (&place);
  fd_clear (&fd);
  return body;
}
