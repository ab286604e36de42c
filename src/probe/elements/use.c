/* Pools and allocators, used as they are proposed. */
#include "config.h"
#include "probe/elements/element.h"

#include <gst/video/video.h>

/* An allocator says nothing of sizes: a frame, or this. */
#define SOME_BYTES 4000

G_GNUC_PRINTF (5, 6)
static gboolean
tell_use (Probe * probe, gboolean went, gsize given, gsize due, const gchar * format, ...)
{
  TraceEvent event = probe_event (probe, TRACE_USE);
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  event.use.worked = went;
  event.use.gave = given;
  event.use.due = due;
  probe_emit (probe, &event, "%s", text);
  return went;
}

/* --- pools --- */

typedef struct
{
  guint index;                  /* in the query */
  GstBufferPool *pool;
  GstCaps *caps;
  guint size, min, max;
} Proposal;

static GstStructure *
make_config (const Proposal * proposal, GstQuery * query)
{
  GstStructure *config = gst_buffer_pool_get_config (proposal->pool);
  g_autoptr (GstAllocator) allocator = NULL;
  GstAllocationParams params;

  gst_buffer_pool_config_set_params (config, proposal->caps, proposal->size, proposal->min,
      proposal->max);
  if (gst_query_get_n_allocation_params (query) > 0) {
    gst_query_parse_nth_allocation_param (query, 0, &allocator, &params);
    gst_buffer_pool_config_set_allocator (config, allocator, &params);
  }
  if (gst_buffer_pool_has_option (proposal->pool, GST_BUFFER_POOL_OPTION_VIDEO_META))
    gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  return config;
}

/* What the pool has changed is taken, as the documentation has it, when it still fits. */
static gboolean
configure (Probe * probe, const Proposal * proposal, GstQuery * query)
{
  GstBufferPool *pool = proposal->pool;
  GstStructure *changed;
  gboolean went = gst_buffer_pool_set_config (pool, make_config (proposal, query));

  if (!went) {
    changed = gst_buffer_pool_get_config (pool);
    if (gst_buffer_pool_config_validate_params (changed, proposal->caps, proposal->size,
            proposal->min, proposal->max))
      went = gst_buffer_pool_set_config (pool, changed);
    else
      gst_structure_free (changed);
  }
  return tell_use (probe, went, 0, 0, "pool %u (%s): configure with %u bytes, %u..%u buffers",
      proposal->index, G_OBJECT_TYPE_NAME (pool), proposal->size, proposal->min, proposal->max);
}

static void
use_buffer (Probe * probe, const Proposal * proposal, GstBuffer * buffer)
{
  const gchar *type = G_OBJECT_TYPE_NAME (proposal->pool);
  GstMapInfo map;
  gboolean mapped = gst_buffer_map (buffer, &map, GST_MAP_WRITE);

  tell_use (probe, mapped, mapped ? map.size : 0, mapped ? proposal->size : 0,
      "pool %u (%s): map a buffer for writing", proposal->index, type);
  if (!mapped)
    return;
  if (map.size > 0)
    map.data[0] = map.data[map.size - 1] = 1;
  gst_buffer_unmap (buffer, &map);
}

static void
use_pool (Probe * probe, const Proposal * proposal, GstQuery * query)
{
  GstBufferPoolAcquireParams params = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };
  const gchar *type = G_OBJECT_TYPE_NAME (proposal->pool);
  GstBuffer *buffer = NULL;
  GstFlowReturn flow;

  if (!configure (probe, proposal, query)
      || !tell_use (probe, gst_buffer_pool_set_active (proposal->pool, TRUE), 0, 0,
          "pool %u (%s): activate", proposal->index, type))
    return;
  flow = gst_buffer_pool_acquire_buffer (proposal->pool, &buffer, &params);
  tell_use (probe, flow == GST_FLOW_OK, buffer ? gst_buffer_get_size (buffer) : 0,
      buffer ? proposal->size : 0, "pool %u (%s): acquire a buffer (%s)", proposal->index, type,
      gst_flow_get_name (flow));
  if (buffer) {
    use_buffer (probe, proposal, buffer);
    gst_buffer_unref (buffer);
  }
  gst_buffer_pool_set_active (proposal->pool, FALSE);
}

/* --- allocators --- */

static void
tell_object (Probe * probe, GstMemory * memory)
{
  TraceEvent event = probe_event (probe, TRACE_OBJECT);

  event.object.maxsize = memory->maxsize;
  event.offset = memory->offset;
  event.object.size = (gint64) memory->size;
  event.object.align = (gint64) memory->align;
  event.object.flags = GST_MINI_OBJECT_FLAGS (memory);
  probe_emit (probe, &event, "alloc");
}

static void
tell_ask (Probe * probe, gsize size, const GstAllocationParams * params)
{
  TraceEvent event = probe_event (probe, TRACE_ASK);

  event.size = size;
  event.ask.align = (gint64) params->align;
  event.ask.prefix = params->prefix;
  event.ask.padding = (gint64) params->padding;
  event.ask.flags = params->flags;
  probe_emit (probe, &event, NULL);
}

static void
use_memory (Probe * probe, guint index, GstMemory * memory, const GstAllocationParams * params)
{
  GstMapInfo map;
  gboolean mapped = gst_memory_map (memory, &map, GST_MAP_WRITE);
  TraceEvent event;

  tell_object (probe, memory);
  tell_use (probe, mapped, 0, 0, "allocator %u: map for writing", index);
  if (!mapped)
    return;
  event = probe_event (probe, TRACE_ADDRESS);
  event.address.address = GPOINTER_TO_SIZE (map.data);
  event.address.align = (gint64) params->align;
  probe_emit (probe, &event, "memory of allocator %u", index);
  if (map.size > 0)
    map.data[0] = map.data[map.size - 1] = 1;
  gst_memory_unmap (memory, &map);
}

static void
use_allocator (Probe * probe, guint index, GstAllocator * allocator,
    GstAllocationParams * params, gsize size)
{
  GstMemory *memory;

  /* Only its own functions make memory of it. */
  if (allocator && GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC))
    return;
  tell_ask (probe, size, params);
  memory = gst_allocator_alloc (allocator, size, params);
  tell_use (probe, memory != NULL, 0, 0, "allocator %u (%s): allocate %" G_GSIZE_FORMAT
      " bytes", index, allocator ? G_OBJECT_TYPE_NAME (allocator) : "default", size);
  if (!memory)
    return;
  use_memory (probe, index, memory, params);
  gst_memory_unref (memory);
}

/* --- all of them --- */

void
element_use_offers (Probe * probe, GstQuery * query, GstCaps * caps)
{
  gsize size = element_frame_size (caps);

  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++) {
    Proposal proposal = {.index = i,.caps = caps };

    gst_query_parse_nth_allocation_pool (query, i, &proposal.pool, &proposal.size, &proposal.min,
        &proposal.max);
    if (proposal.pool)
      use_pool (probe, &proposal, query);
    gst_clear_object (&proposal.pool);
  }
  for (guint i = 0; i < gst_query_get_n_allocation_params (query); i++) {
    g_autoptr (GstAllocator) allocator = NULL;
    GstAllocationParams params;

    gst_query_parse_nth_allocation_param (query, i, &allocator, &params);
    use_allocator (probe, i, allocator, &params, size > 0 ? size : SOME_BYTES);
  }
}
