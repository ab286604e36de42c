#include "config.h"
#include "check/lost.h"

#include "check/life.h"

/* One in so many parts of a deadline may be lost. */
#define PART 4

typedef struct
{
  gint64 from_ns, to_ns;
} Gap;

/* --- what was lost --- */

static void
add_gap (GArray * gaps, gint64 from_ns, gint64 to_ns)
{
  Gap gap = { from_ns, to_ns };

  if (from_ns < to_ns)
    g_array_append_val (gaps, gap);
}

/* The step that sends ROLE a SIGSTOP and the end of the one that lets it go on, around the stall that
 * is over at AT. */
static gboolean
was_frozen (const Trace * trace, guint at, Gap * frozen)
{
  gint role = trace_at (trace, at)->role;
  gboolean found = FALSE;

  for (guint i = 0; role >= 0 && i < at; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role || event->kind != TRACE_STEP)
      continue;
    if (check_life_step_is (event, "freeze", NULL)) {
      found = TRUE;
      *frozen = (Gap) { event->time_ns, G_MAXINT64 };
    } else if (found && check_life_step_is (event, "thaw", NULL)) {
      frozen->to_ns = check_life_ns (trace, check_life_step_over (trace, i));
    }
  }
  return found;
}

static void
add_stall (const Trace * trace, guint at, GArray * gaps)
{
  const TraceEvent *event = trace_at (trace, at);
  gint64 from_ns = event->time_ns - MAX (event->stall.late_ns, 0);
  Gap frozen = { 0 };

  if (!was_frozen (trace, at, &frozen)) {
    add_gap (gaps, from_ns, event->time_ns);
    return;
  }
  add_gap (gaps, from_ns, MIN (event->time_ns, frozen.from_ns));
  add_gap (gaps, MAX (from_ns, frozen.to_ns), event->time_ns);
}

static gint
compare_gaps (gconstpointer a, gconstpointer b)
{
  const Gap *left = a, *right = b;

  return (left->from_ns > right->from_ns) - (left->from_ns < right->from_ns);
}

/* Several tell of the same time: it counts once. */
gint64
check_lost_ns (const Trace * trace, gint64 from_ns, gint64 to_ns)
{
  g_autoptr (GArray) gaps = NULL;
  gint64 lost_ns = 0, done_ns = from_ns;

  if (trace->n_stalls == 0)
    return 0;
  gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  for (guint i = 0; i < trace->events->len; i++) {
    if (trace_at (trace, i)->kind == TRACE_STALL)
      add_stall (trace, i, gaps);
  }
  g_array_sort (gaps, compare_gaps);
  for (guint i = 0; i < gaps->len; i++) {
    const Gap *gap = &g_array_index (gaps, Gap, i);
    gint64 begin_ns = MAX (gap->from_ns, done_ns);
    gint64 end_ns = MIN (gap->to_ns, to_ns);

    if (begin_ns >= end_ns)
      continue;
    lost_ns += end_ns - begin_ns;
    done_ns = end_ns;
  }
  return lost_ns;
}

gint64
check_lasted_ns (const Trace * trace, gint64 from_ns, gint64 to_ns)
{
  return to_ns - from_ns - check_lost_ns (trace, from_ns, to_ns);
}

/* --- spans --- */

static guint
place_of (const Trace * trace, const TraceEvent * event)
{
  guint at = 0;

  while (at < trace->events->len && trace_at (trace, at) != event)
    at++;
  return at;
}

/* The step that is late at AT. */
static const TraceEvent *
step_of (const Trace * trace, guint at)
{
  const TraceEvent *late = trace_at (trace, at);

  for (guint i = at; i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_STEP && (late->kind != TRACE_STEP_LATE
        || event->step.line == late->step_late.line))
      return event;
  }
  return NULL;
}

static const TraceEvent *
last_of (const Trace * trace, guint before, TraceKind kind, gint role)
{
  guint at = check_life_last (trace, before, kind, role);

  return at < trace->events->len ? trace_at (trace, at) : NULL;
}

/* What the process of ROLE told last before AT. */
static const TraceEvent *
last_word (const Trace * trace, guint at, gint role)
{
  for (guint i = at; i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role == role && event->kind != TRACE_STALL && event->kind != TRACE_LADDER
        && event->kind != TRACE_STACK)
      return event;
  }
  return NULL;
}

static gint64
us_to_ns (guint64 us)
{
  return (gint64) MIN (us, (guint64) G_MAXINT64 / 1000) * 1000;
}

/* BOUND_US from BEGIN on; without a bound that is known, as long as it really had. */
static gboolean
set_span (const Trace * trace, CheckSpan * span, const TraceEvent * begin, const TraceEvent * end,
    guint64 bound_us)
{
  if (!begin)
    return FALSE;
  span->from_ns = begin->time_ns;
  span->to_ns = end->time_ns;
  span->bound_ns = bound_us > 0 ? us_to_ns (bound_us)
      : check_lasted_ns (trace, span->from_ns, span->to_ns);
  return TRUE;
}

static gboolean
set_span_before (const Trace * trace, CheckSpan * span, const TraceEvent * end, guint64 us)
{
  TraceEvent begin = {.time_ns = MAX (end->time_ns - us_to_ns (us), 0) };

  return set_span (trace, span, &begin, end, 0);
}

gboolean
check_span_of (const Trace * trace, const TraceEvent * at, CheckSpan * span)
{
  guint place;
  const TraceEvent *begin;

  if (!at || trace->n_stalls == 0)
    return FALSE;
  place = place_of (trace, at);
  if (place == trace->events->len)
    return FALSE;
  switch ((TraceKind) at->kind) {
    case TRACE_STEP_LATE:
    case TRACE_FLOW_LATE:
    case TRACE_OBSERVE:
      begin = step_of (trace, place);
      return set_span (trace, span, begin, at, begin ? begin->size : 0);
    case TRACE_STOP_LATE:
      begin = last_of (trace, place, TRACE_STOP, at->role);
      return set_span (trace, span, begin, at, begin ? begin->size : 0);
    case TRACE_STOPPED:
      return set_span (trace, span, last_of (trace, place, TRACE_STOP, at->role), at, 0);
    case TRACE_EXIT:
      return at->exit.forced != 0 && set_span (trace, span, last_word (trace, place, at->role), at,
          0);
    case TRACE_POOL_ACQUIRE:
    case TRACE_POOL_WAITS:
      return set_span_before (trace, span, at, at->offset);
    default:
      return FALSE;
  }
}

gboolean
check_span_is_lost (const Trace * trace, const CheckSpan * span)
{
  return check_lost_ns (trace, span->from_ns, span->to_ns) > span->bound_ns / PART;
}

const TraceEvent *
check_lost_late (const Trace * trace, CheckSpan * span)
{
  for (guint i = 0; trace->n_stalls > 0 && i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if ((event->kind == TRACE_STEP_LATE || event->kind == TRACE_STOP_LATE)
        && check_span_of (trace, event, span) && check_span_is_lost (trace, span))
      return event;
  }
  return NULL;
}
