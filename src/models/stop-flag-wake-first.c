/* One of the models of stop-flag.h. */
#include "config.h"
#include "models/stop-flag.h"

static void
set_up (void *user, unsigned n_threads)
{
  State *state = user;

  state->asks_why = true;
  state->wakes_first = true;
}

extern const ShmdiagModel model_stop_flag_wake_first;
const ShmdiagModel model_stop_flag_wake_first = STOP_FLAG ("stop-flag-wake-first",
    "the wake-up comes before the flag", set_up, "stop-quiet");
