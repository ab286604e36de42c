/* One pool over time. */
#include "config.h"
#include "watch/store/store-private.h"

#include <string.h>

typedef struct
{
  const gchar *source, *pool;   /* NULL: all */
  gint64 since_us;
  gboolean with_shards;
  GHashTable *by_id;            /* gint64* -> StoreSeries*, borrowed */
  GPtrArray *found;             /* StoreSeries* */
} Query;

static void
clear_point (gpointer data)
{
  StorePoint *point = data;

  g_clear_pointer (&point->shards, g_array_unref);
}

void
store_series_free (StoreSeries * series)
{
  if (!series)
    return;
  g_free (series->source);
  g_free (series->pool);
  g_array_unref (series->points);
  g_free (series);
}

static void
add_series (Query * query, gint64 id, const gchar * source, const gchar * pool)
{
  StoreSeries *series;

  if ((query->source && !g_str_equal (query->source, source))
      || (query->pool && !g_str_equal (query->pool, pool)))
    return;
  series = g_new0 (StoreSeries, 1);
  series->source = g_strdup (source);
  series->pool = g_strdup (pool);
  series->points = g_array_new (FALSE, FALSE, sizeof (StorePoint));
  g_array_set_clear_func (series->points, clear_point);
  g_ptr_array_add (query->found, series);
  g_hash_table_insert (query->by_id, g_memdup2 (&id, sizeof id), series);
}

static gboolean
list_series (Store * store, Query * query, GError ** error)
{
  sqlite3_stmt *row = NULL;

  if (!sql_start (&store->base, SQL_SERIES_LIST, error, ""))
    return FALSE;
  for (;;) {
    if (!sql_next (&store->base, SQL_SERIES_LIST, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    if (!sql_text (row, 1) || !sql_text (row, 2)) {
      sql_stop (&store->base, SQL_SERIES_LIST);
      return sql_set_damaged (&store->base, "a pool without a name", error);
    }
    add_series (query, sqlite3_column_int64 (row, 0), sql_text (row, 1), sql_text (row, 2));
  }
}

/* --- points --- */

static gboolean
read_sample (StorePoint * point, gconstpointer data, gsize size, gboolean with_shards)
{
  SampleReading reading = { 0 };
  gboolean ok = unpack_reading (data, size, with_shards, &reading);

  point->known = reading.known;
  memcpy (point->values, reading.values, sizeof point->values);
  memcpy (point->low, reading.values, sizeof point->low);
  memcpy (point->high, reading.values, sizeof point->high);
  point->shards = reading.shards;
  return ok;
}

static void
read_shards (StorePoint * point, const GArray * shards)
{
  point->shards = g_array_sized_new (FALSE, FALSE, sizeof (SampleShard), shards->len);
  for (guint i = 0; i < shards->len; i++) {
    const HourShard *from = &g_array_index (shards, HourShard, i);
    const SampleShard shard = {.references = spread_mean (&from->references),
      .size = from->size,.used = spread_mean (&from->used)
    };

    g_array_append_val (point->shards, shard);
  }
}

static gboolean
read_hour (StorePoint * point, gconstpointer data, gsize size, gboolean with_shards)
{
  g_auto (Hour) hour = { 0 };

  if (!unpack_hour (data, size, with_shards, &hour))
    return FALSE;
  point->rolled = TRUE;
  for (guint i = 0; i < N_QUANTITIES; i++) {
    point->known |= (guint32) (hour.values[i].n > 0) << i;
    point->values[i] = spread_mean (&hour.values[i]);
    point->low[i] = hour.values[i].low;
    point->high[i] = hour.values[i].high;
  }
  if (hour.shards)
    read_shards (point, hour.shards);
  return TRUE;
}

/* What cannot be read is left out. */
static void
add_point (const Query * query, Sql which, sqlite3_stmt * row)
{
  const gint64 id = sqlite3_column_int64 (row, 0);
  StoreSeries *series = g_hash_table_lookup (query->by_id, &id);
  StorePoint point = {.segment = sqlite3_column_int64 (row, 1),
    .time_us = sqlite3_column_int64 (row, 2)
  };
  gconstpointer data = sqlite3_column_blob (row, 3);
  gsize size = (gsize) sqlite3_column_bytes (row, 3);
  gboolean ok;

  if (!series)
    return;
  ok = which == SQL_RAW_HISTORY ? read_sample (&point, data, size, query->with_shards)
      : read_hour (&point, data, size, query->with_shards);
  if (ok)
    g_array_append_val (series->points, point);
  else
    clear_point (&point);
}

static gboolean
list_points (Store * store, const Query * query, Sql which, GError ** error)
{
  GHashTableIter iter;
  gint64 since_us = append_time (query->since_us), only = 0;
  gpointer id = NULL;
  sqlite3_stmt *row;

  g_hash_table_iter_init (&iter, query->by_id);
  if (query->found->len == 1 && g_hash_table_iter_next (&iter, &id, NULL))
    only = *(const gint64 *) id;
  since_us -= which == SQL_HOUR_HISTORY ? STORE_HOUR_US : 0;
  if (!sql_start (&store->base, which, error, "ii", since_us, only))
    return FALSE;
  for (;;) {
    if (!sql_next (&store->base, which, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    add_point (query, which, row);
  }
}

/* --- all of it --- */

static gboolean
history_job (Store * store, gpointer data, GError ** error)
{
  Query *query = data;

  g_hash_table_remove_all (query->by_id);
  g_ptr_array_set_size (query->found, 0);
  if (!list_series (store, query, error))
    return FALSE;
  if (query->found->len == 0)
    return TRUE;
  return list_points (store, query, SQL_HOUR_HISTORY, error)
      && list_points (store, query, SQL_RAW_HISTORY, error);
}

GPtrArray *
store_history (Store * store, const gchar * source, const gchar * pool, gint64 since_us,
    gboolean with_shards, GError ** error)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GPtrArray) found =
      g_ptr_array_new_with_free_func ((GDestroyNotify) store_series_free);
  Query query = {.source = source,.pool = pool,.since_us = since_us,.with_shards = with_shards,
    .by_id = by_id,.found = found
  };

  if (!store_run (store, history_job, &query, error))
    return NULL;
  for (guint i = found->len; i-- > 0;) {
    const StoreSeries *series = g_ptr_array_index (found, i);

    if (series->points->len == 0)
      g_ptr_array_remove_index (found, i);
  }
  return g_steal_pointer (&found);
}
