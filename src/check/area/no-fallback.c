/* A3. A refusal is an answer; memory that is not in the area is none. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

static void
look_at_memory (const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (g_str_equal (event->text, "system"))
    check_broken (context, event->role, event, "%" G_GUINT64_FORMAT
        " bytes for buffer %" G_GUINT64_FORMAT " were allocated in system memory", event->size,
        event->seq);
}

/* What arrives must have been announced: looked at where all announced payloads were found. */
static void
look_at_delivery (const CheckWalk * walk, const TraceEvent * event, CheckContext * context)
{
  const CheckClient *client = check_walk_client_of (walk, event->role);

  if (!walk->numbered || event->seq == 0 || !client || client->n_unplaced > 0
      || client->n_messages == 0)
    return;
  if (!g_hash_table_contains (client->seqs, &event->seq))
    check_broken (context, walk->producer, event, "buffer %" G_GUINT64_FORMAT
        " arrived at %s, but was never announced in an area", event->seq,
        trace_role (walk->trace, event->role)->name);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!event || client)
    return;
  if (event->kind == TRACE_MEMORY)
    look_at_memory (event, user);
  else if (event->kind == TRACE_BUFFER_IN && check_life_is_consumer (walk->trace, event->role))
    look_at_delivery (walk, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_no_fallback = {
  .id = "A3",
  .name = "no-fallback",
  .contract = "What cannot be allocated in the area is refused, never replaced by memory that the "
      "peer cannot see.",
  .source = "MR 11162",
  .seen = "The allocator's answer for each buffer, and each arrival against its announcement.",
  .run = run,
};
