/* A thread moves its block from shard to shard; it always has one or two. Statistics that are put
 * together of several moments could show none, or three. */
#include "config.h"
#include "models/pool-ours.h"

#define SIZE 48u                /* one to a shard */

typedef struct
{
  Ours ours;
  guint64 *first;
  ShardsStats *stats;
} State;

static void
set_up (void *data, unsigned n_threads)
{
  State *state = data;

  ours_set_up (&state->ours, OURS_SLOTS, 1);
  state->first = ours_alloc (&state->ours, 0, SIZE);
}

static void
move_block (Ours * ours, guint64 * block)
{
  for (guint i = 0; i < 2; i++) {
    guint64 *next = ours_alloc (ours, 0, SIZE);

    ours_release (ours, 0, block, SIZE);
    block = next;
  }
}

static void
read_statistics (State * state)
{
  ShardsStats *stats = state->stats = shards_stats (&state->ours.pool);

  SHMDIAG_CHECK (stats->references == 1 || stats->references == 2, "statistics-true",
      "%u references at one moment", (guint) stats->references);
  SHMDIAG_CHECK (stats->used == SIZE * stats->references, "statistics-true",
      "%u bytes are used by %u blocks", (guint) stats->used, (guint) stats->references);
}

static void
thread (void *data, unsigned index)
{
  State *state = data;

  if (index == 0)
    move_block (&state->ours, state->first);
  else
    read_statistics (state);
}

static void
at_rest (void *data)
{
  ours_check_rest (&((State *) data)->ours, 1);
}

static void
tear_down (void *data)
{
  g_clear_pointer (&((State *) data)->stats, g_free);
}

extern const ShmdiagModel model_pool_stats;
const ShmdiagModel model_pool_stats = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-stats",
  .summary = "our pool: statistics are one moment",
  .n_threads = 2,
  .state_size = sizeof (State),
  .set_up = set_up,
  .thread = thread,
  .at_rest = at_rest,
  .tear_down = tear_down,
};
