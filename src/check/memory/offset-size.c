/* M2. */
#include "config.h"
#include "check/rows.h"

static void
look_at (const CheckRow * row, const TraceEvent * event, CheckContext * context)
{
  g_autofree gchar *asked = NULL;
  guint64 size = (guint64) event->object.size;

  check_looked (context, 1);
  if (event->offset <= event->object.maxsize && size <= event->object.maxsize - event->offset)
    return;
  asked = check_row_text (row);
  check_broken (context, event->role, event, "%s, %s: offset %" G_GUINT64_FORMAT " + size %"
      G_GUINT64_FORMAT " is beyond maxsize %" G_GUINT64_FORMAT, asked, event->text, event->offset,
      size, event->object.maxsize);
}

/* What should have been refused is M9's. */
static void
look (const CheckRow * row, gpointer user)
{
  for (guint i = row->first; i < row->end && !check_row_overflows (row); i++) {
    const TraceEvent *event = trace_at (row->trace, i);

    if (event->kind == TRACE_OBJECT)
      look_at (row, event, user);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "offset-size", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_offset_size = {
  .id = "M2",
  .name = "offset-size",
  .contract = "offset + size <= maxsize after alloc, resize, share, sub-memory, copy.",
  .source = "GStreamer documentation: GstMemory",
  .seen = "The three numbers of each memory object after each of these.",
  .run = run,
};
