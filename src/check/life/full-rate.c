/* L13. Windows of observation whose label has "rate" in it. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

#include <string.h>

static gint
first_consumer (const Trace * trace)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (check_life_is_consumer (trace, (gint) i))
      return (gint) i;
  }
  return -1;
}

/* The last counters of all roles before AT, "p 1200, c 640". */
static gchar *
describe_counters (const Trace * trace, guint at)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < trace->roles->len; i++) {
    guint progress = check_life_last (trace, at, TRACE_PROGRESS, (gint) i);

    if (progress < trace->events->len)
      g_string_append_printf (text, "%s%s %" G_GINT64_FORMAT, text->len > 0 ? ", " : "",
          trace_role (trace, (gint) i)->name, trace_at (trace, progress)->progress.buffers);
  }
  return g_string_free (text, FALSE);
}

static void
look_at_window (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const TraceRole *role = trace_role (trace, event->role);
  gint producer = check_life_producer (trace, at);
  gint consumer = check_life_is_consumer (trace, event->role) ? event->role
      : first_consumer (trace);
  g_autofree gchar *counters = NULL;

  check_looked (context, 1);
  if (event->observe.buffers > 0)
    return;
  counters = describe_counters (trace, at);
  check_broken (context, check_blame (trace, event, producer, consumer), event,
      "no buffer passed %s in %.3f s; counters: %s", role ? role->name : "-",
      (gdouble) event->observe.length_us / 1e6, counters[0] != '\0' ? counters : "none");
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_OBSERVE && strstr (event->text, "rate"))
      look_at_window (trace, i, context);
  }
}

const Check check_full_rate = {
  .id = "L13",
  .name = "full-rate",
  .contract = "Both directions make progress at any rate, size and number of buffers in flight.",
  .source = "shm pipe protocol",
  .seen = "The buffers that pass in each window of observation.",
  .run = run,
};
