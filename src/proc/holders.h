/* Who else has the same object: looked for in all processes that can be read. */
#pragma once
#include "proc/objects.h"

typedef struct
{
  guint n_read, n_denied;       /* processes */
  gboolean hidden;              /* /proc is not usable, or does not show all of them */
} ProcSearch;

/* Fills in the holders of OBJECTS, which are those of PROCESS, except PROCESS itself; and what is
 * not yet known about an object and another's descriptor shows. */
ProcSearch proc_find_holders (GPtrArray * objects, const ProcProcess * process);
