/* The last block of a shard is released while another thread finds the shard full. */
#include "config.h"
#include "models/pool-shipped.h"

#define SIZE 40u                /* one to a shard */

typedef struct
{
  Taken taken;
  gpointer first;
  guint busy;                   /* threads in an operation */
} State;

static void
set_up (void *data, unsigned n_threads)
{
  State *state = data;

  taken_set_up (&state->taken, SHIPPED_AS_IS);
  state->first = taken_alloc (&state->taken, 0, SIZE);
  state->busy = n_threads;
}

static void
thread (void *data, unsigned index)
{
  State *state = data;

  if (index == 0)
    taken_release (&state->taken, 0, state->first, SIZE);
  else
    taken_alloc (&state->taken, index, SIZE);
  state->busy--;
}

/* Who has mapped a shard has done with the others until it is in the list. */
static void
step_check (void *data)
{
  State *state = data;
  guint n_listed = *(guint *) &state->taken.pool.n_shards;

  if (state->busy == state->taken.blocks.n_made - n_listed)
    taken_check_lost (&state->taken);
}

extern const ShmdiagModel model_pool_as_shipped_lost;
const ShmdiagModel model_pool_as_shipped_lost = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-as-shipped-lost",
  .summary = "the pool as shipped: a full shard without references is lost",
  .n_threads = 2,
  .min_threads = 2,
  .max_threads = 5,
  .state_size = sizeof (State),
  .set_up = set_up,
  .thread = thread,
  .step_check = step_check,
  .at_rest = step_check,
  .expects = "no-lost-shard",
};
