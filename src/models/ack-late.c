/* One of the models of ack.h. */
#include "config.h"
#include "models/ack.h"

static void
set_up (void *user, unsigned n_threads)
{
  set_up_naming (user, NAMES_LATE);
}

extern const ShmdiagModel model_ack_late;
const ShmdiagModel model_ack_late = ACK ("ack-late",
    "an ACK reads the id of an area that it may have freed", set_up, "ack-area");
