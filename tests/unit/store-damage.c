/* No run dies of its own history: the store with bytes flipped, cut, full, not ours. */
#include "config.h"
#include "store-fixture.h"

#include "base/error.h"
#include "watch/store/store-private.h"
#include "under-valgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Rows of some days, hours, alerts, events: some dozens of pages. */
static void
fill (const Fixture * fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store =
      store_open_bounded (fixture->dir, STORE_WRITE, STORE_MAX_PAGES, TRUE, &error);
  g_autoptr (GHashTable) alerts = NULL;

  g_assert_no_error (error);
  store_set_retention (store, 4 * 3600, 1000 * 3600);
  for (guint i = 0; i < 20 * 60; i++) {
    g_autoptr (Sample) sample = fixture_sample (START_US + i * (gint64) MINUTE_US);

    fixture_reading (sample, "p", i % 200, 16);
    g_assert_true (store_append (store, sample, NULL));
  }
  alerts = store_alerts (store, NULL);
  g_hash_table_insert (alerts, g_strdup ("key"), g_bytes_new ("value", 5));
  g_assert_true (store_set_alerts (store, alerts, NULL));
  g_assert_true (store_add_event (store, START_US, "an event", NULL));
}

static gchar *
read_all (const gchar * path, gsize * length)
{
  g_autoptr (GError) error = NULL;
  gchar *data = NULL;

  g_file_get_contents (path, &data, length, &error);
  g_assert_no_error (error);
  return data;
}

/* In place, with whatever mode it has. */
static void
write_all (const gchar * path, gconstpointer data, gsize length)
{
  gint fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, length), ==, (gssize) length);
  close (fd);
}

static void
mark_unclean (const Fixture * fixture)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_LOCK);

  write_all (path, "1", 1);
}

static gboolean
never_stop (const gchar * line, gpointer user)
{
  return TRUE;
}

/* All that a run does, and what others do; only readers may fail. Whether a new store was begun. */
static gboolean
live_on (const Fixture * fixture)
{
  gint64 time_us = START_US + 100 * HOUR_US;
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (GHashTable) alerts = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (StoreSeries) series = NULL;
  g_autoptr (Store) reader = NULL;

  fixture_append (store, time_us, 500);
  alerts = store_alerts (store, NULL);
  g_assert_nonnull (alerts);
  g_hash_table_insert (alerts, g_strdup ("new"), g_bytes_new ("value", 5));
  g_assert_true (store_set_alerts (store, alerts, NULL));
  g_assert_true (store_add_event (store, time_us, "news", NULL));
  events = store_events (store, 5, NULL);
  g_assert_nonnull (events);
  series = fixture_series (store, 0);
  g_clear_pointer (&series, store_series_free);
  fixture_append (store, time_us + MINUTE_US, 501);
  series = fixture_series (store, time_us + MINUTE_US);
  g_assert_nonnull (series);
  g_assert_cmpuint (series->points->len, >=, 1);
  reader = store_open (fixture->dir, STORE_READ, NULL);
  if (reader)
    store_dump (reader, 0, never_stop, NULL, NULL);
  return store_notice (store) != NULL;
}

/* --- bytes --- */

static void
forget_damaged (const Fixture * fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = fixture_path (fixture, name);

    if (g_str_has_prefix (name, PLACE_FILE))
      g_remove (path);
  }
}

/* Flips the byte at OFFSET of a copy of GOOD, then lives on, with and without a look at all. */
static guint
live_with (const Fixture * fixture, const gchar * good, gsize length, gsize offset, guint8 flip)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *bad = g_memdup2 (good, length);
  guint n = 0;

  bad[offset] = (gchar) ((guint8) bad[offset] ^ flip);
  for (guint unclean = 0; unclean < 2; unclean++) {
    forget_damaged (fixture);
    write_all (path, bad, length);
    if (unclean)
      mark_unclean (fixture);
    n += live_on (fixture);
  }
  return n;
}

/* valgrind takes fifty times as long: it sees every eighth damage. */
static guint
stride (void)
{
  return under_valgrind () ? 8 : 1;
}

static void
test_header (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *good = NULL;
  guint n_noticed = 0;
  gsize length;

  fill (fixture);
  good = read_all (path, &length);
  for (gsize offset = 0; offset < 100; offset += stride ()) {
    /* The version: one of a later release is left alone. */
    if (offset == 63)
      continue;
    n_noticed += live_with (fixture, good, length, offset, 0x01);
    n_noticed += live_with (fixture, good, length, offset, 0xff);
  }
  g_test_message ("%u of 400 begun anew", n_noticed);
  g_assert_cmpuint (n_noticed, >, 50 / stride ());
}

static void
test_pages (Fixture * fixture, gconstpointer data)
{
  static const guint offsets[] = { 0, 1, 3, 5, 7, 8, 9, 12, 40, 100, 2000, 4090 };
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *good = NULL;
  guint n_noticed = 0, n = 0;
  gsize length;

  fill (fixture);
  good = read_all (path, &length);
  for (gsize page = 0; page < length; page += stride () * STORE_PAGE_SIZE) {
    for (guint i = 0; i < G_N_ELEMENTS (offsets); i++, n += 2)
      n_noticed += live_with (fixture, good, length, page + offsets[i], i % 2 ? 0x80 : 0xff);
  }
  g_test_message ("%u of %u begun anew", n_noticed, n);
  g_assert_cmpuint (n_noticed, >, n / 10);
}

static void
test_random (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *good = NULL;
  gsize length;

  fill (fixture);
  good = read_all (path, &length);
  for (guint i = 0; i < 150 / stride (); i++)
    live_with (fixture, good, length, (gsize) g_test_rand_int_range (0, (gint32) length),
        (guint8) g_test_rand_int_range (1, 256));
}

static void
test_truncated (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *good = NULL;
  gsize length;

  fill (fixture);
  good = read_all (path, &length);
  for (gsize size = 0; size < length; size += stride () * (size < 120 ? 7 : STORE_PAGE_SIZE / 2 + 13)) {
    forget_damaged (fixture);
    write_all (path, good, size);
    live_on (fixture);
  }
}

static void
test_not_a_store (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *aside = NULL;
  g_autofree gchar *content = NULL;
  g_autoptr (Store) store = NULL;
  gchar *text = g_strnfill (10000, 'x');

  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  write_all (path, text, 10000);
  store = fixture_open (fixture, STORE_WRITE);
  g_assert_nonnull (store_notice (store));
  g_assert_nonnull (strstr (store_notice (store), "set aside as poolwatch.db.damaged-"));
  aside = g_strdup (strstr (store_notice (store), "poolwatch.db.damaged-"));
  *strchr (aside, ',') = '\0';
  g_free (path);
  path = fixture_path (fixture, aside);
  content = read_all (path, &(gsize) { 0 });
  g_assert_cmpstr (content, ==, text);
  g_free (text);
}

static void
test_foreign (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  sqlite3 *db;

  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "CREATE TABLE t (a)", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_chmod (path, 0600);
  g_assert_true (live_on (fixture));
}

/* Zeroes the middle of the file; no run reads that. Whether it is noticed. */
static gboolean
notices_hole (const Fixture * fixture, const gchar * good, gsize length, gboolean unclean)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *bad = g_memdup2 (good, length);
  g_autoptr (Store) store = NULL;
  gsize page = length / STORE_PAGE_SIZE / 2 * STORE_PAGE_SIZE;

  memset (bad + page, 0, STORE_PAGE_SIZE);
  forget_damaged (fixture);
  write_all (path, bad, length);
  if (unclean)
    mark_unclean (fixture);
  store = fixture_open (fixture, STORE_WRITE);
  return store_notice (store) != NULL;
}

/* All of it is looked at after a run that did not come to its end, and only then. */
static void
test_unclean (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *good = NULL;
  gsize length;

  fill (fixture);
  good = read_all (path, &length);
  g_assert_false (notices_hole (fixture, good, length, FALSE));
  g_assert_true (notices_hole (fixture, good, length, TRUE));
}

/* The table and what hangs on it disagree: rows would be written where nobody finds them. */
static void
test_unseen (Fixture * fixture, gconstpointer data)
{
  g_autoptr (Store) store = fixture_open (fixture, STORE_WRITE);
  g_autoptr (StoreSeries) series = NULL;

  fixture_append (store, START_US, 1);
  g_assert_true (sql_exec (&store->base, "CREATE TRIGGER t AFTER INSERT ON raw BEGIN"
          " DELETE FROM raw WHERE time_us = NEW.time_us; END", NULL));
  fixture_append (store, START_US + MINUTE_US, 2);
  g_assert_nonnull (store_notice (store));
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, 1);
}

/* A reader leaves it to the next run. */
static void
test_reader (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *text = g_strnfill (10000, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  write_all (path, text, 10000);
  g_assert_null (store_open (fixture->dir, STORE_READ, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "damaged"));
  g_assert_cmpuint (fixture_count (fixture, PLACE_FILE ".damaged"), ==, 0);
}

static void
test_aside (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *text = g_strnfill (10000, 'x');

  g_assert_cmpint (g_mkdir (fixture->dir, 0700), ==, 0);
  for (guint i = 0; i < 6; i++) {
    write_all (path, text, 10000);
    g_assert_true (live_on (fixture));
    g_assert_cmpuint (fixture_count (fixture, PLACE_FILE ".damaged"), ==, MIN (i + 1, 3));
  }
}

/* --- the log --- */

/* Fills a store in another process, which dies within. */
static void
die_within (const Fixture * fixture)
{
  pid_t child = fork ();

  if (child == 0) {
    Store *store = fixture_open (fixture, STORE_WRITE);

    for (guint i = 0; i < 40; i++)
      fixture_append (store, START_US + i * (gint64) MINUTE_US, i);
    kill (getpid (), SIGKILL);
  }
  waitpid (child, NULL, 0);
}

static void
test_log (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path (fixture, PLACE_FILE);
  g_autofree gchar *log_path = fixture_path (fixture, PLACE_FILE "-wal");
  g_autofree gchar *good = NULL;
  g_autofree gchar *log = NULL;
  gsize length, log_length;

  store_close (fixture_open (fixture, STORE_WRITE));
  die_within (fixture);
  good = read_all (path, &length);
  log = read_all (log_path, &log_length);
  g_assert_cmpuint (log_length, >, 40 * STORE_PAGE_SIZE);
  for (guint i = 0; i < 120; i++) {
    gsize offset = i < 56 ? i : (gsize) g_test_rand_int_range (56, (gint32) log_length);
    g_autofree gchar *bad = g_memdup2 (log, log_length);

    bad[offset] = (gchar) (bad[offset] ^ 0x41);
    forget_damaged (fixture);
    write_all (path, good, length);
    write_all (log_path, bad, i % 2 ? log_length : offset);
    mark_unclean (fixture);
    live_on (fixture);
  }
}

/* --- the disk --- */

/* Nothing can be written any more: an error, nothing is damaged, and later runs go on. */
static void
test_disk_full (Fixture * fixture, gconstpointer data)
{
  struct rlimit unlimited, small = { 0 };
  g_autoptr (Store) store = NULL;
  g_autoptr (StoreSeries) series = NULL;
  guint n_kept = 0, n_failed = 0;

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &unlimited);
  store_close (fixture_open (fixture, STORE_WRITE));
  for (guint i = 0; i < 60; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Sample) sample = fixture_sample (START_US + i * (gint64) MINUTE_US);

    fixture_reading (sample, "p", 1 + i, 16);
    small.rlim_cur = i < 40 ? i * 3000 : RLIM_INFINITY;
    small.rlim_max = unlimited.rlim_max;
    setrlimit (RLIMIT_FSIZE, &small);
    store = store_open (fixture->dir, STORE_WRITE, &error);
    if (store && store_append (store, sample, &error))
      n_kept++;
    else
      n_failed++;
    g_assert_cmpint (error ? error->code : SHMDIAG_ERROR_FAILED, ==, SHMDIAG_ERROR_FAILED);
    g_clear_pointer (&store, store_close);
    small.rlim_cur = unlimited.rlim_cur;
    setrlimit (RLIMIT_FSIZE, &small);
  }
  g_assert_cmpuint (n_failed, >, 5);
  store = fixture_open (fixture, STORE_WRITE);
  series = fixture_series (store, 0);
  g_assert_cmpuint (series->points->len, ==, n_kept);
  g_assert_cmpuint (fixture_count (fixture, PLACE_FILE ".damaged"), ==, 0);
}

/* --- main --- */

#define ADD(name, function) \
  g_test_add ("/store-damage/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("header", test_header);
  ADD ("pages", test_pages);
  ADD ("random", test_random);
  ADD ("truncated", test_truncated);
  ADD ("not-a-store", test_not_a_store);
  ADD ("foreign", test_foreign);
  ADD ("unclean", test_unclean);
  ADD ("unseen", test_unseen);
  ADD ("reader", test_reader);
  ADD ("aside", test_aside);
  ADD ("log", test_log);
  ADD ("disk-full", test_disk_full);
  return g_test_run ();
}
