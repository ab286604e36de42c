/* L2. Any stop but SIGKILL. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

#define STACK_LINES 3

/* What the runner found about the hang, in one line. */
static gchar *
describe_stack (const Trace * trace, const CheckStop * stop)
{
  GString *text = g_string_new (NULL);
  guint lines = 0;

  for (guint i = stop->over; i < stop->end && lines < STACK_LINES; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind != TRACE_STACK || event->role != stop->role)
      continue;
    g_string_append_printf (text, "%s%s", lines++ == 0 ? "; hangs in: " : " | ", event->text);
  }
  return g_string_free (text, FALSE);
}

static gchar *
describe_too_big (const Trace * trace, gint role)
{
  if (!check_life_is_producer (trace, role) || !check_life_is_too_big (trace, role))
    return g_strdup ("");
  return g_strdup_printf ("; its buffers of %" G_GINT64_FORMAT
      " bytes are larger than its area of %" G_GINT64_FORMAT " bytes",
      check_life_frame (trace, role), trace_role_int (trace_role (trace, role), "shm-size",
          1 << 20));
}

static void
run (const Trace * trace, CheckContext * context)
{
  CheckStop stop;

  for (guint cursor = 0; check_life_next_stop (trace, &cursor, &stop);) {
    g_autofree gchar *stack = NULL, *too_big = NULL;

    if (g_str_equal (stop.kind, "SIGKILL") || stop.over == trace->events->len)
      continue;
    check_looked (context, 1);
    if (!stop.late)
      continue;
    stack = describe_stack (trace, &stop);
    too_big = describe_too_big (trace, stop.role);
    check_broken (context, stop.role, stop.late, "still there %.3f s after a stop by %s%s%s",
        (gdouble) stop.late->stop_late.since_us / 1e6, stop.kind, too_big, stack);
  }
}

const Check check_stop_bounded = {
  .id = "L2",
  .name = "stop-bounded",
  .contract = "A stop returns within its deadline in every order of producer and consumers, at "
      "every fill level, whatever the peer does.",
  .source = "MR 11126, issue 790",
  .seen = "The time from the request to stop to the end of the process.",
  .run = run,
};
