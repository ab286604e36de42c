/* Pools and allocators, used as they are proposed. */
#include "config.h"
#include "probe/elements/element.h"

#include <gst/video/video.h>

/* An allocator says nothing of sizes: a frame, or this. */
#define SOME_BYTES 4000

G_GNUC_PRINTF (5, 6)
static gboolean
tell_use (Actor * actor, gboolean went, gsize given, gsize due, const gchar * format, ...)
{
  TraceEvent event = actor_event (actor, TRACE_USE);
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  event.use.worked = went;
  event.use.gave = given;
  event.use.due = due;
  actor_emit (actor, &event, "%s", text);
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
configure (Actor * actor, const Proposal * proposal, GstQuery * query)
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
  return tell_use (actor, went, 0, 0, "pool %u (%s): configure with %u bytes, %u..%u buffers",
      proposal->index, G_OBJECT_TYPE_NAME (pool), proposal->size, proposal->min, proposal->max);
}

static void
use_buffer (Actor * actor, const Proposal * proposal, GstBuffer * buffer)
{
  const gchar *type = G_OBJECT_TYPE_NAME (proposal->pool);
  GstMapInfo map;
  gboolean mapped = gst_buffer_map (buffer, &map, GST_MAP_WRITE);

  tell_use (actor, mapped, mapped ? map.size : 0, mapped ? proposal->size : 0,
      "pool %u (%s): map a buffer for writing", proposal->index, type);
  if (!mapped)
    return;
  if (map.size > 0)
    map.data[0] = map.data[map.size - 1] = 1;
  gst_buffer_unmap (buffer, &map);
}

static void
use_pool (Actor * actor, const Proposal * proposal, GstQuery * query)
{
  GstBufferPoolAcquireParams params = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };
  const gchar *type = G_OBJECT_TYPE_NAME (proposal->pool);
  GstBuffer *buffer = NULL;
  GstFlowReturn flow;

  if (!configure (actor, proposal, query)
      || !tell_use (actor, gst_buffer_pool_set_active (proposal->pool, TRUE), 0, 0,
          "pool %u (%s): activate", proposal->index, type))
    return;
  flow = gst_buffer_pool_acquire_buffer (proposal->pool, &buffer, &params);
  tell_use (actor, flow == GST_FLOW_OK, buffer ? gst_buffer_get_size (buffer) : 0,
      buffer ? proposal->size : 0, "pool %u (%s): acquire a buffer (%s)", proposal->index, type,
      gst_flow_get_name (flow));
  if (buffer) {
    use_buffer (actor, proposal, buffer);
    gst_buffer_unref (buffer);
  }
  gst_buffer_pool_set_active (proposal->pool, FALSE);
}

/* --- allocators --- */

static void
tell_object (Actor * actor, GstMemory * memory)
{
  TraceEvent event = actor_event (actor, TRACE_OBJECT);

  event.object.maxsize = memory->maxsize;
  event.offset = memory->offset;
  event.object.size = (gint64) memory->size;
  event.object.align = (gint64) memory->align;
  event.object.flags = GST_MINI_OBJECT_FLAGS (memory);
  actor_emit (actor, &event, "alloc");
}

static void
tell_ask (Actor * actor, gsize size, const GstAllocationParams * params)
{
  TraceEvent event = actor_event (actor, TRACE_ASK);

  event.size = size;
  event.ask.align = (gint64) params->align;
  event.ask.prefix = params->prefix;
  event.ask.padding = (gint64) params->padding;
  event.ask.flags = params->flags;
  actor_emit (actor, &event, NULL);
}

static void
use_memory (Actor * actor, guint index, GstMemory * memory, const GstAllocationParams * params)
{
  GstMapInfo map;
  gboolean mapped = gst_memory_map (memory, &map, GST_MAP_WRITE);
  TraceEvent event;

  tell_object (actor, memory);
  tell_use (actor, mapped, 0, 0, "allocator %u: map for writing", index);
  if (!mapped)
    return;
  event = actor_event (actor, TRACE_ADDRESS);
  event.address.address = GPOINTER_TO_SIZE (map.data);
  event.address.align = (gint64) params->align;
  actor_emit (actor, &event, "memory of allocator %u", index);
  if (map.size > 0)
    map.data[0] = map.data[map.size - 1] = 1;
  gst_memory_unmap (memory, &map);
}

static void
use_allocator (Actor * actor, guint index, GstAllocator * allocator,
    GstAllocationParams * params, gsize size)
{
  GstMemory *memory;

  /* Only its own functions make memory of it. */
  if (allocator && GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC))
    return;
  tell_ask (actor, size, params);
  memory = gst_allocator_alloc (allocator, size, params);
  tell_use (actor, memory != NULL, 0, 0, "allocator %u (%s): allocate %" G_GSIZE_FORMAT
      " bytes", index, allocator ? G_OBJECT_TYPE_NAME (allocator) : "default", size);
  if (!memory)
    return;
  use_memory (actor, index, memory, params);
  gst_memory_unref (memory);
}

/* --- all of them --- */

void
element_use_offers (Actor * actor, GstQuery * query, GstCaps * caps)
{
  gsize size = element_frame_size (caps);

  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++) {
    Proposal proposal = {.index = i,.caps = caps };

    gst_query_parse_nth_allocation_pool (query, i, &proposal.pool, &proposal.size, &proposal.min,
        &proposal.max);
    if (proposal.pool)
      use_pool (actor, &proposal, query);
    gst_clear_object (&proposal.pool);
  }
  for (guint i = 0; i < gst_query_get_n_allocation_params (query); i++) {
    g_autoptr (GstAllocator) allocator = NULL;
    GstAllocationParams params;

    gst_query_parse_nth_allocation_param (query, i, &allocator, &params);
    use_allocator (actor, i, allocator, &params, size > 0 ? size : SOME_BYTES);
  }
}
