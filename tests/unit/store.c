/* The store, at times that are made up. */
#include "config.h"
#include "store-fixture.h"

#include "base/error.h"
#include "watch/store/store-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const StorePoint *
point_at (const StoreSeries * series, guint index)
{
  g_assert_cmpuint (index, <, series->points->len);
  return &g_array_index (series->points, StorePoint, index);
}

static void
assert_refused (const Fixture * fixture, StoreMode mode, ShmdiagError code, const gchar * text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open (fixture->dir, mode, &error);

  g_assert_null (store);
  g_assert_error (error, SHMDIAG_ERROR, (gint) code);
  if (!strstr (error->message, text))
    g_error ("\"%s\" does not say \"%s\"", error->message, text);
}

/* --- what is kept --- */

static void
test_append (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;
  const StorePoint *point;

  fixture_append (store, START_US, 3);
  fixture_append (store, START_US + MINUTE_US, 4);
  g_clear_pointer (&store, store_close);
  store = fixture_open (fixture, STORE_READ);
  g_assert_null (store_notice (store));
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, 2);
  point = point_at (series, 1);
  g_assert_cmpint (point->time_us, ==, START_US + MINUTE_US);
  g_assert_cmpint (point->segment, ==, point_at (series, 0)->segment);
  g_assert_false (point->rolled);
  g_assert_cmphex (point->known, ==, 1u << QUANTITY_PINS | 1u << QUANTITY_SHARDS
      | 1u << QUANTITY_REFERENCES | 1u << QUANTITY_USED | 1u << QUANTITY_SIZE);
  g_assert_cmpuint (point->values[QUANTITY_PINS], ==, 4);
  g_assert_cmpuint (point->high[QUANTITY_PINS], ==, 4);
  g_assert_cmpuint (point->shards->len, ==, 2);
  g_assert_cmpuint (g_array_index (point->shards, SampleShard, 1).references, ==, 401);
  g_assert_cmpuint (g_array_index (point->shards, SampleShard, 1).size, ==, 16777208);
  g_assert_cmpuint (g_array_index (point->shards, SampleShard, 1).used, ==, 400001);
}

static void
test_extremes (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (Sample) sample = fixture_sample (START_US);
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GError) error = NULL;
  SampleReading *reading = sample_add (sample, "test", "p");
  const StorePoint *point;

  for (guint i = 0; i < N_QUANTITIES; i++)
    sample_set (reading, i, G_MAXUINT64 - i);
  sample_add_shard (reading, G_MAXUINT64, 0, G_MAXUINT64);
  sample_add_shard (reading, 0, G_MAXUINT64, 0);
  sample_add (sample, "test", "empty");
  sample_add (sample, "test", "no shards")->shards = g_array_new (FALSE, FALSE,
      sizeof (SampleShard));
  g_assert_true (store_append (store, sample, &error));
  all = store_history (store, NULL, NULL, 0, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, 3);
  point = point_at (g_ptr_array_index (all, 0), 0);
  g_assert_cmpmem (point->values, sizeof point->values, reading->values, sizeof point->values);
  g_assert_cmpmem (point->shards->data, 2 * sizeof (SampleShard), reading->shards->data,
      2 * sizeof (SampleShard));
  point = point_at (g_ptr_array_index (all, 1), 0);
  g_assert_cmphex (point->known, ==, 0);
  g_assert_null (point->shards);
  point = point_at (g_ptr_array_index (all, 2), 0);
  g_assert_cmpuint (point->shards->len, ==, 0);
}

/* Nothing takes the place of a sample. */
static void
test_same_time (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;

  for (guint i = 0; i < 5; i++)
    fixture_append (store, START_US, 7 + i);
  fixture_append (store, START_US - MINUTE_US, 7);
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, 6);
  for (guint i = 0; i < 5; i++) {
    g_assert_cmpuint (point_at (series, i + 1)->values[QUANTITY_PINS], ==, 7 + i);
    g_assert_cmpint (point_at (series, i + 1)->segment, ==, point_at (series, 1)->segment);
  }
}

/* --- segments --- */

typedef struct
{
  const gchar *name;
  gint64 seconds, boot_seconds; /* since the sample before */
  const gchar *boot_id, *instance;
  gint64 uptime, pins;          /* -1: not known */
  gboolean is_new;
} SegmentRow;

/* Before each: boot "b", instance "i", uptime 1000, 5 pins. */
static const SegmentRow segment_rows[] = {
  {"a minute later", 60, 60, "b", "i", 1060, 5, FALSE},
  {"more pins", 60, 60, "b", "i", 1060, 6, FALSE},
  {"pins back", 60, 60, "b", "i", 1060, 4, TRUE},
  {"pins not known", 60, 60, "b", "i", 1060, -1, FALSE},
  {"another instance", 60, 60, "b", "j", 1060, 5, TRUE},
  {"instance not known", 60, 60, "b", NULL, 1060, 5, FALSE},
  {"uptime a second back", 60, 60, "b", "i", 999, 5, FALSE},
  {"uptime back", 60, 60, "b", "i", 997, 5, TRUE},
  {"uptime not known", 60, 60, "b", "i", -1, 5, FALSE},
  {"another boot", 60, 60, "c", "i", 1060, 5, TRUE},
  {"boot not known", 60, 0, NULL, "i", 1060, 5, FALSE},
  {"boot not known, clock back", -1, 0, NULL, "i", 1060, 5, TRUE},
  {"boot not known, same time", 0, 0, NULL, "i", 1060, 5, FALSE},
  {"clock back", -60, 60, "b", "i", 1060, 5, TRUE},
  {"clock a step forward", 3660, 60, "b", "i", 1060, 5, TRUE},
  {"clock set right slowly", 65, 60, "b", "i", 1060, 5, FALSE},
  {"came late, of two runs at once", -3, -3, "b", "i", 997, 4, FALSE},
};

static Sample *
segment_sample (gint64 seconds, gint64 boot_seconds, const gchar * boot_id, const gchar * instance,
    gint64 uptime, gint64 pins)
{
  Sample *sample = fixture_sample (START_US + seconds * G_USEC_PER_SEC);
  SampleReading *reading = sample_add (sample, "test", "p");

  sample->boot_us = DAY_US + boot_seconds * G_USEC_PER_SEC;
  g_free (sample->boot_id);
  sample->boot_id = g_strdup (boot_id);
  reading->instance = g_strdup (instance);
  if (uptime >= 0)
    sample_set (reading, QUANTITY_UPTIME, (guint64) uptime);
  if (pins >= 0)
    sample_set (reading, QUANTITY_PINS, (guint64) pins);
  return sample;
}

static void
test_segment (Fixture * fixture, gconstpointer data)
{
  const SegmentRow *row = data;
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (Sample) before = segment_sample (0, 0, "b", "i", 1000, 5);
  g_autoptr (Sample) sample = segment_sample (row->seconds, row->boot_seconds, row->boot_id,
      row->instance, row->uptime, row->pins);
  g_autoptr (StoreSeries) series = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (store_append (store, before, &error));
  g_clear_pointer (&store, store_close);
  store = fixture_open (fixture, STORE_WRITE);
  g_assert_true (store_append (store, sample, &error));
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, 2);
  g_assert_cmpint (point_at (series, 0)->segment != point_at (series, 1)->segment, ==,
      row->is_new);
}

/* --- retention --- */

static void
append_minutes (Store * store, gint64 from_us, guint n)
{
  for (guint i = 0; i < n; i++)
    fixture_append (store, from_us + i * (gint64) MINUTE_US, 1 + i / 60);
}

static void
test_rollup (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;
  const StorePoint *point;

  store_set_retention (store, 3 * 3600, 24 * 3600);
  append_minutes (store, START_US, 10 * 60);
  series = fixture_series (store, 0);
  /* Seven hours of the first six, then the minutes of three to four. */
  point = point_at (series, 2);
  g_assert_true (point->rolled);
  g_assert_cmpint (point->time_us, ==, START_US + 2 * HOUR_US);
  g_assert_cmpuint (point->values[QUANTITY_PINS], ==, 3);
  g_assert_cmpuint (series->points->len, ==, 6 + 4 * 60);
  g_assert_true (point_at (series, 5)->rolled);
  g_assert_false (point_at (series, 6)->rolled);
  g_assert_cmpint (point_at (series, 6)->time_us, ==, START_US + 6 * HOUR_US);
  g_assert_cmpuint (g_array_index (point->shards, SampleShard, 1).references, ==, 301);
  /* What began before counts as well. */
  g_clear_pointer (&series, store_series_free);
  series = fixture_series (store, START_US + 4 * HOUR_US + MINUTE_US);
  g_assert_cmpint (point_at (series, 0)->time_us, ==, START_US + 4 * HOUR_US);
  g_clear_pointer (&series, store_series_free);
  append_minutes (store, START_US + 2 * DAY_US, 60);
  series = fixture_series (store, 0);
  g_assert_cmpint (point_at (series, 0)->time_us, >=, START_US + 6 * HOUR_US);
}

static void
test_rollup_spread (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;
  const StorePoint *point;

  store_set_retention (store, 3600, 1000 * 3600);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * (gint64) MINUTE_US);
    SampleReading *reading = sample_add (sample, "test", "p");

    sample_set (reading, QUANTITY_USED, i * 10);
    if (i == 2)
      sample_set (reading, QUANTITY_SESSIONS, 5);
    g_assert_true (store_append (store, sample, NULL));
  }
  fixture_append (store, START_US + 5 * HOUR_US, 1);
  series = fixture_series (store, 0);
  point = point_at (series, 0);
  g_assert_true (point->rolled);
  g_assert_cmphex (point->known, ==, 1u << QUANTITY_USED | 1u << QUANTITY_SESSIONS);
  g_assert_cmpuint (point->low[QUANTITY_USED], ==, 0);
  g_assert_cmpuint (point->values[QUANTITY_USED], ==, 15);
  g_assert_cmpuint (point->high[QUANTITY_USED], ==, 30);
  g_assert_cmpuint (point->values[QUANTITY_SESSIONS], ==, 5);
  /* One that comes late goes into the hour that is there. */
  {
    g_autoptr (Sample) late = fixture_sample (START_US + 10 * MINUTE_US);

    sample_set (sample_add (late, "test", "p"), QUANTITY_USED, 40);
    g_assert_true (store_append (store, late, NULL));
    fixture_append (store, START_US + 5 * HOUR_US + MINUTE_US, 1);
  }
  g_clear_pointer (&series, store_series_free);
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, 3);
  g_assert_cmpuint (point_at (series, 0)->values[QUANTITY_USED], ==, 20);
  g_assert_cmpuint (point_at (series, 0)->high[QUANTITY_USED], ==, 40);
}

/* Two parts of an hour make one; that a pool has no shards is not forgotten by it. */
static void
test_hour_parts (void)
{
  g_autoptr (Sample) sample = fixture_sample (START_US);
  SampleReading *none = sample_add (sample, "test", "none");
  SampleReading *one = sample_add (sample, "test", "one");
  g_auto (Hour) all = { 0 }, part = { 0 };

  none->shards = g_array_new (FALSE, FALSE, sizeof (SampleShard));
  hour_add_reading (&part, none);
  hour_add (&all, &part);
  g_assert_nonnull (all.shards);
  g_assert_cmpuint (all.shards->len, ==, 0);
  sample_add_shard (one, 5, 100, 40);
  hour_add_reading (&part, one);
  hour_add (&all, &part);
  g_assert_cmpuint (all.n, ==, 3);
  g_assert_cmpuint (all.shards->len, ==, 1);
  g_assert_cmpuint (g_array_index (all.shards, HourShard, 0).size, ==, 100);
  g_assert_cmpuint (g_array_index (all.shards, HourShard, 0).used.high, ==, 40);
}

/* A clock that is wrong once neither costs the history nor stays in the way. */
static void
test_wrong_clock (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;

  append_minutes (store, START_US, 10 * 60);
  fixture_append (store, START_US + 20000 * DAY_US, 20);
  fixture_append (store, G_MAXINT64, 20);
  fixture_append (store, G_MININT64, 20);
  append_minutes (store, START_US + 11 * HOUR_US, 60);
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, >=, 6 * 60);
  g_assert_cmpint (point_at (series, series->points->len - 3)->segment, ==,
      point_at (series, series->points->len - 4)->segment);
}

/* Names that never come again leave nothing behind. */
static void
test_prune (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  gint64 n = 0;

  store_set_retention (store, 0, 3600);
  for (guint i = 0; i < 200; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * HOUR_US);
    g_autofree gchar *name = g_strdup_printf ("area-%u", i);

    fixture_reading (sample, name, 1, 1);
    g_assert_true (store_append (store, sample, NULL));
  }
  g_assert_true (sql_ask (&store->base, "SELECT count(*) FROM series", &n, NULL));
  g_assert_cmpint (n, <, 8);
  g_assert_true (sql_ask (&store->base, "SELECT count(*) FROM segment", &n, NULL));
  g_assert_cmpint (n, <, 8);
}

/* Hours outlive their samples, and with them the names that nothing else has any more. */
static void
test_prune_keeps_hours (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (GPtrArray) all = NULL;
  gint64 raw_us = 0, hour_us = 0, n = 0;

  store_set_retention (store, 0, 50 * 3600);
  for (guint i = 0; i < 100; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * HOUR_US);
    g_autofree gchar *name = g_strdup_printf ("area-%u", i);

    fixture_reading (sample, name, 1, 1);
    g_assert_true (store_append (store, sample, NULL));
  }
  g_assert_true (sql_ask (&store->base, "SELECT min(time_us) FROM raw", &raw_us, NULL));
  g_assert_true (sql_ask (&store->base, "SELECT min(hour_us) FROM hour", &hour_us, NULL));
  g_assert_cmpint (raw_us - hour_us, >=, 45 * HOUR_US);
  g_assert_true (sql_ask (&store->base,
          "SELECT count(*) FROM hour WHERE segment NOT IN (SELECT id FROM segment)", &n, NULL));
  g_assert_cmpint (n, ==, 0);
  g_assert_true (sql_ask (&store->base, "SELECT count(*) FROM series", &n, NULL));
  g_assert_cmpint (n, >=, 45);
  g_assert_cmpint (n, <, 60);
  all = store_history (store, NULL, NULL, START_US, FALSE, NULL);
  g_assert_nonnull (all);
  g_assert_cmpuint (all->len, >=, 45);
}

/* The other way round: where no hour is kept, samples keep their names. */
static void
test_prune_keeps_samples (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  gint64 n = 0;

  store_set_retention (store, 20 * 3600, 1);
  for (guint i = 0; i < 60; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * HOUR_US);
    g_autofree gchar *name = g_strdup_printf ("area-%u", i);

    fixture_reading (sample, name, 1, 1);
    g_assert_true (store_append (store, sample, NULL));
  }
  g_assert_true (sql_ask (&store->base, "SELECT count(*) FROM hour", &n, NULL));
  g_assert_cmpint (n, <=, 1);
  g_assert_true (sql_ask (&store->base, "SELECT count(*) FROM raw", &n, NULL));
  g_assert_cmpint (n, >=, 20);
  g_assert_true (sql_ask (&store->base,
          "SELECT count(*) FROM raw WHERE segment NOT IN (SELECT id FROM segment)", &n, NULL));
  g_assert_cmpint (n, ==, 0);
}

/* --- the bound on the size --- */

static void
test_bound (Fixture * fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open_bounded (fixture->dir, STORE_WRITE, 256, TRUE, &error);
  g_autoptr (StoreSeries) series = NULL;
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  gint64 n_unused = 0;
  GStatBuf info;

  g_assert_no_error (error);
  /* A pool that begins anew each minute: no two samples make an hour. */
  for (guint i = 0; i < 20000; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * (gint64) MINUTE_US);

    fixture_reading (sample, "p", i % 2, 40);
    store_append (store, sample, &error);
    g_assert_no_error (error);
  }
  series = fixture_series (store, 0);
  g_assert_cmpint (point_at (series, series->points->len - 1)->time_us, ==,
      START_US + 19999 * (gint64) MINUTE_US);
  g_assert_null (store_notice (store));
  /* With what went also its names did. */
  g_assert_true (sql_ask (&store->base, "SELECT count(*) FROM segment WHERE last_us < "
          "(SELECT min(time_us) FROM raw) AND last_us < (SELECT min(hour_us) FROM hour)",
          &n_unused, NULL));
  g_assert_cmpint (n_unused, <, 100);
  g_clear_pointer (&store, store_close);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, <=, 256 * STORE_PAGE_SIZE);
}

/* --- who may --- */

static void
test_busy (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (Store) reader = NULL;
  g_autoptr (StoreSeries) series = NULL;
  g_autoptr (Sample) sample = fixture_sample (START_US);
  g_autoptr (GError) error = NULL;

  assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_BUSY, "another run writes");
  fixture_append (store, START_US, 1);
  reader = fixture_open (fixture, STORE_READ);
  fixture_append (store, START_US + MINUTE_US, 2);
  series = fixture_series (reader, 0);
  g_assert_cmpuint (series->points->len, ==, 2);
  fixture_reading (sample, "p", 1, 1);
  g_assert_false (store_append (reader, sample, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED);
  g_clear_pointer (&store, store_close);
  store = fixture_open (fixture, STORE_WRITE);
}

static void
test_modes (Fixture * fixture, gconstpointer data)
{
  static const gchar *const names[] = { ".", PLACE_FILE, PLACE_LOCK };

  store_close (fixture_open (fixture, STORE_WRITE));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = fixture_path (fixture, names[i]);
    GStatBuf info;

    g_assert_cmpint (g_stat (path, &info), ==, 0);
    g_assert_cmpint (info.st_mode & 07777, ==, i == 0 ? 0700 : 0600);
  }
}

static void
test_unsafe_dir (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *link = g_build_filename (fixture->top, "link", NULL);
  g_autofree gchar *real = g_strdup (fixture->dir);

  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  g_assert_cmpint (g_chmod (fixture->dir, 0770), ==, 0);
  assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_UNTRUSTED, "others may write there");
  g_assert_cmpint (g_chmod (fixture->dir, 01777), ==, 0);
  assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_UNTRUSTED, "others may write there");
  g_assert_cmpint (fixture_count (fixture, "poolwatch"), ==, 0);
  g_assert_cmpint (g_chmod (fixture->dir, 0755), ==, 0);
  store_close (fixture_open (fixture, STORE_WRITE));
  if (geteuid () == 0) {
    g_assert_cmpint (chown (fixture->dir, 12345, 12345), ==, 0);
    assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_UNTRUSTED, "belongs to user 12345");
    assert_refused (fixture, STORE_READ, SHMDIAG_ERROR_UNTRUSTED, "belongs to user 12345");
    g_assert_cmpint (chown (fixture->dir, 0, 0), ==, 0);
  }
  /* Our own link is fine, as those of systemd are; somebody else's is not. */
  g_assert_cmpint (symlink (real, link), ==, 0);
  g_free (fixture->dir);
  fixture->dir = g_strdup (link);
  store_close (fixture_open (fixture, STORE_WRITE));
  if (geteuid () == 0) {
    g_assert_cmpint (lchown (link, 12345, 12345), ==, 0);
    assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_UNTRUSTED, "symbolic link");
  }
}

static void
test_unsafe_file (Fixture * fixture, gconstpointer data)
{
  const gchar *name = data;
  g_autofree gchar *path = fixture_path (fixture, name);
  g_autofree gchar *target = g_build_filename (fixture->top, "target", NULL);
  g_autofree gchar *content = NULL;

  store_close (fixture_open (fixture, STORE_WRITE));
  g_remove (path);
  g_assert_true (g_file_set_contents (target, "mine", 4, NULL));
  g_assert_cmpint (symlink (target, path), ==, 0);
  assert_refused (fixture, STORE_WRITE,
      g_str_equal (name, PLACE_LOCK) ? SHMDIAG_ERROR_FAILED : SHMDIAG_ERROR_UNTRUSTED, name);
  g_assert_true (g_file_get_contents (target, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "mine");
}

static void
test_nothing_there (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *file = g_build_filename (fixture->top, "file", NULL);

  assert_refused (fixture, STORE_READ, SHMDIAG_ERROR_FAILED,
      "nothing was stored yet: No such file");
  g_assert_false (g_file_test (fixture->dir, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  assert_refused (fixture, STORE_READ, SHMDIAG_ERROR_FAILED,
      "poolwatch.db: nothing was stored yet");
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_free (fixture->dir);
  fixture->dir = g_strdup (file);
  assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_FAILED, "Not a directory");
}

static void
test_newer (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);

  fixture_append (store, START_US, 1);
  g_assert_true (sql_exec (&store->base, "PRAGMA user_version = 99", NULL));
  g_clear_pointer (&store, store_close);
  assert_refused (fixture, STORE_WRITE, SHMDIAG_ERROR_FAILED, "later release");
  assert_refused (fixture, STORE_READ, SHMDIAG_ERROR_FAILED, "later release");
  g_assert_cmpuint (fixture_count (fixture, PLACE_FILE ".damaged"), ==, 0);
}

static void
test_default_dir (void)
{
  g_autofree gchar *from_systemd = NULL;
  g_autofree gchar *from_user = NULL;

  g_setenv ("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", TRUE);
  g_setenv ("XDG_STATE_HOME", "/home/x/state", TRUE);
  from_systemd = store_default_dir ();
  g_assert_cmpstr (from_systemd, ==, "/var/lib/a");
  g_unsetenv ("STATE_DIRECTORY");
  from_user = store_default_dir ();
  g_assert_cmpstr (from_user, ==, "/home/x/state/poolwatch");
  g_unsetenv ("XDG_STATE_HOME");
}

/* --- alerts and events --- */

static void
put_alert (GHashTable * alerts, const gchar * key, const gchar * value)
{
  g_hash_table_replace (alerts, g_strdup (key), g_bytes_new (value, strlen (value)));
}

static void
test_alerts (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (GHashTable) alerts = store_alerts (store, NULL);
  g_autoptr (GHashTable) read = NULL;

  g_assert_cmpuint (g_hash_table_size (alerts), ==, 0);
  put_alert (alerts, "a", "1");
  put_alert (alerts, "b", "");
  g_assert_true (store_set_alerts (store, alerts, NULL));
  g_hash_table_remove (alerts, "a");
  put_alert (alerts, "b", "22");
  g_assert_true (store_set_alerts (store, alerts, NULL));
  g_clear_pointer (&store, store_close);
  store = fixture_open (fixture, STORE_READ);
  read = store_alerts (store, NULL);
  g_assert_cmpuint (g_hash_table_size (read), ==, 1);
  g_assert_cmpuint (g_bytes_get_size (g_hash_table_lookup (read, "b")), ==, 2);
}

static void
test_events (Fixture * fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open_bounded (fixture->dir, STORE_WRITE, 4096, TRUE, &error);
  g_autoptr (GPtrArray) events = NULL;
  g_autofree gchar *text = g_strnfill (5000, 'x');

  for (guint i = 0; i < 4100; i++)
    g_assert_true (store_add_event (store, i, "an event", NULL));
  g_assert_true (store_add_event (store, 9999, text, NULL));
  events = store_events (store, 2, NULL);
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpuint (strlen (((StoreEvent *) g_ptr_array_index (events, 0))->text), ==, 1024);
  g_assert_cmpint (((StoreEvent *) g_ptr_array_index (events, 1))->time_us, ==, 4099);
  g_clear_pointer (&events, g_ptr_array_unref);
  events = store_events (store, 10000, NULL);
  g_assert_cmpuint (events->len, ==, 4000);
}

/* --- JSON lines --- */

static gboolean
collect_line (const gchar * line, gpointer out)
{
  g_string_append (out, line);
  return TRUE;
}

static gchar *
dump_all (Store * store, gint64 since_us)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);

  store_dump (store, since_us, collect_line, out, &error);
  g_assert_no_error (error);
  return g_string_free (out, FALSE);
}

static void
import_all (Store * store, const gchar * text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; lines[i] && *lines[i]; i++) {
    store_import_line (store, lines[i], &error);
    g_assert_no_error (error);
  }
  g_assert_true (store_import_end (store, &error));
}

static void
fill (Store * store)
{
  store_set_retention (store, 3 * 3600, 1000 * 3600);
  for (guint i = 0; i < 400; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * (gint64) MINUTE_US);
    SampleReading *reading = fixture_reading (sample, "z", i % 100, i % 5);

    if (i > 50)
      fixture_reading (sample, "a \"quoted\"", i, 0)->instance = g_strdup ("4711 12");
    sample_set (reading, QUANTITY_VALUE, G_MAXUINT64 - i);
    g_assert_true (store_append (store, sample, NULL));
  }
}

static void
test_round_trip (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autofree gchar *other_dir = g_build_filename (fixture->top, "other", NULL);
  g_autoptr (Store) other = NULL;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  g_autofree gchar *again = NULL;

  fill (store);
  before = dump_all (store, 0);
  g_assert_nonnull (strstr (before, "hour_us"));
  g_assert_nonnull (strstr (before, "time_us"));
  g_assert_nonnull (strstr (before, "18446744073709551615"));
  other = store_open (other_dir, STORE_WRITE, NULL);
  import_all (other, before);
  after = dump_all (other, 0);
  g_assert_cmpstr (after, ==, before);
  /* Once more changes nothing. */
  import_all (other, before);
  again = dump_all (other, 0);
  g_assert_cmpstr (again, ==, before);
  g_clear_pointer (&again, g_free);
  again = dump_all (other, START_US + 399 * (gint64) MINUTE_US);
  g_assert_true (g_str_has_suffix (before, again));
  g_assert_cmpuint (strlen (again), <, 2000);
}

/* Those of an hour that was made already do not count once more. */
static void
test_import_rolled (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autofree gchar *lines = NULL;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;

  append_minutes (store, START_US, 60);
  lines = dump_all (store, 0);
  store_set_retention (store, 3600, 1000 * 3600);
  fixture_append (store, START_US + 3 * HOUR_US, 9);
  before = dump_all (store, 0);
  g_assert_nonnull (strstr (before, "\"samples\":60"));
  import_all (store, lines);
  after = dump_all (store, 0);
  g_assert_cmpstr (after, ==, before);
}

/* Samples go on where those that were imported ended. */
static void
test_import_then_append (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autofree gchar *other_dir = g_build_filename (fixture->top, "other", NULL);
  g_autoptr (Store) other = store_open (other_dir, STORE_WRITE, NULL);
  g_autofree gchar *lines = NULL;
  g_autoptr (StoreSeries) series = NULL;

  fixture_append (store, START_US, 1);
  fixture_append (store, START_US + MINUTE_US, 2);
  lines = dump_all (store, 0);
  import_all (other, lines);
  fixture_append (other, START_US + 2 * MINUTE_US, 3);
  series = fixture_series (other, 0);
  g_assert_cmpint (point_at (series, 2)->segment, ==, point_at (series, 0)->segment);
}

/* By hand: no segment, no boot. */
static void
test_import_plain (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;

  import_all (store, "{\"time_us\":1,\"pools\":[{\"source\":\"test\",\"pool\":\"p\",\"pins\":3}]}\n"
      "{\"time_us\":2,\"pools\":[{\"source\":\"test\",\"pool\":\"p\",\"pins\":\"4\",\"new\":[]}]}\n"
      "{\"time_us\":3,\"pools\":[{\"source\":\"test\",\"pool\":\"p\",\"pins\":1}]}\n");
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, 3);
  g_assert_cmpint (point_at (series, 0)->segment, ==, point_at (series, 1)->segment);
  g_assert_cmpint (point_at (series, 0)->segment, !=, point_at (series, 2)->segment);
  g_assert_cmpuint (point_at (series, 1)->values[QUANTITY_PINS], ==, 4);
}

#define POOL "\"source\":\"s\",\"pool\":\"p\""
#define HOUR "\"hour_us\":3600000000,\"pools\":[{" POOL ",\"segment_us\":1"

static const struct
{
  const gchar *line, *message;
} wrong_lines[] = {
  {"", "not a JSON object"},
  {"x", "not JSON: "},
  {"[]", "not a JSON object"},
  {"{\"time_us\":1", "not JSON: "},
  {"{}", "time_us: missing"},
  {"{\"time_us\":1}", "pools: missing"},
  {"{\"time_us\":-1,\"pools\":[]}", "time_us: not a whole number"},
  {"{\"time_us\":1.5,\"pools\":[]}", "time_us: not a whole number"},
  {"{\"time_us\":9223372036854775807,\"pools\":[]}", "time_us: not a time"},
  {"{\"time_us\":1,\"pools\":{}}", "pools: not a list"},
  {"{\"time_us\":1,\"pools\":[1]}", "pools: not an object"},
  {"{\"time_us\":1,\"pools\":[{}]}", "source: missing"},
  {"{\"time_us\":1,\"pools\":[{\"source\":\"s\"}]}", "pool: missing"},
  {"{\"time_us\":1,\"pools\":[{\"source\":1,\"pool\":\"p\"}]}", "source: not a text"},
  {"{\"time_us\":1,\"pools\":[{" POOL ",\"pins\":-1}]}", "pins: not a whole number"},
  {"{\"time_us\":1,\"pools\":[{" POOL ",\"pins\":null}]}", "pins: not a whole number"},
  {"{\"time_us\":1,\"pools\":[{" POOL ",\"shards\":1}]}", "shards: not a list"},
  {"{\"time_us\":1,\"pools\":[{" POOL ",\"shards\":[1]}]}", "shards: not an object"},
  {"{\"time_us\":1,\"pools\":[{" POOL ",\"shards\":[{}]}]}", "size: missing"},
  {"{\"time_us\":1,\"boot_id\":\"b\",\"pools\":[]}", "boot_us: missing"},
  {"{\"hour_us\":1,\"pools\":[]}", "hour_us: not the start of an hour"},
  {"{" HOUR "}]}", "samples: missing"},
  {"{" HOUR ",\"samples\":0}]}", "samples: not a number of samples"},
  {"{" HOUR ",\"samples\":9,\"pins\":3}]}", "pins: not low, mean and high"},
  {"{" HOUR ",\"samples\":9,\"pins\":{\"low\":3,\"mean\":2,\"high\":4}}]}",
      "pins: low, mean and high are in no order"},
  {"{\"a\":[[[[[[[[[[[[[[[[[[[[", "not JSON: too many levels"},
  {"{\"a\":'\"', \"time_us\":1}", "not JSON: ' outside of a text"},
  {"{\"a\xff\":1}", "not JSON: not UTF-8"},
};

static void
test_wrong_lines (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autofree gchar *deep = g_strnfill (1000000, '[');
  g_autofree gchar *dump = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong_lines); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (store_import_line (store, wrong_lines[i].line, &error));
    g_assert_true (g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT));
    if (!g_str_has_prefix (error->message, wrong_lines[i].message))
      g_error ("%s: %s", wrong_lines[i].line, error->message);
  }
  g_assert_false (store_import_line (store, deep, NULL));
  dump = dump_all (store, 0);
  g_assert_cmpstr (dump, ==, "");
}

/* Each line of a dump, cut at each length and with each byte flipped, is taken or refused. */
static void
test_mangled_lines (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  const gchar *line = "{" HOUR ",\"samples\":9,\"pins\":{\"low\":1,\"mean\":2,\"high\":4},"
      "\"shards\":[{\"references\":{\"low\":1,\"mean\":2,\"high\":4},\"size\":1,"
      "\"used\":{\"low\":1,\"mean\":2,\"high\":4}}]}]}";

  g_assert_true (store_import_line (store, line, NULL));
  for (gsize i = 0; i < strlen (line); i++) {
    g_autofree gchar *cut = g_strndup (line, i);

    g_assert_false (store_import_line (store, cut, NULL));
    for (guint bit = 0; bit < 8; bit++) {
      g_autofree gchar *flipped = g_strdup (line);

      flipped[i] = (gchar) (flipped[i] ^ 1 << bit);
      store_import_line (store, flipped, NULL);
    }
  }
  g_assert_true (store_import_end (store, NULL));
}

/* --- main --- */

#define ADD(name, data, function) \
  g_test_add ("/store/" name, Fixture, data, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("append", NULL, test_append);
  ADD ("extremes", NULL, test_extremes);
  ADD ("same-time", NULL, test_same_time);
  for (guint i = 0; i < G_N_ELEMENTS (segment_rows); i++) {
    g_autofree gchar *name = g_strconcat ("/store/segment/", segment_rows[i].name, NULL);

    g_test_add (name, Fixture, &segment_rows[i], fixture_set_up, test_segment, fixture_tear_down);
  }
  ADD ("rollup", NULL, test_rollup);
  ADD ("rollup-spread", NULL, test_rollup_spread);
  ADD ("wrong-clock", NULL, test_wrong_clock);
  g_test_add_func ("/store/hour-parts", test_hour_parts);
  ADD ("prune", NULL, test_prune);
  ADD ("prune-keeps-hours", NULL, test_prune_keeps_hours);
  ADD ("prune-keeps-samples", NULL, test_prune_keeps_samples);
  ADD ("bound", NULL, test_bound);
  ADD ("busy", NULL, test_busy);
  ADD ("modes", NULL, test_modes);
  ADD ("unsafe-dir", NULL, test_unsafe_dir);
  ADD ("unsafe-file/db", PLACE_FILE, test_unsafe_file);
  ADD ("unsafe-file/wal", PLACE_FILE "-wal", test_unsafe_file);
  ADD ("unsafe-file/shm", PLACE_FILE "-shm", test_unsafe_file);
  ADD ("unsafe-file/lock", PLACE_LOCK, test_unsafe_file);
  ADD ("nothing-there", NULL, test_nothing_there);
  ADD ("newer", NULL, test_newer);
  g_test_add_func ("/store/default-dir", test_default_dir);
  ADD ("alerts", NULL, test_alerts);
  ADD ("events", NULL, test_events);
  ADD ("round-trip", NULL, test_round_trip);
  ADD ("import-rolled", NULL, test_import_rolled);
  ADD ("import-then-append", NULL, test_import_then_append);
  ADD ("import-plain", NULL, test_import_plain);
  ADD ("wrong-lines", NULL, test_wrong_lines);
  ADD ("mangled-lines", NULL, test_mangled_lines);
  return g_test_run ();
}
