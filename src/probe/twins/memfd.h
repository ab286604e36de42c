/* Twins of allocators: ours over memfd, as it should be, and a mutant for every defect that such an
 * allocator has had somewhere. */
#pragma once
#include "probe/align-target.h"

/* TARGET is "twin:NAME". NULL: there is none of that name. */
const ShmdiagAlignTarget *twin_memfd_target (const gchar * target);
