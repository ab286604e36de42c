/* Store buffers: which outcomes of well-known litmus tests there are with and without them, and
 * that what a schedule with them is told by a token. */
#include "config.h"
#include <string.h>

#define SHMDIAG_EXPLORE
#include "explore/explore.h"
#include "models/registry.h"
#include "explore/schedule.h"
#include "explore/search.h"
#include "explore/show.h"
#include "under-valgrind.h"

/* --- litmus tests --- */

typedef struct
{
  atomic_int x, y;
  int plain;
  int seen[4];
  union
  {
    atomic_ushort halves[2];
    atomic_int whole;
  };
  pthread_mutex_t lock;
} State;

#define STORE(variable, value) atomic_store_explicit (&state->variable, value, memory_order_release)
#define LOAD(variable) atomic_load_explicit (&state->variable, memory_order_acquire)

/* Each stores and reads what the other one stores. BARRIER: what is between. */
#define STORE_AND_LOOK(name, barrier) \
  static void \
  name (void *user, unsigned index) \
  { \
    State *state = user; \
    \
    if (index == 0) { \
      STORE (x, 1); \
      barrier; \
      state->seen[0] = LOAD (y); \
    } else { \
      STORE (y, 1); \
      barrier; \
      state->seen[1] = LOAD (x); \
    } \
  }

STORE_AND_LOOK (look_at_once, (void) 0)
STORE_AND_LOOK (look_after_fence, atomic_thread_fence (memory_order_seq_cst))
STORE_AND_LOOK (look_after_weak_fence, atomic_thread_fence (memory_order_acq_rel))
STORE_AND_LOOK (look_after_update, (void) atomic_fetch_add_explicit (&state->halves[0], 1,
        memory_order_relaxed))
STORE_AND_LOOK (look_after_store, atomic_store (&state->halves[0], 1))
STORE_AND_LOOK (look_after_lock, (void) pthread_mutex_lock (&state->lock);
    (void) pthread_mutex_unlock (&state->lock))
STORE_AND_LOOK (look_after_bytes, SHMDIAG_WRITE_BYTES (&state->seen[2 + index], 4))

static void
pass_message (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    STORE (x, 1);
    STORE (y, 1);
  } else {
    state->seen[0] = LOAD (y);
    state->seen[1] = LOAD (x);
  }
}

static void
load_early (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    state->seen[0] = LOAD (x);
    STORE (y, 1);
  } else {
    state->seen[1] = LOAD (y);
    STORE (x, 1);
  }
}

static void
store_twice (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    STORE (x, 1);
    STORE (y, 2);
  } else {
    STORE (y, 1);
    STORE (x, 2);
  }
}

/* A thread sees its own store, though others do not yet. */
static void
see_own (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    STORE (x, 1);
    state->seen[0] = LOAD (x);
    state->seen[1] = LOAD (y);
  } else {
    STORE (y, 1);
    state->seen[2] = LOAD (y);
    state->seen[3] = LOAD (x);
  }
}

/* Two readers must not see two stores in different orders. */
static void
read_independently (void *user, unsigned index)
{
  State *state = user;

  switch (index) {
    case 0:
      STORE (x, 1);
      break;
    case 1:
      STORE (y, 1);
      break;
    case 2:
      state->seen[0] = LOAD (x);
      state->seen[1] = LOAD (y);
      break;
    default:
      state->seen[2] = LOAD (y);
      state->seen[3] = LOAD (x);
      break;
  }
}

/* Half of what a load reads is in the buffer. */
static void
see_half (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    atomic_store_explicit (&state->halves[1], 0x1234, memory_order_relaxed);
    state->seen[0] = LOAD (whole);
  } else {
    atomic_store_explicit (&state->halves[0], 0x5678, memory_order_relaxed);
  }
}

/* More than a buffer holds, and a look after it. */
static void
fill (void *user, unsigned index)
{
  State *state = user;

  for (int i = 1; i <= BUFFER_STORES + 1; i++) {
    if (index == 0)
      STORE (x, i);
    else
      STORE (y, i);
  }
  state->seen[index] = index ? LOAD (x) : LOAD (y);
}

typedef struct
{
  const gchar *name;
  void (*thread) (void *user, unsigned index);
  gint wanted[4];               /* what threads have seen, then x and y */
  gint x, y;                    /* 0: any */
  gboolean sc, tso;             /* whether it can be */
  guint n_threads, bound;
} Litmus;

static gboolean
is_wanted (const Litmus * litmus, const State * state)
{
  return memcmp (state->seen, litmus->wanted, sizeof state->seen) == 0
      && (!litmus->x || state->x == litmus->x) && (!litmus->y || state->y == litmus->y);
}

static gboolean
can_be (const Litmus * litmus, EngineMemory memory, gboolean reduce)
{
  const ShmdiagModel model = {
    .version = SHMDIAG_EXPLORE_VERSION,.name = litmus->name,.summary = "",
    .n_threads = litmus->n_threads,.state_size = sizeof (State),.thread = litmus->thread
  };
  Engine *engine = engine_new (&model, litmus->n_threads);
  gboolean found = FALSE;

  engine->memory = memory;
  engine->strategy = ENGINE_BOUNDED;
  engine->reduce = reduce;
  engine->bound = litmus->bound;
  do {
    g_assert_true (engine_run (engine));
    found |= !engine->redundant && is_wanted (litmus, engine->state);
  } while (!found && engine_strategy_backtrack (engine));
  engine_free (engine);
  return found;
}

static void
test_litmus (void)
{
  static const Litmus cases[] = {
    {"SB", look_at_once, {0, 0}, 0, 0, FALSE, TRUE, 2, 4},
    {"SB, other end", look_at_once, {1, 0}, 0, 0, TRUE, TRUE, 2, 4},
    {"SB+fences", look_after_fence, {0, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"SB+weak fences", look_after_weak_fence, {0, 0}, 0, 0, FALSE, TRUE, 2, 4},
    {"SB+updates", look_after_update, {0, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"SB+stores", look_after_store, {0, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"SB+locks", look_after_lock, {0, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"SB+bytes", look_after_bytes, {0, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"MP", pass_message, {1, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"MP, passed", pass_message, {1, 1}, 0, 0, TRUE, TRUE, 2, 4},
    {"LB", load_early, {1, 1}, 0, 0, FALSE, FALSE, 2, 4},
    {"2+2W", store_twice, {0}, 1, 1, FALSE, FALSE, 2, 4},
    {"2+2W, other end", store_twice, {0}, 2, 2, TRUE, TRUE, 2, 4},
    {"n6", see_own, {1, 0, 1, 0}, 0, 0, FALSE, TRUE, 2, 4},
    {"own not seen", see_own, {0, 0, 1, 0}, 0, 0, FALSE, FALSE, 2, 4},
    {"IRIW", read_independently, {1, 0, 1, 0}, 0, 0, FALSE, FALSE, 4, 4},
    {"half", see_half, {0x12340000}, 0, 0, TRUE, TRUE, 2, 4},
    {"both halves", see_half, {0x12345678}, 0, 0, TRUE, TRUE, 2, 4},
    {"other half", see_half, {0x5678}, 0, 0, FALSE, FALSE, 2, 4},
    {"full", fill, {0, 1}, BUFFER_STORES + 1, BUFFER_STORES + 1, FALSE, TRUE, 2, 0},
    {"too full", fill, {0, 0}, 0, 0, FALSE, FALSE, 2, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].name);
    g_assert_cmpint (can_be (&cases[i], ENGINE_SC, FALSE), ==, cases[i].sc);
    g_assert_cmpint (can_be (&cases[i], ENGINE_SC, TRUE), ==, cases[i].sc);
    g_assert_cmpint (can_be (&cases[i], ENGINE_TSO, TRUE), ==, cases[i].tso);
  }
}

/* --- properties --- */

/* What was written before a release is told by it, also when it is seen late. */
static void
publish (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    SHMDIAG_WRITE (state->plain, 1);
    STORE (x, 1);
  } else if (LOAD (x)) {
    int seen = SHMDIAG_READ (state->plain);

    SHMDIAG_CHECK (seen == 1, "stale", "%d", seen);
  }
}

/* What was written after it is not. */
static void
publish_too_early (void *user, unsigned index)
{
  State *state = user;

  if (index == 0) {
    STORE (x, 1);
    SHMDIAG_WRITE (state->plain, 1);
  } else if (LOAD (x)) {
    (void) SHMDIAG_READ (state->plain);
  }
}

/* Waits for what may be in the buffer of another thread, or in its own. */
static void
wait_for_all (void *user, unsigned index)
{
  State *state = user;

  if (index == 0)
    STORE (x, 1);
  else
    STORE (y, 1);
  shmdiag_wait_while (&state->x, 0);
  shmdiag_wait_while (&state->y, 0);
  while (!LOAD (x) || !LOAD (y))
    sched_yield ();
}

static void
expect_stored (void *user)
{
  State *state = user;

  SHMDIAG_CHECK (state->x == 1, "not-flushed", "%d", state->x);
}

#define MODEL(name_, thread_) \
  { SHMDIAG_EXPLORE_VERSION, name_, name_, 2, .state_size = sizeof (State), .thread = thread_, \
    .at_rest = expect_stored }

static void
test_finds (void)
{
  static const struct
  {
    const gchar *property;
    ShmdiagModel model;
  } cases[] = {
    {NULL, MODEL ("publish", publish)},
    {"data-race", MODEL ("early", publish_too_early)},
    {NULL, MODEL ("wait", wait_for_all)},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    for (guint strategy = 0; search_strategies[strategy]; strategy++) {
      SearchLimits limits = {.strategy = strategy,.seconds = 60,.n_schedules = 3000,
        .preemptions = 3,.seed = 7
      };
      Engine *engine = engine_new (&cases[i].model, 2);
      SearchResult result;

      engine->memory = ENGINE_TSO;
      search_run (engine, &limits, &result);
      g_test_message ("%s by %s: %s", cases[i].model.name, search_strategies[strategy],
          engine->message);
      g_assert_cmpstr (result.found ? engine->property : NULL, ==, cases[i].property);
      engine_free (engine);
    }
  }
}

/* A release tells what was before the store, not what was before the flush. */
static void
test_release (void)
{
  static const ShmdiagModel model = MODEL ("early", publish_too_early);
  static const EngineSegment segments[] = { {0, 2}, {ENGINE_BUFFERS, 2}, {1, 2} };
  Engine *engine = engine_new (&model, 2);
  g_autoptr (GArray) schedule = g_array_new (FALSE, FALSE, sizeof segments[0]);

  g_array_append_vals (schedule, segments, G_N_ELEMENTS (segments));
  engine->memory = ENGINE_TSO;
  g_assert_false (schedule_run (engine, schedule));
  g_assert_cmpstr (engine->property, ==, "data-race");
  g_assert_cmpuint (engine->n_steps, ==, 6);
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

static void
test_replays (void)
{
  static const ShmdiagModel model = {
    SHMDIAG_EXPLORE_VERSION, "iriw", "", 4, .max_threads = 8, .state_size = sizeof (State),
    .thread = read_independently
  };
  guint n_flushes = 0;

  for (guint i = 0; i < 500; i++) {
    Engine *engine = engine_new (&model, 4 + i % 5);
    Engine *other = engine_new (&model, 4 + i % 5);
    g_autoptr (GArray) schedule = NULL;
    g_autofree gchar *token = NULL;
    g_autofree gchar *wanted = NULL;
    g_autofree gchar *got = NULL;
    ScheduleToken read;

    engine->random = i * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) | 1;
    engine->strategy = i % 2 ? ENGINE_RANDOM : ENGINE_PCT;
    engine->depth = 3;
    engine->length = 12;
    engine->memory = ENGINE_TSO;
    engine->recording = other->recording = TRUE;
    engine_run (engine);
    schedule = schedule_of_run (engine);
    token = schedule_to_token (schedule, engine, 1);
    g_assert_true (schedule_from_token (token, &read));
    g_assert_cmpint (read.memory, ==, ENGINE_TSO);
    other->memory = read.memory;
    schedule_run (other, read.schedule);
    schedule_token_clear (&read);
    wanted = recorded (engine);
    got = recorded (other);
    g_assert_cmpstr (got, ==, wanted);
    n_flushes += strstr (got, "flush ") != NULL;
    engine_free (engine);
    engine_free (other);
  }
  g_assert_cmpuint (n_flushes, ==, 500);
}

/* --- models --- */

static void
test_models (void)
{
  g_autoptr (GPtrArray) models = models_load (NULL, NULL);

  for (guint i = 0; i < models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (models, i);
    const gchar *expects = engine_expects (model, ENGINE_TSO);
    SearchLimits limits = {.seconds = 60,.n_schedules = 20000,.preemptions = 64,.seed = i };
    Engine *engine = engine_new (model, model->n_threads);
    SearchResult result;
    g_autoptr (GArray) schedule = NULL;

    g_test_message ("%s", model->name);
    engine->memory = ENGINE_TSO;
    search_run (engine, &limits, &result);
    g_assert_cmpstr (result.found ? engine->property : NULL, ==, expects);
    if (result.found) {
      schedule = schedule_minimise (engine, 2);
      g_assert_cmpstr (engine->property, ==, expects);
    }
    engine_free (engine);
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
  g_test_add_func ("/tso/litmus", test_litmus);
  g_test_add_func ("/tso/finds", test_finds);
  g_test_add_func ("/tso/release", test_release);
  g_test_add_func ("/tso/replays", test_replays);
  g_test_add_func ("/tso/models", test_models);
  return g_test_run ();
}
