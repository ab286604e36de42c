/* A shard is reserved. The engine asks each thread that ends for its locks. */
#include "config.h"
#include "models/pool-shipped.h"

static void
set_up (void *data, unsigned n_threads)
{
  taken_set_up (data, SHIPPED_AS_IS);
  taken_alloc (data, 1, 8);
}

static void
thread (void *data, unsigned index)
{
  Taken *taken = data;

  if (index == 0)
    shipped_reserve (&taken->pool, 1);
  else
    taken_alloc (taken, index, 8);
}

extern const ShmdiagModel model_pool_as_shipped_reserve;
const ShmdiagModel model_pool_as_shipped_reserve = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-as-shipped-reserve",
  .summary = "the pool as shipped: reserve leaves its lock behind",
  .n_threads = 2,
  .state_size = sizeof (Taken),
  .set_up = set_up,
  .thread = thread,
  .expects = "lock-left",
};
