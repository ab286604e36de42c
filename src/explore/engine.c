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

  g_assert (engine && engine->inside);
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

void
engine_note (Engine * engine, const gchar * name, const gchar * format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  note_violation (engine, name, format, arguments);
  va_end (arguments);
}

const gchar *
engine_expects (const ShmdiagModel * model, EngineMemory memory)
{
  return memory == ENGINE_TSO && model->expects_tso ? model->expects_tso : model->expects;
}

/* --- points --- */

/* THREAD gives the processor away and, unless it has ended, gets it back when it is chosen. */
static void
leave (Engine * engine, EngineThread * thread)
{
  if (engine->launching) {
    coroutine_switch (thread->coroutine, engine->main);
    return;
  }
  if (engine->model->step_check)
    engine_check_step (engine);
  if (!engine_choose_next (engine))
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
  if (G_UNLIKELY (engine->buffered))
    engine_tso_point (engine, thread);
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
  /* Which steps of buffers are independent is not worked out. */
  engine->reducing = engine->reduce && engine->strategy == ENGINE_BOUNDED
      && engine->memory == ENGINE_SC;
  for (guint i = 0; i < engine->n_threads; i++) {
    engine->threads[i].site = NULL;
    engine->threads[i].idle = 0;
    memset (engine->threads[i].looks, 0, sizeof engine->threads[i].looks);
  }
  engine_tso_begin (engine);
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
  if (!engine->property[0] && engine_choose_next (engine))
    coroutine_switch (engine->main, engine->threads[engine->current].coroutine);
  engine->scheduling = FALSE;
  if (!engine->property[0] && engine->model->at_rest)
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
  if (!engine)
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
