/* Twins of processes: they map shared memory. */
#pragma once
#include "probe/twins/twins.h"

/* Starts the process of TWIN. Returns its pid, once it has mapped everything; 0 with ERROR. */
gint twin_process_start (const Twin * twin, GError ** error);
void twin_process_stop (gint pid);
