/* The bounded search loses nothing by leaving schedules out: with the same bound it comes to the
 * same ends, and finds the same defects, as the one that leaves out none. */
#include "config.h"
#include <string.h>

#define SHMDIAG_EXPLORE
#include "explore/explore.h"
#include "models/registry.h"
#include "explore/search.h"
#include "under-valgrind.h"

/* --- all ends --- */

typedef struct
{
  GHashTable *ends;             /* texts */
  guint64 n_schedules, n_skipped;
  gboolean cut, too_many;
} Outcome;

static void
outcome_clear (Outcome * outcome)
{
  g_clear_pointer (&outcome->ends, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear);

/* What threads have seen; not in the state of a model, where it would be a change by itself. */
static guint64 seen[SHMDIAG_MAX_THREADS];

static gchar *
end_of (const Engine * engine, gboolean held)
{
  g_autofree gchar *sum = NULL;
  g_autofree gchar *values = NULL;

  if (!held)
    return g_strdup_printf ("%s: %s", engine->property, engine->message);
  sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, engine->state, engine->model->state_size);
  values = g_compute_checksum_for_data (G_CHECKSUM_MD5, (const guchar *) seen, sizeof seen);
  return g_strdup_printf ("%s %s", sum, values);
}

/* All schedules within BOUND, or MOST of them. A schedule is run on after a defect is found. */
static void
explore (Engine * engine, guint bound, gboolean reduce, guint64 most, Outcome * outcome)
{
  outcome->ends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  engine->strategy = ENGINE_BOUNDED;
  engine->bound = bound;
  engine->reduce = reduce;
  engine->cut = FALSE;
  engine->n_skipped = 0;
  engine->n_prefix = 0;
  do {
    gboolean held;

    memset (seen, 0, sizeof seen);
    held = engine_run (engine);
    if (engine->redundant)
      continue;
    g_hash_table_add (outcome->ends, end_of (engine, held));
    outcome->too_many = ++outcome->n_schedules == most;
  } while (!outcome->too_many
      && (races_were_missed (engine->races) || engine_strategy_backtrack (engine)));
  outcome->n_skipped = engine->n_skipped;
  outcome->cut = engine->cut;
}

/* An end that is in ONE and not in OTHER, or NULL. */
static const gchar *
missing (const Outcome * one, const Outcome * other)
{
  GHashTableIter iter;
  gpointer end;

  g_hash_table_iter_init (&iter, one->ends);
  while (g_hash_table_iter_next (&iter, &end, NULL))
    if (!g_hash_table_contains (other->ends, end))
      return end;
  return NULL;
}

/* --- random programs --- */

/* Sanitizers take forty times as long. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define FEWER 1
#else
#define FEWER 0
#endif

#define N_VARIABLES 3
#define MOST_OPERATIONS 5

typedef enum
{
  LOAD, STORE, ADD, CAS, LOCKED, WAIT, YIELD, READ, WRITE, FENCE, GHOST, SPIN, N_OPERATIONS
} Operation;

typedef struct
{
  Operation operation;
  guint variable, value;
} Instruction;

static struct
{
  Instruction instructions[SHMDIAG_MAX_THREADS][MOST_OPERATIONS];
  guint n_instructions[SHMDIAG_MAX_THREADS];
} program;

typedef struct
{
  _Alignas (8) struct
  {
    _Alignas (8) atomic_int value;
  } variables[N_VARIABLES];
  struct
  {
    _Alignas (8) int value;
  } plain[N_VARIABLES];
  pthread_mutex_t locks[N_VARIABLES];
  int ghost;                    /* changed between points, and declared nowhere */
} State;

static guint64
execute (State * state, unsigned index, const Instruction * step)
{
  atomic_int *variable = &state->variables[step->variable].value;
  int value = step->value, expected = 0;
  guint64 result = 0;

  switch (step->operation) {
    case LOAD:
      result = atomic_load (variable);
      SHMDIAG_CHECK (result != 3, "three", "T%u", index);
      return result;
    case STORE:
      atomic_store (variable, value);
      return 0;
    case ADD:
      return atomic_fetch_add (variable, value);
    case CAS:
      return atomic_compare_exchange_strong (variable, &expected, value);
    case LOCKED:
      pthread_mutex_lock (&state->locks[step->variable]);
      result = atomic_fetch_add (variable, 1);
      pthread_mutex_unlock (&state->locks[step->variable]);
      return result;
    case WAIT:
      shmdiag_wait_while (variable, 0);
      return 0;
    case YIELD:
      return sched_yield ();
    case READ:
      return SHMDIAG_READ (state->plain[step->variable].value);
    case WRITE:
      SHMDIAG_WRITE (state->plain[step->variable].value, value);
      return 0;
    case FENCE:
      atomic_thread_fence (memory_order_seq_cst);
      return 0;
    case GHOST:
      result = atomic_load (variable);
      state->ghost = state->ghost * 3 + index + 1;
      return result + state->ghost;
    case SPIN:
      while (atomic_load (variable) == 0 && result++ < 100);
      return result;
    case N_OPERATIONS:
      break;
  }
  g_assert_not_reached ();
}

static void
interpret (void *user, unsigned index)
{
  for (guint i = 0; i < program.n_instructions[index]; i++)
    seen[index] = seen[index] * 31 + execute (user, index, &program.instructions[index][i]) + 1;
}

/* Two objects at one moment: what no single thread sees. */
static void
check_moment (void *user)
{
  State *state = user;
  int *one = (int *) &state->variables[0].value;
  int *other = (int *) &state->variables[1].value;

  SHMDIAG_CHECK (*one != 2 || *other != 1, "moment", "%d %d", *one, *other);
}

/* Of the first KINDS of operations. */
static void
make_program (GRand * random, guint n_threads, guint kinds)
{
  for (guint i = 0; i < n_threads; i++) {
    program.n_instructions[i] = g_rand_int_range (random, 1, n_threads > 2 ? 4 : 6);
    for (guint k = 0; k < program.n_instructions[i]; k++)
      program.instructions[i][k] = (Instruction) {
        .operation = g_rand_int_range (random, 0, kinds),
        .variable = g_rand_int_range (random, 0, N_VARIABLES),
        .value = g_rand_int_range (random, 1, 3),
      };
  }
}

static const ShmdiagModel plain_model = {
  SHMDIAG_EXPLORE_VERSION, "random", "", 2, .max_threads = 4, .state_size = sizeof (State),
  .thread = interpret
};

static const ShmdiagModel watched_model = {
  SHMDIAG_EXPLORE_VERSION, "random", "", 2, .max_threads = 4, .state_size = sizeof (State),
  .thread = interpret, .step_check = check_moment
};

typedef struct
{
  guint64 n_full, n_reduced;
  guint n_compared;
} Sum;

/* FALSE: BOUND leaves out something, so that a larger one has more to compare. */
static gboolean
compare (Engine * engine, guint bound, guint64 most, Sum * sum)
{
  g_auto (Outcome) full = { 0 };
  g_auto (Outcome) reduced = { 0 };
  const gchar *lost;

  explore (engine, bound, FALSE, most, &full);
  if (full.too_many)
    return TRUE;
  explore (engine, bound, TRUE, most, &reduced);
  lost = missing (&full, &reduced);
  if (lost)
    g_error ("%s, %u threads, %u preemptions: lost: %s", engine->model->name, engine->n_threads,
        bound, lost);
  g_assert_null (missing (&reduced, &full));
  g_assert_cmpuint (reduced.n_schedules, <=, full.n_schedules);
  sum->n_full += full.n_schedules;
  sum->n_reduced += reduced.n_schedules;
  sum->n_compared++;
  return !full.cut;
}

static void
test_random (void)
{
  GRand *random = g_rand_new_with_seed (20);
  Sum sum = { 0 };

  for (guint i = 0; i < (FEWER ? 200 : 1000); i++) {
    guint n_threads = 2 + i % 3;
    Engine *engine = engine_new (i % 2 ? &watched_model : &plain_model, n_threads);

    make_program (random, n_threads, i / 2 % 2 ? N_OPERATIONS : CAS + 1);
    for (guint bound = 0; bound <= 20 && !compare (engine, bound, 2000, &sum); bound++);
    engine_free (engine);
  }
  g_rand_free (random);
  g_test_message ("random programs: %u comparisons, %" G_GUINT64_FORMAT " schedules, %"
      G_GUINT64_FORMAT " reduced", sum.n_compared, sum.n_full, sum.n_reduced);
  g_assert_cmpuint (sum.n_reduced, <, sum.n_full / 2);
}

/* --- models --- */

/* Of a larger search there is nothing to compare with. */
#define MOST (FEWER ? 1500 : 20000)

static void
test_models (void)
{
  g_autoptr (GPtrArray) models = models_load (NULL, NULL);

  for (guint i = 0; i < models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (models, i);
    Engine *engine = engine_new (model, model->n_threads);
    gboolean ended = FALSE;

    for (guint bound = 0; bound <= 20 && !ended; bound++) {
      Sum sum = { 0 };

      ended = compare (engine, bound, MOST, &sum);
      if (sum.n_compared)
        g_test_message ("%s, %u preemptions%s: %" G_GUINT64_FORMAT " schedules, %" G_GUINT64_FORMAT
            " reduced", model->name, bound, ended ? " (all)" : "", sum.n_full, sum.n_reduced);
      g_assert_true (bound > 0 || sum.n_compared);
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
  g_test_add_func ("/reduction/random", test_random);
  g_test_add_func ("/reduction/models", test_models);
  return g_test_run ();
}
