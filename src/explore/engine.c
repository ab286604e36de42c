/* One schedule: set-up, launch, steps until all threads have returned, at rest, tear-down. */
#include "config.h"
#include "explore/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Engine *engine_running;

/* --- what ends a schedule --- */

void
engine_end (Engine * engine)
{
  Coroutine *self = engine->job ? engine->helper : engine->threads[engine->current].coroutine;

  engine->inside = FALSE;
  engine->scheduling = FALSE;
  coroutine_switch (self, engine->main);
  g_assert_not_reached ();
}

static void G_GNUC_PRINTF (3, 0)
note_violation (Engine * engine, const gchar * name, const gchar * format, va_list arguments)
{
  if (engine->property[0])
    return;                     /* the first one tells */
  g_strlcpy (engine->property, name, sizeof engine->property);
  vsnprintf (engine->message, sizeof engine->message, format, arguments);
}

void
engine_violate (Engine * engine, const gchar * name, const gchar * format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  note_violation (engine, name, format, arguments);
  va_end (arguments);
  engine_end (engine);
}

void
shmdiag_do_violation (const char *name, const char *format, ...)
{
  Engine *engine = engine_running;
  va_list arguments;

  g_assert (engine != NULL && engine->inside);
  va_start (arguments, format);
  note_violation (engine, name, format, arguments);
  va_end (arguments);
  engine_end (engine);
}

const gchar *
engine_place (const gchar * site)
{
  const gchar *start = site;

  for (const gchar * c = site; *c && *c != ':'; c++)
    if (*c == '/')
      start = c + 1;
  return start;
}

/* --- who goes next --- */

static gboolean
can_proceed (Engine * engine, EngineThread * thread)
{
  ShmdiagKind kind = thread->how & 0xff;
  EngineLock *lock;
  guint64 value = 0;

  if (kind == SHMDIAG_WAIT) {
    memcpy (&value, thread->address, thread->how >> 16 & 0xff);
    return value != thread->operand;
  }
  lock = locks_find (&engine->locks, thread->address);
  return lock == NULL || locks_can_take (lock, kind == SHMDIAG_RDLOCK);
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

static void G_GNUC_PRINTF (3, 4)
note (Engine * engine, const gchar * name, const gchar * format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  note_violation (engine, name, format, arguments);
  va_end (arguments);
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
  note (engine, "deadlock", "every thread that is left waits: %s", text);
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

/* FALSE: nobody can go on, or shall; a violation is noted. */
static gboolean
choose_next (Engine * engine)
{
  guint enabled = engine->live;
  guint next;

  if (G_UNLIKELY (engine->reducing) && engine->n_steps)
    engine_reduction_end_step (engine);
  if (engine->waiting)
    enabled &= ~blocked (engine);
  if (!enabled) {
    if (engine->live)
      note_deadlock (engine);
    return FALSE;
  }
  if (engine->n_steps == ENGINE_STEP_LIMIT) {
    note (engine, "livelock", "suspected: %u steps and no end", engine->n_steps);
    return FALSE;
  }
  next = engine_strategy_choose (engine, enabled);
  if (next == ENGINE_NOBODY) {
    engine->redundant = TRUE;
    return FALSE;
  }
  engine->schedule[engine->n_steps++] = next;
  engine->hash = (engine->hash ^ (next + 1)) * G_GUINT64_CONSTANT (0x100000001b3);
  if (next != engine->current)
    note_change (engine, next);
  engine->current = next;
  if (G_UNLIKELY (engine->reducing))
    engine_reduction_begin_step (engine);
  return TRUE;
}

/* --- points --- */

static void
check_step (Engine * engine)
{
  if (engine->model->step_check == NULL || !engine->n_steps)
    return;
  engine->scheduling = FALSE;
  engine->model->step_check (engine->state);
  engine->scheduling = TRUE;
}

/* THREAD gives the processor away and, unless it has ended, gets it back when it is chosen. */
static void
leave (Engine * engine, EngineThread * thread)
{
  if (engine->launching) {
    coroutine_switch (thread->coroutine, engine->main);
    return;
  }
  check_step (engine);
  if (!choose_next (engine))
    engine_end (engine);
  if (engine->current != thread->index)
    coroutine_switch (thread->coroutine, engine->threads[engine->current].coroutine);
}

static inline gboolean
is_blocking (ShmdiagKind kind)
{
  return kind == SHMDIAG_LOCK || kind == SHMDIAG_RDLOCK || kind == SHMDIAG_WAIT;
}

void
engine_point (Engine * engine, const gchar * site, guint how, gconstpointer address)
{
  EngineThread *thread = &engine->threads[engine->current];

  thread->site = site;
  thread->how = how;
  thread->address = address;
  if (G_LIKELY (!is_blocking (how & 0xff))) {
    leave (engine, thread);
    return;
  }
  engine->waiting |= 1u << thread->index;
  leave (engine, thread);
  engine->waiting &= ~(1u << thread->index);
}

static void
run_thread (gpointer user)
{
  EngineThread *thread = user;
  Engine *engine = thread->engine;
  const EngineLock *lock;

  engine->model->thread (engine->state, thread->index);
  lock = locks_held_by (&engine->locks, thread->index);
  if (lock)
    engine_violate (engine, "lock-left", "T%u has ended and still holds the lock of %s",
        thread->index, engine_place (lock->site));
  engine->live &= ~(1u << thread->index);
  leave (engine, thread);
  g_assert_not_reached ();
}

/* --- a schedule --- */

static void
run_job (gpointer user)
{
  Engine *engine = user;

  engine->job (engine);
  engine_end (engine);
}

/* What is not scheduled runs on a stack too, so that a violation can leave it from anywhere. */
static void
call (Engine * engine, void (*job) (Engine * engine))
{
  engine->job = job;
  engine->inside = TRUE;
  coroutine_restart (engine->helper);
  coroutine_switch (engine->main, engine->helper);
  engine->job = NULL;
}

static void
job_set_up (Engine * engine)
{
  if (engine->model->set_up)
    engine->model->set_up (engine->state, engine->n_threads);
}

static void
job_at_rest (Engine * engine)
{
  engine->model->at_rest (engine->state);
}

static void
job_tear_down (Engine * engine)
{
  engine->model->tear_down (engine->state);
}

static void
begin (Engine * engine)
{
  memset (engine->state, 0, engine->model->state_size);
  engine->property[0] = engine->message[0] = '\0';
  engine->current = 0;
  engine->live = engine->waiting = 0;
  engine->n_steps = 0;
  engine->hash = 0;
  engine->redundant = FALSE;
  engine->reducing = engine->reduce && engine->strategy == ENGINE_BOUNDED;
  for (guint i = 0; i < engine->n_threads; i++) {
    engine->threads[i].site = NULL;
    engine->threads[i].idle = 0;
    memset (engine->threads[i].looks, 0, sizeof engine->threads[i].looks);
  }
  locks_clear (&engine->locks);
  races_begin (engine->races, engine->n_threads);
  engine_strategy_begin (engine);
}

/* Each thread goes up to its first point: what is before touches nothing that is shared. */
static void
launch (Engine * engine)
{
  engine->launching = TRUE;
  for (guint i = 0; i < engine->n_threads && !engine->property[0]; i++) {
    engine->current = i;
    engine->live |= 1u << i;
    engine->inside = engine->scheduling = TRUE;
    coroutine_restart (engine->threads[i].coroutine);
    coroutine_switch (engine->main, engine->threads[i].coroutine);
  }
  engine->launching = FALSE;
  engine->current = 0;
}

gboolean
engine_run (Engine * engine)
{
  engine_running = engine;
  begin (engine);
  call (engine, job_set_up);
  if (!engine->property[0])
    launch (engine);
  if (!engine->property[0] && choose_next (engine))
    coroutine_switch (engine->main, engine->threads[engine->current].coroutine);
  engine->scheduling = FALSE;
  if (!engine->property[0] && !engine->redundant && engine->model->at_rest)
    call (engine, job_at_rest);
  if (engine->model->tear_down)
    call (engine, job_tear_down);
  engine->inside = FALSE;
  engine_running = NULL;
  return engine->property[0] == '\0';
}

/* --- life --- */

Engine *
engine_new (const ShmdiagModel * model, guint n_threads)
{
  Engine *engine = g_new0 (Engine, 1);

  engine->model = model;
  engine->n_threads = n_threads;
  engine->state = g_malloc0 (model->state_size + 1);
  engine->shadow = g_malloc0 (model->state_size + 1);
  engine->schedule = g_malloc0 (ENGINE_STEP_LIMIT);
  engine->trace = g_new0 (EngineStep, ENGINE_STEP_LIMIT);
  engine->nodes = g_new0 (EngineNode, ENGINE_STEP_LIMIT);
  engine->switches = g_new0 (guint32, ENGINE_SWITCH_BITS / 32);
  engine->races = races_new ();
  engine->random = 1;
  engine->main = coroutine_new_main ();
  engine->helper = coroutine_new (engine->main, SHMDIAG_STACK_SIZE, run_job, engine);
  for (guint i = 0; i < n_threads; i++) {
    EngineThread *thread = &engine->threads[i];

    thread->engine = engine;
    thread->index = i;
    thread->coroutine = coroutine_new (engine->main, SHMDIAG_STACK_SIZE, run_thread, thread);
  }
  engine_catch_crashes ();
  return engine;
}

void
engine_free (Engine * engine)
{
  if (engine == NULL)
    return;
  engine_release_crashes ();
  for (guint i = 0; i < engine->n_threads; i++)
    coroutine_free (engine->threads[i].coroutine);
  coroutine_free (engine->helper);
  coroutine_free (engine->main);
  races_free (engine->races);
  g_free (engine->switches);
  g_free (engine->nodes);
  g_free (engine->trace);
  g_free (engine->schedule);
  g_free (engine->shadow);
  g_free (engine->state);
  g_free (engine);
}
