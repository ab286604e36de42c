/* L16. Looked at are the waits of a scenario for a consumer's end, once a producer has ended. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

/* Where the last producer ended before AT; nowhere when none did. */
static guint
producer_end (const Trace * trace, guint at)
{
  guint end = 0;
  gboolean found = FALSE;

  for (guint i = 0; i < at && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if ((event->kind == TRACE_STOPPED || event->kind == TRACE_EXIT)
        && check_life_is_producer (trace, event->role)) {
      end = i;
      found = TRUE;
    }
  }
  return found ? end : trace->events->len;
}

static gboolean
is_told (const Trace * trace, gint role, guint to)
{
  guint begin = check_life_begin (trace, role, to);

  return check_life_has (trace, begin, to, TRACE_END, role)
      || check_life_has (trace, begin, to, TRACE_EOS, role)
      || check_life_has (trace, begin, to, TRACE_BUS_ERROR, role);
}

static void
look_at_wait (const Trace * trace, guint at, CheckContext * context)
{
  gint role = trace_at (trace, at)->role;
  guint over = check_life_step_over (trace, at);
  guint end = producer_end (trace, over);
  gint producer;

  if (over == trace->events->len || end == trace->events->len)
    return;
  if (is_told (trace, role, over)) {
    check_looked (context, 1);
    return;
  }
  if (trace_at (trace, over)->kind != TRACE_STEP_LATE
      || check_life_waited_in_vain (trace_at (trace, over)))
    return;
  check_looked (context, 1);
  producer = trace_at (trace, end)->role;
  /* The kernel closes the connections of a process that is gone: its peer must notice. */
  check_broken (context, check_life_has (trace, 0, over, TRACE_EXIT, producer) ? role
      : check_blame (trace, trace_at (trace, over), producer, role), trace_at (trace, over),
      "%s was told of no end in %.3f s after %s had ended", trace_role (trace, role)->name,
      (gdouble) (check_life_ns (trace, over) - check_life_ns (trace, end)) / 1e9,
      trace_role (trace, producer)->name);
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STEP && check_life_is_consumer (trace, event->role)
        && check_life_step_is (event, "wait", "for=end"))
      look_at_wait (trace, i, context);
  }
}

const Check check_end_told = {
  .id = "L16",
  .name = "end-told",
  .contract = "The end of a producer reaches its consumers as EOS or as an error of its own kind.",
  .source = "shm pipe protocol",
  .seen = "End, EOS or error at each consumer that the scenario waits for.",
  .run = run,
};
