/* A7. What a successful resize promised must hold for areas announced after it was asked for, and
 * for buffers that are known to have been allocated after it was done. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  CheckContext *context;
  const TraceEvent *resized;    /* the last that reported success */
  GPtrArray *resizes;           /* TraceEvent*: all that were asked for or reported */
} Truth;

static void
look_at_report (const CheckWalk * walk, const TraceEvent * event, Truth * truth)
{
  if (event->role != walk->producer)
    return;
  truth->resized = NULL;
  if (!g_str_equal (event->text, "ok"))
    return;
  truth->resized = event;
  check_looked (truth->context, 1);
  if (event->resized.reported < 0 || (guint64) event->resized.reported != event->resized.asked)
    check_broken (truth->context, event->role, event, "resize to %" G_GUINT64_FORMAT
        " reported success, the size is %" G_GINT64_FORMAT, event->resized.asked,
        event->resized.reported);
}

/* A report follows the announcement of its area, so every client is up to date a while later:
 * where is a buffer that was allocated after the report? */
static void
look_at_buffer (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    Truth * truth)
{
  const TraceEvent *allocated = g_hash_table_lookup (walk->allocated, &event->seq);
  const TraceRole *producer = trace_role (walk->trace, walk->producer);
  gint64 place = event->new_buffer.other_area != 0 ? event->new_buffer.other_area : event->area;
  const CheckArea *area = check_client_area (client, place);

  if (!truth->resized || !allocated || event->seq == 0 || !area
      || allocated->time_ns <= truth->resized->time_ns
      || g_str_equal (trace_role_get (producer, "path", "copy"), "pool"))
    return;
  check_looked (truth->context, 1);
  if (area->size != truth->resized->size)
    check_broken (truth->context, walk->producer, event, "buffer %" G_GUINT64_FORMAT
        " allocated after the resize to %" G_GUINT64_FORMAT " lies in area %" G_GINT64_FORMAT
        " of %" G_GUINT64_FORMAT " bytes", event->seq, truth->resized->size, area->id, area->size);
}

/* The resize that was being carried out, or was the last, when an area was announced. */
static const TraceEvent *
resize_of (const Truth * truth, gint producer, const TraceEvent * new_area)
{
  const TraceEvent *before = NULL, *asked = NULL;

  for (guint i = 0; i < truth->resizes->len; i++) {
    const TraceEvent *event = g_ptr_array_index (truth->resizes, i);

    if (event->role == producer && event->kind == TRACE_STEP)
      asked = event->time_ns <= new_area->time_ns ? event : asked;
    if (event->role != producer || event->kind != TRACE_RESIZED)
      continue;
    if (event->time_ns > new_area->time_ns)
      return asked ? event : before;
    before = event;
    asked = NULL;
  }
  return before;
}

static void
look_at_area (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    Truth * truth)
{
  const TraceEvent *resized = resize_of (truth, walk->producer, event);

  if (client->areas->len == 0 || !resized || !g_str_equal (resized->text, "ok"))
    return;
  check_looked (truth->context, 1);
  if (event->size != resized->resized.asked)
    check_broken (truth->context, walk->producer, event, "resized to %" G_GUINT64_FORMAT
        ", but the new area %" G_GINT64_FORMAT " has %" G_GUINT64_FORMAT " bytes",
        resized->resized.asked,
        event->area, event->size);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  Truth *truth = user;

  if (!event)
    return;
  if (event->kind == TRACE_SPAWN && event->role == walk->producer)
    truth->resized = NULL;
  else if (event->kind == TRACE_RESIZED)
    look_at_report (walk, event, truth);
  else if (client && event->kind == TRACE_NEW_BUFFER)
    look_at_buffer (walk, client, event, truth);
  else if (client && event->kind == TRACE_NEW_AREA)
    look_at_area (walk, client, event, truth);
}

static void
run (const Trace * trace, CheckContext * context)
{
  g_autoptr (GPtrArray) resizes = g_ptr_array_new ();
  Truth truth = { context, NULL, resizes };

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_RESIZED
        || (event->kind == TRACE_STEP && check_life_step_is (event, "resize", NULL)))
      g_ptr_array_add (resizes, (gpointer) event);
  }
  check_walk (trace, look, &truth);
}

const Check check_resize_truth = {
  .id = "A7",
  .name = "resize-truth",
  .contract = "A successful resize reports success, and the new size holds for the next "
      "allocation.",
  .source = "shm pipe protocol",
  .seen = "What the resize reported, the next area, and where later buffers lie.",
  .run = run,
};
