/* Pools: what is done to them, told as events. */
#include "config.h"
#include "probe/bufpool/bench.h"

#include <gst/video/video.h>
#include <gst/video/gstvideopool.h>

#define PATIENCE_S 2.0

/* --- setting up --- */

gboolean
bench_open (Bench * bench, Actor * actor, const BufpoolTarget * target)
{
  const gchar *factor = actor_get (actor, "factor");
  g_autoptr (GError) error = NULL;
  TraceEvent event;

  *bench = (Bench) {.actor = actor,.target = target };
  bench->patience_s = PATIENCE_S * (factor ? g_ascii_strtod (factor, NULL) : 1.0);
  bench->held = g_ptr_array_new ();
  bench->buffers = g_atomic_rc_box_new0 (BenchCount);
  bench->allocator = counting_new ();
  if (!bufpool_target_sample (target, &bench->sample, &error)) {
    actor_broken (actor, "no pool to measure: %s", error->message);
    return FALSE;
  }
  event = actor_event (actor, TRACE_POOL);
  event.pool.configured = bufpool_target_is_configured (target, bench->sample.pool);
  actor_emit (actor, &event, "%s", G_OBJECT_TYPE_NAME (bench->sample.pool));
  return TRUE;
}

void
bench_drop_pool (Bench * bench)
{
  gst_clear_object (&bench->sample.pool);
}

void
bench_close (Bench * bench)
{
  for (guint i = 0; i < bench->held->len; i++)
    gst_buffer_unref (g_ptr_array_index (bench->held, i));
  g_ptr_array_unref (bench->held);
  if (bench->sample.pool)
    gst_buffer_pool_set_active (bench->sample.pool, FALSE);
  bufpool_sample_clear (&bench->sample);
  gst_clear_buffer (&bench->copy);
  gst_clear_object (&bench->allocator);
  if (bench->foreign)
    gst_memory_unref (bench->foreign);
  g_atomic_rc_box_release (bench->buffers);
}

/* --- configuration --- */

void
bench_tell_params (Bench * bench, GstStructure * config, gboolean asked)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_PARAMS);
  GstAllocationParams params;
  GstAllocator *allocator = NULL;

  if (!gst_buffer_pool_config_get_allocator (config, &allocator, &params))
    gst_allocation_params_init (&params);
  event.pool_params.align = (gint64) params.align;
  event.pool_params.prefix = params.prefix;
  event.pool_params.padding = params.padding;
  event.pool_params.flags = params.flags;
  event.pool_params.asked = asked;
  actor_emit (bench->actor, &event, "%s", allocator ? G_OBJECT_TYPE_NAME (allocator) : "none");
}

void
bench_read (Bench * bench)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_HAS);
  GstStructure *config = gst_buffer_pool_get_config (bench->sample.pool);
  guint size = 0, min = 0, max = 0;

  gst_buffer_pool_config_get_params (config, NULL, &size, &min, &max);
  gst_structure_free (config);
  event.size = size;
  event.pool_has.min = min;
  event.pool_has.max = max;
  event.pool_has.active = gst_buffer_pool_is_active (bench->sample.pool);
  actor_emit (bench->actor, &event, NULL);
}

static void
set_alignment (GstStructure * config)
{
  GstVideoAlignment align;

  bench_alignment (&align);
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_set_video_alignment (config, &align);
}

void
bench_alignment (GstVideoAlignment * align)
{
  gst_video_alignment_reset (align);
  align->padding_top = 4;
  align->padding_bottom = 8;
  align->padding_left = 16;
  align->padding_right = 32;
  for (gsize i = 0; i < G_N_ELEMENTS (align->stride_align); i++)
    align->stride_align[i] = 31;
}

static GstStructure *
make_config (Bench * bench, const BenchConfig * wanted)
{
  GstStructure *config = gst_buffer_pool_get_config (bench->sample.pool);
  GstAllocator *allocator = NULL;
  GstAllocationParams params;

  if (!gst_buffer_pool_config_get_allocator (config, &allocator, &params))
    gst_allocation_params_init (&params);
  gst_buffer_pool_config_set_params (config, bench->sample.caps, bench->sample.size, wanted->min,
      wanted->max);
  if (wanted->own_allocator || wanted->params)
    gst_buffer_pool_config_set_allocator (config,
        wanted->own_allocator ? bench->allocator : allocator,
        wanted->params ? wanted->params : &params);
  if (wanted->option)
    gst_buffer_pool_config_add_option (config, wanted->option);
  if (wanted->option && g_str_equal (wanted->option, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT))
    set_alignment (config);
  if (wanted->params)
    bench_tell_params (bench, config, TRUE);
  return config;
}

static gboolean
set_config (Bench * bench, GstStructure * take_config, gboolean is_own, const gchar * why)
{
  TraceEvent event;
  guint size = 0, min = 0, max = 0;
  gboolean result;

  gst_buffer_pool_config_get_params (take_config, NULL, &size, &min, &max);
  result = bufpool_target_set_config (bench->target, bench->sample.pool, take_config);
  event = actor_event (bench->actor, TRACE_POOL_CONFIG);
  event.size = size;
  event.pool_config.min = min;
  event.pool_config.max = max;
  event.pool_config.answer = result;
  event.pool_config.reworked = is_own ? 1 : -1;
  actor_emit (bench->actor, &event, "%s", why);
  return result;
}

gboolean
bench_configure (Bench * bench, const BenchConfig * config)
{
  gboolean result = set_config (bench, make_config (bench, config), FALSE, "");

  if (!result)
    result = set_config (bench, gst_buffer_pool_get_config (bench->sample.pool), TRUE,
        "as the pool would have it");
  bench_read (bench);
  return result;
}

void
bench_reconfigure (Bench * bench, const gchar * why)
{
  GstStructure *config = gst_buffer_pool_get_config (bench->sample.pool);
  GstCaps *caps = NULL;
  guint size = 0, min = 0, max = 0;

  gst_buffer_pool_config_get_params (config, &caps, &size, &min, &max);
  gst_buffer_pool_config_set_params (config, caps, 2 * size, min + 1, max + 1);
  set_config (bench, config, FALSE, why);
  bench_read (bench);
}

/* --- states --- */

gboolean
bench_activate (Bench * bench, gboolean active)
{
  gint failed = counting_failed (bench->allocator);
  gboolean result = gst_buffer_pool_set_active (bench->sample.pool, active);
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_ACTIVE);

  event.pool_active.activate = active != FALSE;
  event.pool_active.answer = result != FALSE;
  event.pool_active.failed = (guint64) (counting_failed (bench->allocator) - failed);
  actor_emit (bench->actor, &event, NULL);
  return result;
}

void
bench_flush (Bench * bench, gboolean flushing)
{
  TraceEvent event;

  gst_buffer_pool_set_flushing (bench->sample.pool, flushing);
  event = actor_event (bench->actor, TRACE_POOL_FLUSH);
  event.pool_flush.begins = flushing != FALSE;
  actor_emit (bench->actor, &event, NULL);
}

gboolean
bench_start (Bench * bench, const BenchConfig * config)
{
  return bench_configure (bench, config) && bench_activate (bench, TRUE);
}

/* --- looking --- */

static guint
count_stamps (GstBuffer * buffer)
{
  return (guint) (GST_BUFFER_PTS_IS_VALID (buffer) + GST_BUFFER_DTS_IS_VALID (buffer)
      + GST_BUFFER_DURATION_IS_VALID (buffer) + GST_BUFFER_OFFSET_IS_VALID (buffer)
      + GST_BUFFER_OFFSET_END_IS_VALID (buffer));
}

static void
count_metas (GstBuffer * buffer, guint64 * foreign, guint64 * pooled)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta (buffer, &state)))
    *(GST_META_FLAG_IS_SET (meta, GST_META_FLAG_POOLED) ? pooled : foreign) += 1;
}

static gboolean
bears (GstBuffer * buffer, GstMemory * memory)
{
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++) {
    if (gst_buffer_peek_memory (buffer, i) == memory)
      return TRUE;
  }
  return FALSE;
}

void
bench_look (Bench * bench, GstBuffer * buffer, const gchar * when)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_BUFFER);
  TraceEvent marks = actor_event (bench->actor, TRACE_POOL_MARKS);

  event.pool_buffer.buffer = marks.pool_marks.buffer = bench_number (buffer);
  event.size = gst_buffer_get_size (buffer);
  event.pool_buffer.memories = gst_buffer_n_memory (buffer);
  event.pool_buffer.flags = GST_BUFFER_FLAGS (buffer);
  event.pool_buffer.refs = GST_MINI_OBJECT_REFCOUNT_VALUE (buffer);
  event.pool_buffer.writable = gst_buffer_is_writable (buffer);
  actor_emit (bench->actor, &event, "%s", when);
  marks.pool_marks.has_pool = buffer->pool == bench->sample.pool && buffer->pool;
  marks.pool_marks.stamps = count_stamps (buffer);
  count_metas (buffer, &marks.pool_marks.metas, &marks.pool_marks.pooled_metas);
  marks.pool_marks.foreign = bench->foreign && bears (buffer, bench->foreign) ? 1 : -1;
  actor_emit (bench->actor, &marks, "%s", when);
}

static void
tell_alive (Bench * bench, gboolean of_buffers, gint alive, gint made, const gchar * when)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_ALIVE);

  event.pool_alive.buffers = of_buffers;
  event.pool_alive.alive = alive;
  event.pool_alive.made = (guint64) made;
  actor_emit (bench->actor, &event, "%s", when);
}

static gboolean
acquires_from (GstBufferPool * pool, GstAllocator * allocator)
{
  GstBufferPoolAcquireParams params = {.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT };
  GstBuffer *buffer = NULL;

  if (gst_buffer_pool_acquire_buffer (pool, &buffer, &params) == GST_FLOW_OK)
    gst_buffer_unref (buffer);
  return counting_made (allocator) > 0;
}

/* Whether another pool of the target would ask an allocator that it is given. */
static gboolean
is_asking (Bench * bench)
{
  g_autoptr (GstAllocator) allocator = counting_new ();
  BufpoolSample sample = { 0 };
  GstStructure *config;
  gboolean result = FALSE;

  if (bufpool_target_sample (bench->target, &sample, NULL)) {
    config = gst_buffer_pool_get_config (sample.pool);
    gst_buffer_pool_config_set_params (config, sample.caps, sample.size, 0, 1);
    gst_buffer_pool_config_set_allocator (config, allocator, NULL);
    result = gst_buffer_pool_set_config (sample.pool, config)
        && gst_buffer_pool_set_active (sample.pool, TRUE)
        && acquires_from (sample.pool, allocator);
    gst_buffer_pool_set_active (sample.pool, FALSE);
  }
  bufpool_sample_clear (&sample);
  return result;
}

void
bench_count (Bench * bench, const gchar * when)
{
  gint made = counting_made (bench->allocator);

  /* Nothing made is only something if it would have been made with this allocator. */
  if (made > 0 || is_asking (bench))
    tell_alive (bench, FALSE, counting_alive (bench->allocator), made, when);
  if (g_atomic_int_get (&bench->buffers->made) > 0)
    tell_alive (bench, TRUE, g_atomic_int_get (&bench->buffers->alive),
        g_atomic_int_get (&bench->buffers->made), when);
}
