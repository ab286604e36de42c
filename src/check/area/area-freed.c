/* A4. Judged by samples that are taken a while after the area was closed and its last buffer
 * acknowledged: both sides drop it in their own time. One that is gone sooner is as good. An area in which the producer may still own
 * blocks (allocated ahead, or a pool's or test source's) is judged at the consumers only. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"
#include "check/lost.h"

#include <string.h>

#define DROP_NS (100 * G_TIME_SPAN_MILLISECOND * 1000)

typedef struct
{
  CheckContext *context;
  GHashTable *blocks_ahead;     /* numbers allocated and not announced yet */
  GPtrArray *early;             /* CheckArea*: dropped a moment ago, and not found in the sample that
                                 * is being told */
} Freed;

/* The last component; the kernel marks what has no name any more. */
static gboolean
is_named (const gchar * found, const gchar * path)
{
  const gchar *slash = strrchr (found, '/');
  const gchar *name = path[0] == '/' ? path + 1 : path;
  gsize length = strlen (name);

  found = slash ? slash + 1 : found;
  return length > 0 && strncmp (found, name, length) == 0
      && (found[length] == '\0' || g_str_equal (found + length, " (deleted)"));
}

/* When the last buffer of AREA came back from CLIENT; -1: not all have, or it is not closed. */
static gint64
freed_at (const CheckClient * client, const CheckArea * area)
{
  if (!area->closed || check_client_uses (client, area))
    return -1;
  return MAX (area->closed->time_ns, area->acked ? area->acked->time_ns : 0);
}

/* Whether another area that is still in use has the same name. */
static gboolean
name_is_reused (const CheckClient * client, const CheckArea * area)
{
  for (guint i = 0; i < client->areas->len; i++) {
    const CheckArea *other = g_ptr_array_index (client->areas, i);

    if (other != area && g_str_equal (other->announced->text, area->announced->text))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_dropped_by (const CheckWalk * walk, const CheckClient * client, const CheckArea * area,
    gint64 now_ns, gint64 settle_ns)
{
  gint64 freed_ns = freed_at (client, area);

  return freed_ns >= 0 && check_lasted_ns (walk->trace, freed_ns, now_ns) >= settle_ns
      && !name_is_reused (client, area);
}

/* Every client that was told of the area must have returned all of it. */
static gboolean
is_dropped_by_all (const CheckWalk * walk, const CheckArea * area, gint64 now_ns, gint64 settle_ns)
{
  for (guint i = 0; i < walk->clients->len; i++) {
    const CheckClient *client = g_ptr_array_index (walk->clients, i);
    const CheckArea *same = check_client_area (client, area->id);

    if (same && g_str_equal (same->announced->text, area->announced->text)
        && !client->closed && !is_dropped_by (walk, client, same, now_ns, settle_ns))
      return FALSE;
  }
  return TRUE;
}

/* Whether the role of EVENT has no use for AREA any more, since SETTLE_NS or longer. */
static gboolean
is_done_with (const CheckWalk * walk, const TraceEvent * event, const CheckClient * client,
    const CheckArea * area, gint64 settle_ns)
{
  gint64 now_ns = event->time_ns;

  if (event->role != walk->producer)
    return client->role == event->role && is_dropped_by (walk, client, area, now_ns, settle_ns);
  return is_dropped_by (walk, client, area, now_ns, settle_ns)
      && is_dropped_by_all (walk, area, now_ns, settle_ns);
}

static gboolean
may_own_blocks (const CheckWalk * walk, const Freed * freed)
{
  const TraceRole *producer = trace_role (walk->trace, walk->producer);
  const gchar *path;

  if (!producer)
    return TRUE;
  path = trace_role_get (producer, "path", "copy");
  return g_str_equal (path, "pool") || g_str_has_prefix (path, "test")
      || g_hash_table_size (freed->blocks_ahead) > 0;
}

/* FOUND: what the role of EVENT still has; NULL: a sample of it begins. TRUE: that was wrong. */
static gboolean
look_at_area (const CheckWalk * walk, const TraceEvent * event, const CheckClient * client,
    CheckArea * area, const gchar * found, Freed * freed)
{
  gboolean is_due = is_done_with (walk, event, client, area, DROP_NS);

  if (!is_due && !is_done_with (walk, event, client, area, 0))
    return FALSE;
  if (!found && is_due)
    check_looked (freed->context, 1);
  else if (!found)
    g_ptr_array_add (freed->early, area);
  else if (is_named (found, area->announced->text) && !is_due)
    g_ptr_array_remove (freed->early, area);
  else if (is_named (found, area->announced->text)) {
    check_broken (freed->context, event->role, event, "area %" G_GINT64_FORMAT
        " (%s) is closed and fully acknowledged, but %s", area->id, found,
        event->kind == TRACE_SEGMENT ? "its name still exists" : "it is still mapped");
    return TRUE;
  }
  return FALSE;
}

static void
look_at_role (const CheckWalk * walk, const TraceEvent * event, const gchar * found, Freed * freed)
{
  if (event->role == walk->producer && may_own_blocks (walk, freed))
    return;
  for (guint i = 0; i < walk->clients->len; i++) {
    const CheckClient *client = g_ptr_array_index (walk->clients, i);

    for (guint j = 0; !client->closed && j < client->areas->len; j++) {
      if (look_at_area (walk, event, client, g_ptr_array_index (client->areas, j), found, freed))
        return;
    }
  }
}

/* What has not been found in a sample was dropped. */
static void
end_sample (Freed * freed)
{
  check_looked (freed->context, freed->early->len);
  g_ptr_array_set_size (freed->early, 0);
}

static void
follow_blocks (const TraceEvent * event, Freed * freed)
{
  if (event->seq == 0)
    return;
  if (event->kind == TRACE_MEMORY && g_str_equal (event->text, "shm"))
    g_hash_table_add (freed->blocks_ahead, (gpointer) & event->seq);
  else if (event->kind == TRACE_NEW_BUFFER || event->kind == TRACE_DROPPED)
    g_hash_table_remove (freed->blocks_ahead, &event->seq);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  Freed *freed = user;

  if (!event)
    return;
  follow_blocks (event, freed);
  if (event->kind == TRACE_STEP_DONE)
    end_sample (freed);
  else if (event->kind == TRACE_USAGE)
    look_at_role (walk, event, NULL, freed);
  else if (event->kind == TRACE_SEGMENT || event->kind == TRACE_MAPPING)
    look_at_role (walk, event, event->text, freed);
}

static void
run (const Trace * trace, CheckContext * context)
{
  Freed freed = {
    .context = context,
    .blocks_ahead = g_hash_table_new (g_int64_hash, g_int64_equal),
    .early = g_ptr_array_new (),
  };

  check_walk (trace, look, &freed);
  g_hash_table_unref (freed.blocks_ahead);
  g_ptr_array_unref (freed.early);
}

const Check check_area_freed = {
  .id = "A4",
  .name = "area-freed",
  .contract = "An old area is unlinked and unmapped when its last buffer is acknowledged, on both "
      "sides.",
  .source = "shm pipe protocol",
  .seen = "The segments and mappings of both sides, sampled after the last ACK of a closed area.",
  .run = run,
};
