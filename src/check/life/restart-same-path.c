/* L6. Every start of a producer after the first one of the case, whatever ended the one before. Who
 * takes another path is not found by who was told of the first; neither is who cannot be reached. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

static const TraceEvent *
first_start (const Trace * trace)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STARTED && check_life_is_producer (trace, event->role)
        && check_life_started_well (event))
      return event;
  }
  return NULL;
}

static void
look_at_restart (const Trace * trace, const TraceEvent * first, const TraceEvent * event,
    CheckContext * context)
{
  check_looked (context, 1);
  if (!check_life_started_well (event))
    check_broken (context, event->role, event, "could not be started again at %s: %s",
        first->text, event->text);
  else if (!g_str_equal (event->text, first->text))
    check_broken (context, event->role, event, "started again, it listens at %s and not at %s, "
        "where its consumers look for it", event->text, first->text);
}

/* A consumer that cannot connect to a producer that was started again and is up. */
static void
look_at_consumer (const Trace * trace, guint at, const TraceEvent * again, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);

  if (!check_life_is_up (trace, again->role, at))
    return;
  check_looked (context, 1);
  if (!check_life_started_well (event))
    check_broken (context, again->role, event, "%s cannot reach it after it was started again: %s",
        trace_role (trace, event->role)->name, event->text);
}

static void
run (const Trace * trace, CheckContext * context)
{
  const TraceEvent *first = first_start (trace), *again = NULL;

  for (guint i = 0; first && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind != TRACE_STARTED || event->time_ns <= first->time_ns)
      continue;
    if (check_life_is_producer (trace, event->role)) {
      look_at_restart (trace, first, event, context);
      again = check_life_started_well (event) ? event : NULL;
    } else if (again && check_life_is_consumer (trace, event->role)) {
      look_at_consumer (trace, i, again, context);
    }
  }
}

const Check check_restart_same_path = {
  .id = "L6",
  .name = "restart-same-path",
  .contract = "A producer can be started again on the same path after any end of the previous one, "
      "and is reachable there.",
  .source = "shm pipe protocol",
  .seen = "The path in use after each start, and connects to it.",
  .run = run,
};
