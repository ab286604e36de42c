/* Asking an allocator for memory, and telling what came. */
#include "config.h"
#include "probe/memory/measure.h"

G_STATIC_ASSERT (PROBE_ROW_ZERO_PREFIXED << 4 == GST_MEMORY_FLAG_ZERO_PREFIXED);
G_STATIC_ASSERT (PROBE_ROW_ZERO_PADDED << 4 == GST_MEMORY_FLAG_ZERO_PADDED);

GstAllocationParams
memory_params (const ProbeRow * row)
{
  GstAllocationParams params;

  gst_allocation_params_init (&params);
  params.align = row->align;
  params.prefix = row->prefix;
  params.padding = row->padding;
  params.flags = row->flags << 4;
  return params;
}

static void
tell_ask (Memory * self, const ProbeRow * row)
{
  TraceEvent event = actor_event (self->actor, TRACE_ASK);

  event.size = row->size;
  event.ask.align = (gint64) row->align;
  event.ask.prefix = row->prefix;
  event.ask.padding = (gint64) row->padding;
  event.ask.flags = row->flags;
  event.ask.page = row->page ? (gint32) row->page : -1;
  actor_emit (self->actor, &event, NULL);
}

void
memory_tell_object (Memory * self, GstMemory * memory, const gchar * after)
{
  TraceEvent event = actor_event (self->actor, TRACE_OBJECT);

  event.object.maxsize = memory->maxsize;
  event.offset = memory->offset;
  event.object.size = (gint64) memory->size;
  event.object.align = (gint64) memory->align;
  event.object.flags = GST_MINI_OBJECT_FLAGS (memory) >> 4;
  actor_emit (self->actor, &event, "%s", after);
}

GstMemory *
memory_ask (Memory * self, const ProbeRow * row)
{
  GstAllocationParams params = memory_params (row);
  GstMemory *memory;

  tell_ask (self, row);
  memory = probe_allocator_alloc (self->allocator, row->size, &params);
  if (memory) {
    memory_tell_object (self, memory, "alloc");
  } else {
    TraceEvent event = actor_event (self->actor, TRACE_REFUSED);

    actor_emit (self->actor, &event, "no memory was given");
  }
  return memory;
}

void
memory_tell_map (Memory * self, gint64 value, gsize size, const gchar * what)
{
  TraceEvent event = actor_event (self->actor, TRACE_MAP);

  event.map.result = value;
  event.size = size;
  actor_emit (self->actor, &event, "%s", what);
}
