/* P8. */
#include "config.h"
#include "check/bufpool.h"

/* What the alignment needs of the plane that comes next. */
static void
look_at_plane (TraceEvent * needed, const TraceEvent * event, CheckContext * context)
{
  if (!event->pool_plane.real) {
    *needed = *event;
    return;
  }
  if (needed->kind != TRACE_POOL_PLANE || needed->pool_plane.plane != event->pool_plane.plane)
    return;
  check_looked (context, 1);
  if (event->pool_plane.stride < needed->pool_plane.stride || event->offset < needed->offset
      || ((guint64) event->pool_plane.stride & needed->pool_plane.align))
    check_broken (context, event->role, event, "plane %" G_GINT64_FORMAT " at offset %"
        G_GUINT64_FORMAT " with stride %" G_GINT64_FORMAT "; the alignment needs at least offset %"
        G_GUINT64_FORMAT ", stride %" G_GINT64_FORMAT ", a multiple of %" G_GUINT64_FORMAT,
        event->pool_plane.plane, event->offset, event->pool_plane.stride, needed->offset,
        needed->pool_plane.stride, needed->pool_plane.align + 1);
}

static void
look (const CheckBufpool * bufpool, const TraceEvent * event, CheckContext * context, gpointer user)
{
  TraceEvent *needed = user;

  if (event->kind == TRACE_POOL)
    needed->kind = 0;
  if (event->kind == TRACE_POOL_PLANE)
    look_at_plane (needed, event, context);
  if (event->kind != TRACE_POOL_OPTION && event->kind != TRACE_POOL_META)
    return;
  check_looked (context, 1);
  if (event->kind == TRACE_POOL_OPTION ? event->pool_option.kept : event->pool_meta.there)
    return;
  if (event->kind == TRACE_POOL_OPTION)
    check_broken (context, event->role, event, "option %s is listed and cannot be enabled",
        event->text);
  else
    check_broken (context, event->role, event, "an option is enabled, and the buffer bears no %s",
        event->text);
}

static void
run (const Trace * trace, CheckContext * context)
{
  TraceEvent needed = { 0 };

  check_bufpool_run (trace, "options", context, look, &needed);
}

const Check check_options = {
  .id = "P8",
  .name = "options",
  .contract = "Every option that a pool lists can be enabled, and then has its effect.",
  .source = "GstBufferPool: gst_buffer_pool_get_options(); GstVideoBufferPool: options",
  .seen = "Each option is enabled in a pool of its own; its buffers are looked at for the meta, "
      "and for the strides and paddings of an alignment.",
  .run = run,
};
