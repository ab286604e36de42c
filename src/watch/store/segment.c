/* Which samples of a pool can be compared with each other. */
#include "config.h"
#include "watch/store/store-private.h"

/* Uptimes are whole seconds, and the sample is not taken at the moment that they tell. */
#define UPTIME_SLACK 2
#define CLOCK_SLACK_US (2 * G_USEC_PER_SEC)
/* A clock that is being set right runs up to a twelfth too fast or too slow (chronyd). */
#define CLOCK_SLEW 8

void
segment_clear (Segment * segment)
{
  g_clear_pointer (&segment->boot_id, g_free);
  g_clear_pointer (&segment->instance, g_free);
}

static gboolean
differ (const gchar * a, const gchar * b)
{
  return a && b && !g_str_equal (a, b);
}

/* Whether both clocks moved on (or back, for a sample that comes late) alike. */
static gboolean
clocks_agree (const Segment * segment, const Sample * sample)
{
  gint64 wall, boot;

  if (!segment->boot_id || !sample->boot_id)
    return sample->time_us >= segment->last_us;
  wall = append_time (sample->time_us) - segment->last_us;
  boot = append_time (sample->boot_us) - segment->boot_us;
  return ABS (wall - boot) <= CLOCK_SLACK_US + ABS (boot) / CLOCK_SLEW;
}

static gboolean
is_late (const Segment * segment, gint64 time_us)
{
  return time_us < segment->last_us;
}

/* -1: not known, or beyond what is kept. */
static gint64
number_of (const SampleReading * reading, Quantity quantity)
{
  guint64 value;

  return sample_get (reading, quantity, &value) && value <= G_MAXINT64 ? (gint64) value : -1;
}

gboolean
segment_continues (const Segment * segment, const Sample * sample, const SampleReading * reading)
{
  gint64 uptime = number_of (reading, QUANTITY_UPTIME), pins = number_of (reading, QUANTITY_PINS);

  if (segment->id == 0 || differ (segment->boot_id, sample->boot_id)
      || differ (segment->instance, reading->instance) || !clocks_agree (segment, sample))
    return FALSE;
  if (is_late (segment, sample->time_us))
    return TRUE;
  if (uptime >= 0 && segment->uptime >= 0 && uptime < segment->uptime - UPTIME_SLACK)
    return FALSE;
  return pins < 0 || segment->pins < 0 || pins >= segment->pins;
}

static void
replace (gchar ** text, const gchar * known)
{
  if (!known || g_strcmp0 (*text, known) == 0)
    return;
  g_free (*text);
  *text = g_strdup (known);
}

void
segment_note (Segment * segment, gint64 time_us, const Sample * sample,
    const SampleReading * reading)
{
  gint64 uptime = number_of (reading, QUANTITY_UPTIME), pins = number_of (reading, QUANTITY_PINS);

  replace (&segment->boot_id, sample->boot_id);
  replace (&segment->instance, reading->instance);
  if (is_late (segment, time_us))
    return;
  segment->last_us = time_us;
  segment->boot_us = append_time (sample->boot_us);
  segment->uptime = uptime >= 0 ? uptime : segment->uptime;
  segment->pins = pins >= 0 ? pins : segment->pins;
}

/* --- rows --- */

gboolean
segment_series (Store * store, const gchar * source, const gchar * pool, gint64 * series,
    GError ** error)
{
  gboolean found;

  if (!sql_number (&store->base, SQL_SERIES_FIND, &found, series, error, "tt", source, pool))
    return FALSE;
  return found
      || sql_number (&store->base, SQL_SERIES_ADD, &found, series, error, "tt", source, pool);
}

static gboolean
fetch (Store * store, Sql which, Segment * out, GError ** error)
{
  sqlite3_stmt *row;

  if (!sql_next (&store->base, which, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  out->id = sqlite3_column_int64 (row, 0);
  out->began_us = append_time (sqlite3_column_int64 (row, 1));
  out->last_us = append_time (sqlite3_column_int64 (row, 2));
  out->boot_us = append_time (sqlite3_column_int64 (row, 3));
  out->boot_id = g_strdup (sql_text (row, 4));
  out->instance = g_strdup (sql_text (row, 5));
  out->uptime = MAX (sqlite3_column_int64 (row, 6), -1);
  out->pins = MAX (sqlite3_column_int64 (row, 7), -1);
  sql_stop (&store->base, which);
  return TRUE;
}

gboolean
segment_current (Store * store, gint64 series, Segment * out, GError ** error)
{
  return sql_start (&store->base, SQL_SEGMENT_CURRENT, error, "i", series)
      && fetch (store, SQL_SEGMENT_CURRENT, out, error);
}

gboolean
segment_find (Store * store, gint64 series, gint64 began_us, Segment * out, GError ** error)
{
  return sql_start (&store->base, SQL_SEGMENT_FIND, error, "ii", series, began_us)
      && fetch (store, SQL_SEGMENT_FIND, out, error);
}

gboolean
segment_save (Store * store, gint64 series, Segment * segment, GError ** error)
{
  gboolean found;

  if (segment->id != 0)
    return sql_run (&store->base, SQL_SEGMENT_UPDATE, error, "iiittii", segment->id,
        segment->last_us, segment->boot_us, segment->boot_id, segment->instance, segment->uptime,
        segment->pins);
  return sql_number (&store->base, SQL_SEGMENT_ADD, &found, &segment->id, error, "iiiittii",
      series, segment->began_us, segment->last_us, segment->boot_us, segment->boot_id,
      segment->instance, segment->uptime, segment->pins);
}
