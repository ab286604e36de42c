#include "config.h"
#include "watch/store/line.h"

#include "base/error.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* The parser goes down by one call a level. */
#define MAX_DEPTH 16

static void
clear_pool (gpointer pool)
{
  hour_clear (&((Pool *) pool)->hour);
}

void
line_clear (Line * line)
{
  g_clear_pointer (&line->sample, sample_free);
  g_clear_pointer (&line->pools, g_array_unref);
}

/* --- values --- */

static gboolean
read_number (JsonNode * node, const gchar * name, guint64 * out, GError ** error)
{
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
      && json_node_get_int (node) >= 0) {
    *out = (guint64) json_node_get_int (node);
    return TRUE;
  }
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
      && g_ascii_string_to_unsigned (json_node_get_string (node), 10, 0, G_MAXUINT64, out, NULL))
    return TRUE;
  return error_input (error, "%s: not a whole number", name);
}

static gboolean
get_number (JsonObject * object, const gchar * name, guint64 * out, GError ** error)
{
  JsonNode *node = json_object_get_member (object, name);

  return node ? read_number (node, name, out, error) : error_input (error, "%s: missing", name);
}

static gboolean
get_time (JsonObject * object, const gchar * name, gint64 * out, GError ** error)
{
  guint64 number;

  if (!get_number (object, name, &number, error))
    return FALSE;
  *out = (gint64) MIN (number, G_MAXINT64);
  return append_time (*out) == *out || error_input (error, "%s: not a time", name);
}

/* *OUT stays NULL when it is not there. */
static gboolean
get_text (JsonObject * object, const gchar * name, gchar ** out, GError ** error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return error_input (error, "%s: not a text", name);
  *out = g_strdup (json_node_get_string (node));
  return TRUE;
}

static gboolean
read_spread (JsonNode * node, const gchar * name, guint64 n, Spread * out, GError ** error)
{
  JsonObject *object;
  guint64 mean;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return error_input (error, "%s: not low, mean and high", name);
  object = json_node_get_object (node);
  if (!get_number (object, "low", &out->low, error) || !get_number (object, "mean", &mean, error)
      || !get_number (object, "high", &out->high, error))
    return FALSE;
  out->n = n;
  out->mean = (gdouble) mean;
  return (out->low <= mean && mean <= out->high)
      || error_input (error, "%s: low, mean and high are in no order", name);
}

/* --- shards --- */

static gboolean
read_shard (Pool * pool, JsonObject * object, gboolean is_hour, GError ** error)
{
  HourShard shard = { 0 };
  guint64 references, used;

  if (!get_number (object, "size", &shard.size, error))
    return FALSE;
  if (!is_hour) {
    if (!get_number (object, "references", &references, error)
        || !get_number (object, "used", &used, error))
      return FALSE;
    sample_add_shard (pool->reading, references, shard.size, used);
    return TRUE;
  }
  if (!json_object_has_member (object, "references") || !json_object_has_member (object, "used"))
    return error_input (error, "shards: no references, or no used");
  if (!read_spread (json_object_get_member (object, "references"), "references", pool->hour.n,
          &shard.references, error)
      || !read_spread (json_object_get_member (object, "used"), "used", pool->hour.n, &shard.used,
          error))
    return FALSE;
  g_array_append_val (pool->hour.shards, shard);
  return TRUE;
}

static gboolean
read_shards (Pool * pool, JsonNode * node, gboolean is_hour, GError ** error)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return error_input (error, "shards: not a list");
  array = json_node_get_array (node);
  if (is_hour)
    pool->hour.shards = g_array_new (FALSE, TRUE, sizeof (HourShard));
  else
    pool->reading->shards = g_array_new (FALSE, FALSE, sizeof (SampleShard));
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *shard = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_OBJECT (shard))
      return error_input (error, "shards: not an object");
    if (!read_shard (pool, json_node_get_object (shard), is_hour, error))
      return FALSE;
  }
  return TRUE;
}

/* --- pools --- */

static gboolean
read_value (Pool * pool, Quantity quantity, JsonNode * node, gboolean is_hour, GError ** error)
{
  const gchar *name = quantity_info (quantity)->name;
  guint64 value;

  if (is_hour)
    return read_spread (node, name, pool->hour.n, &pool->hour.values[quantity], error);
  if (!read_number (node, name, &value, error))
    return FALSE;
  sample_set (pool->reading, quantity, value);
  return TRUE;
}

/* Keys that we do not know come from a later release. */
static gboolean
read_values (Pool * pool, JsonObject * object, gboolean is_hour, GError ** error)
{
  JsonNode *node;

  for (guint i = 0; i < N_QUANTITIES; i++) {
    node = json_object_get_member (object, quantity_info (i)->name);
    if (node && !read_value (pool, i, node, is_hour, error))
      return FALSE;
  }
  node = json_object_get_member (object, "shards");
  return !node || read_shards (pool, node, is_hour, error);
}

static gboolean
get_samples (JsonObject * object, guint64 * out, GError ** error)
{
  return get_number (object, "samples", out, error)
      && ((*out > 0 && *out <= HOUR_MAX_SAMPLES)
      || error_input (error, "samples: not a number of samples of an hour"));
}

static gboolean
read_pool (Line * line, JsonNode * node, GError ** error)
{
  g_autofree gchar *source = NULL;
  g_autofree gchar *name = NULL;
  JsonObject *object;
  Pool *pool;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return error_input (error, "pools: not an object");
  object = json_node_get_object (node);
  if (!get_text (object, "source", &source, error) || !get_text (object, "pool", &name, error))
    return FALSE;
  if (!source || !name)
    return error_input (error, "%s: missing", source ? "pool" : "source");
  g_array_set_size (line->pools, line->pools->len + 1);
  pool = &g_array_index (line->pools, Pool, line->pools->len - 1);
  pool->segment_us = -1;
  pool->reading = sample_add (line->sample, source, name);
  if (!get_text (object, "instance", &pool->reading->instance, error)
      || ((line->is_hour || json_object_has_member (object, "segment_us"))
          && !get_time (object, "segment_us", &pool->segment_us, error)))
    return FALSE;
  if (line->is_hour && !get_samples (object, &pool->hour.n, error))
    return FALSE;
  return read_values (pool, object, line->is_hour, error);
}

static gboolean
read_pools (Line * line, JsonObject * object, GError ** error)
{
  JsonNode *node = json_object_get_member (object, "pools");
  JsonArray *array;

  if (!node)
    return error_input (error, "pools: missing");
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return error_input (error, "pools: not a list");
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (!read_pool (line, json_array_get_element (array, i), error))
      return FALSE;
  }
  return TRUE;
}

/* --- lines --- */

/* What the parser would take beside JSON (comments, other quotes) could hide levels. */
static gboolean
check_levels (const gchar * text, GError ** error)
{
  guint depth = 0;
  gboolean in_text = FALSE;

  for (; *text && depth <= MAX_DEPTH; text++) {
    if (in_text && *text == '\\' && text[1])
      text++;
    else if (*text == '"')
      in_text = !in_text;
    else if (!in_text && strchr ("'/#", *text))
      return error_input (error, "not JSON: %c outside of a text", *text);
    else if (!in_text && (*text == '[' || *text == '{'))
      depth++;
    else if (!in_text && (*text == ']' || *text == '}'))
      depth -= depth > 0;
  }
  return depth <= MAX_DEPTH || error_input (error, "not JSON: too many levels");
}

static gboolean
read_head (Line * line, JsonObject * object, GError ** error)
{
  Sample *sample = line->sample;

  line->is_hour = json_object_has_member (object, "hour_us");
  sample->boot_us = 0;
  g_clear_pointer (&sample->boot_id, g_free);
  if (!get_time (object, line->is_hour ? "hour_us" : "time_us", &sample->time_us, error)
      || !get_text (object, "boot_id", &sample->boot_id, error))
    return FALSE;
  if (line->is_hour && sample->time_us % STORE_HOUR_US != 0)
    return error_input (error, "hour_us: not the start of an hour");
  return line->is_hour || !sample->boot_id
      || get_time (object, "boot_us", &sample->boot_us, error);
}

/* "<data>:1:51: Parse error: unterminated string" without what our own line number says. */
static const gchar *
reason_of (GError * problem)
{
  static const gchar mark[] = "Parse error: ";
  const gchar *reason = strstr (g_strdelimit (problem->message, "\n", ' '), mark);

  return reason ? reason + strlen (mark) : problem->message;
}

gboolean
line_read (Line * line, const gchar * text, GError ** error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) problem = NULL;
  JsonNode *root;

  line->sample = sample_new ();
  line->pools = g_array_new (FALSE, TRUE, sizeof (Pool));
  g_array_set_clear_func (line->pools, clear_pool);
  if (!g_utf8_validate (text, -1, NULL))
    return error_input (error, "not JSON: not UTF-8");
  if (!check_levels (text, error))
    return FALSE;
  if (!json_parser_load_from_data (parser, text, -1, &problem))
    return error_input (error, "not JSON: %s", reason_of (problem));
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return error_input (error, "not a JSON object");
  return read_head (line, json_node_get_object (root), error)
      && read_pools (line, json_node_get_object (root), error);
}
