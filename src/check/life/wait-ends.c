/* L9. Wait states: a producer without space, without a client while it must wait for one, at EOS
 * with buffers out; a consumer that has got nothing yet. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

static gboolean
waits_for_space (const Trace * trace, const CheckStop * stop)
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

static gboolean
waits_for_client (const Trace * trace, const CheckStop * stop)
{
  return trace_role_bool (trace_role (trace, stop->role), "wait-for-connection", TRUE)
      && !check_life_has (trace, stop->begin, stop->at, TRACE_CONNECTED, stop->role)
      && !check_life_has (trace, stop->begin, stop->at, TRACE_CLIENT_OPEN, -1);
}

static gboolean
waits_at_eos (const Trace * trace, const CheckStop * stop)
{
  if (!g_str_equal (stop->kind, "EOS"))
    return FALSE;
  for (guint i = 0; i < trace->roles->len; i++) {
    if (check_life_is_consumer (trace, (gint) i)
        && check_life_is_up (trace, (gint) i, stop->at)
        && check_life_n_held (trace, (gint) i, stop->at) > 0)
      return TRUE;
  }
  return FALSE;
}

/* Names the wait state in which the stop finds its role, NULL when it is in none. */
static const gchar *
wait_state (const Trace * trace, const CheckStop * stop)
{
  if (!check_life_is_up (trace, stop->role, stop->at))
    return NULL;
  if (check_life_is_consumer (trace, stop->role)) {
    gboolean fed = check_life_has (trace, stop->begin, stop->at, TRACE_BUFFER_IN, stop->role)
        || check_life_has (trace, stop->begin, stop->at, TRACE_PROGRESS, stop->role);

    return fed ? NULL : "for its first buffer";
  }
  if (waits_for_space (trace, stop))
    return "for space";
  if (waits_for_client (trace, stop))
    return "for a connection";
  return waits_at_eos (trace, stop) ? "at EOS for buffers that are held" : NULL;
}

static void
run (const Trace * trace, CheckContext * context)
{
  CheckStop stop;

  for (guint cursor = 0; check_life_next_stop (trace, &cursor, &stop);) {
    const gchar *waits;

    if (g_str_equal (stop.kind, "SIGKILL") || stop.over == trace->events->len
        || !trace_role (trace, stop.role))
      continue;
    waits = wait_state (trace, &stop);
    check_looked (context, waits != NULL);
    if (waits && stop.late)
      check_broken (context, stop.role, stop.late, "waiting %s, not ended by a stop by %s within "
          "%.3f s", waits, stop.kind, (gdouble) stop.late->stop_late.since_us / 1e6);
  }
}

const Check check_wait_ends = {
  .id = "L9",
  .name = "wait-ends",
  .contract = "Waiting for a connection, for space, for buffer-time, at EOS: all end on stop, "
      "flush and disconnect.",
  .source = "MR 11109",
  .seen = "The time of stops that find their role waiting.",
  .run = run,
};
