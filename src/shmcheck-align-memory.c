/* shmcheck-align allocators. */
#include "config.h"
#include "shmcheck-align.h"

static const gchar *const contracts[] = { "maxsize-true", NULL };

static const AlignCommand allocators = {
  .name = "allocators",
  .kind = "memory",
  .arguments = "[ALLOCATOR...]",
  .summary = "checks what allocators report against what is mapped",
  .contracts = contracts,
  .patience = 10.0,
};

Status
command_allocators (gint argc, gchar ** argv)
{
  return align_run (&allocators, argc, argv);
}
