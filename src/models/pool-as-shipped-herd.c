/* Threads find all shards full, and each makes one. */
#include "config.h"
#include "models/pool-shipped.h"

#define SIZE 16u

static void
set_up (void *data, unsigned n_threads)
{
  Taken *taken = data;

  taken_set_up (taken, SHIPPED_AS_IS);
  taken_alloc (taken, 0, TAKEN_ROOM);
  taken->blocks.needed = 2;
}

static void
thread (void *data, unsigned index)
{
  taken_alloc (data, index, SIZE);
}

extern const ShmdiagModel model_pool_as_shipped_herd;
const ShmdiagModel model_pool_as_shipped_herd = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-as-shipped-herd",
  .summary = "the pool as shipped: each thread that finds no room makes a shard",
  .n_threads = 3,
  .min_threads = 2,
  .max_threads = 4,
  .state_size = sizeof (Taken),
  .set_up = set_up,
  .thread = thread,
  .expects = "one-winner",
};
