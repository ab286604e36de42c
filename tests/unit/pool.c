/* The pool: blocks, limits, pins, recycling, statistics, many threads. */
#include "config.h"

#include "pool/as-shipped/as-shipped.h"
#include "pool/shards.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARD 4096u
#define ROOM (SHARD - 8u)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Shards, shards_free)

/* Memory that counts, refuses and says how much of it there is. */
typedef struct
{
  gint mapped, pins, refuse;    /* refuse: an errno of pin */
} Counted;

static gpointer
counted_map (gpointer data, gsize size)
{
  g_atomic_int_inc (&((Counted *) data)->mapped);
  return aligned_alloc (size, size);
}

static gint
counted_pin (gpointer data, gpointer memory, gsize size)
{
  Counted *counted = data;

  if (counted->refuse == 0)
    g_atomic_int_inc (&counted->pins);
  return counted->refuse;
}

static void
counted_unmap (gpointer data, gpointer memory, gsize size)
{
  g_atomic_int_add (&((Counted *) data)->mapped, -1);
  free (memory);
}

static Shards *
new_pool (ShardsOptions options, Counted * counted)
{
  Shards *pool;

  if (options.size == 0)
    options.size = SHARD;
  if (counted != NULL)
    options.memory = (PoolMemory) {counted_map, counted_pin, counted_unmap, counted};
  pool = shards_new (&options);
  g_assert_nonnull (pool);
  return pool;
}

/* REFERENCES, shards and empty shards of POOL. */
static void
assert_stats (Shards * pool, guint references, guint rows, guint empty)
{
  g_autofree ShardsStats *stats = shards_stats (pool);

  g_assert_nonnull (stats);
  g_assert_cmpuint (stats->references, ==, references);
  g_assert_cmpuint (stats->n_rows, ==, rows);
  g_assert_cmpuint (stats->empty, ==, empty);
}

static void
assert_refused (gpointer block, gint expected)
{
  gint error = errno;

  g_assert_null (block);
  g_assert_cmpint (error, ==, expected);
}

static void
test_options (void)
{
  static const struct
  {
    ShardsOptions options;
    gboolean ok;
  } rows[] = {
    {{0}, TRUE},
    {{.size = 64}, TRUE},
    {{.size = 32}, FALSE},
    {{.size = 4097}, FALSE},
    {{.size = G_GUINT64_CONSTANT (1) << 31}, TRUE},
    {{.size = G_GUINT64_CONSTANT (1) << 32}, FALSE},
    {{.max_shards = SHARDS_MAX}, TRUE},
    {{.max_shards = SHARDS_MAX + 1}, FALSE},
    {{.lanes = 64}, TRUE},
    {{.lanes = 65}, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Shards) pool = shards_new (&rows[i].options);
    gint error = errno;

    g_test_message ("row %" G_GSIZE_FORMAT, i);
    g_assert_cmpint (pool != NULL, ==, rows[i].ok);
    if (!rows[i].ok)
      g_assert_cmpint (error, ==, EINVAL);
  }
}

static void
test_sizes (void)
{
  static const struct
  {
    gsize size, distance;       /* 0: refused */
  } rows[] = {
    {0, 0}, {1, 8}, {7, 8}, {8, 8}, {9, 16}, {1000, 1000}, {2037, 2040},
    {ROOM + 1, 0}, {SHARD, 0}, {G_MAXSIZE, 0}, {G_MAXSIZE - 7, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Shards) pool = new_pool ((ShardsOptions) {0}, NULL);
    guint8 *first;

    g_test_message ("%" G_GSIZE_FORMAT, rows[i].size);
    first = shards_alloc (pool, rows[i].size, 0);       /* nothing between it and its errno */
    if (rows[i].distance == 0) {
      assert_refused (first, EINVAL);
      continue;
    }
    g_assert_cmpuint ((guintptr) first % 8, ==, 0);
    memset (first, 0xff, rows[i].size);
    g_assert_true ((guint8 *) shards_alloc (pool, rows[i].size, 0) == first + rows[i].distance);
    assert_stats (pool, 2, 1, 0);
  }
}

/* A shard is filled to its last byte, a limit is told, and room comes back. */
static void
test_limit (void)
{
  Counted counted = {0};
  g_autoptr (Shards) pool = new_pool ((ShardsOptions) {.max_shards = 2}, &counted);
  gpointer first = shards_alloc (pool, ROOM, 0);
  gpointer second = shards_alloc (pool, ROOM, 0);

  g_assert_nonnull (first);
  g_assert_nonnull (second);
  assert_refused (shards_alloc (pool, 1, 0), E2BIG);
  memset (first, 1, ROOM);
  shards_release (pool, second);
  memset (first, 2, ROOM);
  g_assert_cmpint (counted.mapped, ==, 1);
  second = shards_alloc (pool, 1, 0);
  g_assert_nonnull (second);
  shards_release (pool, second);
  shards_release (pool, first);
  assert_stats (pool, 0, 0, 0);
  g_assert_cmpint (counted.mapped, ==, 0);
}

/* The last reference empties the shard at once, whether it is full or not. */
static void
test_recycle (void)
{
  g_autoptr (Shards) pool = new_pool ((ShardsOptions) {.spare = 1}, NULL);
  gpointer first = shards_alloc (pool, 100, 0);
  gpointer full;

  shards_hold (pool, first);
  shards_release (pool, first);
  assert_stats (pool, 1, 1, 0);
  shards_release (pool, first);
  assert_stats (pool, 0, 1, 1);
  g_assert_true (shards_alloc (pool, ROOM, 0) == first);
  full = shards_alloc (pool, 8, 0);
  assert_stats (pool, 2, 2, 0);
  shards_release (pool, first);
  assert_stats (pool, 1, 2, 1);
  g_assert_true (shards_alloc (pool, ROOM, 0) == first);
  shards_release (pool, first);
  shards_release (pool, full);
  assert_stats (pool, 0, 1, 1);
}

static void
test_reserve (void)
{
  Counted counted = {0};
  g_autoptr (Shards) pool = new_pool ((ShardsOptions) {.max_shards = 3, .lanes = 4}, &counted);
  gpointer blocks[3];
  gboolean reserved;
  gint error;

  g_assert_true (shards_reserve (pool, 2));
  assert_stats (pool, 0, 2, 2);
  for (guint i = 0; i < 3; i++)
    blocks[i] = shards_alloc (pool, ROOM, 0);
  assert_stats (pool, 3, 3, 0);
  for (guint i = 0; i < 3; i++)
    shards_release (pool, blocks[i]);
  assert_stats (pool, 0, 2, 2);
  reserved = shards_reserve (pool, 4);
  error = errno;                /* before any call that may set it */
  g_assert_false (reserved);
  g_assert_cmpint (error, ==, E2BIG);
  assert_stats (pool, 0, 3, 3);
}

static void
test_refused_pin (void)
{
  Counted counted = {0};
  g_autoptr (Shards) pool = new_pool ((ShardsOptions) {.pin = TRUE}, &counted);
  gpointer first = shards_alloc (pool, ROOM, 0);

  counted.refuse = ENOMEM;
  assert_refused (shards_alloc (pool, 8, 0), ENOMEM);
  counted.refuse = EPERM;
  assert_refused (shards_alloc (pool, 8, 0), EPERM);
  g_assert_cmpint (counted.mapped, ==, 1);
  shards_release (pool, first);
  counted.refuse = 0;
  first = shards_alloc (pool, 8, 0);
  g_assert_nonnull (first);
  g_assert_cmpint (counted.pins, ==, 2);
  shards_release (pool, first);
}

/* In a child without privileges and with LIMIT bytes: pins until refused, then goes on. Exit
 * status 0, or the line that is not as it should be. Nothing is left to a checker of leaks. */
static gint
pin_in_child (rlim_t limit, guint n_allowed, gint error)
{
  ShardsOptions options = {.size = 64 * 1024, .pin = TRUE };
  g_autoptr (Shards) pool = shards_new (&options);
  gpointer blocks[8];
  guint n = 0;

  if (setrlimit (RLIMIT_MEMLOCK, &(struct rlimit) {limit, limit}) != 0)
    return __LINE__ & 127;
  if (geteuid () == 0 && setuid (65534) != 0)
    return __LINE__ & 127;
  while (n < 8 && (blocks[n] = shards_alloc (pool, options.size - 8, 0)) != NULL)
    n++;
  if (n != n_allowed || errno != error)
    return __LINE__ & 127;
  if (n == 0)
    return 0;
  memset (blocks[0], 1, options.size - 8);
  shards_release (pool, blocks[0]);
  blocks[0] = shards_alloc (pool, 8, 0);
  for (guint i = 0; i < n && blocks[i] != NULL; i++)
    shards_release (pool, blocks[i]);
  return blocks[0] != NULL ? 0 : __LINE__ & 127;
}

static void
test_memlock (void)
{
  static const struct
  {
    rlim_t limit;
    guint n_allowed;
    gint error;
  } rows[] = { {0, 0, EPERM}, {128 * 1024, 2, ENOMEM}, {200 * 1024, 3, ENOMEM} };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    pid_t child = fork ();
    gint status = -1;

    if (child == 0) {
      alarm (20);
      _exit (pin_in_child (rows[i].limit, rows[i].n_allowed, rows[i].error));
    }
    g_test_message ("limit %lu: line modulo 128", (gulong) rows[i].limit);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (status, ==, 0);
  }
}

static gint
use_in_child (Shards * pool, guint8 * held)
{
  gpointer block = shards_alloc (pool, 8, 0);

  if (block == NULL || held[0] != 7)
    return 1;
  shards_release (pool, block);
  if (shards_alloc (pool, ROOM, 0) != NULL || errno != ECHILD)
    return 2;
  if (shards_stats (pool) != NULL || errno != ECHILD)
    return 3;
  shards_release (pool, held);
  return 0;
}

static void
test_fork (void)
{
  g_autoptr (Shards) pool = new_pool ((ShardsOptions) {0}, NULL);
  guint8 *held = shards_alloc (pool, 8, 0);
  gint status = -1;
  pid_t child;

  held[0] = 7;
  child = fork ();
  if (child == 0) {
    alarm (20);
    _exit (use_in_child (pool, held));
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  assert_stats (pool, 1, 1, 0);
}

static void
test_sites (void)
{
  g_autoptr (Shards) pool = new_pool ((ShardsOptions) {.sites = 3}, NULL);
  gpointer blocks[4];
  guint64 counts[3];

  assert_refused (shards_alloc (pool, 8, 3), EINVAL);
  assert_refused (shards_alloc (pool, ROOM, 0), EINVAL);
  for (guint i = 0; i < 3; i++)
    blocks[i] = shards_alloc (pool, 8, i == 0 ? 0 : 2);
  blocks[3] = shards_alloc (pool, ROOM - 8, 1);
  shards_hold (pool, blocks[0]);
  shards_count_sites (pool, -1, counts);
  g_assert_cmpuint (counts[0], ==, 2);
  g_assert_cmpuint (counts[1], ==, 1);
  g_assert_cmpuint (counts[2], ==, 2);
  shards_count_sites (pool, 1, counts);
  g_assert_cmpuint (counts[0] + counts[2], ==, 0);
  g_assert_cmpuint (counts[1], ==, 1);
  shards_release (pool, blocks[0]);
  for (guint i = 0; i < 4; i++)
    shards_release (pool, blocks[i]);
  shards_count_sites (pool, -1, counts);
  g_assert_cmpuint (counts[0] + counts[1] + counts[2], ==, 0);
  assert_stats (pool, 0, 0, 0);
}

static void
drop_twice (void)
{
  Shards *pool = new_pool ((ShardsOptions) {.spare = 1}, NULL);
  gpointer block = shards_alloc (pool, 8, 0);

  shards_release (pool, block);
  shards_release (pool, block);
}

static void
test_dropped_twice (void)
{
  if (g_test_subprocess ()) {
    drop_twice ();
    return;
  }
  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*a reference too many*");
}

/* --- threads --- */

#define N_THREADS 4
#define N_CELLS 64

/* Threads put blocks into cells and release what they find there: another's, mostly. */
typedef struct
{
  Shards *pool;
  gpointer cells[N_CELLS];
  gint threads_left, problems;
  guint n_blocks;
} Exchange;

/* A block says its size first; the rest is a pattern that the size gives. */
static void
fill_block (guint8 * block, guint32 size)
{
  memset (block, size % 251, size);
  memcpy (block, &size, sizeof size);
}

static gboolean
block_is_whole (const guint8 * block)
{
  guint32 size;

  memcpy (&size, block, sizeof size);
  for (guint i = sizeof size; i < size; i++) {
    if (block[i] != size % 251)
      return FALSE;
  }
  return TRUE;
}

static void
release_checked (Exchange * exchange, guint8 * block)
{
  if (block == NULL)
    return;
  if (!block_is_whole (block))
    g_atomic_int_inc (&exchange->problems);
  shards_release (exchange->pool, block);
}

static gpointer
exchange_blocks (gpointer data)
{
  Exchange *exchange = data;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < exchange->n_blocks; i++) {
    guint32 size = g_rand_int_range (random, 4, 300);
    guint8 *block = shards_alloc (exchange->pool, size, i % 2);
    gpointer *cell = &exchange->cells[g_rand_int_range (random, 0, N_CELLS)];

    if (block == NULL) {
      g_atomic_int_inc (&exchange->problems);
      break;
    }
    fill_block (block, size);
    release_checked (exchange, __atomic_exchange_n (cell, block, __ATOMIC_ACQ_REL));
  }
  g_atomic_int_add (&exchange->threads_left, -1);
  return NULL;
}

/* At any moment: no more references than cells and hands, no more bytes used than there are. */
static void
watch_statistics (Exchange * exchange)
{
  while (g_atomic_int_get (&exchange->threads_left) > 0) {
    g_autofree ShardsStats *stats = shards_stats (exchange->pool);

    g_assert_cmpuint (stats->references, <=, N_CELLS + 2 * N_THREADS);
    g_assert_cmpuint (stats->made, ==, stats->given_back + stats->n_rows);
    for (guint i = 0; i < stats->n_rows; i++) {
      g_assert_cmpuint (stats->rows[i].used, <=, stats->rows[i].size);
      g_assert_cmpuint (stats->rows[i].references * 8, <=, stats->rows[i].used);
      g_assert_cmpint (stats->rows[i].references == 0, ==, stats->rows[i].used == 0);
    }
    g_usleep (200);
  }
}

static void
run_exchange (ShardsOptions options)
{
  Counted counted = {0};
  g_autoptr (Shards) pool = new_pool (options, &counted);
  Exchange exchange = {.pool = pool,.threads_left = N_THREADS,.n_blocks = 20000 };
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("exchange", exchange_blocks, &exchange);
  watch_statistics (&exchange);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_CELLS; i++)
    release_checked (&exchange, exchange.cells[i]);
  g_assert_cmpint (exchange.problems, ==, 0);
  assert_stats (pool, 0, options.spare, options.spare);
  g_assert_cmpint (counted.mapped, ==, options.spare);
}

static void
test_threads (void)
{
  run_exchange ((ShardsOptions) {.spare = 1});
  run_exchange ((ShardsOptions) {.spare = 1,.lanes = 4,.sites = 2});
}

/* Gives back at every occasion. */
static void
test_threads_give_back (void)
{
  run_exchange ((ShardsOptions) {.size = 512,.sites = 2});
}

/* All threads want a block at once, none is there, one shard has room for all. */
static gpointer
take_one (gpointer data)
{
  Exchange *exchange = data;

  g_atomic_int_add (&exchange->threads_left, -1);
  while (g_atomic_int_get (&exchange->threads_left) > 0)
    g_thread_yield ();
  return shards_alloc (exchange->pool, 8, 0);
}

static void
test_herd (void)
{
  for (guint round = 0; round < 200; round++) {
    g_autoptr (Shards) pool = new_pool ((ShardsOptions) {0}, NULL);
    Exchange exchange = {.pool = pool,.threads_left = N_THREADS };
    GThread *threads[N_THREADS];

    for (guint i = 0; i < N_THREADS; i++)
      threads[i] = g_thread_new ("herd", take_one, &exchange);
    for (guint i = 0; i < N_THREADS; i++)
      g_assert_nonnull (g_thread_join (threads[i]));
    assert_stats (pool, N_THREADS, 1, 0);
  }
}

/* The one for comparison. Its list of shards begins with one and is doubled; who waits for it is let
 * in. */
static gpointer
alloc_one (gpointer pool)
{
  return shipped_alloc (pool, 1);
}

static void
test_shipped_grows (void)
{
  const ShippedOptions options = {.size = SHARD,.slots = 1 };
  Shipped *pool = shipped_new (&options);
  gpointer blocks[5];
  ShippedRow rows[G_N_ELEMENTS (blocks)];
  GThread *thread;

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    blocks[i] = shipped_alloc (pool, SHARD - 64);
    g_assert_nonnull (blocks[i]);
    memset (blocks[i], (gint) i + 1, SHARD - 64);
  }
  thread = g_thread_new ("another", alloc_one, pool);
  g_assert_cmpuint (shipped_count_rows (pool), >=, G_N_ELEMENTS (blocks));
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    g_assert_cmpuint (((guint8 *) blocks[i])[SHARD - 65], ==, i + 1);
    shipped_release (pool, blocks[i]);
  }
  shipped_release (pool, g_thread_join (thread));
  g_assert_cmpuint (shipped_fill_rows (pool, rows, G_N_ELEMENTS (rows)), ==, G_N_ELEMENTS (rows));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (rows[i].references, ==, 0);
  shipped_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool/options", test_options);
  g_test_add_func ("/pool/sizes", test_sizes);
  g_test_add_func ("/pool/limit", test_limit);
  g_test_add_func ("/pool/recycle", test_recycle);
  g_test_add_func ("/pool/reserve", test_reserve);
  g_test_add_func ("/pool/refused-pin", test_refused_pin);
  g_test_add_func ("/pool/memlock", test_memlock);
  g_test_add_func ("/pool/fork", test_fork);
  g_test_add_func ("/pool/sites", test_sites);
  g_test_add_func ("/pool/dropped-twice", test_dropped_twice);
  g_test_add_func ("/pool/threads", test_threads);
  g_test_add_func ("/pool/threads-give-back", test_threads_give_back);
  g_test_add_func ("/pool/herd", test_herd);
  g_test_add_func ("/pool/shipped-grows", test_shipped_grows);
  return g_test_run ();
}
