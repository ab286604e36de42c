/* What happens to pools, in words. */
#include "config.h"
#include "check/bufpool.h"

gchar *
check_bufpool_operation (const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_POOL:
      return g_strdup ("new pool");
    case TRACE_POOL_CONFIG:
      return g_strdup_printf ("set_config: %" G_GUINT64_FORMAT " bytes, min %" G_GINT64_FORMAT
          ", max %" G_GUINT64_FORMAT "%s%s", event->size, event->pool_config.min,
          event->pool_config.max,
          event->text[0] ? ": " : "", event->text);
    case TRACE_POOL_HAS:
      return g_strdup ("get_config, is_active");
    case TRACE_POOL_PARAMS:
      return g_strdup (event->pool_params.asked ? "allocator asked for"
          : "allocator by its config");
    case TRACE_POOL_ACTIVE:
      if (event->pool_active.failed)
        return g_strdup_printf ("activate, %" G_GUINT64_FORMAT " allocations made to fail",
            event->pool_active.failed);
      return g_strdup (event->pool_active.activate ? "activate" : "deactivate");
    case TRACE_POOL_FLUSH:
      return g_strdup ("set_flushing");
    case TRACE_POOL_ACQUIRE:
    case TRACE_POOL_WAITS:
      if (event->pool_acquire.waiter > 0)
        return g_strdup_printf ("acquire by waiter %d", event->pool_acquire.waiter);
      return g_strdup (event->pool_acquire.no_wait ? "acquire, not to wait" : "acquire");
    case TRACE_POOL_RETURN:
      return g_strdup_printf ("last unref of buffer %" G_GINT64_FORMAT "%s%s",
          event->pool_return.buffer,
          event->text[0] ? ": " : "", event->text);
    case TRACE_POOL_BUFFER:
    case TRACE_POOL_MARKS:
      return g_strdup_printf ("look at buffer %" G_GINT64_FORMAT ": %s", event->pool_buffer.buffer,
          event->text);
    case TRACE_POOL_ALIVE:
      return g_strdup_printf ("count %s: %s", event->pool_alive.buffers ? "buffers" : "memory",
          event->text);
    case TRACE_POOL_OPTION:
      return g_strdup_printf ("option %s", event->text);
    case TRACE_POOL_META:
      return g_strdup_printf ("look for %s", event->text);
    case TRACE_POOL_PLANE:
      return g_strdup_printf ("plane %" G_GINT64_FORMAT "%s", event->pool_plane.plane,
          event->pool_plane.real ? "" : " as its alignment needs it");
    case TRACE_ASK:
      return g_strdup ("the pool asks its allocator");
    case TRACE_OBJECT:
      return g_strdup_printf ("look at memory of %s", event->text);
    case TRACE_ADDRESS:
      return g_strdup_printf ("address of %s", event->text);
    default:
      return NULL;
  }
}

static gchar *
params_in_words (const TraceEvent * event, guint64 padding)
{
  return g_strdup_printf ("align %" G_GINT64_FORMAT ", prefix %" G_GUINT64_FORMAT ", padding %"
      G_GUINT64_FORMAT, event->pool_params.align, event->pool_params.prefix, padding);
}

static gchar *
params_result (const TraceEvent * event)
{
  g_autofree gchar *params = params_in_words (event, event->size);

  return g_strdup_printf ("%s, %s", event->text, params);
}

static gchar *
buffer_result (const TraceEvent * event)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes in %" G_GUINT64_FORMAT " memory, flags 0x%"
      G_GINT64_MODIFIER "x, refcount %d, %swritable", event->size, event->pool_buffer.memories,
      event->pool_buffer.flags,
      event->pool_buffer.refs, event->pool_buffer.writable ? "" : "not ");
}

static gchar *
marks_result (const TraceEvent * event)
{
  return g_strdup_printf ("pool %sset, %" G_GINT64_FORMAT " timestamps, %" G_GUINT64_FORMAT
      " foreign and %" G_GUINT64_FORMAT " pooled metas%s", event->pool_marks.has_pool ? "" : "not ",
      event->pool_marks.stamps, event->pool_marks.metas, event->pool_marks.pooled_metas,
      event->pool_marks.foreign == 1 ? ", foreign memory" : "");
}

static gchar *
plane_result (const TraceEvent * event)
{
  return g_strdup_printf ("offset %" G_GUINT64_FORMAT ", stride %" G_GINT64_FORMAT ", align %"
      G_GUINT64_FORMAT, event->offset, event->pool_plane.stride, event->pool_plane.align);
}

static gchar *
yes_or_no (gint64 answer)
{
  return g_strdup (answer ? "yes" : "no");
}

gchar *
check_bufpool_result (const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_POOL:
      return g_strdup_printf ("%s, %sconfigured", event->text, event->pool.configured ? ""
          : "not ");
    case TRACE_POOL_CONFIG:
      return yes_or_no (event->pool_config.answer);
    case TRACE_POOL_ACTIVE:
      return yes_or_no (event->pool_active.answer);
    case TRACE_POOL_FLUSH:
      return yes_or_no (event->pool_flush.begins);
    case TRACE_POOL_OPTION:
      return yes_or_no (event->pool_option.kept);
    case TRACE_POOL_META:
      return yes_or_no (event->pool_meta.there);
    case TRACE_POOL_HAS:
      return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " bytes, min %" G_GINT64_FORMAT ", max %"
          G_GUINT64_FORMAT, event->pool_has.active ? "active" : "inactive", event->size,
          event->pool_has.min,
          event->pool_has.max);
    case TRACE_POOL_PARAMS:
      return params_result (event);
    case TRACE_POOL_ACQUIRE:
      return g_strdup (event->text);
    case TRACE_POOL_WAITS:
      return g_strdup_printf ("no answer yet after %" G_GUINT64_FORMAT " us",
          event->pool_waits.given_us);
    case TRACE_POOL_RETURN:
      return g_strdup (event->pool_return.copies > 0 ? "held by a copy" : "");
    case TRACE_POOL_BUFFER:
      return buffer_result (event);
    case TRACE_POOL_MARKS:
      return marks_result (event);
    case TRACE_POOL_ALIVE:
      return g_strdup_printf ("%" G_GINT64_FORMAT " of %" G_GUINT64_FORMAT " made",
          event->pool_alive.alive,
          event->pool_alive.made);
    case TRACE_POOL_PLANE:
      return plane_result (event);
    case TRACE_ASK:
      return params_in_words (event, (guint64) event->ask.padding);
    case TRACE_OBJECT:
      return g_strdup_printf ("maxsize %" G_GUINT64_FORMAT ", offset %" G_GUINT64_FORMAT ", size %"
          G_GINT64_FORMAT ", align %" G_GINT64_FORMAT, event->object.maxsize, event->offset,
          event->object.size,
          event->object.align);
    case TRACE_ADDRESS:
      return g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", event->address.address);
    default:
      return NULL;
  }
}

gchar *
check_bufpool_state (const CheckBufpool * bufpool)
{
  const gchar *word = !bufpool->active ? "inactive" : bufpool->flushing ? "flushing" : "active";

  if (bufpool->max == 0)
    return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " out", word, bufpool->out);
  return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " out", word,
      bufpool->out, bufpool->max);
}
