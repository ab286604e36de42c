/* The statistics of an rtpengine daemon: its pools with their shards, sessions, uptime. */
#include "config.h"
#include "watch/source/source.h"

#include "base/child.h"
#include "base/fd.h"
#include "base/error.h"
#include "watch/source/http.h"
#include "watch/source/net.h"
#include "watch/source/ng.h"
#include "watch/source/rtpengine-stats.h"

#include <string.h>
#include <sys/socket.h>

/* Where the daemon's control port is unless it was told another. */
#define DEFAULT_CONTROL "127.0.0.1:9900"

/* A way to the statistics: all of the answer, or NULL with an error. */
typedef struct
{
  const gchar *key;
  gchar *(*fetch) (const SourceRequest * request, const gchar * value, gsize * length,
      GError ** error);
  gboolean live;                /* whoever answers is alive */
} Way;

/* --- keys --- */

static gboolean
check_control (const gchar * value, GError ** error)
{
  NetPlace place;
  gboolean ok = net_parse_place (value, NULL, &place, error);

  net_place_clear (&place);
  return ok;
}

static gboolean
check_format (const gchar * value, GError ** error)
{
  if (g_str_equal (value, "bencode") || g_str_equal (value, "json"))
    return TRUE;
  return error_input (error, "neither bencode nor json: %s", value);
}

static gboolean
check_command (const gchar * value, GError ** error)
{
  return g_shell_parse_argv (value, NULL, NULL, error);
}

extern const Source source_rtpengine_json;

/* --- ways --- */

static gchar *
fetch_url (const SourceRequest * request, const gchar * value, gsize * length, GError ** error)
{
  const HttpRequest get = {.method = "GET",.path = "/cli/list%20jsonstats" };

  return http_fetch (value, &get, request->deadline, length, error);
}

/* Everything up to the end of the connection. Our half of it stays open: releases up to 26.2 take
 * an end that comes too soon for that of their answer. */
static gboolean
ask_control (gint fd, GByteArray * data, Deadline deadline, GError ** error)
{
  static const gchar command[] = "list jsonstats\n";
  gint got = 1;

  if (!net_send (fd, command, strlen (command), deadline, error))
    return FALSE;
  while (got > 0)
    got = net_receive (fd, data, deadline, error);
  return got == 0;
}

static gchar *
fetch_control (const SourceRequest * request, const gchar * value, gsize * length, GError ** error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  NetPlace place;
  gint fd = -1;
  gboolean ok = FALSE;

  if (net_parse_place (value, NULL, &place, error))
    fd = net_connect (&place, SOCK_STREAM, request->deadline, error);
  if (fd >= 0) {
    ok = ask_control (fd, data, request->deadline, error);
    if (!ok)
      g_prefix_error (error, "%s: ", value);
  }
  net_place_clear (&place);
  fd_clear (&fd);
  if (!ok)
    return NULL;
  *length = data->len;
  g_byte_array_append (data, (const guint8 *) "", 1);
  return (gchar *) g_byte_array_free (g_steal_pointer (&data), FALSE);
}

static gchar *
fetch_ng (const SourceRequest * request, const gchar * value, gsize * length, GError ** error)
{
  gboolean json = g_str_equal (source_value (request, "format", "bencode"), "json")
      || g_str_has_suffix (value, "/ng-plain");

  return ng_request (value, json ? "{\"command\":\"statistics\"}" : "d7:command10:statisticse",
      request->deadline, length, error);
}

static gchar *
fetch_file (const SourceRequest * request, const gchar * value, gsize * length, GError ** error)
{
  g_autofree gchar *path = source_path (request, value);

  return source_read_file (path, request->deadline, length, error);
}

/* Its exit status does not count: some end with 0 whatever happened, and one that complains may
 * have answered before. What has printed nothing has said why on standard error. */
static gchar *
fetch_command (const SourceRequest * request, const gchar * value, gsize * length, GError ** error)
{
  g_auto (GStrv) argv = NULL;
  g_auto (ChildResult) result = { 0 };
  ChildRequest child = {.max_output = SOURCE_MAX_BYTES };

  if (!g_shell_parse_argv (value, NULL, &argv, error))
    return NULL;
  child.argv = (const gchar * const *) argv;
  if (!child_run (&child, request->deadline, &result, error))
    return NULL;
  *length = result.output_length;
  if (*length > 0)
    return g_steal_pointer (&result.output);
  result.errors[strcspn (result.errors, "\n")] = '\0';
  error_input (error, "%s: %s", argv[0], result.errors[0] ? result.errors : "printed nothing");
  return NULL;
}

static const Way ways[] = {
  {"url", fetch_url, TRUE},
  {"control", fetch_control, TRUE},
  {"ng", fetch_ng, TRUE},
  {"file", fetch_file, FALSE},
  {"command", fetch_command, TRUE},
};

static const gchar *const way_keys[] = { "url", "control", "ng", "file", "command", NULL };

/* The only one that REQUEST names, else the control port; NULL with a trouble: several. */
static const Way *
find_way (const SourceRequest * request, Sample * sample)
{
  g_autoptr (GError) error = NULL;

  if (!source_check_ways (&source_rtpengine_json, request->values, &error)) {
    sample_trouble (sample, request->name, NULL, FALSE, "%s", error->message);
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (source_value (request, ways[i].key, NULL))
      return &ways[i];
  }
  return &ways[1];
}

/* --- the source --- */

static void
take_answer (const SourceRequest * request, Sample * sample, gchar * take_text, gsize length,
    gboolean live, const GError * error)
{
  g_autofree gchar *text = take_text;

  if (text)
    rtpengine_stats_read (text, length, request->name, live, sample);
  else
    sample_trouble (sample, request->name, NULL, FALSE, "%s", error->message);
}

static void
read_statistics (const SourceRequest * request, Sample * sample)
{
  g_autoptr (GError) error = NULL;
  const Way *way;
  gsize length = 0;
  gchar *text;

  if (request->input) {
    text = source_read_file (request->input, request->deadline, &length, &error);
    take_answer (request, sample, text, length, FALSE, error);
    return;
  }
  way = find_way (request, sample);
  if (!way)
    return;
  text = way->fetch (request, source_value (request, way->key, DEFAULT_CONTROL), &length, &error);
  take_answer (request, sample, text, length, way->live, error);
}

static const SourceKey keys[] = {
  {"url", "where the daemon listens for HTTP: http://HOST:PORT", http_check_url},
  {"control", "its control port: HOST:PORT (" DEFAULT_CONTROL " when nothing is said)",
      check_control},
  {"ng", "its ng port: [udp:]HOST:PORT, tcp:HOST:PORT, http://HOST:PORT[/ng-plain]",
      ng_check_place},
  {"file", "a file with its statistics", NULL},
  {"command", "a command that prints them (no shell runs): rtpengine-ctl list jsonstats",
      check_command},
  {"format", "of requests to ng: bencode or json", check_format},
  {NULL}
};

const Source source_rtpengine_json = {
  .name = "rtpengine-json",
  .summary = "pools, shards, sessions and uptime of an rtpengine daemon",
  .keys = keys,
  .ways = way_keys,
  .has_default_way = TRUE,
  .read = read_statistics,
};
