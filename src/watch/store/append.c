/* Samples as they come. */
#include "config.h"
#include "watch/store/store-private.h"

#include "base/error.h"

/* Some 36,000 years: far enough from the end that sums do not overflow. */
#define MAX_TIME_US (G_GINT64_CONSTANT (1) << 60)

gint64
append_time (gint64 time_us)
{
  return CLAMP (time_us, 0, MAX_TIME_US);
}

gboolean
append_row (Store * store, gint64 time_us, gint64 series, gint64 segment, gint64 boot_us,
    const SampleReading * reading, GError ** error)
{
  g_autoptr (GByteArray) data = pack_reading (reading);

  return sql_run (&store->base, SQL_RAW_ADD, error, "iiiib", time_us, series, segment, boot_us,
      data);
}

/* A sample never takes the place of another. */
static gboolean
find_time (Store * store, gint64 * time_us, GError ** error)
{
  gboolean taken = TRUE;

  while (taken) {
    gint64 one;

    if (!sql_number (&store->base, SQL_RAW_AT, &taken, &one, error, "i", *time_us))
      return FALSE;
    *time_us += taken;
  }
  return TRUE;
}

static gboolean
next_segment (Store * store, gint64 series, gint64 time_us, Segment * segment, GError ** error)
{
  segment_clear (segment);
  *segment = (Segment) {.began_us = time_us,.uptime = -1,.pins = -1 };
  /* Times may come again when a clock goes back. */
  for (;;) {
    g_auto (Segment) other = { 0 };

    if (!segment_find (store, series, segment->began_us, &other, error))
      return FALSE;
    if (other.id == 0)
      return TRUE;
    segment->began_us++;
  }
}

static gboolean
append_reading (Store * store, gint64 time_us, const Sample * sample,
    const SampleReading * reading, GError ** error)
{
  g_auto (Segment) segment = { 0 };
  gboolean goes_on;
  gint64 series;

  if (!segment_series (store, reading->source, reading->pool, &series, error)
      || !segment_current (store, series, &segment, error))
    return FALSE;
  goes_on = segment_continues (&segment, sample, reading);
  if (!goes_on && !next_segment (store, series, time_us, &segment, error))
    return FALSE;
  segment_note (&segment, time_us, sample, reading);
  return segment_save (store, series, &segment, error)
      && (goes_on || sql_run (&store->base, SQL_SERIES_SEGMENT, error, "ii", series, segment.id))
      && append_row (store, time_us, series, segment.id, append_time (sample->boot_us), reading,
      error);
}

/* In a damaged file a row may be written where nobody finds it. */
static gboolean
check_seen (Store * store, gint64 time_us, const Sample * sample, GError ** error)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 n = 0;
  gboolean found;

  for (guint i = 0; i < sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (sample->readings, i);

    g_hash_table_add (names, g_strconcat (reading->source, "\n", reading->pool, NULL));
  }
  if (!sql_number (&store->base, SQL_RAW_SEEN, &found, &n, error, "i", time_us))
    return FALSE;
  return n == g_hash_table_size (names)
      || sql_set_damaged (&store->base, "a sample cannot be found again", error);
}

static gboolean
append_job (Store * store, gpointer data, GError ** error)
{
  const Sample *sample = data;
  gint64 time_us = append_time (sample->time_us);

  if (!find_time (store, &time_us, error))
    return FALSE;
  for (guint i = 0; i < sample->readings->len; i++) {
    if (!append_reading (store, time_us, sample, g_ptr_array_index (sample->readings, i), error))
      return FALSE;
  }
  return check_seen (store, time_us, sample, error);
}

/* The sample is safe by now: what is left to do can wait for the next run. */
static void
keep_house (Store * store, gint64 now_us)
{
  gboolean due = FALSE;

  if (rollup_is_due (store, now_us, &due, NULL) && due)
    store_run (store, rollup_job, &now_us, NULL);
  if (rollup_is_full (store, &due, NULL) && due)
    store_run (store, rollup_shrink_job, NULL, NULL);
}

gboolean
store_append (Store * store, const Sample * sample, GError ** error)
{
  if (store->mode != STORE_WRITE) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s: opened for reading only",
        store->place.dir);
    return FALSE;
  }
  if (sample->readings->len == 0)
    return TRUE;
  if (!store_run (store, append_job, (gpointer) sample, error))
    return FALSE;
  keep_house (store, append_time (sample->time_us));
  return TRUE;
}
