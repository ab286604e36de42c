/* Who goes next, among those who can. */
#include "config.h"
#include "explore/engine.h"

#define NOBODY G_MAXUINT

static gboolean
can_proceed (Engine * engine, EngineThread * thread)
{
  ShmdiagKind kind = thread->how & 0xff;
  EngineLock *lock;

  if (kind == SHMDIAG_WAIT)
    return thread->operand != engine_see (engine, thread->index, thread->address,
        thread->how >> 16 & 0xff, NULL);
  lock = locks_find (&engine->locks, thread->address);
  return !lock || locks_can_take (lock, kind == SHMDIAG_RDLOCK);
}

static guint
blocked (Engine * engine)
{
  guint result = 0;

  for (guint bits = engine->waiting & engine->live; bits; bits &= bits - 1) {
    guint thread = __builtin_ctz (bits);

    if (!can_proceed (engine, &engine->threads[thread]))
      result |= 1u << thread;
  }
  return result;
}

static void
note_deadlock (Engine * engine)
{
  gchar text[300] = "";
  gsize length = 0;

  for (guint i = 0; i < engine->n_threads && length < sizeof text; i++) {
    if (engine->live & 1u << i)
      length += g_snprintf (text + length, sizeof text - length, "%sT%u at %s",
          length ? ", " : "", i, engine_place (engine->threads[i].site));
  }
  engine_note (engine, "deadlock", "every thread that is left waits: %s", text);
}

/* Another thread than the last one: what it has done may be what those that spin wait for. */
static void
note_change (Engine * engine, guint next)
{
  guintptr from = (guintptr) engine->threads[engine->current].site;
  guintptr to = (guintptr) engine->threads[next].site;
  guint64 mixed = (from * 31 + to * 7 + next) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint bit = mixed >> 48;

  engine->switches[bit / 32] |= 1u << bit % 32;
  engine->tired &= 1u << next;
}

/* Threads, and buffers that hold something. */
static guint
enabled_actors (Engine * engine)
{
  guint enabled = engine->live;

  if (engine->waiting)
    enabled &= ~blocked (engine);
  if (G_UNLIKELY (engine->buffered))
    enabled = (enabled & ~engine->draining) | engine->buffered << ENGINE_BUFFERS;
  return enabled;
}

/* NOBODY: nobody can go on; a violation is noted. */
static guint
choose_actor (Engine * engine)
{
  guint enabled = enabled_actors (engine);
  guint next;

  if (!enabled) {
    if (engine->live)
      note_deadlock (engine);
    return NOBODY;
  }
  if (engine->n_steps == ENGINE_STEP_LIMIT) {
    engine_note (engine, "livelock", "suspected: %u steps and no end", engine->n_steps);
    return NOBODY;
  }
  next = engine_strategy_choose (engine, enabled);
  engine->schedule[engine->n_steps++] = next;
  engine->hash = (engine->hash ^ (next + 1)) * G_GUINT64_CONSTANT (0x100000001b3);
  if (next != engine->current)
    note_change (engine, next);
  return next;
}

void
engine_check_step (Engine * engine)
{
  if (!engine->n_steps)
    return;
  engine->scheduling = FALSE;
  engine->model->step_check (engine->state);
  engine->scheduling = TRUE;
}

/* What buffers do is done at once. */
gboolean
engine_choose_next (Engine * engine)
{
  guint next;

  if (G_UNLIKELY (engine->reducing) && engine->n_steps)
    engine_reduction_end_step (engine);
  while ((next = choose_actor (engine)) != NOBODY && next >= ENGINE_BUFFERS) {
    engine_tso_flush (engine, next - ENGINE_BUFFERS);
    if (engine->model->step_check)
      engine_check_step (engine);
  }
  if (next == NOBODY)
    return FALSE;
  engine->current = next;
  if (G_UNLIKELY (engine->reducing))
    engine_reduction_begin_step (engine);
  return TRUE;
}
