/* The mend that suggests itself against the lost shard. */
#include "config.h"
#include "models/pool-overlap.h"

static void
set_up (void *data, unsigned n_threads)
{
  overlap_set_up (data, SHIPPED_DECREMENT_FIRST);
}

extern const ShmdiagModel model_pool_fix_decrement_first;
const ShmdiagModel model_pool_fix_decrement_first = OVERLAP ("pool-fix-decrement-first",
    "a wrong mend: the references first, then \"full\"; blocks overlap", set_up);
