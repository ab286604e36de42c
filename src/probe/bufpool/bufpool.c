/* The prober of buffer pools: the same measurements for every pool. */
#include "config.h"
#include "probe/probe.h"

#include "probe/bufpool/measure.h"

static const struct
{
  const gchar *contract;
  void (*measure) (Bench * bench, gint which);
  gint first, last;
} measurements[] = {
  {"config-inactive", measure_unconfigured, 0, 0},
  {"config-inactive", measure_config_active, 0, 0},
  {"config-inactive", measure_config_out, 0, 0},
  {"min-max", measure_minimum, 0, 0},
  {"min-max", measure_maximum, 0, 0},
  {"min-max", measure_at_once, 0, 0},
  {"min-max", measure_unlimited, 0, 0},
  {"exhausted", measure_dontwait, 0, 0},
  {"exhausted", measure_one_waits, 0, 0},
  {"exhausted", measure_two_wait, 0, 0},
  {"flushing", measure_deactivation, 0, 0},
  {"flushing", measure_flush, 0, 0},
  {"flushing", measure_never_active, 0, 0},
  {"release", measure_return, 0, MEASURE_N_USES - 1},
  {"writable", measure_writable, 0, 0},
  {"allocator", measure_allocator, 0, MEASURE_N_PARAMS - 1},
  {"prealloc", measure_failed_start, 0, 3},
  {"prealloc", measure_failed_and_gone, 2, 2},
  {"outstanding", measure_outstanding, 0, 2},
  {"outstanding", measure_owner_gone, 1, 2},
};

static void
measure (Actor * actor, const BufpoolTarget * target, const gchar * contract,
    void (*func) (Bench *, gint), gint which)
{
  Bench bench;

  if (!probe_begin (actor, contract))
    return;
  if (bench_open (&bench, actor, target))
    func (&bench, which);
  bench_close (&bench);
}

static void
run (Actor * actor)
{
  g_autoptr (BufpoolTarget) target = bufpool_target_new (actor);

  if (!target)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (measurements); i++) {
    for (gint which = measurements[i].first; which <= measurements[i].last; which++)
      measure (actor, target, measurements[i].contract, measurements[i].measure, which);
  }
  /* One of a pool without options says just that. */
  for (gint which = 0; which < MAX (1, bufpool_target_n_options (target)); which++)
    measure (actor, target, "options", measure_option, which);
}

const ProbeClass probe_bufpool = {
  .name = "bufpool",
  .run = run,
  .list = bufpool_target_list,
};
