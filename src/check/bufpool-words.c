/* What happens to pools, in words. */
#include "config.h"
#include "check/bufpool.h"

gchar *
check_pool_operation (const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_POOL:
      return g_strdup ("new pool");
    case TRACE_POOL_CONFIG:
      return g_strdup_printf ("set_config: %" G_GUINT64_FORMAT " bytes, min %" G_GINT64_FORMAT
          ", max %" G_GUINT64_FORMAT "%s%s", event->size, event->area, event->offset,
          event->text[0] ? ": " : "", event->text);
    case TRACE_POOL_HAS:
      return g_strdup ("get_config, is_active");
    case TRACE_POOL_PARAMS:
      return g_strdup (event->value ? "allocator asked for" : "allocator by its config");
    case TRACE_POOL_ACTIVE:
      if (event->offset)
        return g_strdup_printf ("activate, %" G_GUINT64_FORMAT " allocations made to fail",
            event->offset);
      return g_strdup (event->size ? "activate" : "deactivate");
    case TRACE_POOL_FLUSH:
      return g_strdup ("set_flushing");
    case TRACE_POOL_ACQUIRE:
    case TRACE_POOL_WAITS:
      if (event->client > 0)
        return g_strdup_printf ("acquire by waiter %d", event->client);
      return g_strdup (event->size ? "acquire, not to wait" : "acquire");
    case TRACE_POOL_RETURN:
      return g_strdup_printf ("last unref of buffer %" G_GINT64_FORMAT "%s%s", event->area,
          event->text[0] ? ": " : "", event->text);
    case TRACE_POOL_BUFFER:
    case TRACE_POOL_MARKS:
      return g_strdup_printf ("look at buffer %" G_GINT64_FORMAT ": %s", event->area, event->text);
    case TRACE_POOL_ALIVE:
      return g_strdup_printf ("count %s: %s", event->area ? "buffers" : "memory", event->text);
    case TRACE_POOL_OPTION:
      return g_strdup_printf ("option %s", event->text);
    case TRACE_POOL_META:
      return g_strdup_printf ("look for %s", event->text);
    case TRACE_POOL_PLANE:
      return g_strdup_printf ("plane %" G_GINT64_FORMAT "%s", event->area,
          event->size ? "" : " as its alignment needs it");
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
      G_GUINT64_FORMAT, event->area, event->offset, padding);
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
      G_GINT64_MODIFIER "x, refcount %d, %swritable", event->size, event->offset, event->sum,
      event->client, event->value ? "" : "not ");
}

static gchar *
marks_result (const TraceEvent * event)
{
  return g_strdup_printf ("pool %sset, %" G_GINT64_FORMAT " timestamps, %" G_GUINT64_FORMAT
      " foreign and %" G_GUINT64_FORMAT " pooled metas%s", event->size ? "" : "not ",
      event->value, event->offset, event->sum, event->client == 1 ? ", foreign memory" : "");
}

static gchar *
plane_result (const TraceEvent * event)
{
  return g_strdup_printf ("offset %" G_GUINT64_FORMAT ", stride %" G_GINT64_FORMAT ", align %"
      G_GUINT64_FORMAT, event->offset, event->value, event->sum);
}

gchar *
check_pool_result (const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_POOL:
      return g_strdup_printf ("%s, %sconfigured", event->text, event->value ? "" : "not ");
    case TRACE_POOL_CONFIG:
    case TRACE_POOL_ACTIVE:
    case TRACE_POOL_FLUSH:
    case TRACE_POOL_OPTION:
    case TRACE_POOL_META:
      return g_strdup (event->value ? "yes" : "no");
    case TRACE_POOL_HAS:
      return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " bytes, min %" G_GINT64_FORMAT ", max %"
          G_GUINT64_FORMAT, event->value ? "active" : "inactive", event->size, event->area,
          event->offset);
    case TRACE_POOL_PARAMS:
      return params_result (event);
    case TRACE_POOL_ACQUIRE:
      return g_strdup (event->text);
    case TRACE_POOL_WAITS:
      return g_strdup_printf ("no answer yet after %" G_GUINT64_FORMAT " us", event->offset);
    case TRACE_POOL_RETURN:
      return g_strdup (event->value > 0 ? "held by a copy" : "");
    case TRACE_POOL_BUFFER:
      return buffer_result (event);
    case TRACE_POOL_MARKS:
      return marks_result (event);
    case TRACE_POOL_ALIVE:
      return g_strdup_printf ("%" G_GINT64_FORMAT " of %" G_GUINT64_FORMAT " made", event->value,
          event->offset);
    case TRACE_POOL_PLANE:
      return plane_result (event);
    case TRACE_ASK:
      return params_in_words (event, (guint64) event->value);
    case TRACE_OBJECT:
      return g_strdup_printf ("maxsize %" G_GUINT64_FORMAT ", offset %" G_GUINT64_FORMAT ", size %"
          G_GINT64_FORMAT ", align %" G_GINT64_FORMAT, event->size, event->offset, event->value,
          event->area);
    case TRACE_ADDRESS:
      return g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", event->sum);
    default:
      return NULL;
  }
}

gchar *
check_pool_state (const CheckPool * pool)
{
  const gchar *word = !pool->active ? "inactive" : pool->flushing ? "flushing" : "active";

  if (pool->max == 0)
    return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " out", word, pool->out);
  return g_strdup_printf ("%s, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " out", word, pool->out,
      pool->max);
}
