/* The store of a year at one sample a minute: a table of 16 shards and three pools more. How large
 * it is, and what a cron run costs with it: opening, appending, what was before, the alerts. */
#include "config.h"
#include "store/store-private.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_US (G_GINT64_CONSTANT (1750003200) * G_USEC_PER_SEC)
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define N_MINUTES (366 * 24 * 60)
#define N_RUNS 200

static const gchar *const names[] = { "table-0", "main", "shared", "static" };

/* Numbers that go up and down as those of a daemon do; nothing repeats. */
static Sample *
make_sample (GRand * random, guint64 minute)
{
  Sample *sample = sample_new ();

  sample->time_us = START_US + (gint64) minute * MINUTE_US;
  sample->boot_us = sample->time_us - START_US;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    SampleReading *reading = sample_add (sample, "rtpengine", names[i]);

    reading->instance = g_strdup_printf ("216 %u", (guint) (minute / 20000));
    sample_set (reading, QUANTITY_PINS, MIN (16, minute % 20000 / 1000));
    sample_set (reading, QUANTITY_LIMIT, 16);
    sample_set (reading, QUANTITY_UPTIME, minute % 20000 * 60);
    sample_set (reading, QUANTITY_SESSIONS, (guint64) g_rand_int_range (random, 500, 5000));
    sample_set (reading, QUANTITY_TARGETS, (guint64) g_rand_int_range (random, 500, 9000));
    for (guint k = 0; k < 16 && i == 0; k++)
      sample_add_shard (reading, (guint64) g_rand_int_range (random, 0, 120000), 16777208,
          (guint64) g_rand_int_range (random, 0, 16777300));
    sample_sum_shards (reading);
  }
  return sample;
}

static gdouble
seconds_of (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (gdouble) now.tv_sec + (gdouble) now.tv_nsec / 1e9;
}

static void
fill (const gchar * dir, GRand * random)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open_bounded (dir, STORE_WRITE, STORE_MAX_PAGES, TRUE, &error);

  store->gathers = TRUE;
  for (guint64 minute = 0; minute < N_MINUTES; minute++) {
    g_autoptr (Sample) sample = make_sample (random, minute);

    if (!store_append (store, sample, &error))
      g_error ("%s", error->message);
  }
  if (!store_import_end (store, &error))
    g_error ("%s", error->message);
}

/* As poolwatch does from cron, and nothing but that. */
static void
run (const gchar * dir, GRand * random, guint64 minute)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open (dir, STORE_WRITE, &error);
  g_autoptr (Sample) sample = make_sample (random, minute);
  g_autoptr (GHashTable) alerts = NULL;
  g_autoptr (GPtrArray) before = NULL;

  if (!store || !store_append (store, sample, &error))
    g_error ("%s", error->message);
  before = store_history (store, NULL, NULL, sample->time_us - 60 * MINUTE_US, FALSE,
      &error);
  alerts = store_alerts (store, &error);
  if (!before || before->len != G_N_ELEMENTS (names) || !alerts
      || !store_set_alerts (store, alerts, &error))
    g_error ("%s", error ? error->message : "no history");
}

static glong
peak_kib (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/* In a process of its own, so that its memory can be told. */
static void
measure (const gchar * dir, GRand * random)
{
  pid_t child = fork ();

  if (child == 0) {
    glong at_start = peak_kib ();
    gdouble cpu = seconds_of (CLOCK_PROCESS_CPUTIME_ID), wall = seconds_of (CLOCK_MONOTONIC);

    for (guint i = 0; i < N_RUNS; i++)
      run (dir, random, N_MINUTES + i);
    printf ("run                  %.2f ms CPU, %.2f ms in all, %ld KiB on top of %ld KiB\n",
        (seconds_of (CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3 / N_RUNS,
        (seconds_of (CLOCK_MONOTONIC) - wall) * 1e3 / N_RUNS, peak_kib () - at_start, at_start);
    fflush (stdout);
    _exit (0);
  }
  waitpid (child, NULL, 0);
}

static void
look_back (const gchar * dir)
{
  g_autoptr (Store) store = store_open (dir, STORE_READ, NULL);
  gdouble cpu = seconds_of (CLOCK_PROCESS_CPUTIME_ID);
  g_autoptr (GPtrArray) all = store_history (store, NULL, NULL, 0, TRUE, NULL);

  printf ("a year with shards   %.0f ms CPU, %u points of each pool\n",
      (seconds_of (CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3,
      ((StoreSeries *) g_ptr_array_index (all, 0))->points->len);
}

int
main (void)
{
  g_autofree gchar *top = g_dir_make_tmp ("bench-store-XXXXXX", NULL);
  g_autofree gchar *dir = g_build_filename (top, "state", NULL);
  g_autofree gchar *path = g_build_filename (dir, PLACE_FILE, NULL);
  g_autofree gchar *lock_path = g_build_filename (dir, PLACE_LOCK, NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  gdouble start = seconds_of (CLOCK_MONOTONIC);
  GStatBuf info = { 0 };

  fill (dir, random);
  g_stat (path, &info);
  printf ("a year of minutes    %.1f MiB, filled in %.0f s\n", (gdouble) info.st_size / 1048576,
      seconds_of (CLOCK_MONOTONIC) - start);
  fflush (stdout);
  measure (dir, random);
  look_back (dir);
  g_remove (path);
  g_remove (lock_path);
  g_rmdir (dir);
  g_rmdir (top);
  return 0;
}
