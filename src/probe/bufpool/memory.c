/* What memory a pool allocates, how, and when it gives it back. */
#include "config.h"
#include "probe/bufpool/measure.h"

#include <gst/video/gstvideometa.h>
#include <gst/video/gstvideopool.h>

/* --- allocator --- */

/* The prefix is a multiple of the alignment: whether that is of the start of the memory or of the
 * data makes no difference. */
static const GstAllocationParams strict = {.align = 63,.prefix = 64,.padding = 32 };
static const GstAllocationParams aligned = {.align = 4095 };

static const BenchConfig allocations[MEASURE_N_PARAMS] = {
  {.min = 1,.max = 2,.own_allocator = TRUE,.params = &strict},
  {.min = 1,.max = 2,.params = &strict},
  {.min = 1,.max = 2,.own_allocator = TRUE,.params = &aligned},
};

static void
tell_ask (Bench * bench)
{
  TraceEvent event = actor_event (bench->actor, TRACE_ASK);
  GstAllocationParams params;

  event.size = counting_last (bench->allocator, &params);
  event.ask.align = (gint64) params.align;
  event.ask.prefix = params.prefix;
  event.ask.padding = (gint64) params.padding;
  event.ask.flags = params.flags;
  actor_emit (bench->actor, &event, NULL);
}

static void
tell_memory (Bench * bench, GstMemory * memory)
{
  TraceEvent object = actor_event (bench->actor, TRACE_OBJECT);
  TraceEvent address = actor_event (bench->actor, TRACE_ADDRESS);
  gsize offset, maxsize;
  GstMapInfo info;

  object.object.size = (gint64) gst_memory_get_sizes (memory, &offset, &maxsize);
  object.object.maxsize = maxsize;
  object.offset = offset;
  object.object.align = (gint64) memory->align;
  object.object.flags = GST_MEMORY_FLAGS (memory);
  actor_emit (bench->actor, &object, "%s", G_OBJECT_TYPE_NAME (memory->allocator));
  if (!gst_memory_map (memory, &info, GST_MAP_READ))
    return;
  address.address.address = (guintptr) info.data;
  address.address.align = (gint64) memory->align;
  gst_memory_unmap (memory, &info);
  actor_emit (bench->actor, &address, "data");
}

void
measure_allocator (Bench * bench, gint which)
{
  GstStructure *config;
  GstBuffer *buffer;

  if (!bench_configure (bench, &allocations[which]))
    return;
  config = gst_buffer_pool_get_config (bench->sample.pool);
  bench_tell_params (bench, config, FALSE);
  gst_structure_free (config);
  if (!bench_activate (bench, TRUE) || !(buffer = bench_acquire (bench, FALSE)))
    return;
  if (counting_made (bench->allocator) > 0)
    tell_ask (bench);
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++)
    tell_memory (bench, gst_buffer_peek_memory (buffer, i));
}

/* --- options --- */

static void
tell_option (Bench * bench, const gchar * option, gboolean enabled)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_OPTION);

  event.pool_option.kept = enabled;
  actor_emit (bench->actor, &event, "%s", option);
}

static void
tell_plane (Bench * bench, guint plane, gsize offset, gint stride, guint mask, gboolean is_real)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_PLANE);

  event.pool_plane.plane = plane;
  event.offset = offset;
  event.pool_plane.stride = stride;
  event.pool_plane.align = mask;
  event.pool_plane.real = is_real ? 1 : 0;
  actor_emit (bench->actor, &event, NULL);
}

static void
tell_planes (Bench * bench, const GstVideoMeta * meta)
{
  GstVideoAlignment align;
  GstVideoInfo info;

  bench_alignment (&align);
  if (!bench->sample.caps || !gst_video_info_from_caps (&info, bench->sample.caps)
      || !gst_video_info_align (&info, &align))
    return;
  for (guint i = 0; i < meta->n_planes; i++) {
    tell_plane (bench, i, info.offset[i], info.stride[i], align.stride_align[i], FALSE);
    tell_plane (bench, i, meta->offset[i], meta->stride[i], align.stride_align[i], TRUE);
  }
}

/* What those options that are known do to BUFFER. */
static void
tell_effect (Bench * bench, GstBuffer * buffer, const gchar * option)
{
  gboolean is_aligned = g_str_equal (option, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_META);

  if (!is_aligned && !g_str_equal (option, GST_BUFFER_POOL_OPTION_VIDEO_META))
    return;
  event.pool_meta.there = meta != NULL;
  actor_emit (bench->actor, &event, "GstVideoMeta");
  if (meta && is_aligned)
    tell_planes (bench, meta);
}

static gboolean
is_enabled (Bench * bench, const gchar * option)
{
  GstStructure *config = gst_buffer_pool_get_config (bench->sample.pool);
  gboolean enabled = gst_buffer_pool_config_has_option (config, option);

  gst_structure_free (config);
  return enabled;
}

void
measure_option (Bench * bench, gint which)
{
  const gchar **options = gst_buffer_pool_get_options (bench->sample.pool);
  BenchConfig config = {.min = 1,.max = 2 };
  GstBuffer *buffer;
  gboolean enabled;

  if (!options || !options[0]) {
    tell_option (bench, "none", TRUE);
    return;
  }
  config.option = options[which];
  enabled = bench_configure (bench, &config) && is_enabled (bench, options[which])
      && gst_buffer_pool_has_option (bench->sample.pool, options[which]);
  tell_option (bench, options[which], enabled);
  if (!enabled || !bench_activate (bench, TRUE))
    return;
  buffer = bench_acquire (bench, FALSE);
  if (buffer)
    tell_effect (bench, buffer, options[which]);
}

/* --- prealloc --- */

/* FALSE: it did start, for it asks another allocator, or none yet. */
static gboolean
fail_to_start (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 4,.max = 4,.own_allocator = TRUE };
  gboolean started;

  if (!bench_configure (bench, &config))
    return FALSE;
  counting_fail_after (bench->allocator, which);
  started = bench_activate (bench, TRUE);
  counting_fail_after (bench->allocator, -1);
  return !started;
}

void
measure_failed_start (Bench * bench, gint which)
{
  if (!fail_to_start (bench, which))
    return;
  bench_count (bench, "after the activation that failed");
  bench_activate (bench, TRUE);
}

void
measure_failed_and_gone (Bench * bench, gint which)
{
  if (!fail_to_start (bench, which))
    return;
  bench_drop_pool (bench);
  bench_count (bench, "after the pool was dropped");
}

/* --- outstanding --- */

static gboolean
deactivate_with (Bench * bench, gint n_out)
{
  const BenchConfig config = {.min = 3,.max = 4,.own_allocator = TRUE };

  if (!bench_start (bench, &config))
    return FALSE;
  for (gint i = 0; i < n_out; i++)
    bench_acquire (bench, FALSE);
  bench_activate (bench, FALSE);
  return TRUE;
}

void
measure_outstanding (Bench * bench, gint which)
{
  if (!deactivate_with (bench, which))
    return;
  bench_count (bench, "after deactivation");
  while (bench->held->len > 0) {
    bench_return (bench, g_ptr_array_index (bench->held, 0), "");
    bench_count (bench, "after a return");
  }
}

void
measure_owner_gone (Bench * bench, gint which)
{
  if (!deactivate_with (bench, which))
    return;
  bench_drop_pool (bench);
  bench_count (bench, "after the pool was dropped");
  while (bench->held->len > 0) {
    bench_return (bench, g_ptr_array_index (bench->held, 0), "");
    bench_count (bench, "after a return");
  }
}
