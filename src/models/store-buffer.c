/* One of the models of store-buffer.h. */
#include "config.h"
#include "models/store-buffer.h"

static void
thread (void *user, unsigned index)
{
  go_in (user, index, memory_order_release, memory_order_acquire);
}

extern const ShmdiagModel model_store_buffer;
const ShmdiagModel model_store_buffer = STORE_BUFFER ("store-buffer",
    "mutual exclusion by release and acquire: holds unless a load overtakes a store", thread,
    "one-inside");
