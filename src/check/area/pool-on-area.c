/* A13. Looked at once the pool's area was full, or its memory came from elsewhere. */
#include "config.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  CheckContext *context;
  gint producer;
  gboolean was_full;
  gboolean blamed;              /* for system memory: said once */
  const TraceEvent *released;   /* since it was full */
} Pool;

static void
note_full (Pool * pool)
{
  check_looked (pool->context, !pool->was_full);
  pool->was_full = TRUE;
}

static void
look_at_memory (const TraceEvent * event, Pool * pool)
{
  if (g_str_equal (event->text, "refused"))
    note_full (pool);
  if (!g_str_equal (event->text, "system") || pool->blamed)
    return;
  note_full (pool);
  pool->blamed = TRUE;
  check_broken (pool->context, pool->producer, event, "the pool got system memory for buffer %"
      G_GUINT64_FORMAT " instead of waiting for the area", event->seq);
}

static void
look_at_miss (const Trace * trace, const TraceEvent * event, Pool * pool)
{
  if (!pool->released || check_life_waited_in_vain (event)
      || !(check_life_step_is (event, "wait", "for=buffers")
          || check_life_step_is (event, "wait", "for=resumed")))
    return;
  check_broken (pool->context, check_blame (trace, event, pool->producer,
          pool->released->role), event, "no buffer from the pool since space came at %.6f s",
      (gdouble) pool->released->time_ns / 1e9);
}

/* FALSE: the producer's stop ends what can be judged. */
static gboolean
look_at_event (const Trace * trace, guint at, Pool * pool)
{
  const TraceEvent *event = trace_at (trace, at);

  if (event->role == pool->producer
      && (event->kind == TRACE_STOP || event->kind == TRACE_EXIT))
    return FALSE;
  if (check_life_is_full (trace, at) && event->role == pool->producer)
    note_full (pool);
  if (event->kind == TRACE_MEMORY && event->role == pool->producer)
    look_at_memory (event, pool);
  else if (event->kind == TRACE_BUS_ERROR && event->role == pool->producer)
    check_broken (pool->context, pool->producer, event, "failed: %s", event->text);
  else if (event->kind == TRACE_RELEASE && pool->was_full && !pool->released)
    pool->released = event;
  else if (event->kind == TRACE_BUFFER_OUT || event->kind == TRACE_RESUMED)
    pool->released = NULL;
  else if (event->kind == TRACE_STEP_LATE)
    look_at_miss (trace, event, pool);
  return TRUE;
}

static void
run (const Trace * trace, CheckContext * context)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    const TraceRole *role = trace_role (trace, (gint) i);
    Pool pool = {.context = context,.producer = (gint) i };

    if (role->side != TRACE_SIDE_PRODUCER
        || !g_str_equal (trace_role_get (role, "path", "copy"), "pool"))
      continue;
    for (guint j = 0; j < trace->events->len && look_at_event (trace, j, &pool); j++);
  }
}

const Check check_pool_on_area = {
  .id = "A13",
  .name = "pool-on-area",
  .contract = "A pool upstream on the sink's allocator blocks when the area is full and goes on "
      "when it is not.",
  .source = "MR 11162",
  .seen = "Where the pool's memory comes from, errors, and the flow after space came.",
  .run = run,
};
