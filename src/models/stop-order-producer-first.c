/* One of the models of stop-order.h. */
#include "config.h"
#include "models/stop-order.h"

static void
set_up (void *user, unsigned n_threads)
{
  State *state = user;

  state->producer_first = true;
}

extern const ShmdiagModel model_stop_order_producer_first;
const ShmdiagModel model_stop_order_producer_first = STOP_ORDER ("stop-order-producer-first",
    "the producer is stopped first and waits for its area", set_up, "deadlock");
