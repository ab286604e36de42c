/* L12. Our own peers have no states: there the start is looked at. A change may fail when no
 * producer is up, and when the element has said why: what it ran out of is not its fault. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

#include <string.h>

#define CHANGE_NS (5 * G_TIME_SPAN_SECOND * 1000)

static gboolean
is_excused (const Trace * trace, guint at)
{
  gint role = trace_at (trace, at)->role;

  /* The text of a start that failed is its error. */
  if (trace_at (trace, at)->kind == TRACE_STARTED
      || check_life_has (trace, 0, at, TRACE_BUS_ERROR, role))
    return TRUE;
  return check_life_is_consumer (trace, role)
      && !check_life_is_up (trace, check_life_producer (trace, at), at);
}

static gboolean
is_documented (const TraceEvent * event)
{
  static const gchar *const results[] = { "success", "async", "no-preroll", NULL };
  const gchar *space = strrchr (event->text, ' ');

  return g_strv_contains (results, space ? space + 1 : event->text);
}

static gint64
duration_ns (const TraceEvent * event)
{
  return CLAMP (event->state.took_us, 0, G_MAXINT64 / 1000) * 1000;
}

static void
look_at_change (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  gboolean failed = event->kind == TRACE_STATE ? !is_documented (event)
      : !check_life_started_well (event);
  CheckSpan span = { event->time_ns - duration_ns (event), event->time_ns, CHANGE_NS };
  gint64 took_ns = check_lasted_ns (trace, span.from_ns, span.to_ns);

  if (failed && is_excused (trace, at))
    return;
  check_looked (context, 1);
  if (failed)
    check_broken (context, event->role, event, "%s: %s",
        event->kind == TRACE_STATE ? "state change" : "start", event->text);
  else if (took_ns >= CHANGE_NS)
    check_late (context, event->role, event, &span, "%s took %.3f s (%s)",
        event->kind == TRACE_STATE ? "state change" : "start", (gdouble) took_ns / 1e9,
        event->text);
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STATE || (event->kind == TRACE_STARTED
            && !check_life_has (trace, 0, trace->events->len, TRACE_STATE, event->role)
            && (check_life_is_producer (trace, event->role)
                || check_life_is_consumer (trace, event->role))))
      look_at_change (trace, i, context);
  }
}

const Check check_states = {
  .id = "L12",
  .name = "states",
  .contract = "State changes follow the documented results (async, no-preroll, success) and each "
      "returns in time.",
  .source = "MR 11109",
  .seen = "The result and duration of each state change, or of the start of our own peer.",
  .run = run,
};
