/* One of the models of stop-flag.h. */
#include "config.h"
#include "models/stop-flag.h"

static void
set_up (void *user, unsigned n_threads)
{
  State *state = user;

  state->asks_why = true;
}

extern const ShmdiagModel model_stop_flag;
const ShmdiagModel model_stop_flag = STOP_FLAG ("stop-flag",
    "a poll that fails asks whether it was stopped", set_up, NULL);
