/* P1. Also what is set while buffers are out: they are of the configuration before. */
#include "config.h"
#include "check/bufpool.h"

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "config-inactive", context, NULL, NULL);
}

const Check check_config_inactive = {
  .id = "P1",
  .name = "config-inactive",
  .contract = "Configuration is refused while the pool is active or buffers are out, and "
      "activation is refused without it.",
  .source = "GstBufferPool: gst_buffer_pool_set_config(), gst_buffer_pool_set_active()",
  .seen = "A changed configuration is set in each state, then read back, and pools that were never "
      "configured are activated.",
  .run = run,
};
