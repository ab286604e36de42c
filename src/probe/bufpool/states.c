/* What a pool does in which state: configuration, bounds, waits. */
#include "config.h"
#include "probe/bufpool/measure.h"

/* --- config-inactive --- */

void
measure_unconfigured (Bench * bench, gint which)
{
  bench_activate (bench, TRUE);
}

void
measure_config_active (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 1,.max = 2 };
  GstBuffer *buffer;

  if (!bench_start (bench, &config))
    return;
  bench_reconfigure (bench, "while active");
  buffer = bench_acquire (bench, FALSE);
  if (buffer)
    bench_return (bench, buffer, "");
  bench_activate (bench, FALSE);
  bench_start (bench, &config);
}

void
measure_config_out (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 1,.max = 2 };
  GstBuffer *buffer;

  if (!bench_start (bench, &config) || !(buffer = bench_acquire (bench, FALSE)))
    return;
  bench_activate (bench, FALSE);
  bench_reconfigure (bench, "while a buffer is out");
  bench_return (bench, buffer, "");
  bench_start (bench, &config);
}

/* --- min-max --- */

void
measure_minimum (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 3,.max = 5,.own_allocator = TRUE };

  if (bench_start (bench, &config))
    bench_count (bench, "after activation");
}

void
measure_maximum (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 2,.max = 5 };

  if (!bench_start (bench, &config))
    return;
  for (guint i = 0; i < config.max + 1 && !bench->is_late; i++)
    bench_acquire (bench, FALSE);
}

void
measure_at_once (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 0,.max = 4 };
  BenchWaiter *waiters[8];

  if (!bench_start (bench, &config))
    return;
  for (guint round = 0; round < 4 && !bench->is_late; round++) {
    for (guint i = 0; i < G_N_ELEMENTS (waiters); i++)
      waiters[i] = bench_wait_begin (bench, -1, FALSE);
    bench_wait_end_all (bench, waiters, G_N_ELEMENTS (waiters));
    while (bench->held->len > 0)
      bench_return (bench, g_ptr_array_index (bench->held, 0), "");
  }
}

void
measure_unlimited (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 0,.max = 0 };

  if (!bench_start (bench, &config))
    return;
  for (guint i = 0; i < 20; i++)
    bench_acquire (bench, FALSE);
}

/* --- exhausted --- */

/* A pool of COUNT buffers, all of which are out. */
static gboolean
start_empty (Bench * bench, guint count)
{
  const BenchConfig config = {.min = 1,.max = count };

  if (!bench_start (bench, &config))
    return FALSE;
  for (guint i = 0; i < count; i++)
    bench_acquire (bench, FALSE);
  return bench->held->len == count;
}

static GstBuffer *
first_held (Bench * bench)
{
  return g_ptr_array_index (bench->held, 0);
}

void
measure_dontwait (Bench * bench, gint which)
{
  if (start_empty (bench, 2))
    bench_acquire (bench, FALSE);
}

void
measure_one_waits (Bench * bench, gint which)
{
  BenchWaiter *waiter;

  if (!start_empty (bench, 1))
    return;
  waiter = bench_wait_begin (bench, 1, TRUE);
  bench_wait_settle (waiter);
  bench_wait_look (bench, waiter);
  bench_return (bench, first_held (bench), "");
  bench_wait_end (bench, waiter);
  bench_wait_free (waiter);
}

static void
begin_waits (Bench * bench, BenchWaiter ** waiters, gint count)
{
  for (gint i = 0; i < count; i++) {
    waiters[i] = bench_wait_begin (bench, i + 1, TRUE);
    bench_wait_settle (waiters[i]);
  }
}

void
measure_two_wait (Bench * bench, gint which)
{
  BenchWaiter *waiters[2];
  gint woken;

  if (!start_empty (bench, 2))
    return;
  begin_waits (bench, waiters, 2);
  for (gint i = 0; i < 2; i++)
    bench_wait_look (bench, waiters[i]);
  bench_return (bench, first_held (bench), "");
  woken = bench_wait_either (bench, waiters);
  if (woken >= 0) {
    bench_wait_look (bench, waiters[1 - woken]);
    bench_return (bench, first_held (bench), "");
    bench_wait_end (bench, waiters[1 - woken]);
  }
  for (gint i = 0; i < 2; i++)
    bench_wait_free (waiters[i]);
}

/* --- flushing --- */

void
measure_deactivation (Bench * bench, gint which)
{
  BenchWaiter *waiters[3];

  if (!start_empty (bench, 1))
    return;
  begin_waits (bench, waiters, G_N_ELEMENTS (waiters));
  bench_activate (bench, FALSE);
  bench_wait_end_all (bench, waiters, G_N_ELEMENTS (waiters));
  if (bench->is_late)
    return;
  bench_acquire (bench, TRUE);
  bench_acquire (bench, FALSE);
  bench_return (bench, first_held (bench), "");
  bench_acquire (bench, TRUE);
}

void
measure_flush (Bench * bench, gint which)
{
  BenchWaiter *waiters[3];

  if (!start_empty (bench, 1))
    return;
  begin_waits (bench, waiters, G_N_ELEMENTS (waiters));
  bench_flush (bench, TRUE);
  bench_wait_end_all (bench, waiters, G_N_ELEMENTS (waiters));
  if (bench->is_late)
    return;
  bench_acquire (bench, TRUE);
  bench_flush (bench, FALSE);
  bench_acquire (bench, FALSE);
  bench_return (bench, first_held (bench), "");
  bench_acquire (bench, FALSE);
}

void
measure_never_active (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 1,.max = 1 };

  if (!bench_configure (bench, &config))
    return;
  bench_acquire (bench, TRUE);
  bench_acquire (bench, FALSE);
}
