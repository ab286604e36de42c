/* P7. The promise is the configuration as it reads back. */
#include "config.h"
#include "check/bufpool.h"

#include <string.h>

static gboolean
is_below (const TraceEvent * event, guint64 padding, const TraceEvent * promised)
{
  return ((guint64) event->area & (guint64) promised->area) != (guint64) promised->area
      || event->offset < promised->offset || padding < promised->size;
}

static void
look_at_ask (const TraceEvent * promised, const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (is_below (event, (guint64) event->value, promised))
    check_broken (context, event->role, event, "the allocator was asked for align %" G_GINT64_FORMAT
        ", prefix %" G_GUINT64_FORMAT ", padding %" G_GINT64_FORMAT "; the config says %"
        G_GINT64_FORMAT ", %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT, event->area, event->offset,
        event->value, promised->area, promised->offset, promised->size);
}

/* Bytes behind the data. */
static guint64
tail_of (const TraceEvent * object)
{
  guint64 end = object->offset + (guint64) object->value;

  return object->value < 0 || end < object->offset || end > object->size ? 0 : object->size - end;
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
        G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT, event->area, event->offset, tail_of (event),
        promised->area, promised->offset, promised->size);
}

static void
look_at_address (const TraceEvent * promised, const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (event->sum & (guint64) promised->area)
    check_broken (context, event->role, event, "%s at 0x%" G_GINT64_MODIFIER "x; the config says "
        "align %" G_GINT64_FORMAT, event->text, event->sum, promised->area);
}

static void
look (const CheckPool * pool, const TraceEvent * event, CheckContext * context, gpointer user)
{
  TraceEvent *promised = user;

  if (event->kind == TRACE_POOL)
    promised->kind = 0;
  else if (event->kind == TRACE_POOL_PARAMS && !event->value)
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

  check_pool_run (trace, "allocator", context, look, &promised);
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
