/* How fast is the pool for what it is made for: blocks of one size that another thread releases?
 * Each of 1, 2, 4 and 8 threads allocates, writes the first byte and hands on to the next thread,
 * which releases. Our pool, the one as shipped and malloc() take turns; the median turn of each
 * counts. */
#include "config.h"

#include "base/deadline.h"
#include "pool/as-shipped/as-shipped.h"
#include "pool/shards.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_THREADS 8u
#define RING 256u               /* blocks between two threads */
#define BATCH 32u
#define N_BLOCKS 400000u        /* of a turn, by all threads */
#define N_TURNS 7u

typedef struct
{
  const gchar *name;
  gpointer (*alloc) (gpointer pool, gsize size);
  void (*release) (gpointer pool, gpointer block);
  gpointer pool;
} Allocator;

typedef struct
{
  _Alignas (128) _Atomic guint n_put;
  _Alignas (128) _Atomic guint n_taken;
  gpointer blocks[RING];
} Ring;

typedef struct
{
  const Allocator *allocator;
  gsize size;
  guint n_threads, n_blocks;    /* of a thread */
  Ring rings[MAX_THREADS];      /* filled by the thread of that number */
  _Atomic guint n_started;
} Turn;

typedef struct
{
  Turn *turn;
  guint index;
} Worker;

/* --- allocators --- */

static gpointer
alloc_malloc (gpointer pool, gsize size)
{
  return malloc (size);
}

static void
release_malloc (gpointer pool, gpointer block)
{
  free (block);
}

static gpointer
alloc_shipped (gpointer pool, gsize size)
{
  return shipped_alloc (pool, size);
}

static void
release_shipped (gpointer pool, gpointer block)
{
  shipped_release (pool, block);
}

static gpointer
alloc_shards (gpointer pool, gsize size)
{
  return shards_alloc (pool, size, 0);
}

static void
release_shards (gpointer pool, gpointer block)
{
  shards_release (pool, block);
}

/* --- one turn --- */

/* Up to BATCH blocks; returns how many. */
static guint
put_some (Turn * turn, Ring * ring, guint limit)
{
  guint n_put = atomic_load_explicit (&ring->n_put, memory_order_relaxed);
  guint room = RING - (n_put - atomic_load_explicit (&ring->n_taken, memory_order_acquire));
  guint n = MIN (MIN (room, limit), BATCH);

  for (guint i = 0; i < n; i++) {
    guint8 *block = turn->allocator->alloc (turn->allocator->pool, turn->size);

    *block = 1;
    ring->blocks[(n_put + i) % RING] = block;
  }
  atomic_store_explicit (&ring->n_put, n_put + n, memory_order_release);
  return n;
}

static guint
take_some (Turn * turn, Ring * ring)
{
  guint n_taken = atomic_load_explicit (&ring->n_taken, memory_order_relaxed);
  guint there = atomic_load_explicit (&ring->n_put, memory_order_acquire) - n_taken;
  guint n = MIN (there, BATCH);

  for (guint i = 0; i < n; i++)
    turn->allocator->release (turn->allocator->pool, ring->blocks[(n_taken + i) % RING]);
  atomic_store_explicit (&ring->n_taken, n_taken + n, memory_order_release);
  return n;
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  Turn *turn = worker->turn;
  Ring *out = &turn->rings[worker->index];
  Ring *in = &turn->rings[(worker->index + 1) % turn->n_threads];
  guint n_put = 0, n_taken = 0;

  atomic_fetch_add (&turn->n_started, 1);
  while (atomic_load (&turn->n_started) < turn->n_threads)
    sched_yield ();
  while (n_put < turn->n_blocks || n_taken < turn->n_blocks) {
    guint put = put_some (turn, out, turn->n_blocks - n_put);
    guint taken = take_some (turn, in);

    n_put += put;
    n_taken += taken;
    if (put + taken == 0)
      sched_yield ();
  }
  return NULL;
}

/* Nanoseconds for a block's life. */
static gdouble
run_turn (const Allocator * allocator, gsize size, guint n_threads)
{
  Turn *turn = aligned_alloc (128, (sizeof *turn + 127) / 128 * 128);
  Worker workers[MAX_THREADS];
  GThread *threads[MAX_THREADS];
  gint64 begin;
  gdouble result;

  *turn = (Turn) {
    .allocator = allocator,
    .size = size,
    .n_threads = n_threads,
    .n_blocks = N_BLOCKS / n_threads,
  };
  begin = deadline_now_ns ();
  for (guint i = 0; i < n_threads; i++) {
    workers[i] = (Worker) {turn, i};
    threads[i] = g_thread_new ("worker", work, &workers[i]);
  }
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  result = (gdouble) (deadline_now_ns () - begin) / (turn->n_blocks * n_threads);
  free (turn);
  return result;
}

/* --- all --- */

enum
{ MALLOC, SHIPPED, OURS, N_ALLOCATORS };

static gint
by_value (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static void
compare (const Allocator * allocators, gsize size, guint n_threads)
{
  gdouble turns[N_ALLOCATORS][N_TURNS], ns[N_ALLOCATORS];

  for (guint turn = 0; turn < N_TURNS; turn++) {
    for (guint i = 0; i < N_ALLOCATORS; i++)
      turns[i][turn] = run_turn (&allocators[i], size, n_threads);
  }
  for (guint i = 0; i < N_ALLOCATORS; i++) {
    qsort (turns[i], N_TURNS, sizeof turns[i][0], by_value);
    ns[i] = turns[i][N_TURNS / 2];
  }
  printf ("%5" G_GSIZE_FORMAT " %7u %9.1f %10.1f %9.1f %9.2f %10.2f\n", size, n_threads,
      ns[MALLOC], ns[SHIPPED], ns[OURS], ns[MALLOC] / ns[OURS],
      ns[SHIPPED] / ns[OURS]);
}

int
main (int argc, char **argv)
{
  static const gsize sizes[] = { 64, 552, 1500 };
  Allocator allocators[N_ALLOCATORS] = {
    {"malloc", alloc_malloc, release_malloc, NULL},
    {"as shipped", alloc_shipped, release_shipped,
        shipped_new (&(ShippedOptions) {.size = SHARDS_SIZE_DEFAULT})},
    {"pool", alloc_shards, release_shards, shards_new (&(ShardsOptions) {.lanes = MAX_THREADS})},
  };

  if (!shards_reserve (allocators[OURS].pool, MAX_THREADS))
    return 99;
  printf ("ns for a block allocated by one thread and released by another\n"
      "bytes threads    malloc as shipped      ours to malloc to shipped\n");
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    for (guint n = 1; n <= MAX_THREADS; n *= 2)
      compare (allocators, sizes[i], n);
  }
  shipped_free (allocators[SHIPPED].pool);
  shards_free (allocators[OURS].pool);
  return 0;
}
