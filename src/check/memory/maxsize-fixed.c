/* M8. */
#include "config.h"
#include "check/rows.h"

static gboolean
is_itself (const TraceEvent * event)
{
  return event->kind == TRACE_OBJECT && (g_str_has_prefix (event->text, "resize")
      || g_str_equal (event->text, "map") || g_str_equal (event->text, "unmap"));
}

static void
look (const CheckRow * row, gpointer user)
{
  for (guint i = row->first; i < row->end && row->object; i++) {
    const TraceEvent *event = trace_at (row->trace, i);

    if (!is_itself (event))
      continue;
    check_looked (user, 1);
    if (event->object.maxsize != row->object->object.maxsize)
      check_broken (user, event->role, event, "maxsize was %" G_GUINT64_FORMAT
          " after the allocation and is %" G_GUINT64_FORMAT " after %s",
          row->object->object.maxsize,
          event->object.maxsize, event->text);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "maxsize-fixed", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_maxsize_fixed = {
  .id = "M8",
  .name = "maxsize-fixed",
  .contract = "maxsize never changes after creation.",
  .source = "GStreamer documentation: GstMemory",
  .seen = "Maxsize after resizing, mapping and unmapping.",
  .run = run,
};
