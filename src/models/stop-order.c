/* One of the models of stop-order.h. */
#include "config.h"
#include "models/stop-order.h"

extern const ShmdiagModel model_stop_order;
const ShmdiagModel model_stop_order = STOP_ORDER ("stop-order",
    "the consumer, which can free the area, is stopped first", NULL, NULL);
