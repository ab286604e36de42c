/* A8. Samples labelled "grow...", first against last, and "before" against "after". One fd may
 * differ: a connection that has just gone is closed in the producer's own time. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static void
run (const Trace * trace, CheckContext * context)
{
  static const CheckGrowth limits[] = {
    {.label = "grow",.fds = 0,.rss_kib = 8192},
    {.label = "before",.until = "after",.fds = 1,.rss_kib = 8192},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    check_life_growth (trace, context, &limits[i]);
}

const Check check_no_growth = {
  .id = "A8",
  .name = "no-growth",
  .contract = "Memory, fds, areas and time per buffer stay flat over 10^5 buffers and 10^4 blocks "
      "in flight.",
  .source = "shm pipe protocol",
  .seen = "Samples of resident memory, fds, mapped areas and segments of each role.",
  .run = run,
};
