/* A thread that comes late recycles a shard that another is about to recycle. */
#include "config.h"
#include "models/pool-overlap.h"

static void
set_up (void *data, unsigned n_threads)
{
  overlap_set_up (data, SHIPPED_AS_IS);
}

extern const ShmdiagModel model_pool_as_shipped_overlap;
const ShmdiagModel model_pool_as_shipped_overlap = OVERLAP ("pool-as-shipped-overlap",
    "the pool as shipped: a shard is recycled twice, two blocks overlap", set_up);
