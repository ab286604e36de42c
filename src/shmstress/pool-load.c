/* A load in virtual time: calls come, have blocks and end. The threads are real: each starts its
 * share of the calls, and another one releases their blocks at the same time. */
#include "config.h"
#include "shmstress/pool.h"

#include <pthread.h>

#define SHARD (1024 * 1024)
#define SPARE 1
#define BLOCK 384               /* bytes */
#define BLOCKS 8                /* of a call or branch */
#define INTERVAL 60             /* seconds between two lines of a series */
#define N_WORKERS 4u

enum
{ CALL, BRANCH, LEAK, N_SITES };

typedef struct Work Work;

typedef struct
{
  Work *work;
  guint index;
  GRand *random;
  GPtrArray **due;              /* by second: the blocks of its calls that end then */
  guint n_leaked, n_refused;
} Worker;

struct Work
{
  PoolRun *run;
  const PoolLoad *load;
  Shards *pool;
  guint last;                   /* second */
  Worker workers[N_WORKERS];
  pthread_barrier_t barrier;
  guint most_shards;
  gdouble live_at_most;         /* share of their bytes that was live then */
};

/* TRUE for N of 1000. */
static gboolean
happens (Worker * worker, guint n)
{
  return (guint) g_rand_int_range (worker->random, 0, 1000) < n;
}

static void
start_blocks (Worker * worker, guint site, guint end)
{
  for (guint i = 0; i < BLOCKS; i++) {
    gpointer block = shards_alloc (worker->work->pool, BLOCK, site);

    if (!block)
      worker->n_refused++;
    else
      g_ptr_array_add (worker->due[MIN (end, worker->work->last)], block);
  }
}

static void
start_call (Worker * worker, guint now)
{
  const PoolLoad *load = worker->work->load;
  guint life = happens (worker, load->longs) ? load->long_life : load->life;

  for (guint i = 0; i < load->branches; i++)
    start_blocks (worker, BRANCH, now + load->delay);
  start_blocks (worker, CALL, now + life + load->delay);
  if (happens (worker, load->leaks) && shards_alloc (worker->work->pool, BLOCK, LEAK))
    worker->n_leaked++;
}

static void
start_calls (Worker * worker, guint now)
{
  const PoolLoad *load = worker->work->load;

  for (guint i = worker->index; now < load->seconds && i < load->rate; i += N_WORKERS)
    start_call (worker, now);
}

/* Of another worker's calls. Those that start meanwhile end later: they are in other arrays. */
static void
end_calls (Worker * worker, guint now)
{
  GPtrArray *due = worker->work->workers[(worker->index + 1) % N_WORKERS].due[now];

  for (guint i = 0; i < due->len; i++)
    shards_release (worker->work->pool, due->pdata[i]);
  g_ptr_array_set_size (due, 0);
}

static void
look (Work * work, guint now)
{
  g_autofree ShardsStats *stats = shards_stats (work->pool);

  if (stats->n_rows > work->most_shards) {
    work->most_shards = stats->n_rows;
    work->live_at_most = (gdouble) stats->references * BLOCK / ((gdouble) stats->n_rows * SHARD);
  }
  if (now % INTERVAL == 0)
    pool_run_record (work->run, work->pool, now, (guint) (stats->references / BLOCKS));
}

static gpointer
be_worker (gpointer data)
{
  Worker *worker = data;
  Work *work = worker->work;

  for (guint now = 0; now <= work->last; now++) {
    start_calls (worker, now);
    end_calls (worker, now);
    pthread_barrier_wait (&work->barrier);
    if (worker->index == 0)
      look (work, now);
    pthread_barrier_wait (&work->barrier);
  }
  return NULL;
}

static guint
count_held (const ShardsStats * stats)
{
  return stats->n_rows - stats->empty;
}

/* All calls have ended, N_LEAKED blocks are left. */
static void
judge_rest (PoolRun * run, Work * work, const ShardsStats * stats, guint n_leaked)
{
  guint64 sites[N_SITES];

  shards_count_sites (work->pool, -1, sites);
  pool_run_check (run, stats->references == n_leaked, "S2 recycled",
      "%" G_GUINT64_FORMAT " references at the end, not %u", stats->references, n_leaked);
  pool_run_check (run, stats->empty <= SPARE, "S5 pins-bounded",
      "%u empty shards at the end, not %u", stats->empty, SPARE);
  pool_run_check (run, count_held (stats) <= n_leaked, "S5 pins-bounded",
      "%u shards are held by %u blocks", count_held (stats), n_leaked);
  pool_run_check (run, sites[LEAK] == n_leaked && sites[CALL] == 0 && sites[BRANCH] == 0,
      "S7 stats-true", "the sites do not say who holds what is left");
}

static void
judge (PoolRun * run, Work * work)
{
  g_autofree ShardsStats *stats = shards_stats (work->pool);
  guint n_leaked = 0, n_refused = 0;

  for (guint i = 0; i < N_WORKERS; i++) {
    n_leaked += work->workers[i].n_leaked;
    n_refused += work->workers[i].n_refused;
  }
  judge_rest (run, work, stats, n_leaked);
  pool_run_check (run, n_refused == 0, "S6 refused-pin", "%u allocations were refused", n_refused);
  g_string_append_printf (run->facts, "at most %u shards, %.0f %% of them live then; %u at the end",
      work->most_shards, 100 * work->live_at_most, stats->n_rows);
  if (n_leaked > 0)
    g_string_append_printf (run->facts, ", %u of them held by %u blocks of site \"leak\"",
        count_held (stats), n_leaked);
}

static void
init_worker (Work * work, guint index)
{
  Worker *worker = &work->workers[index];

  worker->work = work;
  worker->index = index;
  worker->random = g_rand_new_with_seed (index + 1);
  worker->due = g_new (GPtrArray *, work->last + 1);
  for (guint i = 0; i <= work->last; i++)
    worker->due[i] = g_ptr_array_new ();
}

static void
clear_worker (Worker * worker)
{
  for (guint i = 0; i <= worker->work->last; i++)
    g_ptr_array_unref (worker->due[i]);
  g_free (worker->due);
  g_rand_free (worker->random);
}

static void
run_workers (Work * work)
{
  GThread *threads[N_WORKERS];

  pthread_barrier_init (&work->barrier, NULL, N_WORKERS);
  for (guint i = 0; i < N_WORKERS; i++)
    init_worker (work, i);
  for (guint i = 0; i < N_WORKERS; i++)
    threads[i] = g_thread_new ("load", be_worker, &work->workers[i]);
  for (guint i = 0; i < N_WORKERS; i++)
    g_thread_join (threads[i]);
  pthread_barrier_destroy (&work->barrier);
}

void
pool_run_load (PoolRun * run, gconstpointer data)
{
  Work work = {.run = run,.load = data };

  work.pool = shards_new (&(ShardsOptions) {
    .size = SHARD, .max_shards = run->limit, .spare = SPARE, .sites = N_SITES,
  });
  work.last = work.load->seconds + work.load->life + work.load->long_life + work.load->delay;
  run_workers (&work);
  judge (run, &work);
  for (guint i = 0; i < N_WORKERS; i++)
    clear_worker (&work.workers[i]);
  shards_free (work.pool);
}
