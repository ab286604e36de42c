/* P6. */
#include "config.h"
#include "check/bufpool.h"

static void
look (const CheckBufpool * bufpool, const TraceEvent * event, CheckContext * context, gpointer user)
{
  if (event->kind != TRACE_POOL_BUFFER)
    return;
  check_looked (context, 1);
  if ((event->pool_buffer.writable != 0) != (event->pool_buffer.refs == 1))
    check_broken (context, event->role, event, "buffer %" G_GINT64_FORMAT ", %s: %swritable with "
        "reference count %d", event->pool_buffer.buffer, event->text, event->pool_buffer.writable
        ? "" : "not ", event->pool_buffer.refs);
  else if (g_str_equal (event->text, "acquired") && event->pool_buffer.refs != 1)
    check_broken (context, event->role, event, "buffer %" G_GINT64_FORMAT " was handed out with "
        "reference count %d, should be 1", event->pool_buffer.buffer, event->pool_buffer.refs);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "writable", context, look, NULL);
}

const Check check_writable = {
  .id = "P6",
  .name = "writable",
  .contract = "A buffer is handed out with one reference, and is writable if and only if it has "
      "one.",
  .source = "GstBuffer: gst_buffer_is_writable(); plugin writer's guide, memory allocation",
  .seen = "Reference counts and gst_buffer_is_writable() of buffers as acquired, shared, made "
      "writable, no longer shared, and acquired again.",
  .run = run,
};
