/* A16. Looked at is every producer that is up when a step takes all room in /dev/shm away: what it
 * has made must do, or end in an error. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

#include <signal.h>

static void
look_at_producer (const Trace * trace, gint role, guint full, CheckContext * context)
{
  guint end = check_life_end (trace, role, full);

  check_looked (context, 1);
  if (end < trace->events->len && trace_at (trace, end)->kind == TRACE_EXIT
      && trace_at (trace, end)->exit.status == -SIGBUS)
    check_broken (context, role, trace_at (trace, end), "ended by SIGBUS: the file system of its "
        "area was full, and the memory of the area not reserved");
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind != TRACE_STEP_DONE || !g_str_equal (event->text, "fill-shm"))
      continue;
    for (guint role = 0; role < trace->roles->len; role++) {
      if (check_life_is_producer (trace, (gint) role)
          && check_life_is_up (trace, (gint) role, i))
        look_at_producer (trace, (gint) role, i, context);
    }
  }
}

const Check check_reserved = {
  .id = "A16",
  .name = "reserved",
  .contract = "Memory of an area is reserved when the area is made, so a full file system is an "
      "error and not a signal.",
  .source = "posix_fallocate(3), tmpfs(5)",
  .seen = "How a producer ends after the room in /dev/shm was taken away.",
  .run = run,
};
