/* Which thread makes the next step. */
#include "config.h"
#include "explore/engine.h"

/* xorshift64*: any state but zero. */
guint64
engine_random (Engine * engine)
{
  engine->random ^= engine->random >> 12;
  engine->random ^= engine->random << 25;
  engine->random ^= engine->random >> 27;
  return engine->random * G_GUINT64_CONSTANT (2685821657736338717);
}

static guint
random_below (Engine * engine, guint n)
{
  return (engine_random (engine) >> 32) * n >> 32;
}

static inline guint
lowest_bit (guint bits)
{
  return __builtin_ctz (bits);
}

/* The first of BITS after THREAD, around. */
static guint
next_after (guint thread, guint bits)
{
  guint above = bits & ~((2u << thread) - 1);

  return lowest_bit (above ? above : bits);
}

/* Those that spin go only when nobody else can. */
static guint
candidates (const Engine * engine, guint enabled)
{
  guint rested = enabled & ~engine->tired;

  return rested ? rested : enabled;
}

/* A buffer is flushed for who waits for it, or when nobody else can go on: late is bad enough to
 * be tried first. */
guint
engine_default (const Engine * engine, guint enabled)
{
  guint bits = candidates (engine, enabled);
  guint threads = bits & ((1u << ENGINE_BUFFERS) - 1);

  if (G_UNLIKELY (engine->draining & 1u << engine->current))
    return ENGINE_BUFFERS + engine->current;
  if (bits & 1u << engine->current)
    return engine->current;
  return next_after (engine->current, threads ? threads : bits);
}

/* --- random --- */

static guint
choose_random (Engine * engine, guint enabled)
{
  guint n = 0;

  /* Few, so that a loop is faster than a function that counts bits. */
  for (guint bits = enabled; bits; bits &= bits - 1)
    n++;
  if (n > 1) {
    for (guint skip = random_below (engine, n); skip; skip--)
      enabled &= enabled - 1;
  }
  return lowest_bit (enabled);
}

/* --- PCT --- */

/* Threads, then buffers if there are any. */
static EngineThread *
actor_at (Engine * engine, guint i)
{
  return &engine->threads[i < engine->n_threads ? i : ENGINE_BUFFERS + i - engine->n_threads];
}

static void
begin_pct (Engine * engine)
{
  guint n = engine->n_threads * (engine->memory == ENGINE_TSO ? 2 : 1);

  for (guint i = 0; i < n; i++)
    actor_at (engine, i)->priority = 100 + i;
  for (guint i = n - 1; i > 0; i--) {
    EngineThread *one = actor_at (engine, i);
    EngineThread *other = actor_at (engine, random_below (engine, i + 1));
    gint64 swapped = one->priority;

    one->priority = other->priority;
    other->priority = swapped;
  }
  engine->lowest = 0;
  engine->n_changes = CLAMP (engine->depth, 1, ENGINE_PCT_DEPTH_MAX) - 1;
  for (guint i = 0; i < engine->n_changes; i++)
    engine->changes[i] = random_below (engine, MAX (engine->length, 1));
}

static guint
highest (const Engine * engine, guint enabled)
{
  guint best = lowest_bit (enabled);

  for (guint bits = enabled & (enabled - 1); bits; bits &= bits - 1) {
    guint thread = lowest_bit (bits);

    if (engine->threads[thread].priority > engine->threads[best].priority)
      best = thread;
  }
  return best;
}

static guint
choose_pct (Engine * engine, guint enabled)
{
  guint best = highest (engine, enabled);

  for (guint i = 0; i < engine->n_changes; i++) {
    if (engine->changes[i] == engine->n_steps) {
      engine->threads[best].priority = --engine->lowest;
      best = highest (engine, enabled);
    }
  }
  return best;
}

/* --- all --- */

static guint
choose_scripted (Engine * engine, guint enabled)
{
  for (; engine->script_at < engine->n_script; engine->script_at++) {
    const EngineSegment *segment = &engine->script[engine->script_at];

    if (engine->script_done < segment->length && enabled & 1u << segment->thread) {
      engine->script_done++;
      return segment->thread;
    }
    engine->script_done = 0;
  }
  return engine_default (engine, enabled);
}

void
engine_strategy_begin (Engine * engine)
{
  engine->tired = 0;
  engine->script_at = engine->script_done = 0;
  if (engine->strategy == ENGINE_PCT)
    begin_pct (engine);
}

guint
engine_strategy_choose (Engine * engine, guint enabled)
{
  switch (engine->strategy) {
    case ENGINE_RANDOM:
      return choose_random (engine, enabled);
    case ENGINE_PCT:
      return choose_pct (engine, enabled);
    case ENGINE_BOUNDED:
      return engine_bounded_choose (engine, enabled, candidates (engine, enabled));
    case ENGINE_REPLAY:
      return choose_scripted (engine, enabled);
  }
  g_assert_not_reached ();
}

void
engine_strategy_tire (Engine * engine, guint thread)
{
  engine->tired |= 1u << thread;
  engine->access.everything = TRUE;
  if (engine->strategy == ENGINE_PCT)
    engine->threads[thread].priority = --engine->lowest;
}
