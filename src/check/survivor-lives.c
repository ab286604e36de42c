/* L4. A stalled flow is blamed on whom the wire shows to owe it; a signal is the fault of whom it
 * ended, unless it was sent on purpose. An error that a producer posts while it serves, after a
 * peer has gone, is no going on, whatever it was that the peer had done. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

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
  blamed = check_life_is_up (trace, producer, at)
      ? check_blame (trace, event, producer, event->role) : event->role;
  words = check_blame_words (trace, blamed, event);
  check_broken (context, blamed, event,
      "%s got only %" G_GINT64_FORMAT " buffers in time after a peer had gone%s",
      consumer != NULL ? consumer->name : "-", event->value, words);
}

/* The consumer that had gone last before AT, in the life of the process that began at BEGIN; -1:
 * none had. */
static gint
gone_before (const Trace * trace, guint begin, guint at)
{
  for (guint i = at; i-- > begin;) {
    const TraceEvent *event = trace_at (trace, i);

    if (check_life_is_consumer (trace, event->role) && (event->kind == TRACE_DISCONNECTED
            || event->kind == TRACE_EXIT || event->kind == TRACE_STOPPED))
      return event->role;
  }
  return -1;
}

/* Only the first error of a process: others may follow from it. */
static void
look_at_error (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  guint begin = check_life_begin (trace, event->role, at);
  gint gone;

  if (!check_life_is_producer (trace, event->role)
      || check_life_is_too_big (trace_role (trace, event->role))
      || check_life_has (trace, begin, at, TRACE_BUS_ERROR, event->role)
      || check_life_has (trace, begin, at, TRACE_STOP, event->role)
      || !check_life_is_up (trace, event->role, at))
    return;
  gone = gone_before (trace, begin, at);
  if (gone < 0)
    return;
  check_looked (context, 1);
  check_broken (context, event->role, event, "posted an error after %s had gone: %s",
      trace_role (trace, gone)->name, event->text);
}

/* SIGTERM may reach a process that does not handle it yet. */
static gboolean
was_asked_for (const Trace * trace, guint at)
{
  const TraceEvent *event = trace_at (trace, at);
  guint stop = check_life_last (trace, at, TRACE_STOP, event->role);

  if (check_life_was_killed (trace, event->role, at))
    return TRUE;
  return event->value == -15 && stop < trace->events->len
      && stop >= check_life_begin (trace, event->role, at)
      && g_str_equal (trace_at (trace, stop)->text, "SIGTERM");
}

static void
look_at_exit (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);
  const TraceRole *role = trace_role (trace, event->role);

  if (role == NULL || role->side == TRACE_SIDE_TAP)
    return;
  check_looked (context, 1);
  if (event->value < 0 && event->size == 0 && !was_asked_for (trace, at))
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
  .seen = "The flow of buffers to those who stay, errors that producers post, and how each process "
      "ended.",
  .run = run,
};
