#include "config.h"
#include "watch/sample/quantity.h"

static const QuantityInfo infos[N_QUANTITIES] = {
  [QUANTITY_PINS] = {"pins", "", "poolwatch_memory_pins", "Areas of memory that are pinned."},
  [QUANTITY_LIMIT] = {"limit", "", "poolwatch_memory_pins_limit",
      "Pins that the kernel grants to one table."},
  [QUANTITY_MEMORY] = {"memory_bytes", "B", "poolwatch_memory_bytes",
      "Memory that is pinned, locked or mapped."},
  [QUANTITY_MEMORY_LIMIT] = {"memory_limit_bytes", "B", "poolwatch_memory_limit_bytes",
      "Memory that may be pinned or locked."},
  [QUANTITY_SHARDS] = {"num_shards", "", "poolwatch_shards", "Shards of the pool."},
  [QUANTITY_REFERENCES] = {"references", "", "poolwatch_references",
      "Live objects in all shards of the pool."},
  [QUANTITY_USED] = {"used_bytes", "B", "poolwatch_used_bytes",
      "Bytes handed out since each shard was recycled, live or not."},
  [QUANTITY_SIZE] = {"size_bytes", "B", "poolwatch_size_bytes",
      "Bytes that all shards of the pool can hold."},
  [QUANTITY_SESSIONS] = {"sessions", "", "poolwatch_sessions", "Calls that the owner has."},
  [QUANTITY_TARGETS] = {"targets", "", "poolwatch_targets", "Streams that the kernel forwards."},
  [QUANTITY_THREADS] = {"threads", "", "poolwatch_threads",
      "Threads of the owner that may allocate at once."},
  [QUANTITY_HOLDERS] = {"num_holders", "", "poolwatch_holders",
      "Processes that have the memory open or mapped."},
  [QUANTITY_UPTIME] = {"uptime_seconds", "s", "poolwatch_uptime_seconds",
      "Time since the owner of the pool was started."},
  [QUANTITY_VALUE] = {"value", "", "poolwatch_value", "The number that a generic source picked."},
};

const QuantityInfo *
quantity_info (Quantity quantity)
{
  g_return_val_if_fail (quantity < N_QUANTITIES, NULL);
  return &infos[quantity];
}

/* "memory_bytes" by "memory": the name without its unit. */
static gboolean
is_short_for (const gchar * name, const gchar * full)
{
  static const gchar *const units[] = { "_bytes", "_seconds" };

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
    g_autofree gchar *with_unit = g_strconcat (name, units[i], NULL);

    if (g_str_equal (with_unit, full))
      return TRUE;
  }
  return FALSE;
}

gboolean
quantity_by_name (const gchar * name, Quantity * out)
{
  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    if (!g_str_equal (name, infos[i].name) && !is_short_for (name, infos[i].name))
      continue;
    *out = i;
    return TRUE;
  }
  return FALSE;
}
