/* A2. A full area, then a release. No progress after that is a breach when somebody waited for it:
 * a wait for buffers or for the resumption, or a flow. So is a later stand-still that only the
 * producer explains: nothing is held by anybody, and a buffer it handed out was never announced. */
#include "config.h"
#include "check/walk.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

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

  if (event)
    return;
  for (const GList * i = client->held.head; i; i = i->next) {
    const CheckBuffer *buffer = i->data;

    if (buffer->released)
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
  if (client->last_ack
      && (!still->last_ack || client->last_ack->time_ns > still->last_ack->time_ns))
    still->last_ack = client->last_ack;
  if (client->closed)
    return;
  still->n_open++;
  still->n_held += client->held.length;
}

static void
find_standstill (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    gpointer user)
{
  Standstill *still = user;

  if (!event)
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
      || !still.last_ack)
    return NULL;
  return check_lasted_ns (trace, still.last_ack->time_ns, missed->time_ns)
      >= (gint64) missed->size * 500
      ? still.last_ack : NULL;
}

/* How often a producer was found full, and how far it has come since. */
typedef struct
{
  gint producer;
  guint n;
  const TraceEvent *released;   /* NULL: nothing was let go of since */
  gboolean resumed;
} Full;

static void
look_at_missed (const Trace * trace, const Full * full, const TraceEvent * missed,
    CheckContext * context)
{
  const TraceEvent *acked = full->resumed ? stood_still (trace, missed) : NULL;
  gint blamed = full->resumed ? full->producer
      : culprit (trace, full->producer, full->released, missed);

  for (guint i = 0; i < full->n; i++) {
    if (full->resumed && acked)
      check_broken (context, blamed, missed, "no buffer since %.6f s, when the last block of the "
          "area was acknowledged; one that was handed out waits", (gdouble) acked->time_ns / 1e9);
    check_looked (context, !full->resumed);
    if (!full->resumed)
      check_broken (context, blamed, missed,
          "no buffer since %.6f s, when blocks of the full area were let go of",
          (gdouble) full->released->time_ns / 1e9);
  }
}

/* Those of one producer that have come as far are one; the release is that of the first. */
static void
merge (GArray * all)
{
  for (guint i = 0; i < all->len; i++) {
    Full *full = &g_array_index (all, Full, i);

    for (guint j = i + 1; j < all->len; j++) {
      const Full *other = &g_array_index (all, Full, j);

      if (other->producer != full->producer || other->resumed != full->resumed
          || (other->released != NULL) != (full->released != NULL))
        continue;
      full->n += other->n;
      g_array_remove_index (all, j--);
    }
  }
}

static void
resume (GArray * all, const TraceEvent * event, CheckContext * context)
{
  for (guint i = 0; i < all->len; i++) {
    Full *full = &g_array_index (all, Full, i);

    if (!full->released || full->resumed || !is_progress (event, full->producer))
      continue;
    check_looked (context, full->n);
    full->resumed = TRUE;
  }
}

/* What EVENT means for one of them; FALSE: it is done with. */
static gboolean
go_on (const Trace * trace, Full * full, const TraceEvent * event, CheckContext * context)
{
  if (event->role == full->producer
      && (event->kind == TRACE_STOP || event->kind == TRACE_EXIT))
    return FALSE;
  if (!full->released) {
    full->released = is_release (trace, event) ? event : NULL;
    return TRUE;
  }
  if (!is_missed (event))
    return TRUE;
  look_at_missed (trace, full, event, context);
  return FALSE;
}

static void
run (const Trace * trace, CheckContext * context)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Full));

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    for (guint j = 0; j < all->len; j++) {
      if (!go_on (trace, &g_array_index (all, Full, j), event, context))
        g_array_remove_index (all, j--);
    }
    resume (all, event, context);
    if (check_life_is_full (trace, i)) {
      Full full = { event->role, 1, NULL, FALSE };

      g_array_append_val (all, full);
    }
    merge (all);
  }
  g_array_unref (all);
}

const Check check_fill_resume = {
  .id = "A2",
  .name = "fill-resume",
  .contract = "After a full area the producer resumes as soon as blocks are acknowledged.",
  .source = "MR 11162",
  .seen = "The first buffer after a release that follows a full area.",
  .run = run,
};
