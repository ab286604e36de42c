/* Performance data of monitoring plug-ins. */
#pragma once
#include "watch/view/view.h"

/* Appends " 'label'=value[UOM];warn;crit;min;max" for all that DATA tells, "U" for pools that could
 * not be read. The first 19 characters of each label are unique, and the same in every run. */
void perfdata_print (const ViewData * data, GString * out);
