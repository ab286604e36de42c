#include "config.h"
#include "probe/twins/bufpool-table.h"

#include "probe/twins/bufpool.h"

struct PoolTwin
{
  const gchar *name;
  const gchar *contract;
  TwinDefect defect;
};

static const PoolTwin twins[] = {
  {"clean", "-", TWIN_CLEAN},
  {"config-while-active", "config-inactive", TWIN_CONFIG_WHILE_ACTIVE},
  {"activates-unconfigured", "config-inactive", TWIN_ACTIVATES_UNCONFIGURED},
  {"no-prealloc", "min-max", TWIN_NO_PREALLOC},
  {"ignores-max", "min-max", TWIN_IGNORES_MAX},
  {"dontwait-blocks", "exhausted", TWIN_DONTWAIT_BLOCKS},
  {"never-waits", "exhausted", TWIN_NEVER_WAITS},
  {"wakes-nobody", "exhausted", TWIN_WAKES_NOBODY},
  {"wakes-all", "exhausted", TWIN_WAKES_ALL},
  {"missing-wakeup", "flushing", TWIN_MISSING_WAKEUP},
  {"serves-inactive", "flushing", TWIN_SERVES_INACTIVE},
  {"stays-flushing", "flushing", TWIN_STAYS_FLUSHING},
  {"lost-buffer", "release", TWIN_LOST_BUFFER},
  {"wrong-size-on-return", "release", TWIN_WRONG_SIZE},
  {"keeps-foreign-meta", "release", TWIN_KEEPS_FOREIGN_META},
  {"drops-pooled-meta", "release", TWIN_DROPS_POOLED_META},
  {"keeps-timestamps", "release", TWIN_KEEPS_TIMESTAMPS},
  {"keeps-foreign-memory", "release", TWIN_KEEPS_FOREIGN_MEMORY},
  {"pool-not-set", "release", TWIN_POOL_NOT_SET},
  {"hands-out-shared", "writable", TWIN_SHARED},
  {"ignores-allocator", "allocator", TWIN_IGNORES_ALLOCATOR},
  {"ignores-params", "allocator", TWIN_IGNORES_PARAMS},
  {"worthless-offer", "allocator", TWIN_WORTHLESS_OFFER},
  {"dead-option", "options", TWIN_DEAD_OPTION},
  {"idle-option", "options", TWIN_IDLE_OPTION},
  {"prealloc-leak", "prealloc", TWIN_PREALLOC_LEAK},
  {"prealloc-shrinks", "prealloc", TWIN_PREALLOC_SHRINKS},
  {"frees-early", "outstanding", TWIN_FREES_EARLY},
  {"never-frees", "outstanding", TWIN_NEVER_FREES},
};

const PoolTwin *
pool_twin_nth (guint n)
{
  return n < G_N_ELEMENTS (twins) ? &twins[n] : NULL;
}

const PoolTwin *
pool_twin_by_name (const gchar * name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (twins); i++) {
    if (g_str_equal (twins[i].name, name))
      return &twins[i];
  }
  return NULL;
}

const gchar *
pool_twin_name (const PoolTwin * twin)
{
  return twin->name;
}

const gchar *
pool_twin_contract (const PoolTwin * twin)
{
  return twin->contract;
}

GstBufferPool *
pool_twin_make (const PoolTwin * twin)
{
  GstBufferPool *pool = twin_pool_new (twin->defect);

  if (twin->defect == TWIN_ACTIVATES_UNCONFIGURED) {
    GstStructure *config = gst_buffer_pool_get_config (pool);

    gst_buffer_pool_config_set_params (config, NULL, 4096, 0, 0);
    gst_buffer_pool_set_config (pool, config);
  }
  return pool;
}

gboolean
pool_twin_set_config (const PoolTwin * twin, GstBufferPool * pool, GstStructure * take_config)
{
  gboolean result;

  if (twin->defect != TWIN_CONFIG_WHILE_ACTIVE || !gst_buffer_pool_is_active (pool))
    return gst_buffer_pool_set_config (pool, take_config);
  gst_buffer_pool_set_active (pool, FALSE);
  result = gst_buffer_pool_set_config (pool, take_config);
  gst_buffer_pool_set_active (pool, TRUE);
  return result;
}

GstFlowReturn
pool_twin_acquire (const PoolTwin * twin, GstBufferPool * pool, GstBuffer ** buffer,
    GstBufferPoolAcquireParams * params)
{
  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (pool, buffer, params);

  if (flow == GST_FLOW_OK && twin->defect == TWIN_POOL_NOT_SET)
    gst_clear_object (&(*buffer)->pool);
  return flow;
}
