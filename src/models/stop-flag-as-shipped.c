/* One of the models of stop-flag.h. */
#include "config.h"
#include "models/stop-flag.h"

static void
set_up (void *user, unsigned n_threads)
{
}

extern const ShmdiagModel model_stop_flag_as_shipped;
const ShmdiagModel model_stop_flag_as_shipped = STOP_FLAG ("stop-flag-as-shipped",
    "a poll that fails posts an error, then looks at the flag", set_up, "stop-quiet");
