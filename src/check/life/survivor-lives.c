/* L4. A stalled flow is blamed on whom the wire shows to owe it; a signal is the fault of whom it
 * ended, unless it was sent on purpose. An error that a producer posts while it serves, after a
 * peer has gone, is no going on, whatever it was that the peer had done. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

#define SOON_NS (G_TIME_SPAN_SECOND * 1000)

/* Whether PRODUCER had died of a signal that nobody asked for, before AT: what does not come then is
 * its doing. */
static gboolean
has_died (const Trace * trace, gint producer, guint at)
{
  guint gone = check_life_last (trace, at, TRACE_EXIT, producer);

  return gone < at && check_life_is_death (trace, gone);
}

static void
look_at_flow (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const TraceRole *consumer = trace_role (trace, event->role);
  gint producer = check_life_producer (trace, at);
  g_autofree gchar *words = NULL;
  gint blamed;

  check_looked (context, 1);
  if (event->kind == TRACE_FLOW)
    return;
  if (check_life_is_up (trace, producer, at))
    blamed = check_blame (trace, event, producer, event->role);
  else
    blamed = has_died (trace, producer, at) ? producer : event->role;
  words = check_blame_words (trace, blamed, event);
  check_broken (context, blamed, event,
      "%s got only %" G_GINT64_FORMAT " buffers in time after a peer had gone%s",
      consumer ? consumer->name : "-", event->flow.buffers, words);
}

/* Who had gone last before AT, in the life of the process that began at BEGIN, in words; NULL:
 * nobody had. */
static const gchar *
gone_before (const Trace * trace, guint begin, guint at)
{
  for (guint i = at; i-- > begin;) {
    const TraceEvent *event = trace_at (trace, i);

    if (check_life_is_consumer (trace, event->role) && (event->kind == TRACE_DISCONNECTED
            || event->kind == TRACE_EXIT || event->kind == TRACE_STOPPED))
      return trace_role (trace, event->role)->name;
    if (event->kind == TRACE_STEP && check_life_step_is (event, "knock", NULL))
      return "a client that closed at once";
  }
  return NULL;
}

/* Up, not asked to stop, and without an error so far: what would follow from that is not judged. */
static gboolean
serves (const Trace * trace, gint producer, guint at)
{
  guint begin = check_life_begin (trace, producer, at);

  return check_life_is_up (trace, producer, at)
      && !check_life_is_too_big (trace, producer)
      && !check_life_has (trace, begin, at, TRACE_BUS_ERROR, producer)
      && !check_life_has (trace, begin, at, TRACE_STOP, producer);
}

static void
look_at_error (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const gchar *gone;

  if (!check_life_is_producer (trace, event->role) || !serves (trace, event->role, at))
    return;
  gone = gone_before (trace, check_life_begin (trace, event->role, at), at);
  if (!gone)
    return;
  check_looked (context, 1);
  check_broken (context, event->role, event, "posted an error after %s had gone: %s",
      gone, event->text);
}

/* Its consumers hear of the end of a process before the runner does. */
static gboolean
ends_soon (const Trace * trace, gint producer, guint at)
{
  for (guint i = at; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->time_ns - trace_at (trace, at)->time_ns > SOON_NS)
      return FALSE;
    if (event->role == producer && event->kind == TRACE_STOP)
      return FALSE;
    if (event->role == producer && (event->kind == TRACE_EXIT || event->kind == TRACE_BUS_ERROR))
      return TRUE;
  }
  return FALSE;
}

/* A consumer whose producer has closed its connection and goes on. */
static void
look_at_end (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  gint producer = check_life_producer (trace, at);
  const gchar *gone;

  if (!check_life_is_consumer (trace, event->role) || !g_str_equal (event->text, "disconnect")
      || producer < 0 || !serves (trace, producer, at) || ends_soon (trace, producer, at)
      || check_life_has (trace, check_life_begin (trace, event->role, at), at, TRACE_STOP,
          event->role)
      || check_blame_wire (trace, event, producer, event->role) == event->role)
    return;
  gone = gone_before (trace, check_life_begin (trace, producer, at), at);
  if (!gone)
    return;
  check_looked (context, 1);
  check_broken (context, producer, event, "%s was disconnected after %s had gone",
      trace_role (trace, event->role)->name, gone);
}

static void
look_at_exit (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const TraceRole *role = trace_role (trace, event->role);

  if (!role || role->side == TRACE_SIDE_TAP)
    return;
  check_looked (context, 1);
  if (check_life_is_death (trace, at))
    check_broken (context, event->role, event, "died of a signal: %s", event->text);
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_FLOW || event->kind == TRACE_FLOW_LATE)
      look_at_flow (trace, i, context);
    else if (event->kind == TRACE_BUS_ERROR)
      look_at_error (trace, i, context);
    else if (event->kind == TRACE_END)
      look_at_end (trace, i, context);
    else if (event->kind == TRACE_EXIT)
      look_at_exit (trace, i, context);
  }
}

const Check check_survivor_lives = {
  .id = "L4",
  .name = "survivor-lives",
  .contract = "When one peer stops, is killed or crashes, the others go on or end cleanly as "
      "documented.",
  .source = "MR 11126",
  .seen = "The flow of buffers to those who stay, errors and disconnects by producers, and how each "
      "process ended.",
  .run = run,
};
