/* The engine of shmstress explore, on toy models: what it counts, finds, repeats and refuses. */
#include "config.h"
#include <string.h>

#define SHMDIAG_EXPLORE
#include "explore/explore.h"
#include "models/registry.h"
#include "explore/schedule.h"
#include "explore/search.h"
#include "explore/show.h"
#include "under-valgrind.h"

/* --- toys --- */

typedef struct
{
  atomic_int counter;
  int plain;
  pthread_mutex_t locks[2];
  int n_live;
  ShmdiagHistory history;
} Toy;

/* Two points a thread, nothing to break. */
static void
count_twice (void *user, unsigned index)
{
  Toy *toy = user;

  atomic_fetch_add (&toy->counter, 1);
  atomic_fetch_add (&toy->counter, 1);
}

/* Loses an update when another thread comes between. */
static void
add_badly (void *user, unsigned index)
{
  Toy *toy = user;

  atomic_store (&toy->counter, atomic_load (&toy->counter) + 1);
}

static void
expect_two (void *user)
{
  Toy *toy = user;

  SHMDIAG_CHECK (toy->counter == 2, "lost-update", "%d", toy->counter);
}

static void
lock_crosswise (void *user, unsigned index)
{
  Toy *toy = user;

  pthread_mutex_lock (&toy->locks[index]);
  pthread_mutex_lock (&toy->locks[!index]);
  pthread_mutex_unlock (&toy->locks[!index]);
  pthread_mutex_unlock (&toy->locks[index]);
}

/* Each waits for what the other never does, and looks all the time. */
static void
spin_for_ever (void *user, unsigned index)
{
  Toy *toy = user;

  while (atomic_load (&toy->counter) == 0)
    sched_yield ();
}

/* A spin lock by CAS: none of the strategies may hang on it. */
static void
lock_by_cas (void *user, unsigned index)
{
  Toy *toy = user;
  int expected;

  do
    expected = 0;
  while (!atomic_compare_exchange_weak (&toy->counter, &expected, 1));
  SHMDIAG_CHECK (toy->n_live++ == 0, "two-inside", "%d", toy->n_live);
  SHMDIAG_WRITE (toy->plain, SHMDIAG_READ (toy->plain) + 1);
  toy->n_live--;
  atomic_store (&toy->counter, 0);
}

static void
write_plainly (void *user, unsigned index)
{
  Toy *toy = user;

  SHMDIAG_WRITE (toy->plain, (int) index);
}

/* The flag is stored before what it tells of, or in an order that promises nothing. */
static void
publish_relaxed (void *user, unsigned index)
{
  Toy *toy = user;

  if (index == 0) {
    SHMDIAG_WRITE (toy->plain, 1);
    atomic_store_explicit (&toy->counter, 1, memory_order_relaxed);
  } else if (atomic_load_explicit (&toy->counter, memory_order_acquire)) {
    (void) SHMDIAG_READ (toy->plain);
  }
}

static void
publish (void *user, unsigned index)
{
  Toy *toy = user;

  if (index == 0) {
    SHMDIAG_WRITE (toy->plain, 1);
    atomic_store_explicit (&toy->counter, 1, memory_order_release);
  } else if (atomic_load_explicit (&toy->counter, memory_order_acquire)) {
    (void) SHMDIAG_READ (toy->plain);
  }
}

static void
keep_lock (void *user, unsigned index)
{
  Toy *toy = user;

  pthread_rwlock_rdlock ((pthread_rwlock_t *) &toy->locks[0]);
}

static void
give_back_unheld (void *user, unsigned index)
{
  Toy *toy = user;

  pthread_mutex_unlock (&toy->locks[0]);
}

static int
recurse (volatile char *above)
{
  volatile char page[4096];

  page[0] = above ? above[0] : 0;
  return page[0] ? 0 : recurse (page) + page[0];
}

static void
overflow (void *user, unsigned index)
{
  (void) recurse (NULL);
}

static void
use_nothing (void *user, unsigned index)
{
  Toy *toy = user;

  atomic_fetch_add (&toy->counter, 1);
  *(volatile int *) (guintptr) (8 * index) = 1;
}

static void
check_small (void *user)
{
  Toy *toy = user;

  SHMDIAG_CHECK (toy->counter < 4, "small", "%d", toy->counter);
}

/* Numbers that are drawn: a draw returns how many came before. */
static void
draw (Toy *toy, unsigned index, gboolean badly)
{
  unsigned call = shmdiag_history_call (&toy->history, index, 'd', 0);
  int drawn = badly ? atomic_load (&toy->counter) : atomic_fetch_add (&toy->counter, 1);

  if (badly)
    atomic_store (&toy->counter, drawn + 1);
  shmdiag_history_return (&toy->history, call, drawn);
}

static void
draw_twice (void *user, unsigned index)
{
  draw (user, index, FALSE);
  draw (user, index, FALSE);
}

static void
draw_badly (void *user, unsigned index)
{
  draw (user, index, TRUE);
}

static int
draw_alone (void *reference, const ShmdiagCall *call)
{
  int *counter = reference;

  return call->result == (uint64_t) (*counter)++;
}

static void
expect_linearizable (void *user)
{
  Toy *toy = user;
  int none = 0;

  shmdiag_history_check (&toy->history, &none, sizeof none, draw_alone);
}

#define TOY(name_, thread_, ...) \
  { SHMDIAG_EXPLORE_VERSION, name_, name_, 2, .max_threads = 5, .state_size = sizeof (Toy), \
    .thread = thread_, __VA_ARGS__ }

static const ShmdiagModel twice = TOY ("twice", count_twice);
static const ShmdiagModel bad = TOY ("bad", add_badly, .at_rest = expect_two);

/* --- counting --- */

static guint64
count_schedules (guint n_threads, guint bound)
{
  Engine *engine = engine_new (&twice, n_threads);
  guint64 n = 0;

  engine->strategy = ENGINE_BOUNDED;
  engine->bound = bound;
  do {
    g_assert_true (engine_run (engine));
    n++;
  } while (engine_strategy_backtrack (engine));
  engine_free (engine);
  return n;
}

/* (2n)! / 2^n without a bound; without preemptions the threads in any order. */
static void
test_exhaustive (void)
{
  static const struct
  {
    guint n_threads, bound;
    guint64 n;
  } cases[] = {
    {1, 9, 1},
    {2, 9, 6},
    {3, 9, 90},
    {4, 20, 2520},
    {2, 0, 2},
    {3, 0, 6},
    {4, 0, 24},
    {2, 1, 4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (count_schedules (cases[i].n_threads, cases[i].bound), ==, cases[i].n);
}

/* --- finding --- */

static void
search_for (const ShmdiagModel * model, guint strategy, Engine ** engine, SearchResult * result)
{
  SearchLimits limits = {.strategy = strategy,.seconds = 20,.n_schedules = 3000,
    .preemptions = 2,.seed = 7
  };

  *engine = engine_new (model, model->n_threads);
  search_run (*engine, &limits, result);
}

static void
test_finds (void)
{
  static const struct
  {
    const gchar *property;      /* NULL: all is well */
    ShmdiagModel model;
  } cases[] = {
    {"lost-update", TOY ("bad", add_badly, .at_rest = expect_two)},
    {"deadlock", TOY ("crosswise", lock_crosswise)},
    {"livelock", TOY ("spin", spin_for_ever)},
    {"data-race", TOY ("plain", write_plainly)},
    {"data-race", TOY ("relaxed", publish_relaxed)},
    {"lock-left", TOY ("keeps", keep_lock)},
    {"unlock-not-held", TOY ("unheld", give_back_unheld)},
    {"small", TOY ("step", count_twice, .step_check = check_small)},
    {"linearizable", TOY ("draw", draw_badly, .at_rest = expect_linearizable)},
    {NULL, TOY ("draw", draw_twice, .at_rest = expect_linearizable)},
    {NULL, TOY ("twice", count_twice)},
    {NULL, TOY ("cas", lock_by_cas)},
    {NULL, TOY ("publish", publish)},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    for (guint strategy = 0; search_strategies[strategy]; strategy++) {
      Engine *engine;
      SearchResult result;

      search_for (&cases[i].model, strategy, &engine, &result);
      g_test_message ("%s by %s: %s", cases[i].model.name, search_strategies[strategy],
          engine->message);
      g_assert_cmpstr (result.found ? engine->property : NULL, ==, cases[i].property);
      g_assert_cmpuint (result.n_schedules, >, 0);
      engine_free (engine);
    }
  }
}

/* What a model dies of becomes a violation, and the engine goes on. */
static void
test_crashes (void)
{
  static const struct
  {
    const gchar *property;
    ShmdiagModel model;
  } cases[] = {
    {"stack-overflow", TOY ("overflow", overflow)},
    {"crash", TOY ("nothing", use_nothing)},
  };

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
  g_test_skip ("a sanitizer takes the signal");
  return;
#endif
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Engine *engine = engine_new (&cases[i].model, 2);

    for (guint round = 0; round < 100; round++) {
      engine->strategy = ENGINE_RANDOM;
      g_assert_false (engine_run (engine));
      g_assert_cmpstr (engine->property, ==, cases[i].property);
    }
    engine_free (engine);
  }
}

/* --- small --- */

static void
test_minimises (void)
{
  static const ShmdiagModel model = TOY ("crosswise", lock_crosswise);
  const ShmdiagModel *models[] = { &model, &bad };

  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    Engine *engine;
    SearchResult result;
    gchar property[sizeof engine->property];
    g_autoptr (GArray) schedule = NULL;

    search_for (models[i], SEARCH_RANDOM, &engine, &result);
    g_assert_true (result.found);
    g_strlcpy (property, engine->property, sizeof property);
    schedule = schedule_minimise (engine, 1);
    g_assert_cmpstr (engine->property, ==, property);
    g_assert_cmpuint (engine->n_steps, <=, 4);
    g_assert_cmpuint (schedule->len, <=, 3);
    engine_free (engine);
  }
}

/* A livelock has many steps and little to say. */
static void
test_minimises_livelock (void)
{
  static const ShmdiagModel model = TOY ("spin", spin_for_ever);
  Engine *engine;
  SearchResult result;
  g_autoptr (GArray) schedule = NULL;
  g_autoptr (GString) table = g_string_new (NULL);
  g_autofree gchar *token = NULL;

  search_for (&model, SEARCH_RANDOM, &engine, &result);
  schedule = schedule_minimise (engine, 1);
  g_assert_cmpstr (engine->property, ==, "livelock");
  token = schedule_to_token (schedule, engine, 0);
  g_assert_nonnull (token);
  show_table (engine, table);
  g_assert_cmpuint (table->len, <, 20000);
  g_assert_nonnull (strstr (table->str, "  ...  "));
  engine_free (engine);
}

/* --- tokens --- */

static gchar *
recorded (Engine * engine)
{
  GString *text = g_string_new (NULL);

  show_table (engine, text);
  return g_string_free (text, FALSE);
}

static gchar *
token_of (Engine * engine)
{
  g_autoptr (GArray) schedule = schedule_of_run (engine);

  return schedule_to_token (schedule, engine, 0xfedcba98);
}

static void
test_replays (void)
{
  static const ShmdiagModel model = TOY ("cas", lock_by_cas);
  guint n_replayed = 0;

  for (guint i = 0; n_replayed < 1000; i++) {
    const ShmdiagModel *one = i % 2 ? &model : &bad;
    Engine *engine = engine_new (one, 2 + i % 4);
    Engine *other = engine_new (one, 2 + i % 4);
    g_autofree gchar *wanted = NULL;
    g_autofree gchar *got = NULL;
    g_autofree gchar *token = NULL;
    ScheduleToken read;

    g_assert_cmpuint (i, <, 2000);
    engine->random = i * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) | 1;
    engine->strategy = i % 3 ? ENGINE_RANDOM : ENGINE_PCT;
    engine->depth = 3;
    engine->length = 12;
    engine->recording = other->recording = TRUE;
    engine_run (engine);
    token = token_of (engine);
    if (token) {
      g_assert_cmpuint (strlen (token), <=, SCHEDULE_TOKEN_MAX);
      g_assert_true (schedule_from_token (token, &read));
      g_assert_cmphex (read.build, ==, 0xfedcba98);
      g_assert_cmpuint (read.n_threads, ==, engine->n_threads);
      g_assert_cmpuint (read.model, ==, schedule_model_hash (one));
      schedule_run (other, read.schedule);
      schedule_token_clear (&read);
      wanted = recorded (engine);
      got = recorded (other);
      g_assert_cmpstr (got, ==, wanted);
      n_replayed++;
    }
    engine_free (engine);
    engine_free (other);
  }
}

/* A schedule that is run alone is watched for races, too. */
static void
test_replays_race (void)
{
  static const ShmdiagModel model = TOY ("plain", write_plainly);
  static const EngineSegment segments[] = { {0, 1}, {1, 1} };
  Engine *engine = engine_new (&model, 2);
  g_autoptr (GArray) schedule = g_array_new (FALSE, FALSE, sizeof segments[0]);

  g_array_append_vals (schedule, segments, G_N_ELEMENTS (segments));
  g_assert_false (schedule_run (engine, schedule));
  g_assert_cmpstr (engine->property, ==, "data-race");
  engine_free (engine);
}

static void
test_bad_tokens (void)
{
  Engine *engine = engine_new (&bad, 2);
  g_autofree gchar *token = NULL;
  ScheduleToken read;

  engine->strategy = ENGINE_RANDOM;
  engine_run (engine);
  token = token_of (engine);
  g_assert_true (schedule_from_token (token, &read));
  schedule_token_clear (&read);
  for (gsize i = 0; i < strlen (token); i++) {
    g_autofree gchar *cut = g_strndup (token, i);
    g_autofree gchar *flipped = g_strdup (token);

    flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
    g_assert_false (schedule_from_token (cut, &read));
    g_assert_false (schedule_from_token (flipped, &read));
  }
  g_assert_false (schedule_from_token ("", &read));
  g_assert_false (schedule_from_token ("no token at all", &read));
  engine_free (engine);
}

/* --- models --- */

/* There is more than can be looked at here. */
static gboolean
is_large (const gchar * name)
{
  return g_str_has_prefix (name, "pool") || g_str_equal (name, "writer");
}

static void
test_shipped (void)
{
  g_autoptr (GPtrArray) models = models_load (NULL, NULL);

  for (guint i = 0; i < models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (models, i);
    SearchLimits limits = {.seconds = 20,.n_schedules = 20000,.preemptions = 64,.seed = i };
    Engine *engine = engine_new (model, model->n_threads);
    SearchResult result;
    g_autoptr (GArray) schedule = NULL;

    g_test_message ("%s", model->name);
    search_run (engine, &limits, &result);
    g_assert_cmpstr (result.found ? engine->property : NULL, ==, model->expects);
    if (result.found) {
      /* A slow machine gets more time, not another bound. */
      for (gdouble seconds = 1; seconds <= 256; seconds *= 4) {
        g_clear_pointer (&schedule, g_array_unref);
        schedule = schedule_minimise (engine, seconds);
        if (engine->n_steps <= 25)
          break;
      }
      g_assert_cmpuint (engine->n_steps, <=, 25);
    } else if (!is_large (model->name)) {
      g_assert_true (result.exhausted);
    }
    engine_free (engine);
  }
}

/* A name is a model's, or else a family's. */
static void
test_families (void)
{
  static const struct
  {
    const gchar *name;
    guint n;                    /* 0: neither */
  } cases[] = {
    {"pool-as-shipped", 5},
    {"pool-as-shipped-overlap", 1},
    {"pool-fix", 2},
    {"pool", 1},
    {"writer", 1},
    {"poo", 0},
    {"pool-", 0},
    {"", 0},
  };
  g_autoptr (GPtrArray) models = models_load (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) found = g_ptr_array_new ();

    g_assert_cmpint (models_find (models, cases[i].name, found), ==, cases[i].n > 0);
    g_assert_cmpuint (found->len, ==, cases[i].n);
    for (guint k = 0; k < found->len; k++) {
      const ShmdiagModel *model = g_ptr_array_index (found, k);

      g_assert_true (g_str_has_prefix (model->name, cases[i].name));
    }
  }
}

gint
main (gint argc, gchar ** argv)
{
  /* Stacks that are switched without telling it are what valgrind cannot follow. */
  if (under_valgrind ()) {
    g_print ("1..0 # SKIP valgrind cannot follow switched stacks\n");
    return 0;
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explore/exhaustive", test_exhaustive);
  g_test_add_func ("/explore/finds", test_finds);
  g_test_add_func ("/explore/crashes", test_crashes);
  g_test_add_func ("/explore/minimises", test_minimises);
  g_test_add_func ("/explore/minimises-livelock", test_minimises_livelock);
  g_test_add_func ("/explore/replays", test_replays);
  g_test_add_func ("/explore/replays-race", test_replays_race);
  g_test_add_func ("/explore/bad-tokens", test_bad_tokens);
  g_test_add_func ("/explore/families", test_families);
  g_test_add_func ("/explore/shipped", test_shipped);
  return g_test_run ();
}
