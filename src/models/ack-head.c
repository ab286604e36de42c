/* One of the models of ack.h. */
#include "config.h"
#include "models/ack.h"

static void
set_up (void *user, unsigned n_threads)
{
  set_up_naming (user, NAMES_HEAD);
}

extern const ShmdiagModel model_ack_head;
const ShmdiagModel model_ack_head = ACK ("ack-head",
    "an ACK names the newest area", set_up, "ack-area");
