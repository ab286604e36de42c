/* Smaller schedules that break the same property: what is not needed is left out. */
#include "config.h"
#include "explore/schedule.h"

#include <string.h>

/* Schedules that the search with few preemptions runs at most: about a second on a usual machine,
 * and the same result on a slow one. */
#define MOST_SEARCHED 200000

typedef struct
{
  Engine *engine;
  gchar property[sizeof ((Engine *) NULL)->property];
  GArray *best;
  guint cost;
  gint64 deadline;
} Minimiser;

GArray *
schedule_of_run (const Engine * engine)
{
  GArray *schedule = g_array_new (FALSE, FALSE, sizeof (EngineSegment));

  for (guint i = 0; i < engine->n_steps; i++) {
    EngineSegment segment = {.thread = engine->schedule[i],.length = 1 };

    if (i > 0 && engine->schedule[i - 1] == segment.thread)
      g_array_index (schedule, EngineSegment, schedule->len - 1).length++;
    else
      g_array_append_val (schedule, segment);
  }
  return schedule;
}

gboolean
schedule_run (Engine * engine, const GArray * schedule)
{
  engine->strategy = ENGINE_REPLAY;
  engine->script = (const EngineSegment *) (gconstpointer) schedule->data;
  engine->n_script = schedule->len;
  return engine_run (engine);
}

/* A change of threads is harder to follow than a step. */
static guint
cost_of (const GArray * schedule)
{
  guint cost = 0;

  for (guint i = 0; i < schedule->len; i++)
    cost += 4 + g_array_index (schedule, EngineSegment, i).length;
  return cost;
}

/* The run that just ended: kept when it is what is looked for, and smaller. */
static gboolean
consider (Minimiser * self)
{
  GArray *schedule;
  guint cost;

  if (strcmp (self->engine->property, self->property) != 0)
    return FALSE;
  schedule = schedule_of_run (self->engine);
  cost = cost_of (schedule);
  if (cost >= self->cost) {
    g_array_unref (schedule);
    return FALSE;
  }
  g_array_unref (self->best);
  self->best = schedule;
  self->cost = cost;
  return TRUE;
}

static gboolean
is_late (const Minimiser * self)
{
  return g_get_monotonic_time () >= self->deadline;
}

static gboolean
try_without (Minimiser * self, guint from, guint n)
{
  g_autoptr (GArray) schedule = g_array_copy (self->best);

  g_array_remove_range (schedule, from, n);
  schedule_run (self->engine, schedule);
  return consider (self);
}

static gboolean
try_shorter (Minimiser * self, guint at, guint length)
{
  g_autoptr (GArray) schedule = g_array_copy (self->best);

  g_array_index (schedule, EngineSegment, at).length = length;
  schedule_run (self->engine, schedule);
  return consider (self);
}

/* TRUE: something could be left out. */
static gboolean
remove_parts (Minimiser * self)
{
  gboolean smaller = FALSE;

  for (guint n = MAX (self->best->len / 2, 1); n > 0; n /= 2) {
    for (guint i = 0; i + n <= self->best->len && !is_late (self);) {
      if (try_without (self, i, n))
        smaller = TRUE;
      else
        i++;
    }
  }
  return smaller;
}

static gboolean
shorten_segments (Minimiser * self)
{
  gboolean smaller = FALSE;

  for (guint i = 0; i < self->best->len; i++) {
    for (guint cut = 1; i < self->best->len && !is_late (self); cut *= 2) {
      guint length = g_array_index (self->best, EngineSegment, i).length;

      if (cut >= length)
        break;
      smaller |= try_shorter (self, i, length - cut);
    }
  }
  return smaller;
}

/* With few preemptions there are few schedules. */
static void
search_few (Minimiser * self, gdouble seconds)
{
  Engine *engine = self->engine;
  gint64 deadline = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  guint n = 0;

  /* Of equivalent schedules one is easier to follow than another. */
  engine->reduce = FALSE;
  for (engine->bound = 0; engine->bound <= 2; engine->bound++) {
    engine->n_prefix = 0;
    do {
      engine->strategy = ENGINE_BOUNDED;
      engine_run (engine);
      consider (self);
    } while (engine_strategy_backtrack (engine) && ++n < MOST_SEARCHED
        && g_get_monotonic_time () < deadline);
  }
  engine->n_prefix = 0;
}

/* The default policy goes on where a schedule ends: how much of SCHEDULE needs to be said. The last
 * run of the engine is that of the result. */
static void
drop_default (Engine * engine, GArray * schedule)
{
  guint n = schedule->len;
  guint64 hash;

  schedule_run (engine, schedule);
  hash = engine->hash;
  for (guint some = 0; some < n; some = some * 2 + 1) {
    engine->n_script = some;
    engine_run (engine);
    if (engine->hash == hash)
      n = some;
  }
  g_array_set_size (schedule, n);
  schedule_run (engine, schedule);
}

GArray *
schedule_minimise (Engine * engine, gdouble seconds)
{
  Minimiser self = {.engine = engine,.best = schedule_of_run (engine) };

  self.deadline = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  g_strlcpy (self.property, engine->property, sizeof self.property);
  self.cost = cost_of (self.best);
  search_few (&self, seconds / 2);
  while ((remove_parts (&self) || shorten_segments (&self)) && !is_late (&self));
  engine->recording = TRUE;
  drop_default (engine, self.best);
  engine->recording = FALSE;
  return self.best;
}
