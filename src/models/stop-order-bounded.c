/* One of the models of stop-order.h. */
#include "config.h"
#include "models/stop-order.h"

static void
set_up (void *user, unsigned n_threads)
{
  State *state = user;

  state->producer_first = true;
  state->is_bounded = true;
}

extern const ShmdiagModel model_stop_order_bounded;
const ShmdiagModel model_stop_order_bounded = STOP_ORDER ("stop-order-bounded",
    "the producer is stopped first and gives up its wait", set_up, NULL);
