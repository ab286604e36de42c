/* L1. Looked at are stops that the process survived to its own end. What a consumer reports once
 * its producer is going, or has closed its connection, is the news of that end (L16), not of its
 * own stop. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static gboolean
producer_is_going (const Trace * trace, guint before)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (check_life_is_producer (trace, (gint) i)
        && (check_life_has (trace, 0, before, TRACE_STOP, (gint) i)
            || check_life_has (trace, 0, before, TRACE_EXIT, (gint) i)
            || check_life_has (trace, 0, before, TRACE_BUS_ERROR, (gint) i)))
      return TRUE;
  }
  return FALSE;
}

static gboolean
was_dropped (const Trace * trace, gint consumer, guint before)
{
  gint client = -1;

  for (guint i = 0; i < before; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_CLIENT_OPEN && event->role == consumer)
      client = event->client;
    else if (event->kind == TRACE_CLIENT_CLOSE && event->client == client && client >= 0
        && g_str_equal (event->text, "producer"))
      return TRUE;
    else if (!trace->tap && event->kind == TRACE_DISCONNECTED
        && check_life_is_producer (trace, event->role))
      return TRUE;
  }
  return FALSE;
}

/* TRUE when the exit status may tell of what was reported here. */
static gboolean
look_at_messages (const Trace * trace, const CheckStop * stop, guint to, CheckContext * context)
{
  gboolean excused = FALSE;

  for (guint i = stop->at; i < to; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != stop->role
        || (event->kind != TRACE_BUS_ERROR && event->kind != TRACE_BUS_WARNING))
      continue;
    if (check_life_is_consumer (trace, stop->role)
        && (producer_is_going (trace, i) || was_dropped (trace, stop->role, i)))
      excused = TRUE;
    else
      check_broken (context, stop->role, event, "%s during its stop (%s): %s",
          event->kind == TRACE_BUS_ERROR ? "error" : "warning", stop->kind, event->text);
  }
  return excused;
}

static void
look_at_stop (const Trace * trace, const CheckStop * stop, CheckContext * context)
{
  gboolean failed_before = check_life_has (trace, stop->begin, stop->at, TRACE_BUS_ERROR,
      stop->role);
  guint to = MIN (stop->end, trace->events->len);
  const TraceEvent *exit;

  if (to == trace->events->len && !stop->stopped)
    return;
  check_looked (context, 1);
  if (look_at_messages (trace, stop, to, context) || failed_before
      || stop->end == trace->events->len)
    return;
  exit = trace_at (trace, stop->end);
  /* A death by a signal is another matter (L4), and never a known noise. */
  if (exit->kind == TRACE_EXIT && exit->exit.status > 0)
    check_broken (context, stop->role, exit, "exit %" G_GINT64_FORMAT " (%s) after a stop by %s",
        exit->exit.status, exit->text, stop->kind);
}

static void
run (const Trace * trace, CheckContext * context)
{
  CheckStop stop;

  for (guint cursor = 0; check_life_next_stop (trace, &cursor, &stop);) {
    if (!check_life_was_killed (trace, stop.role, stop.at))
      look_at_stop (trace, &stop, context);
  }
}

const Check check_stop_quiet = {
  .id = "L1",
  .name = "stop-quiet",
  .contract = "A clean stop posts no error and no warning, and the program exits 0.",
  .source = "MR 11109, issue 4487",
  .seen = "Messages at the synchronous bus handler after the stop was asked for, and the exit "
      "status.",
  .run = run,
};
