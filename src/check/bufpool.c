#include "config.h"
#include "check/bufpool.h"

#include "check/probed.h"

/* GstFlowReturn, as TRACE_POOL_ACQUIRE has it. */
enum
{
  FLOW_OK = 0,
  FLOW_FLUSHING = -2,
  FLOW_EOS = -3
};

static const gchar flow_ok[] = "ok", flow_flushing[] = "flushing", flow_eos[] = "eos",
    waiting[] = "no answer yet", accepted[] = "yes", refused[] = "no", all_out[] = "those out",
    none_left[] = "none left", minimum[] = "the minimum";

/* --- what is due --- */

static const gchar *
owed_to_acquire (const CheckPool * pool, const TraceEvent * event)
{
  if (!pool->active || pool->flushing)
    return flow_flushing;
  if (pool->max == 0 || pool->out < pool->max)
    return flow_ok;
  return event->pool_acquire.no_wait ? flow_eos : waiting;
}

/* NULL: one that no pool owes. */
static const gchar *
given_by_acquire (const TraceEvent * event)
{
  switch (event->pool_acquire.flow) {
    case FLOW_OK:
      return flow_ok;
    case FLOW_FLUSHING:
      return flow_flushing;
    case FLOW_EOS:
      return flow_eos;
    default:
      return NULL;
  }
}

static CheckPoolDue
due_of_waiting (const CheckPool * pool, const TraceEvent * event)
{
  CheckPoolDue due = { owed_to_acquire (pool, event), TRUE };

  if (due.owed != waiting)
    due.given = event->pool_waits.final == 0;
  return due;
}

/* Whether the buffers of a pool that is used can change: not while anybody has one. */
static CheckPoolDue
due_of_config (const CheckPool * pool, const TraceEvent * event)
{
  CheckPoolDue due = { NULL, TRUE };

  if (pool->active || pool->out > 0)
    due.owed = refused;
  else if (event->pool_config.reworked == 1)
    due.owed = accepted;
  if (due.owed)
    due.given = (event->pool_config.answer != 0) == (due.owed == accepted);
  return due;
}

static CheckPoolDue
due_of_active (const CheckPool * pool, const TraceEvent * event)
{
  CheckPoolDue due = { accepted, TRUE };

  if (event->pool_active.activate && !pool->active && (!pool->configured
      || event->pool_active.failed > 0))
    due.owed = refused;
  due.given = (event->pool_active.answer != 0) == (due.owed == accepted);
  return due;
}

static CheckPoolDue
due_of_reading (const CheckPool * pool, const TraceEvent * event)
{
  CheckPoolDue due = { pool->active ? "active" : "inactive", TRUE };

  due.given = (event->pool_has.active != 0) == pool->active;
  if (pool->known && pool->active) {
    due.owed = "active, unchanged";
    due.given &= pool->size == event->size && pool->max == event->pool_has.max
        && pool->min == event->pool_has.min;
  }
  return due;
}

/* What is out lives; when a pool that is not active gets back the last, nothing does. Of an active
 * one the memory is counted that it has, but of the buffers only those that were ever out. */
static CheckPoolDue
due_of_count (const CheckPool * pool, const TraceEvent * event)
{
  guint64 alive = (guint64) MAX (event->pool_alive.alive, 0);

  if (pool->active)
    return (CheckPoolDue) {event->pool_alive.buffers ? all_out : minimum,
      alive >= pool->out && (event->pool_alive.buffers || event->pool_alive.alive >= pool->min)};
  return (CheckPoolDue) {pool->out ? all_out : none_left,
    alive >= pool->out && (pool->out || alive == 0)};
}

CheckPoolDue
check_pool_due (const CheckPool * pool, const TraceEvent * event)
{
  const gchar *owed;

  switch ((TraceKind) event->kind) {
    case TRACE_POOL_ACQUIRE:
      owed = owed_to_acquire (pool, event);
      return (CheckPoolDue) {owed, owed == given_by_acquire (event)};
    case TRACE_POOL_WAITS:
      return due_of_waiting (pool, event);
    case TRACE_POOL_CONFIG:
      return due_of_config (pool, event);
    case TRACE_POOL_ACTIVE:
      return due_of_active (pool, event);
    case TRACE_POOL_HAS:
      return due_of_reading (pool, event);
    case TRACE_POOL_ALIVE:
      return due_of_count (pool, event);
    default:
      return (CheckPoolDue) {NULL, TRUE};
  }
}

/* --- following it --- */

void
check_pool_take (CheckPool * pool, const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_PROBE:
    case TRACE_POOL:
      *pool = (CheckPool) {.configured = event->kind == TRACE_POOL && event->pool.configured != 0 };
      break;
    case TRACE_POOL_CONFIG:
      if (event->pool_config.answer && !pool->active)
        pool->configured = TRUE;
      break;
    case TRACE_POOL_HAS:
      if (pool->active)
        break;
      pool->known = TRUE;
      pool->size = event->size;
      pool->min = event->pool_has.min;
      pool->max = event->pool_has.max;
      break;
    case TRACE_POOL_ACTIVE:
      if (event->pool_active.answer)
        pool->active = event->pool_active.activate != 0;
      pool->flushing = FALSE;
      break;
    case TRACE_POOL_FLUSH:
      pool->flushing = event->pool_flush.begins != 0;
      break;
    case TRACE_POOL_ACQUIRE:
      pool->out += event->pool_acquire.flow == FLOW_OK;
      break;
    case TRACE_POOL_RETURN:
      /* As long as a copy holds it, it is out. */
      pool->out -= pool->out > 0 && event->pool_return.copies == 0;
      break;
    default:
      break;
  }
}

/* --- judging --- */

typedef struct
{
  CheckPool pool;
  CheckContext *context;
  CheckPoolFunc func;
  gpointer user;
} Look;

static void
judge (const Look * look, const TraceEvent * event)
{
  CheckPoolDue due = check_pool_due (&look->pool, event);
  g_autofree gchar *operation = NULL, *result = NULL, *state = NULL;

  if (!due.owed)
    return;
  check_looked (look->context, 1);
  if (due.given)
    return;
  operation = check_pool_operation (event);
  result = check_pool_result (event);
  state = check_pool_state (&look->pool);
  check_broken (look->context, event->role, event, "%s (pool %s): %s; should have been: %s",
      operation, state, result, due.owed);
}

static void
look_at (const Trace * trace, const TraceEvent * event, gpointer user)
{
  Look *look = user;

  judge (look, event);
  if (look->func)
    look->func (&look->pool, event, look->context, look->user);
  check_pool_take (&look->pool, event);
}

void
check_pool_run (const Trace * trace, const gchar * contract, CheckContext * context,
    CheckPoolFunc func, gpointer user)
{
  Look look = {.context = context,.func = func,.user = user };

  check_crashes (trace, contract, context);
  if (check_fails_on (trace, "contract"))
    check_probed (trace, contract, look_at, &look);
  else
    check_looked (context, 1);  /* and does not mind what */
}
