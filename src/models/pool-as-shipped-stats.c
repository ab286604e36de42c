/* Statistics are read while a shard is made. */
#include "config.h"
#include "models/pool-shipped.h"

typedef struct
{
  Taken taken;
  ShippedRow rows[BLOCKS_AREAS];
} State;

static void
set_up (void *data, unsigned n_threads)
{
  taken_set_up (&((State *) data)->taken, SHIPPED_AS_IS);
}

static void
thread (void *data, unsigned index)
{
  State *state = data;

  if (index > 0)
    taken_alloc (&state->taken, index, 8);
  else
    shipped_fill_rows (&state->taken.pool, state->rows, shipped_count_rows (&state->taken.pool));
}

extern const ShmdiagModel model_pool_as_shipped_stats;
const ShmdiagModel model_pool_as_shipped_stats = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-as-shipped-stats",
  .summary = "the pool as shipped: statistics write behind their rows",
  .n_threads = 2,
  .min_threads = 2,
  .max_threads = 4,
  .state_size = sizeof (State),
  .set_up = set_up,
  .thread = thread,
  .expects = "rows-in-bounds",
};
