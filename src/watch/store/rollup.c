/* What becomes of old samples: hours, and nothing in the end. Each run does a little of it. */
#include "config.h"
#include "watch/store/store-private.h"

/* Bounds of one run, so that a clock that is wrong once costs little, too. */
#define HOURS_A_RUN 2
#define DROPS_A_RUN 4
#define SHRINKS_A_RUN 24
/* Free pages that are given back to the file system at once, when there are more. */
#define FREE_PAGES 256

gint64
rollup_hour (gint64 time_us)
{
  return time_us - time_us % STORE_HOUR_US;
}

typedef struct
{
  gint64 series, segment;
} Key;

static guint
key_hash (gconstpointer key)
{
  const Key *self = key;

  return (guint) (self->series * 31 + self->segment);
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *left = a, *right = b;

  return left->series == right->series && left->segment == right->segment;
}

static void
hour_free (gpointer hour)
{
  hour_clear (hour);
  g_free (hour);
}

/* --- samples to hours --- */

/* A row that cannot be read is worth nothing, and no reason to lose the others. */
static void
add_row (GHashTable * hours, sqlite3_stmt * row)
{
  const Key key = { sqlite3_column_int64 (row, 0), sqlite3_column_int64 (row, 1) };
  Hour *hour = g_hash_table_lookup (hours, &key);
  SampleReading reading = { 0 };

  if (!hour) {
    hour = g_new0 (Hour, 1);
    g_hash_table_insert (hours, g_memdup2 (&key, sizeof key), hour);
  }
  if (unpack_reading (sqlite3_column_blob (row, 2), (gsize) sqlite3_column_bytes (row, 2), TRUE,
          &reading))
    hour_add_reading (hour, &reading);
  g_clear_pointer (&reading.shards, g_array_unref);
}

static gboolean
collect (Store * store, gint64 hour_us, GHashTable * hours, GError ** error)
{
  sqlite3_stmt *row;

  if (!sql_start (&store->base, SQL_RAW_BETWEEN, error, "ii", hour_us, hour_us + STORE_HOUR_US))
    return FALSE;
  for (;;) {
    if (!sql_next (&store->base, SQL_RAW_BETWEEN, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    add_row (hours, row);
  }
}

/* Samples may come late, after their hour was made. */
static gboolean
save (Store * store, gint64 hour_us, const Key * key, Hour * hour, GError ** error)
{
  g_autoptr (GByteArray) data = NULL;
  g_auto (Hour) before = { 0 };
  sqlite3_stmt *row;

  if (hour->n == 0)
    return TRUE;
  if (!sql_start (&store->base, SQL_HOUR_FIND, error, "iii", hour_us, key->series, key->segment)
      || !sql_next (&store->base, SQL_HOUR_FIND, &row, error))
    return FALSE;
  if (row) {
    if (unpack_hour (sqlite3_column_blob (row, 0), (gsize) sqlite3_column_bytes (row, 0), TRUE,
            &before))
      hour_add (hour, &before);
    sql_stop (&store->base, SQL_HOUR_FIND);
  }
  data = pack_hour (hour);
  return sql_run (&store->base, SQL_HOUR_SET, error, "iiib", hour_us, key->series, key->segment,
      data);
}

static gboolean
roll_hour (Store * store, gint64 hour_us, GError ** error)
{
  g_autoptr (GHashTable) hours = g_hash_table_new_full (key_hash, key_equal, g_free, hour_free);
  GHashTableIter iter;
  gpointer key, hour;

  if (!collect (store, hour_us, hours, error))
    return FALSE;
  g_hash_table_iter_init (&iter, hours);
  while (g_hash_table_iter_next (&iter, &key, &hour)) {
    if (!save (store, hour_us, key, hour, error))
      return FALSE;
  }
  return sql_run (&store->base, SQL_RAW_DROP, error, "ii", hour_us, hour_us + STORE_HOUR_US);
}

/* Makes the oldest hour that ends by UNTIL_US; *DONE says whether there was one. */
static gboolean
roll_oldest (Store * store, gint64 until_us, gboolean * done, GError ** error)
{
  gint64 oldest_us = 0;

  if (!sql_number (&store->base, SQL_RAW_OLDEST, done, &oldest_us, error, ""))
    return FALSE;
  oldest_us = rollup_hour (oldest_us);
  *done = *done && oldest_us + STORE_HOUR_US <= until_us;
  return !*done || roll_hour (store, oldest_us, error);
}

/* --- hours to nothing --- */

static gboolean
drop_oldest (Store * store, gint64 before_us, gboolean * done, GError ** error)
{
  gint64 oldest_us = 0;

  if (!sql_number (&store->base, SQL_HOUR_OLDEST, done, &oldest_us, error, ""))
    return FALSE;
  *done = *done && oldest_us < before_us;
  return !*done || sql_run (&store->base, SQL_HOUR_DROP, error, "i", oldest_us);
}

/* Segments and series of which no row can be left. */
static gboolean
prune (Store * store, GError ** error)
{
  gint64 raw_us = G_MAXINT64, hour_us = G_MAXINT64;
  gboolean found;

  if (!sql_number (&store->base, SQL_RAW_OLDEST, &found, &raw_us, error, "")
      || !sql_number (&store->base, SQL_HOUR_OLDEST, &found, &hour_us, error, ""))
    return FALSE;
  return sql_run (&store->base, SQL_SEGMENT_PRUNE, error, "i", MIN (raw_us, hour_us))
      && sql_run (&store->base, SQL_SERIES_PRUNE, error, "");
}

static gboolean
give_back (Store * store, GError ** error)
{
  gint64 n_free = 0;
  gboolean found;

  if (!sql_number (&store->base, SQL_FREE_PAGES, &found, &n_free, error, ""))
    return FALSE;
  return n_free <= FREE_PAGES || sql_exec (&store->base, "PRAGMA incremental_vacuum(64)", error);
}

/* --- what a run does --- */

gboolean
rollup_is_due (Store * store, gint64 now_us, gboolean * due, GError ** error)
{
  gint64 raw_us = 0, hour_us = 0;
  gboolean has_raw, has_hour;

  if (!sql_number (&store->base, SQL_RAW_OLDEST, &has_raw, &raw_us, error, "")
      || !sql_number (&store->base, SQL_HOUR_OLDEST, &has_hour, &hour_us, error, ""))
    return FALSE;
  *due = (has_raw && rollup_hour (raw_us) + STORE_HOUR_US <= now_us - store->raw_us)
      || (has_hour && hour_us < now_us - store->rolled_us);
  return TRUE;
}

gboolean
rollup_job (Store * store, gpointer data, GError ** error)
{
  const gint64 now_us = *(const gint64 *) data;
  gboolean done = TRUE, dropped = FALSE;

  for (guint i = 0; i < HOURS_A_RUN && done; i++) {
    if (!roll_oldest (store, now_us - store->raw_us, &done, error))
      return FALSE;
  }
  done = TRUE;
  for (guint i = 0; i < DROPS_A_RUN && done; i++) {
    if (!drop_oldest (store, now_us - store->rolled_us, &done, error))
      return FALSE;
    dropped |= done;
  }
  return (!dropped || prune (store, error)) && give_back (store, error);
}

/* A sixteenth is left for what comes until the next run, and for the work of making room. */
gboolean
rollup_is_full (Store * store, gboolean * full, GError ** error)
{
  gint64 n_pages = 0, n_free = 0;
  gboolean found;

  *full = FALSE;
  if (!sql_number (&store->base, SQL_PAGES, &found, &n_pages, error, ""))
    return FALSE;
  if (n_pages <= store->max_pages / 16 * 15)
    return TRUE;
  if (!sql_number (&store->base, SQL_FREE_PAGES, &found, &n_free, error, ""))
    return FALSE;
  *full = n_pages - n_free > store->max_pages / 16 * 15;
  return TRUE;
}

/* Of both kinds the oldest: neither the fine nor the long view is to be lost for the other. */
gboolean
rollup_shrink_job (Store * store, gpointer data, GError ** error)
{
  gboolean full = TRUE, rolled = TRUE, dropped = TRUE;

  for (guint i = 0; i < SHRINKS_A_RUN && full && (rolled || dropped); i++) {
    if (!drop_oldest (store, G_MAXINT64, &dropped, error)
        || !roll_oldest (store, G_MAXINT64, &rolled, error)
        || !rollup_is_full (store, &full, error))
      return FALSE;
  }
  return prune (store, error);
}
