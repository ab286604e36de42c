/* What exploring costs: switches, points, schedules; and the same toy as threads of the system.
 * The toy loses an update, so that both can be asked how soon they find it. */
#include "config.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define SHMDIAG_EXPLORE
#include "explore/search.h"

#define SECONDS 2.0
/* Points of a thread but two. */
#define WORK 65

typedef struct
{
  atomic_int counter, noise;
  int n_adds;
} Toy;

/* --- explored --- */

static void
add_badly (void *user, unsigned index)
{
  Toy *toy = user;

  for (int i = 0; i < toy->n_adds; i++)
    atomic_fetch_add (&toy->noise, 1);
  atomic_store (&toy->counter, atomic_load (&toy->counter) + 1);
}

static void
set_up (void *user, unsigned n_threads)
{
  Toy *toy = user;

  toy->n_adds = WORK;
}

static void
expect_all (void *user)
{
  Toy *toy = user;

  SHMDIAG_CHECK (toy->counter == 3, "lost-update", "%d", toy->counter);
}

#define TOY(at_rest_) \
  { SHMDIAG_EXPLORE_VERSION, "toy", "", 3, .state_size = sizeof (Toy), .set_up = set_up, \
    .thread = add_badly, .at_rest = at_rest_ }

static const ShmdiagModel harmless = TOY (NULL);
static const ShmdiagModel broken = TOY (expect_all);

static gdouble
now (void)
{
  return g_get_monotonic_time () / (gdouble) G_USEC_PER_SEC;
}

static void
bench_strategy (SearchStrategy strategy)
{
  Engine *engine = engine_new (&harmless, 3);
  SearchLimits limits = {.strategy = strategy,.seconds = SECONDS,.preemptions = 2,.seed = 1 };
  SearchResult result;

  search_run (engine, &limits, &result);
  g_print ("%-8s %6.1f M points/s  %8.0f schedules/s of %u points\n", search_strategies[strategy],
      result.n_points / result.seconds / 1e6, result.n_schedules / result.seconds,
      result.longest);
  engine_free (engine);
}

/* How often a second the defect is met: schedules go on after each. */
static void
bench_found (EngineStrategy strategy, const gchar * name)
{
  Engine *engine = engine_new (&broken, 3);
  guint64 n = 0, n_found = 0;
  gdouble start = now ();

  engine->strategy = strategy;
  engine->length = 3 * (WORK + 2);
  while (now () < start + SECONDS) {
    engine->depth = 2 + n++ % 4;
    n_found += !engine_run (engine);
  }
  g_print ("%-8s %8.0f defects/s  in %.0f schedules/s\n", name, n_found / SECONDS, n / SECONDS);
  engine_free (engine);
}

/* --- switches --- */

typedef struct
{
  Coroutine *main, *other;
} Pair;

static void
answer (gpointer user)
{
  Pair *pair = user;

  for (;;)
    coroutine_switch (pair->other, pair->main);
}

static void
bench_switches (void)
{
  Pair pair = {.main = coroutine_new_main () };
  guint64 n = 0;
  gdouble start = now ();

  pair.other = coroutine_new (pair.main, 65536, answer, &pair);
  for (; n % 65536 || now () < start + SECONDS / 4; n++)
    coroutine_switch (pair.main, pair.other);
  g_print ("%-8s %6.1f M switches/s\n", "switch", 2 * n / (now () - start) / 1e6);
  coroutine_free (pair.other);
  coroutine_free (pair.main);
}

/* --- threads of the system --- */

#undef atomic_fetch_add
#undef atomic_load
#undef atomic_store
#undef __atomic_fetch_add
#undef __atomic_load_n
#undef __atomic_store_n

typedef struct
{
  Toy toy;
  pthread_barrier_t barrier;
  gboolean ended;
} Natural;

static void *
run_natural (void *user)
{
  Natural *natural = user;
  Toy *toy = &natural->toy;

  for (;;) {
    pthread_barrier_wait (&natural->barrier);
    if (natural->ended)
      return NULL;
    for (int i = 0; i < WORK; i++)
      __atomic_fetch_add ((int *) &toy->noise, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n ((int *) &toy->counter,
        __atomic_load_n ((int *) &toy->counter, __ATOMIC_SEQ_CST) + 1, __ATOMIC_SEQ_CST);
    pthread_barrier_wait (&natural->barrier);
  }
}

static void
bench_natural (void)
{
  Natural natural = { 0 };
  pthread_t threads[3];
  guint64 n = 0, n_found = 0;
  gdouble start = now ();

  pthread_barrier_init (&natural.barrier, NULL, 4);
  for (guint i = 0; i < 3; i++)
    pthread_create (&threads[i], NULL, run_natural, &natural);
  for (; now () < start + SECONDS; n++) {
    memset (&natural.toy, 0, sizeof natural.toy);
    pthread_barrier_wait (&natural.barrier);
    pthread_barrier_wait (&natural.barrier);
    n_found += natural.toy.counter != 3;
  }
  natural.ended = TRUE;
  pthread_barrier_wait (&natural.barrier);
  for (guint i = 0; i < 3; i++)
    pthread_join (threads[i], NULL);
  g_print ("%-8s %8.0f defects/s  in %.0f runs/s of threads\n", "natural", n_found / SECONDS,
      n / SECONDS);
}

gint
main (void)
{
  bench_switches ();
  for (guint i = 0; search_strategies[i]; i++)
    bench_strategy (i);
  bench_found (ENGINE_RANDOM, "random");
  bench_found (ENGINE_PCT, "pct");
  bench_natural ();
  return 0;
}
