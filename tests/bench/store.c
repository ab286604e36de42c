/* The store of a year at one sample a minute: a table of 16 shards and three pools more. How large
 * it is, and what a cron run costs with it: opening, appending, what was before, the alerts. */
#include "config.h"
#include "watch/store/store-private.h"

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

static void
measure (const gchar * dir, GRand * random)
{
  glong at_start = peak_kib ();
  gdouble cpu = seconds_of (CLOCK_PROCESS_CPUTIME_ID), wall = seconds_of (CLOCK_MONOTONIC);

  for (guint i = 0; i < N_RUNS; i++)
    run (dir, random, N_MINUTES + i);
  printf ("run                  %.2f ms CPU, %.2f ms in all, %ld KiB on top of %ld KiB\n",
      (seconds_of (CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3 / N_RUNS,
      (seconds_of (CLOCK_MONOTONIC) - wall) * 1e3 / N_RUNS, peak_kib () - at_start, at_start);
}

static void
look_back (const gchar * dir, GRand * random)
{
  g_autoptr (Store) store = store_open (dir, STORE_READ, NULL);
  gdouble cpu = seconds_of (CLOCK_PROCESS_CPUTIME_ID);
  g_autoptr (GPtrArray) all = store_history (store, NULL, NULL, 0, TRUE, NULL);

  printf ("a year with shards   %.0f ms CPU, %u points of each pool\n",
      (seconds_of (CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3,
      ((StoreSeries *) g_ptr_array_index (all, 0))->points->len);
}

/* --- one run from cron, next to what others would put there --- */

static gchar *
write_capture (const gchar * top, GRand * random)
{
  gchar *path = g_build_filename (top, "jsonstats", NULL);
  g_autoptr (GString) text = g_string_new ("{\"currentstatistics\":{\"sessionstotal\":20},"
      "\"totalstatistics\":{\"uptime\":2},\"bufferpools\":{\"main\":{\"num_shards\":0,\"shards\":[]},\"shared\":{\"num_shards\":16,"
      "\"shards\":[");

  for (guint i = 0; i < 16; i++)
    g_string_append_printf (text, "%s{\"references\":%d,\"size\":16777208,\"used\":%d}",
        i > 0 ? "," : "", g_rand_int_range (random, 0, 120000),
        g_rand_int_range (random, 0, 16777300));
  g_string_append (text, "]}}}\n");
  g_file_set_contents (path, text->str, -1, NULL);
  return path;
}

typedef struct
{
  gdouble cpu_ms;               /* of one run, the processes that it started too */
  glong peak_kib;               /* of the largest of them */
} Cost;

static Cost
cost_of (const gchar * script)
{
  struct rusage usage;
  pid_t child;
  gint status;

  fflush (stdout);
  child = fork ();

  if (child == 0) {
    freopen ("/dev/null", "w", stdout);
    execl ("/bin/sh", "sh", "-c", script, (gchar *) NULL);
    _exit (127);
  }
  if (wait4 (child, &status, 0, &usage) < 0 || status != 0)
    return (Cost) { 0 };
  return (Cost) {
    .cpu_ms = (gdouble) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 / N_RUNS
        + (gdouble) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3 / N_RUNS,
    .peak_kib = usage.ru_maxrss,
  };
}

/* Each command N_RUNS times, by a shell whose own cost is small beside it. */
static void
compare (const gchar * top, const gchar * dir, GRand * random)
{
  g_autofree gchar *capture = write_capture (top, random);
  const struct
  {
    const gchar *name, *command;
  } rows[] = {
    {"poolwatch", "./poolwatch --config=none --cron --state=$STATE "
        "-S rtpengine-json,file=$CAPTURE"},
    {"curl and jq", "curl -s file://$CAPTURE | jq -r '.bufferpools.shared | "
        "[.num_shards, ([.shards[].references] | add), ([.shards[].used] | add)] | @tsv'"},
    {"Python", "python3 -c 'import json, sys; "
        "pool = json.load (open (sys.argv[1]))[\"bufferpools\"][\"shared\"]; "
        "print (pool[\"num_shards\"], sum (s[\"references\"] for s in pool[\"shards\"]),"
        " sum (s[\"used\"] for s in pool[\"shards\"]))' $CAPTURE"},
  };
  Cost first = { 0 };

  g_setenv ("STATE", dir, TRUE);
  g_setenv ("CAPTURE", capture, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *script = g_strdup_printf ("for i in $(seq %u); do %s || exit 1; done",
        N_RUNS, rows[i].command);
    Cost cost = cost_of (script);

    if (i == 0)
      first = cost;
    if (cost.cpu_ms > 0)
      printf ("%-20s %.1f ms CPU, %ld KiB: %.1f and %.1f times poolwatch\n", rows[i].name,
          cost.cpu_ms, cost.peak_kib, cost.cpu_ms / first.cpu_ms,
          (gdouble) cost.peak_kib / (gdouble) first.peak_kib);
    else
      printf ("%-20s cannot be run here\n", rows[i].name);
  }
  g_remove (capture);
}

/* In a process of its own: the peak of its memory is no one else's, and what we start later does
 * not inherit it. */
static void
apart (void (*work) (const gchar * dir, GRand * random), const gchar * dir, GRand * random)
{
  pid_t child;

  fflush (stdout);
  child = fork ();
  if (child == 0) {
    work (dir, random);
    fflush (stdout);
    _exit (0);
  }
  waitpid (child, NULL, 0);
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

  apart (fill, dir, random);
  g_stat (path, &info);
  printf ("a year of minutes    %.1f MiB, filled in %.0f s\n", (gdouble) info.st_size / 1048576,
      seconds_of (CLOCK_MONOTONIC) - start);
  fflush (stdout);
  apart (measure, dir, random);
  apart (look_back, dir, random);
  compare (top, dir, random);
  g_remove (path);
  g_remove (lock_path);
  g_rmdir (dir);
  g_rmdir (top);
  return 0;
}
