/* What the sources of rtpengine read of captures of real daemons, whole and damaged. */
#include "config.h"
#include "watch/source/document.h"
#include "watch/source/rtpengine-status.h"
#include "watch/source/rtpengine-stats.h"
#include "watch/source/source.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- captures --- */

#define MAX_POOLS 4
#define ABSENT G_MAXUINT64

/* A pool of one shard, or of none. */
typedef struct
{
  const gchar *name;            /* NULL: no more */
  guint n_shards;
  SampleShard shard;
} PoolTruth;

/* What the statistics of one daemon say, whichever way they came. */
typedef struct
{
  const gchar *release;
  const gchar *state;
  guint64 sessions, uptime, threads;
  PoolTruth pools[MAX_POOLS];
} DaemonTruth;

#define STATIC_POOL {"static", 1, {2, 16777208, 672}}

static const DaemonTruth daemons[] = {
  {"10.5.3.5", "idle", 0, 1, ABSENT},
  {"10.5.3.5", "calls20", 20, 1, ABSENT},
  {"12.5.1.31", "idle", 0, 1, ABSENT},
  {"12.5.1.31", "calls20", 20, 1, ABSENT},
  {"26.0.1.26", "idle", 0, 2, 2},
  {"26.0.1.26", "calls20", 20, 2, 2},
  {"mainline-2026-08", "idle", 0, 2, 2, {{"main", 0}, {"shared", 0}, STATIC_POOL}},
  {"mainline-2026-08", "calls20", 20, 2, 2,
      {{"main", 0}, {"shared", 1, {520, 16777208, 61760}}, STATIC_POOL}},
};

/* The ways; not every release has all of them. */
static const gchar *const ways[] = {
  "cli-jsonstats.json", "http_cli", "http_post_ng", "http_post_ng_plain", "ng-statistics.bencode",
  "ng-statistics.json"
};

static gchar *
pool_path (const gchar * name)
{
  return g_test_build_filename (G_TEST_DIST, "captures", name, NULL);
}

/* The capture of DAEMON by WAY; NULL: there is none. Caller frees. */
static gchar *
load_capture (const DaemonTruth * daemon, const gchar * way, gsize * length)
{
  g_autofree gchar *name = g_strdup_printf ("rtpengine-%s.%s.%s", daemon->release, daemon->state,
      way);
  g_autofree gchar *path = pool_path (name);
  gchar *text = NULL;

  g_file_get_contents (path, &text, length, NULL);
  return text;
}

static Sample *
read_statistics (const gchar * text, gsize length)
{
  Sample *sample = sample_new ();

  rtpengine_stats_read (text, length, "s", FALSE, sample);
  return sample;
}

static void
assert_value (const SampleReading * reading, Quantity quantity, guint64 expected)
{
  guint64 value = ABSENT;

  sample_get (reading, quantity, &value);
  g_assert_cmpuint (value, ==, expected);
}

static void
assert_pool (const Sample * sample, const DaemonTruth * daemon, const PoolTruth * pool)
{
  const SampleReading *reading = sample_find (sample, "s", pool->name);

  g_assert_nonnull (reading);
  g_assert_nonnull (reading->shards);
  g_assert_cmpuint (reading->shards->len, ==, pool->n_shards);
  assert_value (reading, QUANTITY_SHARDS, pool->n_shards);
  assert_value (reading, QUANTITY_REFERENCES, pool->shard.references);
  assert_value (reading, QUANTITY_SIZE, pool->shard.size);
  assert_value (reading, QUANTITY_USED, pool->shard.used);
  assert_value (reading, QUANTITY_SESSIONS, daemon->sessions);
  assert_value (reading, QUANTITY_THREADS, daemon->threads);
  assert_value (reading, QUANTITY_PINS, ABSENT);
}

static void
assert_daemon (const Sample * sample, const DaemonTruth * daemon)
{
  const SampleReading *reading = sample_find (sample, "s", "daemon");
  guint n = 0;

  g_assert_nonnull (reading);
  assert_value (reading, QUANTITY_SESSIONS, daemon->sessions);
  assert_value (reading, QUANTITY_UPTIME, daemon->uptime);
  assert_value (reading, QUANTITY_THREADS, daemon->threads);
  g_assert_null (reading->instance);
  for (; daemon->pools[n].name; n++)
    assert_pool (sample, daemon, &daemon->pools[n]);
  g_assert_cmpuint (sample->readings->len, ==, n + 1);
  /* A release without pools says so, and that is no news. */
  g_assert_cmpuint (sample->troubles->len, ==, n == 0);
  for (guint i = 0; i < sample->troubles->len; i++)
    g_assert_true (((SampleTrouble *) g_ptr_array_index (sample->troubles, i))->harmless);
}

/* All ways to one daemon agree. The capture by POST to /ng was always taken from an idle one. */
static void
test_statistics (void)
{
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (daemons); i++) {
    for (gsize k = 0; k < G_N_ELEMENTS (ways); k++) {
      gsize length;
      g_autofree gchar *text = load_capture (&daemons[i], ways[k], &length);
      g_autoptr (Sample) sample = text ? read_statistics (text, length) : NULL;

      if (!text)
        continue;
      g_test_message ("%s %s %s", daemons[i].release, daemons[i].state, ways[k]);
      assert_daemon (sample, &daemons[i]);
      n++;
    }
  }
  g_assert_cmpuint (n, ==, 27);
}

/* --- statistics that are none --- */

#define STATS(session, uptime, rest) "{\"currentstatistics\":{\"sessionstotal\":" session \
  "},\"totalstatistics\":{\"uptime\":" uptime "}" rest "}"
#define POOLS(main, shared, rest) STATS ("3", "7", ",\"bufferpools\":{\"main\":" main \
  ",\"shared\":" shared rest "}")
#define NONE "{\"num_shards\":0,\"shards\":[]}"
#define SHARD(refs, size, used) "{\"num_shards\":1,\"shards\":[{\"references\":" refs ",\"size\":" \
  size ",\"used\":" used "}]}"

static const struct
{
  const gchar *text;
  guint n_readings;
  const gchar *trouble;         /* of those that are not harmless; NULL: none */
} strange[] = {
  {STATS ("3", "7", ""), 1, NULL},
  {" \n" STATS ("3", "7", "") "\r\n", 1, NULL},
  {"cookie " STATS ("3", "7", ""), 1, NULL},
  {STATS ("\"3\"", "\"7\"", ""), 1, NULL},
  {STATS ("9007199254740992", "7", ",\"mos\":nan,\"x\":[-nan,true,-1.5e+3,\"\\u00e9\\n\"]"), 1,
      NULL},
  {STATS ("9007199254740993", "7", ""), 1,
      "currentstatistics.sessionstotal: not a count: 9007199254740993"},
  {STATS ("-1", "7", ""), 1, "currentstatistics.sessionstotal: not a count: -1"},
  {STATS ("3.0", "7", ""), 1, "currentstatistics.sessionstotal: not a count: 3.0"},
  {STATS ("3e0", "7", ""), 1, "currentstatistics.sessionstotal: not a count: 3e0"},
  {STATS ("\" 3\"", "7", ""), 1, "currentstatistics.sessionstotal: not a count:  3"},
  {STATS ("\"03\"", "7", ""), 1, "currentstatistics.sessionstotal: not a count: 03"},
  {STATS ("3", "null", ""), 1, "totalstatistics.uptime: not a count: ?"},
  {STATS ("3", "{}", ""), 1, "totalstatistics.uptime: not a count: ?"},
  {STATS ("3", "7", ",\"poller_threads\":1"), 1, "poller_threads: not a list"},
  {"{\"currentstatistics\":{}}", 1, "currentstatistics.sessionstotal: missing"},
  {STATS ("03", "7", ""), 0, "not JSON: byte 39: no comma or brace after a member"},
  {STATS ("3", "7", "") "x", 0, "not JSON: byte 72: more after the end"},
  {STATS ("3", "7", ",\"a\":1,\"a\":1"), 0, "not JSON: byte 83: a member twice"},
  {STATS ("0x3", "7", ""), 0, "not JSON: byte 39: no comma or brace after a member"},
  {STATS ("/**/3", "7", ""), 0, "not JSON: byte 38: not a number"},
  {STATS ("3", "7", ",\"a\":\"\t\""), 0, "not JSON: byte 78: a control character in a string"},
  {STATS ("3", "7", ",\"a\":\"\xe9\""), 0, "not JSON: byte 77: not UTF-8"},
  {"{\"currentstatistics\":", 0, "not JSON: cut after 21 bytes"},
  {"{}", 0, "no statistics in the document"},
  {"", 0, "the answer is empty"},
  {"Unknown command: nonsense\n", 0, "no statistics: Unknown command: nonsense"},
  {"<html>\x1b[31m\nx", 0, "no statistics: <html>?[31m"},
  {"c {\"result\":\"error\",\"error-reason\":\"Unrecognized command\"}", 0,
      "the daemon answers error: Unrecognized command"},
  {"{\"result\":\"pong\"}", 0, "the daemon answers pong: no reason"},
  {"d6:result5:error12:error-reason1:xe", 0, "the daemon answers error: x"},
  {"d6:result2:ok10:statisticsd17:currentstatisticsd13:sessionstotali3ee"
        "15:totalstatisticsd6:uptime1:7eee", 1, NULL},
  {"d6:result2:ok10:statisticsd17:currentstatisticsd13:sessionstotali-3ee"
        "15:totalstatisticsd6:uptime1:7eee", 1, "currentstatistics.sessionstotal: not a count: -3"},
  {"d6:result2:ok", 0, "not bencode: cut after 13 bytes"},
  {"d99999999999999999999:x", 0, "not bencode: byte 22: not a length"},
  {"d6:result9:ok", 0, "not bencode: cut after 13 bytes"},
  {POOLS (NONE, NONE, ""), 3, NULL},
  {POOLS (NONE, SHARD ("1", "\"16\"", "\"24\""), ",\"static\":" NONE), 4, NULL},
  {POOLS (NONE, NONE, ",\"news\":7"), 3, NULL},
  {POOLS (NONE, "[]", ""), 2, "bufferpools.shared: missing"},
  {POOLS (NONE, NONE, ",\"static\":1"), 3, "bufferpools.static: missing"},
  {POOLS (NONE, SHARD ("-1", "16", "8"), ""), 2,
      "bufferpools.shared.shards[0].references: not a count: -1"},
  {POOLS (NONE, "{\"num_shards\":2,\"shards\":[]}", ""), 2,
      "bufferpools.shared.num_shards: 2, but 0 shards"},
  {POOLS ("{\"num_shards\":1,\"shards\":[[]]}", NONE, ""), 2,
      "bufferpools.main.shards[0].not a shard"},
  {STATS ("3", "7", ",\"bufferpools\":[]"), 1, "bufferpools: no pools"},
};

/* The first trouble that is not harmless; NULL: none. */
static const gchar *
first_trouble (const Sample * sample)
{
  for (guint i = 0; i < sample->troubles->len; i++) {
    const SampleTrouble *trouble = g_ptr_array_index (sample->troubles, i);

    if (!trouble->harmless)
      return trouble->text;
  }
  return NULL;
}

static void
test_strange (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (strange); i++) {
    g_autoptr (Sample) sample = read_statistics (strange[i].text, strlen (strange[i].text));

    g_test_message ("%s", strange[i].text);
    g_assert_cmpstr (first_trouble (sample), ==, strange[i].trouble);
    g_assert_cmpuint (sample->readings->len, ==, strange[i].n_readings);
  }
}

/* Deeper than any stack. */
static void
test_deep (void)
{
  static const gchar *const opens[] = { "{\"a\":", "d1:a" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (opens); i++) {
    g_autoptr (Sample) sample = NULL;

    g_string_truncate (text, 0);
    for (guint k = 0; k < 1000000; k++)
      g_string_append (text, opens[i]);
    sample = read_statistics (text->str, text->len);
    g_assert_nonnull (strstr (first_trouble (sample), "nested too deeply"));
  }
}

/* --- tables --- */

/* TEXT read by SOURCE as a capture, with the key KEY unless NULL. */
static Sample *
read_input (const Source * source, const gchar * text, gsize length, const gchar * key,
    const gchar * value)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  gint fd = memfd_create ("capture", 0);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  const SourceRequest request = {.name = "s",.values = values,.input = path,
    .deadline = deadline_in (30)
  };
  Sample *sample = sample_new ();

  g_assert_cmpint (write (fd, text, length), ==, (gssize) length);
  if (key)
    g_hash_table_insert (values, (gpointer) key, (gpointer) value);
  source->read (&request, sample);
  close (fd);
  return sample;
}

static Sample *
read_table (const gchar * text, gsize length)
{
  return read_input (source_by_name ("rtpengine-proc"), text, length, NULL, NULL);
}

#define OLD "Refcount:    1\nControl PID: 216\nTargets:     8\n"
#define PLAYERS "Players:     0\nPStreams:    0\n"
#define PINS(n, bytes) "Memory pins: " n "\nMemory:      " bytes "\n"
#define NEW(opened) "Refcount:    5\nOpencount:   " opened "\nTargets:     8\nSkb refs:    2625\n" \
  "Skb copies:  0\n" PLAYERS
#define RINGS "Ring bufs:   0\n"
#define HEADER(below) "--- /proc/rtpengine/" below "\n"

static const struct
{
  const gchar *text;
  guint64 pins, limit, memory, targets;
  SampleOwner owner_state;
  const gchar *owner;
  const gchar *trouble;         /* not harmless */
  guint n_troubles;
  const gchar *note;            /* a part of it */
} statuses[] = {
  /* The five layouts. */
  {OLD, ABSENT, ABSENT, ABSENT, 8, SAMPLE_OWNER_ALIVE, "pid 216", NULL, 1, "10.5"},
  {OLD PLAYERS, ABSENT, ABSENT, ABSENT, 8, SAMPLE_OWNER_ALIVE, "pid 216", NULL, 1, "12.5 to 13.5"},
  {OLD PLAYERS PINS ("1", "16777216"), 1, 16, 16777216, 8, SAMPLE_OWNER_ALIVE, "pid 216", NULL, 0,
      "limit of 16 assumed"},
  {OLD PLAYERS PINS ("2", "19079168") RINGS, 2, ABSENT, 19079168, 8, SAMPLE_OWNER_ALIVE,
      "pid 216", NULL, 0, "26.1"},
  {NEW ("1") PINS ("2", "33554432") RINGS, 2, ABSENT, 33554432, 8, SAMPLE_OWNER_ALIVE, NULL, NULL,
      0, "26.2"},
  /* Nothing pinned is not nothing known. */
  {OLD PLAYERS PINS ("0", "0"), 0, 16, 0, 8, SAMPLE_OWNER_ALIVE, "pid 216", NULL, 0, NULL},
  /* More than the fixed limit: then there is none. */
  {OLD PLAYERS PINS ("17", "285212672"), 17, ABSENT, 285212672, 8, SAMPLE_OWNER_ALIVE, "pid 216",
      NULL, 0, "no limit of 16"},
  /* Dead daemons. */
  {"Refcount:    0\nControl PID: 0\nTargets:     0\n" PLAYERS PINS ("16", "268435456"), 16, 16,
        268435456, 0, SAMPLE_OWNER_GONE, NULL, NULL, 0,
      "stale table: its daemon is gone, it keeps 268435456 bytes"},
  {NEW ("0") PINS ("3", "50331648") RINGS, 3, ABSENT, 50331648, 8, SAMPLE_OWNER_GONE, NULL, NULL,
      0, "echo 'del 0' > /proc/rtpengine/control"},
  /* Lines of releases to come. */
  {NEW ("1") "Skb more:    1\n" PINS ("2", "33554432") RINGS "  Memory pins: 9\n", 2, ABSENT,
      33554432, 8, SAMPLE_OWNER_ALIVE, NULL, NULL, 0, "26.2"},
  /* Damage. */
  {OLD PLAYERS "Memory:      16777216\n", ABSENT, 16, 16777216, 8, SAMPLE_OWNER_ALIVE, "pid 216",
      "Memory pins: missing, though the other lines are those of 14.0 to 26.0", 1, NULL},
  {"Refcount:    1\nTargets:     8\n" PLAYERS PINS ("1", "16777216"), 1, 16, 16777216, 8,
        SAMPLE_OWNER_UNKNOWN, NULL, "Control PID: missing, though the other lines are those of "
        "14.0 to 26.0", 1, NULL},
  {OLD PLAYERS "Memory pins: x\nMemory:      1\n", ABSENT, 16, 1, 8, SAMPLE_OWNER_ALIVE, "pid 216",
      "Memory pins: not a number: x", 1, NULL},
  {OLD PLAYERS "Memory pins: 01\nMemory:      -1\n", ABSENT, 16, ABSENT, 8, SAMPLE_OWNER_ALIVE,
      "pid 216", "Memory pins: not a number: 01", 2, NULL},
  {OLD PLAYERS PINS ("1", "1") "Memory pins: 1\n", ABSENT, 16, 1, 8, SAMPLE_OWNER_ALIVE,
      "pid 216", "Memory pins: stands there twice", 1, NULL},
  {OLD PLAYERS "Memory pins: 1", ABSENT, ABSENT, ABSENT, 8, SAMPLE_OWNER_ALIVE, "pid 216",
      "cut: no newline at the end", 2, NULL},
  {OLD PLAYERS PINS ("1", "99999999999999999999"), 1, 16, ABSENT, 8, SAMPLE_OWNER_ALIVE, "pid 216",
      "Memory: not a number: 99999999999999999999", 1, NULL},
};

static void
assert_table (const Sample * sample, gsize i)
{
  const SampleReading *reading = sample_find (sample, "s", "table-0");
  const gchar *trouble = first_trouble (sample);

  g_assert_nonnull (reading);
  assert_value (reading, QUANTITY_PINS, statuses[i].pins);
  assert_value (reading, QUANTITY_LIMIT, statuses[i].limit);
  assert_value (reading, QUANTITY_MEMORY, statuses[i].memory);
  assert_value (reading, QUANTITY_TARGETS, statuses[i].targets);
  g_assert_cmpint (reading->owner_state, ==, statuses[i].owner_state);
  g_assert_cmpstr (reading->owner, ==, statuses[i].owner);
  g_assert_cmpstr (reading->instance, ==, statuses[i].owner);
  g_assert_cmpuint (sample->troubles->len, ==, statuses[i].n_troubles);
  g_assert_cmpint (trouble != NULL, ==, statuses[i].trouble != NULL);
  if (trouble)
    g_assert_nonnull (strstr (trouble, statuses[i].trouble));
  if (statuses[i].note)
    g_assert_nonnull (strstr (reading->note, statuses[i].note));
}

static void
test_tables (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (Sample) sample = read_table (statuses[i].text, strlen (statuses[i].text));

    g_test_message ("%s", statuses[i].text);
    assert_table (sample, i);
  }
}

/* The limit by release. */
static void
test_limits (void)
{
  static const struct
  {
    const gchar *release;
    guint64 limit;
  } rows[] = {
    {"14.0.1.1", 16}, {"14.1", 16}, {"mr26.0.1.7", 16}, {"26.0.1.4-1~bpo12+1", 16},
    {"26.0.1.8", ABSENT}, {"26.0.1.26", ABSENT}, {"26.1.1.1", ABSENT},
  };
  static const gchar text[] = OLD PLAYERS PINS ("1", "16777216");
  const Source *source = source_by_name ("rtpengine-proc");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Sample) sample = read_input (source, text, strlen (text), "release",
        rows[i].release);

    g_assert_true (source_find_key (source, "release")->check (rows[i].release, NULL));
    g_assert_null (first_trouble (sample));
    assert_value (sample_find (sample, "s", "table-0"), QUANTITY_LIMIT, rows[i].limit);
  }
}

/* A release that has the counter does not lack its line. */
static void
test_cut_by_release (void)
{
  g_autoptr (Sample) sample = read_input (source_by_name ("rtpengine-proc"), OLD PLAYERS,
      strlen (OLD PLAYERS), "release", "26.0.1.26");

  g_assert_cmpstr (first_trouble (sample), ==,
      "Memory pins: missing, though release 26.0.1.26 has it (cut?)");
}

/* Captures of several files. */
static void
test_sections (void)
{
  static const struct
  {
    const gchar *text;
    guint n_readings;
    const gchar *trouble;
  } rows[] = {
    {HEADER ("list") "0\n7\n" HEADER ("0/status") OLD HEADER ("7/status") OLD, 2, NULL},
    {HEADER ("0/status") OLD, 1, NULL},
    {HEADER ("list") "0\n7\n" HEADER ("0/status") OLD, 1, "table 7: no status"},
    {HEADER ("list") "0\n" HEADER ("0/status") OLD HEADER ("7/status") OLD, 2,
        "table 7: not in the list"},
    {HEADER ("list") "0\n" HEADER ("0/status") OLD HEADER ("0/status") OLD, 1,
        "/proc/rtpengine/0/status: stands there twice"},
    {HEADER ("list") "64\n", 0, "/proc/rtpengine/list: not the id of a table: 64"},
    {HEADER ("list"), 0, "no table in the capture"},
    {HEADER ("list") "0", 0, NULL /* checked below */ },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Sample) sample = read_table (rows[i].text, strlen (rows[i].text));

    g_test_message ("%s", rows[i].text);
    g_assert_cmpuint (sample->readings->len, ==, rows[i].n_readings);
    if (i + 1 < G_N_ELEMENTS (rows))
      g_assert_cmpstr (first_trouble (sample), ==, rows[i].trouble);
    else
      g_assert_nonnull (strstr (first_trouble (sample), "cut: no newline at the end"));
  }
}

/* --- a tree of files --- */

static void
put (const gchar * root, const gchar * below, const gchar * text)
{
  g_autofree gchar *path = g_build_filename (root, below, NULL);
  g_autofree gchar *directory = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static Sample *
read_tree (const gchar * root, const gchar * key, const gchar * value)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  const SourceRequest request = {.name = "s",.values = values,.sysroot = root,
    .deadline = deadline_in (30)
  };
  Sample *sample = sample_new ();

  if (key)
    g_hash_table_insert (values, (gpointer) key, (gpointer) value);
  source_by_name ("rtpengine-proc")->read (&request, sample);
  return sample;
}

static void
assert_tree (const gchar * root, const gchar * key, const gchar * value, guint n_readings,
    const gchar * trouble)
{
  g_autoptr (Sample) sample = read_tree (root, key, value);

  g_assert_cmpuint (sample->readings->len, ==, n_readings);
  g_assert_cmpstr (first_trouble (sample), ==, trouble);
  if (n_readings > 0)
    g_assert_nonnull (sample_find (sample, "s", "table-7"));
}

static void
remove_tree (const gchar * root)
{
  const gchar *const argv[] = { "rm", "-rf", root, NULL };

  g_assert_true (g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
          NULL, NULL, NULL));
}

static void
test_tree (void)
{
  g_autofree gchar *root = g_dir_make_tmp ("source-XXXXXX", NULL);
  g_autofree gchar *missing = g_strdup_printf ("%s/proc/rtpengine/3/status: No such file or"
      " directory", root);

  assert_tree (root, NULL, NULL, 0,
      "no table: module not loaded, no daemon, or shut down cleanly");
  assert_tree (root, "absent", "ok", 0, NULL);
  put (root, "proc/rtpengine/list", "");
  assert_tree (root, NULL, NULL, 0, "no table: no daemon, or shut down cleanly");
  put (root, "proc/rtpengine/list", "3\n7\n");
  put (root, "proc/rtpengine/7/status", OLD PLAYERS PINS ("1", "16777216"));
  assert_tree (root, NULL, NULL, 1, missing);
  assert_tree (root, "table", "7", 1, NULL);
  assert_tree (root, "table", "8", 0, "no table 8: no daemon uses it");
  /* The module's own word about the limit. */
  put (root, "sys/module/nft_rtpengine/version", "26.0.1.26-1~bpo12+1\n");
  {
    g_autoptr (Sample) sample = read_tree (root, "table", "7");

    assert_value (sample_find (sample, "s", "table-7"), QUANTITY_LIMIT, ABSENT);
  }
  remove_tree (root);
}

/* Keys whose values cannot be right. */
static void
test_keys (void)
{
  static const struct
  {
    const gchar *source, *key, *value, *message;
  } rows[] = {
    {"rtpengine-proc", "table", "63", NULL},
    {"rtpengine-proc", "table", "64", "out of range 0..63: 64"},
    {"rtpengine-proc", "absent", "no", "neither ok nor unknown: no"},
    {"rtpengine-proc", "release", "new", "not a release: new"},
    {"rtpengine-json", "url", "http://[::1]:2225/x", NULL},
    {"rtpengine-json", "url", "https://x", "not http://HOST:PORT (for https: command=curl ...): "
          "https://x"},
    {"rtpengine-json", "url", "http://a b", "not http://HOST:PORT (for https: command=curl ...): "
          "http://a b"},
    {"rtpengine-json", "url", "http://x:y", "not a port: y"},
    {"rtpengine-json", "control", "localhost:2224", NULL},
    {"rtpengine-json", "control", "localhost", "not HOST:PORT: localhost"},
    {"rtpengine-json", "control", ":99", "not HOST:PORT: :99"},
    {"rtpengine-json", "control", "[::1:99", "not HOST:PORT: [::1:99"},
    {"rtpengine-json", "control", "x:65536", "not a port: 65536"},
    {"rtpengine-json", "ng", "udp:[::1]:2223", NULL},
    {"rtpengine-json", "ng", "tcp:x", "not HOST:PORT: x"},
    {"rtpengine-json", "ng", "http://x:1/ng-plain", NULL},
    {"rtpengine-json", "format", "xml", "neither bencode nor json: xml"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const SourceKey *key = source_find_key (source_by_name (rows[i].source), rows[i].key);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (key->check (rows[i].value, &error), ==, rows[i].message == NULL);
    g_assert_cmpstr (error ? error->message : NULL, ==, rows[i].message);
  }
}

/* Where to read is said once: not twice, and not nowhere. */
static void
test_ways (void)
{
  static const struct
  {
    const gchar *source, *first, *second, *message;
  } rows[] = {
    {"generic", "file", NULL, NULL},
    {"generic", "command", NULL, NULL},
    {"generic", "file", "command", "file and command: only one of them"},
    {"generic", "value", NULL, "neither file nor command is given"},
    {"rtpengine-json", NULL, NULL, NULL},
    {"rtpengine-json", "ng", NULL, NULL},
    {"rtpengine-json", "command", "url", "url and command: only one of them"},
    {"memlock", "pid", "process", NULL},
    {"memlock", NULL, NULL, "neither pid nor process is given"},
    {"pool", "file", NULL, NULL},
    {"pool", NULL, NULL, "no file is given"},
    {"gst-shm", NULL, NULL, NULL},
    {"rtpengine-proc", NULL, NULL, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GError) error = NULL;

    for (gsize j = 0; j < 2; j++) {
      const gchar *key = j == 0 ? rows[i].first : rows[i].second;

      if (key)
        g_hash_table_insert (values, (gpointer) key, (gpointer) "x");
    }
    g_assert_cmpint (source_check_ways (source_by_name (rows[i].source), values, &error), ==,
        rows[i].message == NULL);
    g_assert_cmpstr (error ? error->message : NULL, ==, rows[i].message);
  }
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/rtpengine/statistics", test_statistics);
  g_test_add_func ("/source/rtpengine/strange", test_strange);
  g_test_add_func ("/source/rtpengine/deep", test_deep);
  g_test_add_func ("/source/rtpengine/tables", test_tables);
  g_test_add_func ("/source/rtpengine/limits", test_limits);
  g_test_add_func ("/source/rtpengine/cut-by-release", test_cut_by_release);
  g_test_add_func ("/source/rtpengine/sections", test_sections);
  g_test_add_func ("/source/rtpengine/tree", test_tree);
  g_test_add_func ("/source/rtpengine/keys", test_keys);
  g_test_add_func ("/source/ways", test_ways);
  return g_test_run ();
}
