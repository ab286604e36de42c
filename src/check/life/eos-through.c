/* L3. A producer is judged when no consumer that lives may keep a buffer back or is slow, and no
 * buffer of its own is known to be stuck (waiting for a connection or for space): EOS travels
 * behind it. A consumer is judged when it was connected and had not been told of an end before. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static gboolean
consumers_hold_nothing (const Trace * trace, guint at)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    const TraceRole *role = trace_role (trace, (gint) i);

    if (role->side == TRACE_SIDE_CONSUMER && check_life_is_up (trace, (gint) i, at)
        && (check_life_may_hold (trace, (gint) i, at) || check_life_is_slow (role)))
      return FALSE;
  }
  return TRUE;
}

/* Whether the buffer SEQ reached anybody: only then has the producer got it off its hands. */
static gboolean
has_arrived (const Trace * trace, guint from, guint64 seq)
{
  for (guint i = from; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->seq == seq && (event->kind == TRACE_NEW_BUFFER || event->kind == TRACE_BUFFER_IN
            || event->kind == TRACE_DROPPED))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_stuck (const Trace * trace, const CheckStop * stop)
{
  const TraceRole *role = trace_role (trace, stop->role);
  guint out = check_life_last (trace, stop->at, TRACE_BUFFER_OUT, stop->role);

  if (!trace_role_bool (role, "wait-for-connection", TRUE))
    return FALSE;
  if (!check_life_is_numbered (role) || !check_life_tells_all (role))
    return TRUE;                /* a source that never rests, or does not say */
  return out < trace->events->len && out >= stop->begin
      && !has_arrived (trace, out, trace_at (trace, out)->seq);
}

static gboolean
is_judged (const Trace * trace, const CheckStop * stop)
{
  if (!g_str_equal (stop->kind, "EOS") || stop->over == trace->events->len
      || !check_life_is_up (trace, stop->role, stop->at)
      || check_life_has (trace, stop->begin, stop->at, TRACE_BUS_ERROR, stop->role))
    return FALSE;
  if (check_life_is_producer (trace, stop->role))
    return consumers_hold_nothing (trace, stop->at) && !is_stuck (trace, stop);
  return check_life_has (trace, stop->begin, stop->at, TRACE_CONNECTED, stop->role)
      && !check_life_has (trace, stop->begin, stop->at, TRACE_END, stop->role)
      && !check_life_has (trace, stop->at, stop->over, TRACE_BUS_ERROR, stop->role);
}

static void
run (const Trace * trace, CheckContext * context)
{
  CheckStop stop;

  for (guint cursor = 0; check_life_next_stop (trace, &cursor, &stop);) {
    if (!is_judged (trace, &stop))
      continue;
    check_looked (context, 1);
    if (!check_life_has (trace, stop.begin, stop.over, TRACE_EOS, stop.role))
      check_broken (context, stop.role, trace_at (trace, stop.over),
          "stopped by EOS, but EOS did not reach its end; no peer that lives held anything");
  }
}

const Check check_eos_through = {
  .id = "L3",
  .name = "eos-through",
  .contract = "EOS reaches the end and waits for no peer that is gone.",
  .source = "MR 11126",
  .seen = "The EOS event of the role that was asked to stop by EOS.",
  .run = run,
};
