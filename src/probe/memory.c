#include "config.h"
#include "probe/probe.h"

static void
run (Probe * probe)
{
  probe_target (probe, "nothing", "0");
}

static void
list (Probe * probe)
{
  probe_found (probe, "nothing", NULL);
}

const ProbeClass probe_memory = {
  .name = "memory",
  .run = run,
  .list = list,
};
