/* P5. A buffer that comes back is compared with what it was when it was new. */
#include "config.h"
#include "check/bufpool.h"

#include <string.h>

typedef struct
{
  TraceEvent fresh, marks;      /* kind 0: not seen yet */
  gboolean is_touched;          /* its memory was changed: it may be given up for a new one */
} Before;

/* A difference of ONE in what the buffer was and is. */
static void
compare (CheckContext * context, const TraceEvent * event, const gchar * what, guint64 is,
    guint64 was)
{
  check_looked (context, 1);
  if (is != was)
    check_broken (context, event->role, event, "buffer %" G_GINT64_FORMAT " came %s with %s %"
        G_GUINT64_FORMAT ", should be %" G_GUINT64_FORMAT " as when it was new", event->area,
        event->text, what, is, was);
}

static void
look_at_buffer (Before * before, const TraceEvent * event, CheckContext * context)
{
  if (before->fresh.kind != TRACE_POOL_BUFFER) {
    before->fresh = *event;
    return;
  }
  compare (context, event, "size", event->size, before->fresh.size);
  compare (context, event, "number of memory objects", event->pool_buffer.memories,
      before->fresh.pool_buffer.memories);
  compare (context, event, "flags", event->pool_buffer.flags, before->fresh.pool_buffer.flags);
  if (before->is_touched)
    return;
  check_looked (context, 1);
  if (event->pool_buffer.buffer != before->fresh.pool_buffer.buffer)
    check_broken (context, event->role, event, "buffer %" G_GINT64_FORMAT " did not come %s, "
        "buffer %" G_GINT64_FORMAT " did", before->fresh.pool_buffer.buffer, event->text,
        event->pool_buffer.buffer);
}

static void
look_at_marks (Before * before, const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (!event->pool_marks.has_pool)
    check_broken (context, event->role, event, "buffer %" G_GINT64_FORMAT " came %s without its "
        "pool set", event->pool_marks.buffer, event->text);
  if (before->marks.kind != TRACE_POOL_MARKS) {
    before->marks = *event;
    return;
  }
  compare (context, event, "timestamps set", (guint64) event->pool_marks.stamps,
      (guint64) before->marks.pool_marks.stamps);
  compare (context, event, "foreign metas", event->pool_marks.metas,
      before->marks.pool_marks.metas);
  if (event->pool_marks.buffer == before->marks.pool_marks.buffer)
    compare (context, event, "pooled metas", event->pool_marks.pooled_metas,
        before->marks.pool_marks.pooled_metas);
  if (event->pool_marks.foreign == 1)
    check_broken (context, event->role, event, "buffer %" G_GINT64_FORMAT " came %s with memory "
        "that is not the pool's to give", event->pool_marks.buffer, event->text);
}

static void
look (const CheckBufpool * bufpool, const TraceEvent * event, CheckContext * context, gpointer user)
{
  Before *before = user;

  if (event->kind == TRACE_POOL)
    memset (before, 0, sizeof *before);
  if (event->kind == TRACE_POOL_RETURN)
    before->is_touched = g_str_has_prefix (event->text, "memory");
  if (event->kind == TRACE_POOL_BUFFER)
    look_at_buffer (before, event, context);
  if (event->kind == TRACE_POOL_MARKS)
    look_at_marks (before, event, context);
}

static void
run (const Trace * trace, CheckContext * context)
{
  Before before = { 0 };

  check_bufpool_run (trace, "release", context, look, &before);
}

const Check check_release = {
  .id = "P5",
  .name = "release",
  .contract = "The last unref brings a buffer back with its pool set, at its size, without foreign "
      "metas, timestamps and flags and with its POOLED metas; one whose memory was changed or is "
      "held is given up.",
  .source = "GstBufferPoolClass: reset_buffer, release_buffer",
  .seen = "Buffers are marked, shrunk, moved and given other memory, dropped and acquired again.",
  .run = run,
};
