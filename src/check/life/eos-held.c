/* L15. Looked at are EOS stops of a producer while a consumer that lives holds a buffer: by the
 * tap's account, or without one by its own. One blocked for space is not: EOS waits behind its
 * buffer (L9). */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  const TraceEvent *stop;
  guint held;                   /* by all clients at that moment */
} Moment;

static void
count_held (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    gpointer user)
{
  Moment *moment = user;

  for (guint i = 0; event == moment->stop && i < walk->clients->len; i++) {
    const CheckClient *holder = g_ptr_array_index (walk->clients, i);

    moment->held += !holder->closed ? holder->held.length : 0;
  }
}

static guint
n_held (const Trace * trace, const CheckStop * stop)
{
  Moment moment = { stop->event, 0 };
  guint told = 0;

  for (guint i = 0; i < trace->roles->len; i++) {
    if (check_life_is_consumer (trace, (gint) i)
        && check_life_is_up (trace, (gint) i, stop->at)
        && check_life_may_hold (trace, (gint) i, stop->at))
      told += trace->tap ? 1 : check_life_n_held (trace, (gint) i, stop->at);
  }
  if (told == 0 || !trace->tap)
    return told;
  check_walk (trace, count_held, &moment);
  return moment.held;
}

static gboolean
is_blocked (const Trace * trace, const CheckStop * stop)
{
  gboolean full = FALSE;

  for (guint i = stop->begin; i < stop->at; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == stop->role && event->kind == TRACE_RESUMED)
      full = FALSE;
    else if (event->role == stop->role && check_life_is_full (trace, i))
      full = TRUE;
  }
  return full;
}

static void
run (const Trace * trace, CheckContext * context)
{
  CheckStop stop;

  for (guint cursor = 0; check_life_next_stop (trace, &cursor, &stop);) {
    guint held;

    if (!g_str_equal (stop.kind, "EOS") || !check_life_is_producer (trace, stop.role)
        || stop.over == trace->events->len || !check_life_is_up (trace, stop.role, stop.at)
        || check_life_has (trace, stop.begin, stop.at, TRACE_BUS_ERROR, stop.role)
        || is_blocked (trace, &stop))
      continue;
    held = n_held (trace, &stop);
    check_looked (context, held > 0);
    if (held > 0 && !check_life_has (trace, stop.begin, stop.over, TRACE_EOS, stop.role))
      check_broken (context, stop.role, trace_at (trace, stop.over),
          "EOS did not come to its end in %.3f s while consumers held %u buffers",
          (gdouble) trace_at (trace, stop.over)->stopped.took_us / 1e6, held);
  }
}

const Check check_eos_held = {
  .id = "L15",
  .name = "eos-held",
  .contract = "EOS ends in bounded time although a healthy consumer still holds its last buffer.",
  .source = "shm pipe protocol",
  .seen = "The EOS event of a producer that is stopped by EOS while a consumer keeps buffers.",
  .run = run,
};
