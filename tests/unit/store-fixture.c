#include "config.h"
#include "store-fixture.h"

#include <glib/gstdio.h>

void
fixture_set_up (Fixture * fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->top = g_dir_make_tmp ("store-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->dir = g_build_filename (fixture->top, "state", NULL);
}

static void
remove_all (const gchar * path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL
      : g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *below = g_build_filename (path, name, NULL);

    remove_all (below);
  }
  g_remove (path);
}

void
fixture_tear_down (Fixture * fixture, gconstpointer data)
{
  remove_all (fixture->top);
  g_free (fixture->top);
  g_free (fixture->dir);
}

Store *
fixture_open (const Fixture * fixture, StoreMode mode)
{
  g_autoptr (GError) error = NULL;
  Store *store = store_open (fixture->dir, mode, &error);

  g_assert_no_error (error);
  g_assert_nonnull (store);
  return store;
}

gchar *
fixture_path (const Fixture * fixture, const gchar * name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

guint
fixture_count (const Fixture * fixture, const gchar * prefix)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const gchar *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);
  return n;
}

Sample *
fixture_sample (gint64 time_us)
{
  Sample *sample = sample_new ();

  sample->time_us = time_us;
  sample->boot_us = CLAMP (time_us, 0, G_MAXINT64 / 2) - START_US + DAY_US;
  g_free (sample->boot_id);
  sample->boot_id = g_strdup ("boot");
  return sample;
}

SampleReading *
fixture_reading (Sample * sample, const gchar * pool, guint64 pins, guint n_shards)
{
  SampleReading *reading = sample_add (sample, "test", pool);

  sample_set (reading, QUANTITY_PINS, pins);
  for (guint i = 0; i < n_shards; i++)
    sample_add_shard (reading, pins * 100 + i, 16777208, pins * 100000 + i);
  sample_sum_shards (reading);
  return reading;
}

void
fixture_append (Store * store, gint64 time_us, guint64 pins)
{
  g_autoptr (Sample) sample = fixture_sample (time_us);
  g_autoptr (GError) error = NULL;

  fixture_reading (sample, "p", pins, 2);
  store_append (store, sample, &error);
  g_assert_no_error (error);
}

StoreSeries *
fixture_series (Store * store, gint64 since_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = store_history (store, "test", "p", since_us, TRUE, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (all->len, <=, 1);
  return all->len > 0 ? g_ptr_array_steal_index (all, 0) : NULL;
}
