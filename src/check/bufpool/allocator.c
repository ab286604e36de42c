/* P7. The promise is the configuration as it reads back. */
#include "config.h"
#include "check/bufpool.h"

#include <string.h>

static gboolean
is_below (const TraceEvent * event, guint64 padding, const TraceEvent * promised)
{
  guint64 align = (guint64) promised->pool_params.align;

  return ((guint64) event->area & align) != align
      || event->offset < promised->pool_params.prefix || padding < promised->pool_params.padding;
}

static void
look_at_ask (const TraceEvent * promised, const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (is_below (event, (guint64) event->ask.padding, promised))
    check_broken (context, event->role, event, "the allocator was asked for align %" G_GINT64_FORMAT
        ", prefix %" G_GUINT64_FORMAT ", padding %" G_GINT64_FORMAT "; the config says %"
        G_GINT64_FORMAT ", %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT, event->ask.align,
        event->ask.prefix,
        event->ask.padding, promised->pool_params.align, promised->pool_params.prefix,
        promised->pool_params.padding);
}

/* Bytes behind the data. */
static guint64
tail_of (const TraceEvent * object)
{
  guint64 end = object->offset + (guint64) object->object.size;

  return object->object.size < 0 || end < object->offset || end > object->object.maxsize ? 0
      : object->object.maxsize - end;
}

static void
look_at_object (const TraceEvent * promised, const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (strcmp (promised->text, "none") != 0 && !g_str_equal (promised->text, event->text))
    check_broken (context, event->role, event, "memory of %s in a pool whose config names %s",
        event->text, promised->text);
  else if (is_below (event, tail_of (event), promised))
    check_broken (context, event->role, event, "memory with align %" G_GINT64_FORMAT ", prefix %"
        G_GUINT64_FORMAT ", padding %" G_GUINT64_FORMAT "; the config says %" G_GINT64_FORMAT ", %"
        G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT, event->object.align, event->offset,
        tail_of (event),
        promised->pool_params.align, promised->pool_params.prefix, promised->pool_params.padding);
}

static void
look_at_address (const TraceEvent * promised, const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (event->address.address & (guint64) promised->pool_params.align)
    check_broken (context, event->role, event, "%s at 0x%" G_GINT64_MODIFIER "x; the config says "
        "align %" G_GINT64_FORMAT, event->text, event->address.address,
        promised->pool_params.align);
}

static void
look (const CheckBufpool * bufpool, const TraceEvent * event, CheckContext * context, gpointer user)
{
  TraceEvent *promised = user;

  if (event->kind == TRACE_POOL)
    promised->kind = 0;
  else if (event->kind == TRACE_POOL_PARAMS && !event->pool_params.asked)
    *promised = *event;
  if (promised->kind != TRACE_POOL_PARAMS)
    return;
  if (event->kind == TRACE_ASK)
    look_at_ask (promised, event, context);
  else if (event->kind == TRACE_OBJECT)
    look_at_object (promised, event, context);
  else if (event->kind == TRACE_ADDRESS)
    look_at_address (promised, event, context);
}

static void
run (const Trace * trace, CheckContext * context)
{
  TraceEvent promised = { 0 };

  check_bufpool_run (trace, "allocator", context, look, &promised);
}

const Check check_allocator = {
  .id = "P7",
  .name = "allocator",
  .contract = "The configured allocator and its parameters are used, or the configuration that "
      "reads back says otherwise.",
  .source = "GstBufferPool: gst_buffer_pool_config_set_allocator()",
  .seen = "What an allocator of ours is asked for, and the memory of acquired buffers, against the "
      "configuration that the pool gives back.",
  .run = run,
};
