/* W7. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind != TRACE_MAPPING || !check_life_is_consumer (trace, event->role))
      continue;
    check_looked (context, 1);
    if (event->mapping.writable != 0)
      check_broken (context, event->role, event, "area %s is mapped writable", event->text);
  }
}

const Check check_no_write_by_reader = {
  .id = "W7",
  .name = "no-write-by-reader",
  .contract = "A reader maps areas read-only.",
  .source = "shm pipe protocol",
  .seen = "The mappings of each consumer's process, when it is sampled.",
  .run = run,
};
