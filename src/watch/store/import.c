/* JSON lines into rows. */
#include "config.h"
#include "watch/store/line.h"

/* The segment that LINE tells of POOL, else the one that it goes on with. */
static gboolean
find_segment (Store * store, gint64 series, const Line * line, const Pool * pool, Segment * out,
    GError ** error)
{
  const Sample *sample = line->sample;
  gint64 began_us = pool->segment_us >= 0 ? pool->segment_us : sample->time_us;

  if (pool->segment_us < 0) {
    if (!segment_current (store, series, out, error))
      return FALSE;
    if (segment_continues (out, sample, pool->reading))
      return TRUE;
    segment_clear (out);
    *out = (Segment) { 0 };
  }
  if (!segment_find (store, series, began_us, out, error))
    return FALSE;
  if (out->id == 0)
    *out = (Segment) {.began_us = began_us,.uptime = -1,.pins = -1 };
  return TRUE;
}

/* What comes next goes on with the newest. */
static gboolean
make_current (Store * store, gint64 series, const Segment * segment, GError ** error)
{
  g_auto (Segment) current = { 0 };

  if (!segment_current (store, series, &current, error))
    return FALSE;
  return current.id == segment->id || (current.id != 0 && current.last_us > segment->last_us)
      || sql_run (&store->base, SQL_SERIES_SEGMENT, error, "ii", series, segment->id);
}

static gboolean
save_hour (Store * store, gint64 series, gint64 segment, const Line * line, const Pool * pool,
    GError ** error)
{
  g_autoptr (GByteArray) data = pack_hour (&pool->hour);

  return sql_run (&store->base, SQL_HOUR_ADD, error, "iiib", line->sample->time_us, series,
      segment, data);
}

/* An hour has its samples already: they must not count twice. */
static gboolean
save_sample (Store * store, gint64 series, gint64 segment, const Line * line, const Pool * pool,
    GError ** error)
{
  const Sample *sample = line->sample;
  sqlite3_stmt *row;

  if (!sql_start (&store->base, SQL_HOUR_FIND, error, "iii", rollup_hour (sample->time_us), series,
          segment) || !sql_next (&store->base, SQL_HOUR_FIND, &row, error))
    return FALSE;
  if (row) {
    sql_stop (&store->base, SQL_HOUR_FIND);
    return TRUE;
  }
  return append_row (store, sample->time_us, series, segment, sample->boot_us, pool->reading,
      error);
}

static gboolean
save_pool (Store * store, const Line * line, const Pool * pool, GError ** error)
{
  const SampleReading *reading = pool->reading;
  g_auto (Segment) segment = { 0 };
  gint64 series;

  if (!segment_series (store, reading->source, reading->pool, &series, error)
      || !find_segment (store, series, line, pool, &segment, error))
    return FALSE;
  segment_note (&segment, line->sample->time_us, line->sample, reading);
  if (!segment_save (store, series, &segment, error)
      || !make_current (store, series, &segment, error))
    return FALSE;
  return line->is_hour ? save_hour (store, series, segment.id, line, pool, error)
      : save_sample (store, series, segment.id, line, pool, error);
}

static gboolean
save_job (Store * store, gpointer data, GError ** error)
{
  const Line *line = data;

  for (guint i = 0; i < line->pools->len; i++) {
    if (!save_pool (store, line, &g_array_index (line->pools, Pool, i), error))
      return FALSE;
  }
  return TRUE;
}

gboolean
store_import_line (Store * store, const gchar * line, GError ** error)
{
  g_auto (Line) read = { 0 };
  gboolean ok, full = FALSE;

  if (!line_read (&read, line, error))
    return FALSE;
  store->gathers = TRUE;
  ok = store_run (store, save_job, &read, error);
  if (ok && rollup_is_full (store, &full, NULL) && full)
    ok = store_run (store, rollup_shrink_job, NULL, error);
  return ok;
}

gboolean
store_import_end (Store * store, GError ** error)
{
  store->gathers = FALSE;
  return store_gather_end (store, error);
}
