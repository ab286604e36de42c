/* Threads find no room at the same time, and one new shard has room for all. */
#include "config.h"
#include "models/pool-ours.h"

#define SIZE 16u

static void
set_up (void *data, unsigned n_threads)
{
  ours_set_up (data, OURS_SLOTS, 0);
  ((Ours *) data)->blocks.needed = 1;
}

static void
thread (void *data, unsigned index)
{
  ours_alloc (data, index, SIZE);
}

static void
at_rest (void *data)
{
  Ours *ours = data;
  guint live = 0;

  for (guint i = 0; i < BLOCKS_AREAS; i++)
    live += ours->blocks.live[i];
  ours_check_rest (ours, live);
}

extern const ShmdiagModel model_pool_herd;
const ShmdiagModel model_pool_herd = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-herd",
  .summary = "our pool: of the threads that find no room one makes a shard",
  .n_threads = 3,
  .min_threads = 2,
  .max_threads = 3,
  .state_size = sizeof (Ours),
  .set_up = set_up,
  .thread = thread,
  .at_rest = at_rest,
};
