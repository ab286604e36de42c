/* One block, two shards: there is always room. The block leaves the first shard before it comes to
 * the second, so that who looks at one after the other may find both full. */
#include "config.h"
#include "models/pool-ours.h"

#define SIZE 32u                /* one to a shard */

typedef struct
{
  Ours ours;
  guint64 *block;
} Room;

static void
set_up (void *data, unsigned n_threads)
{
  Room *room = data;
  guint64 *second;

  ours_set_up (&room->ours, 2, 2);
  room->block = ours_alloc (&room->ours, 0, SIZE);
  second = ours_alloc (&room->ours, 0, SIZE);
  ours_release (&room->ours, 0, second, SIZE);
}

static void
thread (void *data, unsigned index)
{
  Room *room = data;
  guint found;

  if (index == 0) {
    ours_release (&room->ours, 0, room->block, SIZE);
    ours_alloc (&room->ours, 0, SIZE);
  } else {
    SHMDIAG_CHECK (take_for_sure (&room->ours.pool, SIZE, 0, &found) != NULL, "refused-pin",
        "no room is said to be, though one of two shards was empty all the time");
  }
}

extern const ShmdiagModel model_pool_room;
const ShmdiagModel model_pool_room = {
  .version = SHMDIAG_EXPLORE_VERSION,
  .name = "pool-room",
  .summary = "our pool: \"no room\" means that there was none",
  .n_threads = 2,
  .state_size = sizeof (Room),
  .set_up = set_up,
  .thread = thread,
};
