/* The mend that suggests itself against the mend. */
#include "config.h"
#include "models/pool-overlap.h"

static void
set_up (void *data, unsigned n_threads)
{
  overlap_set_up (data, SHIPPED_RECHECK);
}

extern const ShmdiagModel model_pool_fix_recheck;
const ShmdiagModel model_pool_fix_recheck = OVERLAP ("pool-fix-recheck",
    "a wrong mend: look at the references once more, without claiming", set_up);
