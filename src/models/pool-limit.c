/* One shard is allowed. Some allocations are refused, nothing else suffers, and there is room again
 * afterwards. */
#include "config.h"
#include "models/pool-ours.h"

#define SIZE 32u                /* one to a shard */

static void
set_up (void *data, unsigned n_threads)
{
  ours_set_up (data, 1, 0);
}

static void
thread (void *data, unsigned index)
{
  for (guint i = 0; i < 2; i++) {
    guint64 *block = ours_alloc (data, index, SIZE);

    if (block)
      ours_release (data, index, block, SIZE);
    else
      SHMDIAG_CHECK (errno == E2BIG, "refused-pin", "errno %d", errno);
  }
}

static void
step_check (void *data)
{
  ours_check_shards (data);
}

static void
at_rest (void *data)
{
  Ours *ours = data;
  guint64 *block;

  ours_check_rest (ours, 0);
  block = ours_alloc (ours, 0, SIZE);
  SHMDIAG_CHECK (block != NULL, "refused-pin", "no room though all was released");
  ours_release (ours, 0, block, SIZE);
}

extern const ShmdiagModel model_pool_limit;
const ShmdiagModel model_pool_limit = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-limit",
  .summary = "our pool: a refused shard is the failure of that allocation only",
  .n_threads = 3,
  .min_threads = 2,
  .max_threads = 4,
  .state_size = sizeof (Ours),
  .set_up = set_up,
  .thread = thread,
  .step_check = step_check,
  .at_rest = at_rest,
};
