/* L4. A stalled flow is blamed as L13 does; a signal is the fault of whom it ended, unless it was
 * sent on purpose. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static void
look_at_flow (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const TraceRole *consumer = trace_role (trace, event->role);
  gint producer = check_life_producer (trace, at);

  check_looked (context, 1);
  if (event->kind == TRACE_FLOW)
    return;
  check_broken (context, check_life_is_up (trace, producer, at)
      ? check_life_blame (trace, producer, event->role) : event->role, event,
      "%s got only %" G_GINT64_FORMAT " buffers in time after a peer had gone",
      consumer != NULL ? consumer->name : "-", event->value);
}

/* SIGTERM may reach a process that does not handle it yet. */
static gboolean
was_asked_for (const Trace * trace, guint at)
{
  const TraceEvent *event = trace_at (trace, at);
  guint stop = check_life_last (trace, at, TRACE_STOP, event->role);

  if (check_life_was_killed (trace, event->role, at))
    return TRUE;
  return event->value == -15 && stop < trace->events->len
      && stop >= check_life_begin (trace, event->role, at)
      && g_str_equal (trace_at (trace, stop)->text, "SIGTERM");
}

static void
look_at_exit (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const TraceRole *role = trace_role (trace, event->role);

  if (role == NULL || role->side == TRACE_SIDE_TAP)
    return;
  check_looked (context, 1);
  if (event->value < 0 && event->size == 0 && !was_asked_for (trace, at))
    check_broken (context, event->role, event, "died of a signal: %s", event->text);
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_FLOW || event->kind == TRACE_FLOW_LATE)
      look_at_flow (trace, i, context);
    else if (event->kind == TRACE_EXIT)
      look_at_exit (trace, i, context);
  }
}

const Check check_survivor_lives = {
  .id = "L4",
  .name = "survivor-lives",
  .contract = "When one peer stops, is killed or crashes, the others go on or end cleanly as "
      "documented.",
  .source = "MR 11126",
  .seen = "The flow of buffers to those who stay, and how each process ended.",
  .run = run,
};
