/* One of the models of store-buffer.h. */
#include "config.h"
#include "models/store-buffer.h"

static void
thread (void *user, unsigned index)
{
  go_in (user, index, memory_order_seq_cst, memory_order_seq_cst);
}

extern const ShmdiagModel model_store_buffer_seq_cst;
const ShmdiagModel model_store_buffer_seq_cst = STORE_BUFFER ("store-buffer-seq-cst",
    "mutual exclusion by sequentially consistent operations", thread, NULL);
