/* A5. The configured frame (without caps a test source's has 614,400 bytes) against the configured
 * area. The time runs from when nothing else keeps the producer from rendering. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

#define ERROR_NS (2 * G_TIME_SPAN_SECOND * 1000)

static guint
asked_to_produce (const Trace * trace, gint role)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == role && (event->kind == TRACE_BUFFER_OUT
            || (event->kind == TRACE_STEP && check_life_step_is (event, "produce", NULL))))
      return i;
  }
  return trace->events->len;
}

/* Where it could have known; nowhere when it never could. */
static guint
due_from (const Trace * trace, gint index)
{
  const TraceRole *role = trace_role (trace, index);
  guint from = check_life_next (trace, 0, TRACE_STARTED, index);

  if (trace_role_bool (role, "wait-for-connection", TRUE))
    from = MAX (from, check_life_next (trace, 0, TRACE_CONNECTED, index));
  if (check_life_is_numbered (role))
    from = MAX (from, asked_to_produce (trace, index));
  return from;
}

/* The first clear answer: an error on the bus, or of the start or a command. */
static const TraceEvent *
find_error (const Trace * trace, gint role, guint to)
{
  for (guint i = 0; i < to; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role)
      continue;
    if (event->kind == TRACE_BUS_ERROR
        || (event->kind == TRACE_STARTED && !check_life_started_well (event))
        || (event->kind == TRACE_DONE && event->text[0] != '\0'))
      return event;
  }
  return NULL;
}

static const gchar *
advice (const Trace * trace, gint index)
{
  return trace_role_get (trace_role (trace, index), "pipeline", NULL)
      ? " (a shm-size in the pipeline wins)" : "";
}

static void
look_at_producer (const Trace * trace, gint index, CheckContext * context)
{
  guint to = MIN (check_life_next (trace, 0, TRACE_STOP, index),
      check_life_next (trace, 0, TRACE_EXIT, index));
  guint from = due_from (trace, index);
  const TraceEvent *error = find_error (trace, index, to);
  CheckSpan span = { check_life_ns (trace, from),
    error ? error->time_ns : check_life_ns (trace, to), ERROR_NS
  };
  gint64 waited_ns = check_lasted_ns (trace, span.from_ns, span.to_ns);

  if (error ? FALSE : from >= to || waited_ns < ERROR_NS)
    return;
  check_looked (context, 1);
  if (!error)
    check_late (context, index, trace_at (trace, from), &span, "no error in %.3f s for buffers "
        "of %" G_GINT64_FORMAT " bytes, larger than its area of %" G_GINT64_FORMAT " bytes%s",
        (gdouble) waited_ns / 1e9, check_life_frame (trace, index),
        trace_role_int (trace_role (trace, index), "shm-size", 1 << 20), advice (trace, index));
  else if (from < to && waited_ns > ERROR_NS)
    check_late (context, index, error, &span, "the error came only after %.3f s: %s",
        (gdouble) waited_ns / 1e9, error->text);
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (check_life_is_producer (trace, (gint) i)
        && check_life_is_too_big (trace, (gint) i))
      look_at_producer (trace, (gint) i, context);
  }
}

const Check check_too_big = {
  .id = "A5",
  .name = "too-big",
  .contract = "A buffer larger than the area is a clear error, at once.",
  .source = "shm pipe protocol",
  .seen = "The first error of a producer whose buffers cannot fit, and its time.",
  .run = run,
};
