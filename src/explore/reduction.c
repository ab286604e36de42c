/* Which steps may be exchanged without anybody seeing the difference. */
#include "config.h"
#include "explore/engine.h"

#include <string.h>

/* Plain accesses of one word race, also those of different bytes. */
gboolean
engine_accesses_meet (const EngineAccess * one, const EngineAccess * other)
{
  gsize unit = one->plain && other->plain ? 8 : 1;
  guintptr first = (guintptr) one->address / unit;
  guintptr last = ((guintptr) one->address + one->size - 1) / unit;
  guintptr other_first = (guintptr) other->address / unit;
  guintptr other_last = ((guintptr) other->address + other->size - 1) / unit;

  return first <= other_last && other_first <= last;
}

/* A check after every step sees in which order different objects are written, too. */
gboolean
engine_accesses_depend (const Engine * engine, const EngineAccess * one,
    const EngineAccess * other)
{
  if (one->everything || other->everything)
    return TRUE;
  if (!one->writes && !other->writes)
    return FALSE;
  if (one->writes && other->writes && engine->model->step_check)
    return TRUE;
  return engine_accesses_meet (one, other);
}

/* Steps that an earlier run has made, too, are known. */
static gboolean
is_new_step (const Engine * engine)
{
  return engine->n_steps >= MAX (engine->n_prefix, 1);
}

void
engine_reduction_begin_step (Engine * engine)
{
  if (engine->n_steps == MAX (engine->n_prefix, 1))
    memcpy (engine->shadow, engine->state, engine->model->state_size);
}

static gboolean
is_in_state (const Engine * engine, const EngineAccess * access)
{
  const guint8 *state = engine->state;

  return access->address >= state
      && access->address + access->size <= state + engine->model->state_size;
}

/* A step is what its point says, and what the thread does until its next one. Nobody declares
 * that, so it is looked for: who changes the state elsewhere may have met anything there. What is
 * outside the state may be elsewhere in the next run, so that it is not known by its address. */
void
engine_reduction_end_step (Engine * engine)
{
  EngineAccess *access = &engine->access;
  gsize size = engine->model->state_size;

  if (!is_new_step (engine))
    return;
  if (is_in_state (engine, access)) {
    gsize offset = access->address - (const guint8 *) engine->state;

    if (access->writes)
      memcpy (engine->shadow + offset, access->address, access->size);
  } else {
    access->everything = TRUE;
  }
  if (memcmp (engine->shadow, engine->state, size) != 0) {
    access->everything = TRUE;
    memcpy (engine->shadow, engine->state, size);
  }
  engine->nodes[engine->n_steps - 1].access = *access;
}
