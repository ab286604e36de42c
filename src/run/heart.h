/* The runner's own heart: when it, and so everything that it waited for, stood still. */
#pragma once
#include "trace/trace.h"

/* Lets it beat from here on; may be called again. */
void run_heart_start (void);

/* Tells TRACE, whose times are not relative yet, of every stall since BEGIN_NS. */
void run_tell_stalls (Trace * trace, gint64 begin_ns);
