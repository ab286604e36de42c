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
owed_to_acquire (const CheckBufpool * bufpool, const TraceEvent * event)
{
  if (!bufpool->active || bufpool->flushing)
    return flow_flushing;
  if (bufpool->max == 0 || bufpool->out < bufpool->max)
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

static CheckBufpoolDue
due_of_waiting (const CheckBufpool * bufpool, const TraceEvent * event)
{
  CheckBufpoolDue due = { owed_to_acquire (bufpool, event), TRUE };

  if (due.owed != waiting)
    due.given = event->pool_waits.final == 0;
  return due;
}

/* Whether the buffers of a pool that is used can change: not while anybody has one. */
static CheckBufpoolDue
due_of_config (const CheckBufpool * bufpool, const TraceEvent * event)
{
  CheckBufpoolDue due = { NULL, TRUE };

  if (bufpool->active || bufpool->out > 0)
    due.owed = refused;
  else if (event->pool_config.reworked == 1)
    due.owed = accepted;
  if (due.owed)
    due.given = (event->pool_config.answer != 0) == (due.owed == accepted);
  return due;
}

static CheckBufpoolDue
due_of_active (const CheckBufpool * bufpool, const TraceEvent * event)
{
  CheckBufpoolDue due = { accepted, TRUE };

  if (event->pool_active.activate && !bufpool->active && (!bufpool->configured
      || event->pool_active.failed > 0))
    due.owed = refused;
  due.given = (event->pool_active.answer != 0) == (due.owed == accepted);
  return due;
}

static CheckBufpoolDue
due_of_reading (const CheckBufpool * bufpool, const TraceEvent * event)
{
  CheckBufpoolDue due = { bufpool->active ? "active" : "inactive", TRUE };

  due.given = (event->pool_has.active != 0) == bufpool->active;
  if (bufpool->known && bufpool->active) {
    due.owed = "active, unchanged";
    due.given &= bufpool->size == event->size && bufpool->max == event->pool_has.max
        && bufpool->min == event->pool_has.min;
  }
  return due;
}

/* What is out lives; when a pool that is not active gets back the last, nothing does. Of an active
 * one the memory is counted that it has, but of the buffers only those that were ever out. */
static CheckBufpoolDue
due_of_count (const CheckBufpool * bufpool, const TraceEvent * event)
{
  guint64 alive = (guint64) MAX (event->pool_alive.alive, 0);

  if (bufpool->active)
    return (CheckBufpoolDue) {event->pool_alive.buffers ? all_out : minimum,
      alive >= bufpool->out
          && (event->pool_alive.buffers || event->pool_alive.alive >= bufpool->min)};
  return (CheckBufpoolDue) {bufpool->out ? all_out : none_left,
    alive >= bufpool->out && (bufpool->out || alive == 0)};
}

CheckBufpoolDue
check_bufpool_due (const CheckBufpool * bufpool, const TraceEvent * event)
{
  const gchar *owed;

  switch ((TraceKind) event->kind) {
    case TRACE_POOL_ACQUIRE:
      owed = owed_to_acquire (bufpool, event);
      return (CheckBufpoolDue) {owed, owed == given_by_acquire (event)};
    case TRACE_POOL_WAITS:
      return due_of_waiting (bufpool, event);
    case TRACE_POOL_CONFIG:
      return due_of_config (bufpool, event);
    case TRACE_POOL_ACTIVE:
      return due_of_active (bufpool, event);
    case TRACE_POOL_HAS:
      return due_of_reading (bufpool, event);
    case TRACE_POOL_ALIVE:
      return due_of_count (bufpool, event);
    default:
      return (CheckBufpoolDue) {NULL, TRUE};
  }
}

/* --- following it --- */

void
check_bufpool_take (CheckBufpool * bufpool, const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_PROBE:
    case TRACE_POOL:
      *bufpool = (CheckBufpool) {
        .configured = event->kind == TRACE_POOL && event->pool.configured != 0
      };
      break;
    case TRACE_POOL_CONFIG:
      if (event->pool_config.answer && !bufpool->active)
        bufpool->configured = TRUE;
      break;
    case TRACE_POOL_HAS:
      if (bufpool->active)
        break;
      bufpool->known = TRUE;
      bufpool->size = event->size;
      bufpool->min = event->pool_has.min;
      bufpool->max = event->pool_has.max;
      break;
    case TRACE_POOL_ACTIVE:
      if (event->pool_active.answer)
        bufpool->active = event->pool_active.activate != 0;
      bufpool->flushing = FALSE;
      break;
    case TRACE_POOL_FLUSH:
      bufpool->flushing = event->pool_flush.begins != 0;
      break;
    case TRACE_POOL_ACQUIRE:
      bufpool->out += event->pool_acquire.flow == FLOW_OK;
      break;
    case TRACE_POOL_RETURN:
      /* As long as a copy holds it, it is out. */
      bufpool->out -= bufpool->out > 0 && event->pool_return.copies == 0;
      break;
    default:
      break;
  }
}

/* --- judging --- */

typedef struct
{
  CheckBufpool bufpool;
  CheckContext *context;
  CheckBufpoolFunc func;
  gpointer user;
} Look;

static void
judge (const Look * look, const TraceEvent * event)
{
  CheckBufpoolDue due = check_bufpool_due (&look->bufpool, event);
  g_autofree gchar *operation = NULL, *result = NULL, *state = NULL;

  if (!due.owed)
    return;
  check_looked (look->context, 1);
  if (due.given)
    return;
  operation = check_bufpool_operation (event);
  result = check_bufpool_result (event);
  state = check_bufpool_state (&look->bufpool);
  check_broken (look->context, event->role, event, "%s (pool %s): %s; should have been: %s",
      operation, state, result, due.owed);
}

static void
look_at (const Trace * trace, const TraceEvent * event, gpointer user)
{
  Look *look = user;

  judge (look, event);
  if (look->func)
    look->func (&look->bufpool, event, look->context, look->user);
  check_bufpool_take (&look->bufpool, event);
}

void
check_bufpool_run (const Trace * trace, const gchar * contract, CheckContext * context,
    CheckBufpoolFunc func, gpointer user)
{
  Look look = {.context = context,.func = func,.user = user };

  check_crashes (trace, contract, context);
  if (check_fails_on (trace, "contract"))
    check_probed (trace, contract, look_at, &look);
  else
    check_looked (context, 1);  /* and does not mind what */
}
