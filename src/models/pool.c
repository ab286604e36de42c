/* Blocks that change hands, are released by other threads, and shards that come and go. */
#include "config.h"
#include "models/pool-ours.h"

#define SIZE 24u                /* two to a shard */

typedef struct
{
  Ours ours;
  _Atomic (guint64 *) cell;     /* where threads leave blocks to each other */
} State;

static void
set_up (void *data, unsigned n_threads)
{
  ours_set_up (&((State *) data)->ours, OURS_SLOTS, 1);
}

static void
release_found (State * state, guint64 * block)
{
  if (block)
    ours_release (&state->ours, blocks_owner (&state->ours.blocks, block), block, SIZE);
}

/* Three operations: leave a block and release the one found, allocate, release. */
static void
thread (void *data, unsigned index)
{
  State *state = data;
  guint64 *block = ours_alloc (&state->ours, index, SIZE);

  SHMDIAG_CHECK (block != NULL, "refused-pin", "an allocation fails though there is room");
  block = atomic_exchange_explicit (&state->cell, block, memory_order_acq_rel);
  release_found (state, block);
  block = ours_alloc (&state->ours, index, 2 * SIZE);
  SHMDIAG_CHECK (block != NULL, "refused-pin", "an allocation fails though there is room");
  ours_release (&state->ours, index, block, 2 * SIZE);
}

static void
step_check (void *data)
{
  ours_check_shards (&((State *) data)->ours);
}

static void
at_rest (void *data)
{
  State *state = data;

  ours_check_rest (&state->ours, 1);
  release_found (state, state->cell);
  ours_check_rest (&state->ours, 0);
}

extern const ShmdiagModel model_pool;
const ShmdiagModel model_pool = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool",
  .summary = "our pool: no block overlaps, no shard is lost, no pin is left",
  .n_threads = 3,
  .min_threads = 2,
  .max_threads = 5,
  .state_size = sizeof (State),
  .set_up = set_up,
  .thread = thread,
  .step_check = step_check,
  .at_rest = at_rest,
};
