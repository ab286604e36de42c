/* P13. */
#include "config.h"
#include "check/bufpool.h"

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "outstanding", context, NULL, NULL);
}

const Check check_outstanding = {
  .id = "P13",
  .name = "outstanding",
  .contract = "After deactivation everything is freed as soon as the last buffer is back, and "
      "nothing that is out before.",
  .source = "GstBufferPool: gst_buffer_pool_set_active()",
  .seen = "Memory and buffers are counted while a deactivated pool gets back what was out.",
  .run = run,
};
