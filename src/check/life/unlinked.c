/* L5. Who was killed cannot tidy up: what that role left is the runner's to remove, and no breach;
 * neither is what our own tap left. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static gboolean
is_excused (const Trace * trace, gint role)
{
  const TraceRole *who = trace_role (trace, role);

  return who
      && (who->side == TRACE_SIDE_TAP || check_life_ever_killed (trace, role));
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_AUDIT)
      check_looked (context, event->audit.looked > 0);
    else if (event->kind == TRACE_LEFTOVER && !is_excused (trace, event->role))
      check_broken (context, event->role, event, "left behind: %s", event->text);
  }
}

const Check check_unlinked = {
  .id = "L5",
  .name = "unlinked",
  .contract = "After the last peer is gone no socket, segment or fd of the pipe remains.",
  .source = "shm pipe protocol",
  .seen = "The audit of names and processes after the last role has ended.",
  .run = run,
};
