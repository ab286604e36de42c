/* The writer's book as it is. */
#include "config.h"
#include "models/writer.h"

static void
set_up (void *data, unsigned n_threads)
{
  writer_set_up (data, &writer_calls);
}

extern const ShmdiagModel model_writer;
const ShmdiagModel model_writer = WRITER ("writer",
    "the writer of shm pipes with two clients: who holds what", set_up, NULL);
