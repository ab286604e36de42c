/* P3. Who waits and who is woken is what the acquires are judged by. */
#include "config.h"
#include "check/bufpool.h"

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "exhausted", context, NULL, NULL);
}

const Check check_exhausted = {
  .id = "P3",
  .name = "exhausted",
  .contract = "When all buffers are out an acquire waits, one that must not wait gives EOS at "
      "once, and a returned buffer ends exactly one wait.",
  .source = "GstBufferPool: gst_buffer_pool_acquire_buffer()",
  .seen = "Two threads wait for a buffer of an empty pool while one buffer after the other is "
      "returned.",
  .run = run,
};
