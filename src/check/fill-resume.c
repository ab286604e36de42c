/* A2. A full area, then a release. No progress after that is a breach when somebody waited for it:
 * a wait for buffers or for the resumption, or a flow. So is a later stand-still that only the
 * producer explains: nothing is held by anybody, and a buffer it handed out was never announced. */
#include "config.h"
#include "check/walk.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

static gboolean
is_release (const Trace * trace, const TraceEvent * event)
{
  return event->kind == TRACE_RELEASE || (event->kind == TRACE_ACK_BUFFER && trace->tap);
}

static gboolean
is_progress (const TraceEvent * event, gint producer)
{
  return event->kind == TRACE_NEW_BUFFER
      || (event->role == producer && (event->kind == TRACE_RESUMED
          || event->kind == TRACE_BUFFER_OUT));
}

static gboolean
is_missed (const TraceEvent * event)
{
  if (event->kind == TRACE_FLOW_LATE)
    return TRUE;
  return event->kind == TRACE_STEP_LATE && !check_life_waited_in_vain (event)
      && (check_life_step_is (event, "wait", "for=buffers")
          || check_life_step_is (event, "wait", "for=resumed")
          || check_life_step_is (event, "wait", "for=released"));
}

/* What was let go of and is still not acknowledged: the consumer's doing. */
static void
find_withheld (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    gpointer user)
{
  gint *consumer = user;

  if (event != NULL)
    return;
  for (guint i = 0; i < client->held->len; i++) {
    const CheckBuffer *buffer = g_ptr_array_index (client->held, i);

    if (buffer->released != NULL)
      *consumer = client->role;
  }
}

static gint
culprit (const Trace * trace, gint producer, const TraceEvent * released,
    const TraceEvent * missed)
{
  gint consumer = -1;

  if (!trace->tap)
    return check_blame (trace, missed, producer, released->role);
  check_walk (trace, find_withheld, &consumer);
  return consumer >= 0 ? consumer : producer;
}

typedef struct
{
  const TraceEvent *missed;
  guint64 handed_out, announced;        /* highest numbers */
  const TraceEvent *last_ack;
  guint n_open, n_held;
} Standstill;

static void
add_client (Standstill * still, const CheckClient * client)
{
  still->announced = MAX (still->announced, client->newest_seq);
  if (client->last_ack != NULL
      && (still->last_ack == NULL || client->last_ack->time_ns > still->last_ack->time_ns))
    still->last_ack = client->last_ack;
  if (client->closed != NULL)
    return;
  still->n_open++;
  still->n_held += client->held->len;
}

static void
find_standstill (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    gpointer user)
{
  Standstill *still = user;

  if (event == NULL)
    return;
  if (event->kind == TRACE_BUFFER_OUT && event->role == walk->producer
      && event->time_ns <= still->missed->time_ns)
    still->handed_out = MAX (still->handed_out, event->seq);
  if (event != still->missed)
    return;
  for (guint i = 0; i < walk->clients->len; i++)
    add_client (still, g_ptr_array_index (walk->clients, i));
}

/* Whether the producer stood still for half of the step that MISSED tells of, with a free area. */
static const TraceEvent *
stood_still (const Trace * trace, const TraceEvent * missed)
{
  Standstill still = {.missed = missed };

  if (!trace->tap)
    return NULL;
  check_walk (trace, find_standstill, &still);
  if (still.n_open == 0 || still.n_held > 0 || still.handed_out <= still.announced
      || still.last_ack == NULL)
    return NULL;
  return missed->time_ns - still.last_ack->time_ns >= (gint64) missed->size * 500
      ? still.last_ack : NULL;
}

static void
look_at_missed (const Trace * trace, gint producer, const TraceEvent * missed,
    CheckContext * context)
{
  const TraceEvent *acked = stood_still (trace, missed);

  if (acked != NULL)
    check_broken (context, producer, missed, "no buffer since %.6f s, when the last block of the "
        "area was acknowledged; one that was handed out waits", (gdouble) acked->time_ns / 1e9);
}

static void
look_at_full (const Trace * trace, guint full, CheckContext * context)
{
  gint producer = trace_at (trace, full)->role;
  const TraceEvent *released = NULL;
  gboolean resumed = FALSE;

  for (guint i = full + 1; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == producer && (event->kind == TRACE_STOP || event->kind == TRACE_EXIT))
      return;
    if (released == NULL) {
      released = is_release (trace, event) ? event : NULL;
      continue;
    }
    if (!resumed && is_progress (event, producer)) {
      check_looked (context, 1);
      resumed = TRUE;
    }
    if (is_missed (event) && resumed) {
      look_at_missed (trace, producer, event, context);
      return;
    }
    if (is_missed (event)) {
      check_looked (context, 1);
      check_broken (context, culprit (trace, producer, released, event), event,
          "no buffer since %.6f s, when blocks of the full area were let go of",
          (gdouble) released->time_ns / 1e9);
      return;
    }
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->events->len; i++) {
    if (check_life_is_full (trace, i))
      look_at_full (trace, i, context);
  }
}

const Check check_fill_resume = {
  .id = "A2",
  .name = "fill-resume",
  .contract = "After a full area the producer resumes as soon as blocks are acknowledged.",
  .source = "MR 11162",
  .seen = "The first buffer after a release that follows a full area.",
  .run = run,
};
