/* A1. A producer is full from when it was found so until space may have come, or it is stopped.
 * Windows labelled "full", and "alone" (nobody listens), are looked at too: real elements do not
 * tell. Who is alone and need not wait may work and drop; what never fits is A5's. */
#include "config.h"
#include "check/check.h"
#include "check/life.h"

#define RSS_KIB 4096

/* Whether the event may have given space to producer ROLE, or ended its wait. */
static gboolean
ends_full (const TraceEvent * event, gint role)
{
  switch ((TraceKind) event->kind) {
    case TRACE_RESUMED:
    case TRACE_STOP:
    case TRACE_EXIT:
    case TRACE_RESIZED:
      return event->role == role;
    case TRACE_RELEASE:
    case TRACE_ACK_BUFFER:
    case TRACE_CLIENT_CLOSE:
    case TRACE_DISCONNECTED:
      return TRUE;
    default:
      return FALSE;
  }
}

/* A window of OBSERVE is given by its end and length. */
static gboolean
began_after (const Trace * trace, const TraceEvent * window, guint full)
{
  return window->observe.length_us / 1000 <= G_MAXINT32
      && window->time_ns - (gint64) window->observe.length_us * 1000 >= check_life_ns (trace, full);
}

static void
look_at_window (const TraceEvent * window, CheckContext * context)
{
  if (window->observe.length_us == 0)
    return;
  check_looked (context, 1);
  if (window->observe.cpu_us > window->observe.length_us / 2)
    check_broken (context, window->role, window, "spins: %.3f s of CPU time in %.3f s while its "
        "area was full", (gdouble) window->observe.cpu_us / 1e6,
        (gdouble) window->observe.length_us / 1e6);
  if (window->observe.buffers > 0)
    check_broken (context, window->role, window, "handed over %" G_GINT64_FORMAT
        " buffers while its area was full", window->observe.buffers);
}

static void
look_at_period (const Trace * trace, guint full, CheckContext * context)
{
  gint role = trace_at (trace, full)->role;
  const TraceEvent *first = NULL;
  gboolean still_full = TRUE;

  check_looked (context, 1);
  for (guint i = full + 1; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    still_full &= !ends_full (event, role);
    if (event->role != role)
      continue;
    if (event->kind == TRACE_STOP || event->kind == TRACE_EXIT || event->kind == TRACE_RESUMED)
      return;
    if (event->kind == TRACE_BUS_ERROR)
      check_broken (context, role, event, "failed after its area was full: %s", event->text);
    else if (still_full && event->kind == TRACE_OBSERVE && began_after (trace, event, full))
      look_at_window (event, context);
    else if (still_full && event->kind == TRACE_USAGE && !first)
      first = event;
    else if (still_full && event->kind == TRACE_USAGE && event->usage.resident_kib > 0
        && first->usage.resident_kib > 0
        && event->usage.resident_kib - first->usage.resident_kib >= RSS_KIB)
      check_broken (context, role, event, "resident memory grew from %" G_GINT64_FORMAT " to %"
          G_GINT64_FORMAT " KiB while its area was full", first->usage.resident_kib,
          event->usage.resident_kib);
  }
}

/* In a period of its own a window has been looked at already. */
static gboolean
is_known_full (const Trace * trace, guint at)
{
  const TraceEvent *event = trace_at (trace, at);
  gboolean full = FALSE;

  for (guint i = 0; i < at; i++) {
    if (ends_full (trace_at (trace, i), event->role))
      full = FALSE;
    if (trace_at (trace, i)->role == event->role && check_life_is_full (trace, i))
      full = TRUE;
  }
  return full;
}

/* Whether something may have given space during the window that ends at AT. */
static gboolean
space_came (const Trace * trace, guint at)
{
  const TraceEvent *window = trace_at (trace, at);

  for (guint i = at; i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (began_after (trace, window, i))
      return FALSE;
    if (ends_full (event, window->role))
      return TRUE;
  }
  return FALSE;
}

static void
look_at_failure (const Trace * trace, guint window, CheckContext * context)
{
  gint role = trace_at (trace, window)->role;
  guint limit = MIN (check_life_next (trace, window, TRACE_STOP, role),
      check_life_end (trace, role, window));

  for (guint i = check_life_begin (trace, role, window); i < limit; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_BUS_ERROR && event->role == role)
      check_broken (context, role, event, "failed instead of waiting or dropping: %s",
          event->text);
  }
}

static void
look_at_lonely (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *window = trace_at (trace, at);

  check_looked (context, 1);
  if (!check_life_is_too_big (trace, window->role))
    look_at_failure (trace, at, context);
  if (trace_role_bool (trace_role (trace, window->role), "wait-for-connection", TRUE)
      && window->observe.cpu_us > window->observe.length_us / 2)
    check_broken (context, window->role, window, "spins: %.3f s of CPU time in %.3f s while "
        "nobody listened", (gdouble) window->observe.cpu_us / 1e6,
        (gdouble) window->observe.length_us / 1e6);
}

static void
look_at_labelled (const Trace * trace, guint at, CheckContext * context)
{
  const TraceEvent *event = trace_at (trace, at);

  if (event->kind != TRACE_OBSERVE || !check_life_is_producer (trace, event->role)
      || is_known_full (trace, at))
    return;
  if (g_str_has_prefix (event->text, "full") && !space_came (trace, at))
    look_at_window (event, context);
  else if (g_str_has_prefix (event->text, "alone"))
    look_at_lonely (trace, at, context);
}

static void
run (const Trace * trace, CheckContext * context)
{
  static const CheckGrowth limit = {.label = "full",.fds = 1,.rss_kib = RSS_KIB };

  for (guint i = 0; i < trace->events->len; i++) {
    if (check_life_is_full (trace, i))
      look_at_period (trace, i, context);
    else
      look_at_labelled (trace, i, context);
  }
  check_life_growth (trace, context, &limit);
}

const Check check_full_blocks = {
  .id = "A1",
  .name = "full-blocks",
  .contract = "When the area is full the producer waits or drops as documented; it does not fail, "
      "spin or grow.",
  .source = "shm pipe protocol",
  .seen = "Errors, CPU time and memory of a producer without space.",
  .run = run,
};
