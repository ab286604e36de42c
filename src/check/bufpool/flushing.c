/* P4. */
#include "config.h"
#include "check/bufpool.h"

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "flushing", context, NULL, NULL);
}

const Check check_flushing = {
  .id = "P4",
  .name = "flushing",
  .contract = "Deactivation and flushing end every wait with FLUSHING in bounded time, and so does "
      "every later acquire.",
  .source = "GstBufferPool: gst_buffer_pool_set_active(), gst_buffer_pool_set_flushing()",
  .seen = "Three threads wait for a buffer of an empty pool that is then deactivated, or set to "
      "flushing and back.",
  .run = run,
};
