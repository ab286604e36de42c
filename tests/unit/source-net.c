/* The ways to a daemon's statistics, against small servers of our own that do what daemons do, and
 * what they should not. */
#include "config.h"
#include "base/fd.h"
#include "watch/source/http.h"
#include "watch/source/ng.h"
#include "watch/source/source.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATS "{\"currentstatistics\":{\"sessionstotal\":3},\"totalstatistics\":{\"uptime\":7}}"
#define BENCODE "d6:result2:ok10:statisticsd17:currentstatisticsd13:sessionstotali3ee" \
  "15:totalstatisticsd6:uptime1:7eee"

/* --- servers --- */

/* One that answers one client. */
typedef struct
{
  gint fd;                      /* listens */
  guint16 port;
  const gchar *const *pieces;   /* of the answer, each on its own; NULL ends them */
  gboolean cookie;              /* the answer begins with that of the request */
  gboolean hold;                /* the connection stays open behind the answer */
  gint done[2];                 /* a pipe whose end means that the client is through */
  gchar request[4096];
  gboolean half_closed;         /* the client had ended its half before the answer */
  GThread *thread;
} Server;

/* A socket of TYPE on a port that nobody uses. */
static gint
listen_on (gint family, gint type, guint16 * port)
{
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,.sin6_addr = IN6ADDR_LOOPBACK_INIT };
  struct sockaddr_in v4 = {.sin_family = AF_INET,.sin_addr = {htonl (INADDR_LOOPBACK)} };
  struct sockaddr *address = family == AF_INET6 ? (struct sockaddr *) &v6
      : (struct sockaddr *) &v4;
  socklen_t length = family == AF_INET6 ? sizeof v6 : sizeof v4;
  gint fd = socket (family, type | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, address, length) < 0) {
    fd_clear (&fd);
    return -1;
  }
  if (type == SOCK_STREAM)
    g_assert_cmpint (listen (fd, 4), ==, 0);
  g_assert_cmpint (getsockname (fd, address, &length), ==, 0);
  *port = ntohs (family == AF_INET6 ? v6.sin6_port : v4.sin_port);
  return fd;
}

static void
send_pieces (Server * server, gint fd)
{
  gsize cookie = strcspn (server->request, " ") + 1;

  if (server->cookie)
    g_assert_cmpint (send (fd, server->request, cookie, MSG_NOSIGNAL), ==, (gssize) cookie);
  for (gsize i = 0; server->pieces && server->pieces[i]; i++) {
    (void) !send (fd, server->pieces[i], strlen (server->pieces[i]), MSG_NOSIGNAL);
    g_usleep (2000);
  }
}

static gpointer
serve (gpointer user)
{
  Server *server = user;
  gint fd = accept4 (server->fd, NULL, NULL, SOCK_CLOEXEC);
  gchar byte;

  g_assert_cmpint (fd_read (fd, server->request, sizeof server->request - 1), >, 0);
  server->half_closed = recv (fd, &byte, 1, MSG_DONTWAIT) == 0;
  send_pieces (server, fd);
  if (server->hold)
    (void) !fd_read (server->done[0], &byte, 1);
  fd_clear (&fd);
  return NULL;
}

static void
server_start (Server * server, gint family)
{
  server->fd = listen_on (family, SOCK_STREAM, &server->port);
  g_assert_cmpint (server->fd, >=, 0);
  g_assert_cmpint (pipe (server->done), ==, 0);
  server->thread = g_thread_new ("server", serve, server);
}

static void
server_stop (Server * server)
{
  fd_clear (&server->done[1]);
  g_thread_join (server->thread);
  fd_clear (&server->done[0]);
  fd_clear (&server->fd);
}

/* What rtpengine-json reads with the key KEY, FORMAT having a port in it. */
static Sample *
read_by (const gchar * key, const gchar * format, guint16 port, gdouble seconds)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  const gchar *mark = strstr (format, "PORT");
  g_autofree gchar *value = mark ? g_strdup_printf ("%.*s%u%s", (gint) (mark - format), format,
      port, mark + strlen ("PORT")) : g_strdup (format);
  const SourceRequest request = {.name = "s",.values = values,.deadline = deadline_in (seconds) };
  Sample *sample = sample_new ();

  g_hash_table_insert (values, (gpointer) key, value);
  source_by_name ("rtpengine-json")->read (&request, sample);
  return sample;
}

static const gchar *
trouble_of (const Sample * sample)
{
  const SampleTrouble *trouble = g_ptr_array_index (sample->troubles, 0);

  g_assert_cmpuint (sample->troubles->len, ==, 1);
  return trouble->harmless ? NULL : trouble->text;
}

/* --- TCP --- */

static const struct
{
  const gchar *key, *value;
  const gchar *pieces[6];
  gboolean cookie, hold;
  const gchar *trouble;         /* a part of it; NULL: it is read */
} rows[] = {
  {"control", "127.0.0.1:PORT", {STATS}, FALSE, FALSE, NULL},
  {"control", "localhost:PORT", {"{\"currentstatistics\":{", "\"sessionstotal\":3},",
          "\"totalstatistics\":{\"uptime\":7}}"}, FALSE, FALSE, NULL},
  {"control", "127.0.0.1:PORT", {"{\"currentst"}, FALSE, FALSE, "not JSON: cut after 11 bytes"},
  {"control", "127.0.0.1:PORT", {NULL}, FALSE, FALSE, "the answer is empty"},
  {"control", "127.0.0.1:PORT", {STATS}, FALSE, TRUE, "no answer in time"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nContent-Length: 72\r\n\r\n", STATS}, FALSE,
      TRUE, NULL},
  {"url", "http://localhost:PORT/x", {"HTTP/1.0 200\n\n", STATS}, FALSE, FALSE, NULL},
  {"url", "http://127.0.0.1:PORT/", {"HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n3",
          "\r\n{\"c\r\n45;x=y\r\nurrentstatistics\":", "{\"sessionstotal\":3},\"totalstatistics\""
          ":{\"uptime\":7}}\r", "\n0\r\n\r\n"}, FALSE, TRUE, NULL},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 404 Not Found\r\n\r\n"}, FALSE, TRUE,
      ": status 404 Not Found"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 2000 OK\r\n\r\n"}, FALSE, TRUE, ": status 2000 OK"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", STATS}, FALSE,
      FALSE, "the answer is cut after 111 bytes"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"}, FALSE, FALSE,
      "not a length: -1"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"}, FALSE,
      FALSE, "not a length: 99999999"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}, FALSE,
      FALSE, "a transfer coding that is not known here: gzip"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"},
      FALSE, FALSE, "not the size of a chunk: x"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}"},
      FALSE, FALSE, "the answer is cut"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
          "{}\n"}, FALSE, FALSE, "a chunk is longer than it says"},
  {"url", "http://127.0.0.1:PORT", {"SSH-2.0-OpenSSH_9.2\r\n"}, FALSE, TRUE, ": not HTTP"},
  {"url", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\n"}, FALSE, TRUE, "no answer in time"},
  {"ng", "tcp:127.0.0.1:PORT", {"d6:result2:ok10:statisticsd17:currentstatisticsd13:sessionst",
          "otali3ee15:totalstatisticsd6:uptime1:7eee"}, TRUE, TRUE, NULL},
  {"ng", "tcp:127.0.0.1:PORT", {"x " BENCODE}, FALSE, FALSE, "no answer to our cookie"},
  {"ng", "http://127.0.0.1:PORT", {"HTTP/1.1 200 OK\r\n\r\nx " BENCODE}, FALSE, FALSE,
      "no answer to our cookie: x d6"},
  {"ng", "http://127.0.0.1:PORT/ng-plain", {"HTTP/1.1 200 OK\r\n\r\n{\"result\":\"ok\","
          "\"statistics\":" STATS "}"}, FALSE, FALSE, NULL},
};

static void
test_streams (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    Server server = {.pieces = rows[i].pieces,.cookie = rows[i].cookie,.hold = rows[i].hold };
    gboolean late = rows[i].trouble && strstr (rows[i].trouble, "in time");
    g_autoptr (Sample) sample = NULL;

    server_start (&server, AF_INET);
    sample = read_by (rows[i].key, rows[i].value, server.port, late ? 1 : 30);
    server_stop (&server);
    g_test_message ("row %" G_GSIZE_FORMAT ": %s", i, trouble_of (sample));
    g_assert_false (server.half_closed);
    if (rows[i].trouble)
      g_assert_nonnull (strstr (trouble_of (sample), rows[i].trouble));
    else
      g_assert_null (trouble_of (sample));
    g_assert_cmpuint (sample->readings->len, ==, rows[i].trouble == NULL);
  }
}

/* What is asked. */
static void
test_requests (void)
{
  static const gchar *const pieces[] = { STATS, NULL };
  static const struct
  {
    const gchar *key, *value, *begin, *part;
  } requests[] = {
    {"control", "127.0.0.1:PORT", "list jsonstats\n", "list jsonstats\n"},
    {"url", "http://127.0.0.1:PORT", "GET /cli/list%20jsonstats HTTP/1.1\r\nHost: 127.0.0.1:",
        "\r\nConnection: close\r\n"},
    {"url", "http://localhost:PORT/a?b", "GET /a?b HTTP/1.1\r\n", "\r\n\r\n"},
    {"ng", "http://127.0.0.1:PORT", "POST /ng HTTP/1.1\r\n", " d7:command10:statisticse"},
    {"ng", "http://127.0.0.1:PORT/ng-plain", "POST /ng-plain HTTP/1.1\r\n",
        "\r\n\r\n{\"command\":\"statistics\"}"},
    {"ng", "tcp:127.0.0.1:PORT", "pw", " d7:command10:statisticse"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++) {
    Server server = {.pieces = pieces };
    g_autoptr (Sample) sample = NULL;

    server_start (&server, AF_INET);
    sample = read_by (requests[i].key, requests[i].value, server.port, 30);
    server_stop (&server);
    g_assert_true (g_str_has_prefix (server.request, requests[i].begin));
    g_assert_nonnull (strstr (server.request, requests[i].part));
  }
}

static void
test_ipv6 (void)
{
  static const gchar *const pieces[] = { "HTTP/1.1 200 OK\r\n\r\n" STATS, NULL };
  Server server = {.pieces = pieces };
  guint16 port;
  gint fd = listen_on (AF_INET6, SOCK_STREAM, &port);
  g_autoptr (Sample) sample = NULL;

  if (fd < 0) {
    g_test_skip ("no IPv6 here");
    return;
  }
  fd_clear (&fd);
  server_start (&server, AF_INET6);
  sample = read_by ("url", "http://[::1]:PORT", server.port, 30);
  server_stop (&server);
  g_assert_null (trouble_of (sample));
  g_assert_nonnull (strstr (server.request, "\r\nHost: [::1]:"));
}

static void
test_refused (void)
{
  guint16 port;
  gint fd = listen_on (AF_INET, SOCK_STREAM, &port);
  g_autofree gchar *expected = g_strdup_printf ("127.0.0.1:%u: Connection refused", port);
  g_autoptr (Sample) sample = NULL;

  fd_clear (&fd);
  sample = read_by ("control", "127.0.0.1:PORT", port, 30);
  g_assert_cmpstr (trouble_of (sample), ==, expected);
}

/* --- datagrams --- */

typedef struct
{
  gint fd;
  guint n_lost;                 /* requests that are not answered */
  gchar cookies[4][64];
  guint n_cookies;
} Datagrams;

static void
answer_datagram (Datagrams * server)
{
  struct sockaddr_in from;
  socklen_t length = sizeof from;
  gchar text[2000] = "";
  gsize cookie;
  g_autofree gchar *answer = NULL;

  g_assert_cmpint (recvfrom (server->fd, text, sizeof text - 1, 0, (struct sockaddr *) &from,
          &length), >, 0);
  cookie = strcspn (text, " ");
  g_strlcpy (server->cookies[server->n_cookies], text, MIN (cookie + 1, 64));
  if (server->n_cookies++ < server->n_lost)
    return;
  /* A late answer to somebody else comes first. */
  g_assert_cmpint (sendto (server->fd, "x d6:result4:ponge", 18, 0, (struct sockaddr *) &from,
          length), ==, 18);
  answer = g_strdup_printf ("%.*s " BENCODE, (gint) cookie, text);
  g_assert_cmpint (sendto (server->fd, answer, strlen (answer), 0, (struct sockaddr *) &from,
          length), >, 0);
}

static gpointer
serve_datagrams (gpointer user)
{
  Datagrams *server = user;

  for (guint i = 0; i <= server->n_lost; i++)
    answer_datagram (server);
  return NULL;
}

/* A request that got lost comes again under the same cookie; the next one has another. */
static void
test_datagrams (void)
{
  gchar before[64] = "";

  for (guint lost = 0; lost < 3; lost++) {
    Datagrams server = {.n_lost = lost };
    guint16 port;
    g_autoptr (Sample) sample = NULL;
    GThread *thread;

    server.fd = listen_on (AF_INET, SOCK_DGRAM, &port);
    thread = g_thread_new ("server", serve_datagrams, &server);
    sample = read_by ("ng", lost ? "udp:localhost:PORT" : "127.0.0.1:PORT", port, 60);
    g_thread_join (thread);
    fd_clear (&server.fd);
    g_assert_null (trouble_of (sample));
    for (guint i = 1; i < server.n_cookies; i++)
      g_assert_cmpstr (server.cookies[i], ==, server.cookies[0]);
    g_assert_cmpstr (server.cookies[0], !=, before);
    g_strlcpy (before, server.cookies[0], sizeof before);
  }
}

static void
test_silent_datagrams (void)
{
  guint16 port;
  gint fd = listen_on (AF_INET, SOCK_DGRAM, &port);
  g_autoptr (Sample) sample = read_by ("ng", "127.0.0.1:PORT", port, 0.2);

  fd_clear (&fd);
  g_assert_nonnull (strstr (trouble_of (sample), "no answer in time"));
}

/* --- commands --- */

static void
test_commands (void)
{
  static const struct
  {
    const gchar *command, *trouble;
    gdouble seconds;
  } commands[] = {
    {"printf %s '" STATS "'", NULL, 30},
    {"sh -c \"printf %s '" "{}" "'; exit 0\"", "no statistics in the document", 30},
    {"sh -c 'printf \"Unknown command: x\"'", "no statistics: Unknown command: x", 30},
    {"sh -c 'echo no daemon >&2'", "sh: no daemon", 30},
    {"true", "true: printed nothing", 30},
    {"/nonexistent/x", "No such file or directory", 30},
    {"printf '$HOME `x`'", "no statistics: $HOME `x`", 30},
    {"sh -c 'sleep 1000 & sleep 1000'", "sh: no answer in time", 0.3},
    {"sh -c 'echo {} | cat; exit 1'", "no statistics in the document", 30},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autoptr (Sample) sample = read_by ("command", commands[i].command, 0, commands[i].seconds);
    const gchar *trouble = trouble_of (sample);

    g_test_message ("%s: %s", commands[i].command, trouble);
    g_assert_cmpint (trouble != NULL, ==, commands[i].trouble != NULL);
    if (trouble)
      g_assert_nonnull (strstr (trouble, commands[i].trouble));
  }
}

static void
test_one_way (void)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  const SourceRequest request = {.name = "s",.values = values,.deadline = deadline_in (30) };
  g_autoptr (Sample) sample = sample_new ();

  g_hash_table_insert (values, "url", "http://127.0.0.1:1");
  g_hash_table_insert (values, "file", "/x");
  source_by_name ("rtpengine-json")->read (&request, sample);
  g_assert_cmpstr (trouble_of (sample), ==, "url and file: only one of them");
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/net/streams", test_streams);
  g_test_add_func ("/source/net/requests", test_requests);
  g_test_add_func ("/source/net/ipv6", test_ipv6);
  g_test_add_func ("/source/net/refused", test_refused);
  g_test_add_func ("/source/net/datagrams", test_datagrams);
  g_test_add_func ("/source/net/silent-datagrams", test_silent_datagrams);
  g_test_add_func ("/source/net/commands", test_commands);
  g_test_add_func ("/source/net/one-way", test_one_way);
  return g_test_run ();
}
