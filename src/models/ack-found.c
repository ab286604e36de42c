/* One of the models of ack.h. */
#include "config.h"
#include "models/ack.h"

static void
set_up (void *user, unsigned n_threads)
{
  set_up_naming (user, NAMES_FOUND);
}

extern const ShmdiagModel model_ack_found;
const ShmdiagModel model_ack_found = ACK ("ack-found",
    "an ACK names the area that its buffer was found in", set_up, NULL);
