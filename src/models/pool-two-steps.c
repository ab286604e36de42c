/* A twin of our pool that releases in two steps, and nothing but its calls to judge it by. */
#include "config.h"
#include "models/pool-ours.h"

#define SIZE 16u                /* three to a shard */

typedef struct
{
  Ours ours;
  guint64 *first;
} State;

static void
set_up (void *data, unsigned n_threads)
{
  State *state = data;

  ours_set_up (&state->ours, OURS_SLOTS, OURS_SLOTS);
  state->first = ours_call_alloc (&state->ours, 0, SIZE);
}

/* The reference first, then the bytes: who comes between loses both. */
static void
release_in_two_steps (Ours * ours, guint64 * block)
{
  guint call = shmdiag_history_call (&ours->history, 0, CALL_RELEASE, ours_place (ours, block));
  Slot *slot = slot_of (&ours->pool, block);
  guint64 word = atomic_fetch_sub_explicit (&slot->word, ONE_REFERENCE, memory_order_acq_rel);

  if (references_of (word) == 1)
    atomic_store_explicit (&slot->word, 0, memory_order_release);
  shmdiag_history_return (&ours->history, call, 0);
}

static void
thread (void *data, unsigned index)
{
  State *state = data;

  if (index == 0) {
    release_in_two_steps (&state->ours, state->first);
  } else {
    ours_call_alloc (&state->ours, index, SIZE);
    ours_call_alloc (&state->ours, index, SIZE);
  }
}

static void
at_rest (void *data)
{
  ours_check_calls (&((State *) data)->ours);
}

extern const ShmdiagModel model_pool_two_steps;
const ShmdiagModel model_pool_two_steps = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-two-steps",
  .summary = "a twin of our pool: a release in two steps, no order explains the calls",
  .n_threads = 2,
  .state_size = sizeof (State),
  .set_up = set_up,
  .thread = thread,
  .at_rest = at_rest,
  .expects = "linearizable",
};
