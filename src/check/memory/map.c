/* M4. */
#include "config.h"
#include "check/rows.h"

typedef enum
{ MUST_WORK, MUST_FAULT, MUST_BE_REFUSED } Wanted;

/* What is tried, as the prober names it; "peer ..." is M5's. */
static const struct
{
  const gchar *what;
  Wanted wanted;
} attempts[] = {
  {"read", MUST_WORK},
  {"write", MUST_WORK},
  {"read-write", MUST_WORK},
  {"write through a read map", MUST_FAULT},
  {"unmap read", MUST_WORK},
  {"unmap write", MUST_WORK},
  {"unmap read-write", MUST_WORK},
  {"read within read-write", MUST_WORK},
  {"read-write after the inner unmap", MUST_WORK},
  {"write of read-only memory", MUST_BE_REFUSED},
};

static gboolean
came_out (const TraceEvent * event, Wanted wanted)
{
  switch (wanted) {
    case MUST_WORK:
      return event->map.result == 0;
    case MUST_FAULT:
      return event->map.result > 0;
    case MUST_BE_REFUSED:
      return event->map.result == -1;
  }
  return FALSE;
}

static void
tell (const TraceEvent * event, Wanted wanted, CheckContext * context)
{
  static const gchar *const words[] = {
    [MUST_WORK] = "should work",
    [MUST_FAULT] = "should end in a fault",
    [MUST_BE_REFUSED] = "should be refused",
  };

  if (g_str_has_prefix (event->text, "unmap"))
    check_broken (context, event->role, event, "%s: the memory is still mapped", event->text);
  else
    check_broken (context, event->role, event, "%s: %s, and %s", event->text,
        event->map.result == -1 ? "refused" : check_touch_name (event->map.result), words[wanted]);
}

static void
look (const Trace * trace, const TraceEvent * event, gpointer user)
{
  if (event->kind != TRACE_MAP)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (attempts); i++) {
    if (!g_str_equal (event->text, attempts[i].what))
      continue;
    check_looked (user, 1);
    if (!came_out (event, attempts[i].wanted))
      tell (event, attempts[i].wanted, user);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "map", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_probed (trace, "map", look, context);
}

const Check check_map = {
  .id = "M4",
  .name = "map",
  .contract = "Map gives what its mode says, nests, and unmap ends it; a read map is not writable.",
  .source = "GStreamer documentation: GstMemory, gst_memory_map()",
  .seen = "Maps of every mode, used in a process of their own; /proc/self/maps after the unmap.",
  .run = run,
};
