#include "config.h"
#include "watch/source/rtpengine-stats.h"

#include "base/error.h"
#include "watch/source/document.h"

#include <string.h>

/* One reading of statistics. */
typedef struct
{
  const gchar *source;
  gboolean live;
  Sample *sample;
  JsonObject *all;              /* borrowed */
} Stats;

/* Every pool belongs to the daemon: its values stand with each of them, so that one reading can be
 * judged alone. */
static const Quantity shared_quantities[] = {
  QUANTITY_SESSIONS, QUANTITY_UPTIME, QUANTITY_THREADS
};

/* 23299afcc brought the last one, 26.1.1 was the first release with any. */
static const gchar *const pools[] = { "main", "shared", "static", NULL };

const gchar *
rtpengine_stats_document (const gchar * text, gsize length)
{
  const gchar *end = text + length;
  const gchar *blank;

  while (text < end && g_ascii_isspace (*text))
    text++;
  if (document_is_json (text, (gsize) (end - text))
      || document_is_bencode (text, (gsize) (end - text)))
    return text;
  blank = memchr (text, ' ', (gsize) (end - text));
  if (!blank || blank == text)
    return NULL;
  text = blank + 1;
  if (document_is_json (text, (gsize) (end - text))
      || document_is_bencode (text, (gsize) (end - text)))
    return text;
  return NULL;
}

/* The first line of TEXT for people: what can be printed of it, not too long. Caller frees. */
static gchar *
first_line (const gchar * text, gsize length)
{
  GString *line = g_string_new (NULL);

  for (gsize i = 0; i < length && line->len < 60 && text[i] != '\n'; i++)
    g_string_append_c (line, g_ascii_isprint (text[i]) ? text[i] : '?');
  return g_string_free (line, FALSE);
}

static JsonNode *
parse (const gchar * text, gsize length, GError ** error)
{
  const gchar *document = rtpengine_stats_document (text, length);
  g_autofree gchar *line = NULL;

  if (document && document_is_json (document, 1))
    return document_from_json (document, length - (gsize) (document - text), error);
  if (document)
    return document_from_bencode (document, length - (gsize) (document - text), error);
  line = first_line (text, length);
  if (length == 0)
    error_input (error, "the answer is empty");
  else
    error_input (error, "no statistics: %s", line);
  return NULL;
}

/* The statistics in ROOT, which a reply of ng has one level down. NULL with ERROR. */
static JsonObject *
find_statistics (JsonNode * root, GError ** error)
{
  JsonObject *top = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  const gchar *result = top ? document_text (top, "result") : NULL;
  const gchar *reason = top ? document_text (top, "error-reason") : NULL;

  if (top && !result && document_object (top, "currentstatistics"))
    return top;
  if (g_strcmp0 (result, "ok") == 0 && document_object (top, "statistics"))
    return document_object (top, "statistics");
  if (result && !g_str_equal (result, "ok"))
    error_input (error, "the daemon answers %.20s: %.60s", result, reason ? reason : "no reason");
  else
    error_input (error, "no statistics in the document");
  return NULL;
}

static void
complain (const Stats * stats, const gchar * pool, const gchar * where, const GError * error)
{
  sample_trouble (stats->sample, stats->source, pool, FALSE, "%s.%s", where, error->message);
}

/* What WHERE.NAME says becomes QUANTITY of READING, or a trouble. */
static gboolean
take_number (const Stats * stats, SampleReading * reading, Quantity quantity,
    const gchar * where, const gchar * name)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = document_object (stats->all, where);
  guint64 value;

  if (!object) {
    sample_trouble (stats->sample, stats->source, "daemon", FALSE, "%s: missing", where);
    return FALSE;
  }
  if (document_number (object, name, &value, &error)) {
    sample_set (reading, quantity, value);
    return TRUE;
  }
  complain (stats, "daemon", where, error);
  return FALSE;
}

/* Before 26.0 there is no such list. */
static void
take_threads (const Stats * stats, SampleReading * reading)
{
  JsonArray *threads = document_array (stats->all, "poller_threads");

  if (threads)
    sample_set (reading, QUANTITY_THREADS, json_array_get_length (threads));
  else if (json_object_has_member (stats->all, "poller_threads"))
    sample_trouble (stats->sample, stats->source, "daemon", FALSE, "poller_threads: not a list");
}

static SampleReading *
add_reading (const Stats * stats, const gchar * pool)
{
  SampleReading *reading = sample_add (stats->sample, stats->source, pool);

  reading->owner_state = stats->live ? SAMPLE_OWNER_ALIVE : SAMPLE_OWNER_UNKNOWN;
  return reading;
}

static SampleReading *
read_daemon (const Stats * stats)
{
  SampleReading *reading = add_reading (stats, "daemon");

  take_number (stats, reading, QUANTITY_SESSIONS, "currentstatistics", "sessionstotal");
  take_number (stats, reading, QUANTITY_UPTIME, "totalstatistics", "uptime");
  take_threads (stats, reading);
  return reading;
}

/* Appends the shard that NODE tells to READING. */
static gboolean
read_shard (JsonNode * node, SampleReading * reading, GError ** error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  guint64 references, size, used;

  if (!object)
    return error_input (error, "not a shard");
  if (!document_number (object, "references", &references, error)
      || !document_number (object, "size", &size, error)
      || !document_number (object, "used", &used, error))
    return FALSE;
  sample_add_shard (reading, references, size, used);
  return TRUE;
}

static gboolean
read_shards (JsonObject * pool, SampleReading * reading, GError ** error)
{
  JsonArray *shards = document_array (pool, "shards");
  guint64 n;

  if (!document_number (pool, "num_shards", &n, error))
    return FALSE;
  if (!shards || n != json_array_get_length (shards))
    return error_input (error, "num_shards: %" G_GUINT64_FORMAT ", but %u shards", n,
        shards ? json_array_get_length (shards) : 0);
  reading->shards = g_array_new (FALSE, FALSE, sizeof (SampleShard));
  for (guint i = 0; i < n; i++) {
    if (!read_shard (json_array_get_element (shards, i), reading, error)) {
      g_prefix_error (error, "shards[%u].", i);
      return FALSE;
    }
  }
  sample_sum_shards (reading);
  return TRUE;
}

static void
copy_shared (const SampleReading * from, SampleReading * to)
{
  guint64 value;

  for (gsize i = 0; i < G_N_ELEMENTS (shared_quantities); i++) {
    if (sample_get (from, shared_quantities[i], &value))
      sample_set (to, shared_quantities[i], value);
  }
}

/* A pool of which anything is wrong is absent: half of its shards would be wrong sums. */
static void
read_pool (const Stats * stats, JsonObject * pool, const gchar * name,
    const SampleReading * daemon)
{
  g_autoptr (GError) error = NULL;
  SampleReading *reading = add_reading (stats, name);
  g_autofree gchar *where = g_strconcat ("bufferpools.", name, NULL);

  copy_shared (daemon, reading);
  if (read_shards (pool, reading, &error))
    return;
  g_ptr_array_remove (stats->sample->readings, reading);
  complain (stats, name, where, error);
}

/* Releases to come may have more: said, and left alone. */
static void
name_unknown_pools (const Stats * stats, JsonObject * all)
{
  g_autoptr (GList) names = json_object_get_members (all);

  for (GList * name = names; name; name = name->next) {
    if (!g_strv_contains (pools, name->data))
      sample_trouble (stats->sample, stats->source, NULL, TRUE,
          "bufferpools.%.40s: a pool that is not known here", (const gchar *) name->data);
  }
}

static void
read_pools (const Stats * stats, const SampleReading * daemon)
{
  JsonObject *all = document_object (stats->all, "bufferpools");

  if (!all) {
    gboolean has = json_object_has_member (stats->all, "bufferpools");

    sample_trouble (stats->sample, stats->source, NULL, !has, "%s", has ? "bufferpools: no pools"
        : "no pools: this release does not tell them (26.1.1 and later do)");
    return;
  }
  for (gsize i = 0; pools[i]; i++) {
    JsonObject *pool = document_object (all, pools[i]);

    if (pool)
      read_pool (stats, pool, pools[i], daemon);
    else if (!g_str_equal (pools[i], "static") || json_object_has_member (all, pools[i]))
      sample_trouble (stats->sample, stats->source, pools[i], FALSE,
          "bufferpools.%s: missing", pools[i]);
  }
  name_unknown_pools (stats, all);
}

void
rtpengine_stats_read (const gchar * text, gsize length, const gchar * source, gboolean live,
    Sample * sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = parse (text, length, &error);
  Stats stats = {.source = source,.live = live,.sample = sample };

  stats.all = root ? find_statistics (root, &error) : NULL;
  if (!stats.all) {
    sample_trouble (sample, source, NULL, FALSE, "%s", error->message);
    return;
  }
  read_pools (&stats, read_daemon (&stats));
}
