/* The loop around the engine: which strategy next, how much was seen. */
#include "config.h"
#include "explore/search.h"

#include <string.h>

/* Schedules are told apart by the hash that sets a bit. */
#define DISTINCT_BITS (1u << 24)
/* The clock is read once in so many runs. */
#define PER_LOOK 32

const gchar *const search_strategies[] = { "rotate", "random", "pct", "bounded", NULL };

typedef struct
{
  Engine *engine;
  const SearchLimits *limits;
  SearchResult *result;
  guint32 *distinct;
  guint64 n_runs;               /* schedules, redundant ones too */
  guint bound;                  /* of the bounded search that goes on */
  SearchCount count;            /* of that */
  gboolean bounded_ended;
} Search;

static EngineStrategy
strategy_for (const Search * self, guint64 number)
{
  switch (self->limits->strategy) {
    case SEARCH_RANDOM:
      return ENGINE_RANDOM;
    case SEARCH_PCT:
      return ENGINE_PCT;
    case SEARCH_BOUNDED:
      return ENGINE_BOUNDED;
    case SEARCH_ROTATE:
      break;
  }
  /* The first one measures how long a schedule is, for PCT. */
  if (number % 5 == 0)
    return ENGINE_RANDOM;
  return number % 5 == 1 && !self->bounded_ended ? ENGINE_BOUNDED : ENGINE_PCT;
}

static void
count (Search * self)
{
  Engine *engine = self->engine;
  SearchResult *result = self->result;
  guint bit = (engine->hash ^ engine->hash >> 29) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> 40;
  guint32 mask = 1u << bit % 32;

  result->n_schedules++;
  result->n_by[engine->strategy]++;
  result->longest = MAX (result->longest, engine->n_steps);
  result->n_distinct += !(self->distinct[bit / 32] & mask);
  self->distinct[bit / 32] |= mask;
}

/* After a run of the bounded search: the next one, or the next bound. */
static void
advance_bounded (Search * self)
{
  self->count.n_schedules += !self->engine->redundant;
  if (races_were_missed (self->engine->races) || engine_strategy_backtrack (self->engine))
    return;
  self->count.n_skipped = self->engine->n_skipped;
  self->result->bound = self->bound;
  self->result->bounded = self->count;
  self->result->exhausted = !self->engine->cut;
  self->bounded_ended = !self->engine->cut || self->bound >= self->limits->preemptions;
  self->engine->cut = FALSE;
  self->engine->n_skipped = 0;
  self->count.n_schedules = 0;
  self->bound++;
}

/* FALSE: it broke something. */
static gboolean
run_one (Search * self, guint64 number)
{
  Engine *engine = self->engine;
  SearchResult *result = self->result;
  gboolean held;

  engine->strategy = strategy_for (self, number);
  engine->depth = 2 + number % (ENGINE_PCT_DEPTH_MAX - 1);
  engine->bound = self->bound;
  held = engine_run (engine);
  self->n_runs++;
  result->n_points += engine->n_steps;
  if (!engine->redundant)
    count (self);
  if (number == 0)
    engine->length = engine->n_steps;
  if (engine->strategy == ENGINE_BOUNDED)
    advance_bounded (self);
  return held;
}

static gboolean
wants_more (Search * self, gint64 deadline)
{
  const SearchLimits *limits = self->limits;
  SearchResult *result = self->result;

  if (limits->n_schedules && result->n_schedules >= limits->n_schedules)
    return FALSE;
  if (result->exhausted || (self->bounded_ended && limits->strategy == SEARCH_BOUNDED))
    return FALSE;
  if (self->n_runs % PER_LOOK)
    return TRUE;
  result->cancelled = limits->is_cancelled && limits->is_cancelled ();
  return !result->cancelled && g_get_monotonic_time () < deadline;
}

static guint
count_switches (const Engine * engine)
{
  guint n = 0;

  for (guint i = 0; i < ENGINE_SWITCH_BITS / 32; i++)
    n += __builtin_popcount (engine->switches[i]);
  return n;
}

void
search_run (Engine * engine, const SearchLimits * limits, SearchResult * result)
{
  g_autofree guint32 *distinct = g_new0 (guint32, DISTINCT_BITS / 32);
  Search self = {.engine = engine,.limits = limits,.result = result,.distinct = distinct };
  gint64 start = g_get_monotonic_time ();
  gint64 deadline = start + (gint64) (limits->seconds * G_USEC_PER_SEC);

  memset (result, 0, sizeof *result);
  result->bound = -1;
  /* A generator of this kind must not start at zero, and near seeds must not give near starts. */
  engine->random = (limits->seed + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) | 1;
  engine->n_prefix = 0;
  engine->n_skipped = 0;
  engine->cut = FALSE;
  engine->reduce = !limits->unreduced;
  while (!result->found && wants_more (&self, deadline))
    result->found = !run_one (&self, self.n_runs);
  result->n_switches = count_switches (engine);
  result->seconds = (g_get_monotonic_time () - start) / (gdouble) G_USEC_PER_SEC;
}
