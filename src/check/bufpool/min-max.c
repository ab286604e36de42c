/* P2. */
#include "config.h"
#include "check/bufpool.h"

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "min-max", context, NULL, NULL);
}

const Check check_min_max = {
  .id = "P2",
  .name = "min-max",
  .contract = "After activation the minimum of buffers exists, and never are more than the maximum "
      "out.",
  .source = "GstBufferPool: gst_buffer_pool_config_set_params()",
  .seen = "An allocator of ours counts what the activation allocates; buffers are acquired "
      "until no more come, by one thread and by several at once.",
  .run = run,
};
