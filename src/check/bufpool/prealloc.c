/* P12. */
#include "config.h"
#include "check/bufpool.h"

static void
run (const Trace * trace, CheckContext * context)
{
  check_bufpool_run (trace, "prealloc", context, NULL, NULL);
}

const Check check_prealloc = {
  .id = "P12",
  .name = "prealloc",
  .contract = "A failed activation gives back everything that it allocated, and can be repeated.",
  .source = "MR 11664; GstBufferPool: gst_buffer_pool_set_active()",
  .seen = "An allocator of ours fails at the first, second, ... allocation of an activation, and "
      "counts what is freed.",
  .run = run,
};
