/* The scenarios on the real pool. */
#include "config.h"
#include "shmstress/pool.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#define SHARD 65536u
#define ROOM (SHARD - 8)
#define ALLOWED 4u              /* shards */
#define N_THREADS 8u

void
pool_run_check (PoolRun * run, gboolean holds, const gchar * contract, const gchar * format, ...)
{
  va_list arguments;

  if (holds)
    return;
  va_start (arguments, format);
  g_string_append_printf (run->broken, "%s: ", contract);
  g_string_append_vprintf (run->broken, format, arguments);
  g_string_append_c (run->broken, '\n');
  va_end (arguments);
}

void
pool_run_record (PoolRun * run, Shards * pool, guint seconds, guint n_sessions)
{
  g_autofree ShardsStats *stats = NULL;

  if (!run->series)
    return;
  stats = shards_stats (pool);
  fprintf (run->series, "{\"currentstatistics\":{\"sessionsown\":%u,\"sessionsforeign\":0,"
      "\"sessionstotal\":%u},\"totalstatistics\":{\"uptime\":%u},\"bufferpools\":{"
      "\"main\":{\"num_shards\":0,\"shards\":[]},\"shared\":{\"num_shards\":%u,\"shards\":[",
      n_sessions, n_sessions, seconds, stats->n_rows);
  for (guint i = 0; i < stats->n_rows; i++)
    fprintf (run->series, "%s{\"references\":%u,\"size\":%" G_GSIZE_FORMAT ",\"used\":%"
        G_GSIZE_FORMAT "}", i > 0 ? "," : "", stats->rows[i].references, stats->rows[i].size,
        stats->rows[i].used);
  fputs ("]},\"static\":{\"num_shards\":0,\"shards\":[]}}}\n", run->series);
}

/* --- exhaustion --- */

static const struct
{
  gint number;
  const gchar *words;
} refusals[] = {
  {ENOMEM, "ENOMEM, the memory that may be locked is used up"},
  {EPERM, "EPERM, no memory may be locked"},
  {EAGAIN, "EAGAIN, the memory could not be locked now"},
  {E2BIG, "E2BIG, the pool has as many shards as it may have"},
};

/* What NUMBER means of a pool; not what perror(3) says of it. */
static const gchar *
refusal_in_words (gint number)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    if (refusals[i].number == number)
      return refusals[i].words;
  }
  return number != 0 ? g_strerror (number) : "nothing was refused";
}

/* Fills shards until one is refused; the errno of that. BLOCKS: ALLOWED + 1. */
static gint
fill (Shards * pool, gpointer * blocks, guint * n)
{
  for (*n = 0; *n <= ALLOWED; (*n)++) {
    blocks[*n] = shards_alloc (pool, ROOM, 0);
    if (!blocks[*n])
      return errno;
    memset (blocks[*n], (gint) * n + 1, ROOM);
  }
  return 0;
}

static gboolean
is_whole (const guint8 * block, guint8 value)
{
  return block[0] == value && memcmp (block, block + 1, ROOM - 1) == 0;
}

/* N blocks are held and one more was refused: nothing else has changed. */
static void
check_service (PoolRun * run, Shards * pool, gpointer * blocks, guint n)
{
  g_autofree ShardsStats *stats = shards_stats (pool);

  for (guint i = 0; i < n; i++)
    pool_run_check (run, is_whole (blocks[i], (guint8) (i + 1)), "S6 refused-pin",
        "block %u has changed", i);
  pool_run_check (run, stats->references == n && stats->n_rows == n, "S6 refused-pin",
      "%u blocks are held, not %u references in %u shards", n, (guint) stats->references,
      stats->n_rows);
  pool_run_check (run, stats->refused > 0, "S7 stats-true", "statistics know of no refusal");
}

/* One block is released: there is room for one, and no more. FALSE: for none. */
static gboolean
check_room_for_one (PoolRun * run, Shards * pool, gpointer * blocks)
{
  gpointer more;

  shards_release (pool, blocks[0]);
  blocks[0] = shards_alloc (pool, ROOM, 0);
  pool_run_check (run, blocks[0] != NULL, "S6 refused-pin", "no room after a release");
  if (!blocks[0])
    return FALSE;
  memset (blocks[0], 1, ROOM);
  more = shards_alloc (pool, 1, 0);
  pool_run_check (run, !more, "S6 refused-pin", "room for two after one release");
  if (more)
    shards_release (pool, more);
  return TRUE;
}

static void
release_all (Shards * pool, gpointer * blocks, guint n)
{
  for (guint i = 0; i < n; i++) {
    if (blocks[i])
      shards_release (pool, blocks[i]);
  }
}

/* Fills POOL, which must be refused with ERROR or OTHER, and lets room come back: for one, then for
 * all, which says that the pins themselves were given back. */
static void
exhaust (PoolRun * run, Shards * pool, const gchar * limit, gint error, gint other)
{
  gpointer blocks[ALLOWED + 1];
  guint n, again;
  gint refusal = fill (pool, blocks, &n);

  pool_run_check (run, refusal == error || refusal == other, "S6 refused-pin",
      "%s: shard %u: %s", limit, n + 1, refusal_in_words (refusal));
  g_string_append_printf (run->facts, "%s%s: %u shards, then %s", run->facts->len ? "; " : "",
      limit, n, refusal_in_words (refusal));
  pool_run_record (run, pool, 60, n);
  if (refusal != 0 && n > 0) {
    check_service (run, pool, blocks, n);
    if (check_room_for_one (run, pool, blocks))
      check_service (run, pool, blocks, n);
  }
  release_all (pool, blocks, n);
  pool_run_record (run, pool, 120, 0);
  (void) fill (pool, blocks, &again);
  pool_run_check (run, again == n, "S6 refused-pin", "%s: %u shards after all was released, not %u",
      limit, again, n);
  release_all (pool, blocks, again);
  pool_run_record (run, pool, 180, 0);
}

/* Once by the kernel's limit of locked memory, which is lowered unless it is that low already, once
 * by the pool's. */
static void
run_exhaustion (PoolRun * run, gconstpointer data)
{
  struct rlimit low;
  Shards *pool = shards_new (&(ShardsOptions) {.size = SHARD,.pin = TRUE});

  getrlimit (RLIMIT_MEMLOCK, &low);
  low.rlim_cur = MIN (low.rlim_cur, ALLOWED * SHARD);
  setrlimit (RLIMIT_MEMLOCK, &low);
  exhaust (run, pool, "by RLIMIT_MEMLOCK", ENOMEM, low.rlim_cur == 0 ? EPERM : ENOMEM);
  shards_free (pool);

  pool = shards_new (&(ShardsOptions) {.size = SHARD,.max_shards = ALLOWED});
  exhaust (run, pool, "by the pool's limit", E2BIG, E2BIG);
  shards_free (pool);
}

/* --- herd --- */

typedef struct
{
  Shards *pool;
  gint left;                    /* threads that are not at the start */
} Herd;

static gpointer
join_herd (gpointer data)
{
  Herd *herd = data;

  g_atomic_int_add (&herd->left, -1);
  while (g_atomic_int_get (&herd->left) > 0)
    g_thread_yield ();
  return shards_alloc (herd->pool, 64, 0);
}

static guint64
count_made (Shards * pool)
{
  g_autofree ShardsStats *stats = shards_stats (pool);

  return stats->made;
}

/* Each round all shards are full, and one new one has room for all. */
static void
run_herd (PoolRun * run, gconstpointer data)
{
  guint n_rounds = 50;
  Shards *pool = shards_new (&(ShardsOptions) {.size = SHARD});

  for (guint round = 0; round < n_rounds && run->broken->len == 0; round++) {
    Herd herd = {pool, N_THREADS};
    GThread *threads[N_THREADS];
    guint64 made = count_made (pool);

    for (guint i = 0; i < N_THREADS; i++)
      threads[i] = g_thread_new ("herd", join_herd, &herd);
    for (guint i = 0; i < N_THREADS; i++)
      pool_run_check (run, g_thread_join (threads[i]) != NULL, "S6 refused-pin", "no block");
    pool_run_check (run, count_made (pool) == made + 1, "S3 one-winner",
        "round %u: %u shards were made", round, (guint) (count_made (pool) - made));
    pool_run_record (run, pool, round * 60, N_THREADS * (round + 1));
    /* The rest of the new shard. */
    shards_alloc (pool, ROOM - N_THREADS * 64, 0);
  }
  g_string_append_printf (run->facts,
      "%u times %u threads wanted a shard at once, and one was made", n_rounds, N_THREADS);
  shards_free (pool);
}

static const PoolLoad fragmentation = {
  .seconds = 3600,.rate = 10,.life = 30,.delay = 30,.longs = 5,.long_life = 1800,
};
static const PoolLoad leak = {
  .seconds = 3600,.rate = 10,.life = 30,.delay = 30,.leaks = 1,
};
static const PoolLoad churn = {
  .seconds = 3600,.rate = 4,.life = 60,.delay = 30,.branches = 6,
};

const PoolScenario pool_scenarios[] = {
  {"pool-exhaustion", "a refused shard is a clear error, the rest goes on, room comes back",
      run_exhaustion, NULL, 4},
  {"pool-fragmentation", "many short calls and a few long ones that hold whole shards",
      pool_run_load, &fragmentation},
  {"pool-leak", "a few blocks are never released; the sites say whose", pool_run_load, &leak},
  {"pool-churn", "failed branches are kept for 30 s", pool_run_load, &churn},
  {"pool-herd", "threads find all shards full at the same time", run_herd, NULL},
  {NULL}
};
