/* The store as JSON lines: hours, then samples. */
#include "config.h"
#include "watch/store/store-private.h"

#include "base/text.h"

#include <json-glib/json-glib.h>

/* Columns of both statements. */
enum
{
  TIME,
  SOURCE,
  POOL,
  BEGAN,
  DATA,
  BOOT,
  BOOT_ID,
  INSTANCE,
};

typedef struct
{
  gint64 since_us;
  gboolean (*write) (const gchar * line, gpointer user);
  gpointer user;
  gboolean is_hours;
  /* The line that is being made; rows of one moment and boot make one. */
  JsonBuilder *builder;         /* NULL: none */
  gint64 time_us, boot_us;
  gchar *boot_id;
  gboolean stopped;
} Dump;

static void
add_text (JsonBuilder * builder, const gchar * key, const gchar * text)
{
  g_autofree gchar *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (!text)
    return;
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, valid);
}

/* Beyond what readers of JSON take for a whole number it is text. */
static void
add_number (JsonBuilder * builder, const gchar * key, guint64 number)
{
  gchar text[32];

  json_builder_set_member_name (builder, key);
  if (number <= G_MAXINT64) {
    json_builder_add_int_value (builder, (gint64) number);
    return;
  }
  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, number);
  json_builder_add_string_value (builder, text);
}

static void
add_spread (JsonBuilder * builder, const gchar * key, const Spread * spread)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  add_number (builder, "low", spread->low);
  add_number (builder, "mean", spread_mean (spread));
  add_number (builder, "high", spread->high);
  json_builder_end_object (builder);
}

/* --- pools --- */

static void
add_sample_shards (JsonBuilder * builder, const GArray * shards)
{
  json_builder_set_member_name (builder, "shards");
  json_builder_begin_array (builder);
  for (guint i = 0; i < shards->len; i++) {
    const SampleShard *shard = &g_array_index (shards, SampleShard, i);

    json_builder_begin_object (builder);
    add_number (builder, "references", shard->references);
    add_number (builder, "size", shard->size);
    add_number (builder, "used", shard->used);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_sample (JsonBuilder * builder, const SampleReading * reading)
{
  for (guint i = 0; i < N_QUANTITIES; i++) {
    if (sample_has (reading, i))
      add_number (builder, quantity_info (i)->name, reading->values[i]);
  }
  if (reading->shards)
    add_sample_shards (builder, reading->shards);
}

static void
add_hour_shards (JsonBuilder * builder, const GArray * shards)
{
  json_builder_set_member_name (builder, "shards");
  json_builder_begin_array (builder);
  for (guint i = 0; i < shards->len; i++) {
    const HourShard *shard = &g_array_index (shards, HourShard, i);

    json_builder_begin_object (builder);
    add_spread (builder, "references", &shard->references);
    add_number (builder, "size", shard->size);
    add_spread (builder, "used", &shard->used);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_hour (JsonBuilder * builder, const Hour * hour)
{
  add_number (builder, "samples", hour->n);
  for (guint i = 0; i < N_QUANTITIES; i++) {
    if (hour->values[i].n > 0)
      add_spread (builder, quantity_info (i)->name, &hour->values[i]);
  }
  if (hour->shards)
    add_hour_shards (builder, hour->shards);
}

/* What a row says, of a sample or of an hour. */
typedef struct
{
  SampleReading reading;
  Hour hour;
} Content;

static void
content_clear (Content * content)
{
  g_clear_pointer (&content->reading.shards, g_array_unref);
  hour_clear (&content->hour);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

static gboolean
read_content (const Dump * dump, sqlite3_stmt * row, Content * out)
{
  gconstpointer data = sqlite3_column_blob (row, DATA);
  gsize size = (gsize) sqlite3_column_bytes (row, DATA);

  return sql_text (row, SOURCE) && sql_text (row, POOL)
      && (dump->is_hours ? unpack_hour (data, size, TRUE, &out->hour)
      : unpack_reading (data, size, TRUE, &out->reading));
}

static void
add_pool (const Dump * dump, sqlite3_stmt * row, const Content * content)
{
  JsonBuilder *builder = dump->builder;

  json_builder_begin_object (builder);
  add_text (builder, "source", sql_text (row, SOURCE));
  add_text (builder, "pool", sql_text (row, POOL));
  add_number (builder, "segment_us", (guint64) sqlite3_column_int64 (row, BEGAN));
  add_text (builder, "instance", sql_text (row, INSTANCE));
  if (dump->is_hours)
    add_hour (builder, &content->hour);
  else
    add_sample (builder, &content->reading);
  json_builder_end_object (builder);
}

/* --- lines --- */

static void
end_line (Dump * dump)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL, *printable = NULL, *line = NULL;

  if (!dump->builder)
    return;
  json_builder_end_array (dump->builder);
  json_builder_end_object (dump->builder);
  root = json_builder_get_root (dump->builder);
  text = json_to_string (root, FALSE);
  /* It may go to a terminal. */
  printable = text_json (text);
  line = g_strconcat (printable, "\n", NULL);
  g_clear_object (&dump->builder);
  g_clear_pointer (&dump->boot_id, g_free);
  dump->stopped = !dump->write (line, dump->user);
}

static void
begin_line (Dump * dump, sqlite3_stmt * row)
{
  JsonBuilder *builder = dump->builder = json_builder_new ();

  dump->time_us = sqlite3_column_int64 (row, TIME);
  dump->boot_us = sqlite3_column_int64 (row, BOOT);
  dump->boot_id = g_strdup (sql_text (row, BOOT_ID));
  json_builder_begin_object (builder);
  add_number (builder, dump->is_hours ? "hour_us" : "time_us", (guint64) dump->time_us);
  if (!dump->is_hours && dump->boot_id)
    add_number (builder, "boot_us", (guint64) dump->boot_us);
  add_text (builder, "boot_id", dump->boot_id);
  json_builder_set_member_name (builder, "pools");
  json_builder_begin_array (builder);
}

static gboolean
belongs (const Dump * dump, sqlite3_stmt * row)
{
  return dump->builder && sqlite3_column_int64 (row, TIME) == dump->time_us
      && (dump->is_hours || sqlite3_column_int64 (row, BOOT) == dump->boot_us)
      && g_strcmp0 (sql_text (row, BOOT_ID), dump->boot_id) == 0;
}

/* A row that cannot be read is left out. */
static void
dump_row (Dump * dump, sqlite3_stmt * row)
{
  g_auto (Content) content = { 0 };

  if (!read_content (dump, row, &content))
    return;
  if (!belongs (dump, row)) {
    end_line (dump);
    begin_line (dump, row);
  }
  add_pool (dump, row, &content);
}

static gboolean
dump_rows (Store * store, Dump * dump, gboolean is_hours, GError ** error)
{
  const Sql which = is_hours ? SQL_HOUR_DUMP : SQL_RAW_DUMP;
  const gint64 since_us = append_time (dump->since_us);
  sqlite3_stmt *row;

  dump->is_hours = is_hours;
  if (!sql_start (&store->base, which, error, "i", is_hours ? since_us - STORE_HOUR_US : since_us))
    return FALSE;
  while (!dump->stopped) {
    if (!sql_next (&store->base, which, &row, error))
      return FALSE;
    if (!row)
      break;
    dump_row (dump, row);
  }
  sql_stop (&store->base, which);
  if (!dump->stopped)
    end_line (dump);
  return TRUE;
}

/* Run again after damage, it goes on with a new store: nothing is written twice. */
static gboolean
dump_job (Store * store, gpointer data, GError ** error)
{
  Dump *dump = data;

  g_clear_object (&dump->builder);
  g_clear_pointer (&dump->boot_id, g_free);
  return dump_rows (store, dump, TRUE, error)
      && (dump->stopped || dump_rows (store, dump, FALSE, error));
}

gboolean
store_dump (Store * store, gint64 since_us, gboolean (*write) (const gchar * line, gpointer user),
    gpointer user, GError ** error)
{
  Dump dump = {.since_us = since_us,.write = write,.user = user };
  gboolean ok = store_run (store, dump_job, &dump, error);

  g_clear_object (&dump.builder);
  g_clear_pointer (&dump.boot_id, g_free);
  return ok;
}
