/* A4. Judged by samples that are taken a while after the area was closed and its last buffer
 * acknowledged: both sides drop it in their own time. An area in which the producer may still own
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
} Freed;

/* The last component; the kernel marks what has no name any more. */
static gboolean
is_named (const gchar * found, const gchar * path)
{
  const gchar *slash = strrchr (found, '/');
  const gchar *name = path[0] == '/' ? path + 1 : path;
  gsize length = strlen (name);

  found = slash != NULL ? slash + 1 : found;
  return length > 0 && strncmp (found, name, length) == 0
      && (found[length] == '\0' || g_str_equal (found + length, " (deleted)"));
}

/* When the last buffer of AREA came back from CLIENT; -1: not all have, or it is not closed. */
static gint64
freed_at (const CheckClient * client, const CheckArea * area)
{
  if (area->closed == NULL || check_client_uses (client, area))
    return -1;
  return MAX (area->closed->time_ns, area->acked != NULL ? area->acked->time_ns : 0);
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
    gint64 now_ns)
{
  gint64 freed_ns = freed_at (client, area);

  return freed_ns >= 0 && check_lasted_ns (walk->trace, freed_ns, now_ns) >= DROP_NS
      && !name_is_reused (client, area);
}

/* Every client that was told of the area must have returned all of it. */
static gboolean
is_dropped_by_all (const CheckWalk * walk, const CheckArea * area, gint64 now_ns)
{
  for (guint i = 0; i < walk->clients->len; i++) {
    const CheckClient *client = g_ptr_array_index (walk->clients, i);
    const CheckArea *same = check_client_area (client, area->id);

    if (same != NULL && g_str_equal (same->announced->text, area->announced->text)
        && client->closed == NULL && !is_dropped_by (walk, client, same, now_ns))
      return FALSE;
  }
  return TRUE;
}

static gboolean
may_own_blocks (const CheckWalk * walk, const Freed * freed)
{
  const TraceRole *producer = trace_role (walk->trace, walk->producer);
  const gchar *path;

  if (producer == NULL)
    return TRUE;
  path = trace_role_get (producer, "path", "copy");
  return g_str_equal (path, "pool") || g_str_has_prefix (path, "test")
      || g_hash_table_size (freed->blocks_ahead) > 0;
}

/* Calls it for each area that ROLE should have dropped by now; FOUND: name that it still has. */
static void
look_at_role (const CheckWalk * walk, const TraceEvent * event, const gchar * found, Freed * freed)
{
  gboolean is_producer = event->role == walk->producer;

  if (is_producer && may_own_blocks (walk, freed))
    return;
  for (guint i = 0; i < walk->clients->len; i++) {
    const CheckClient *client = g_ptr_array_index (walk->clients, i);

    for (guint j = 0; client->closed == NULL && j < client->areas->len; j++) {
      const CheckArea *area = g_ptr_array_index (client->areas, j);

      if ((!is_producer && client->role != event->role)
          || !is_dropped_by (walk, client, area, event->time_ns)
          || (is_producer && !is_dropped_by_all (walk, area, event->time_ns)))
        continue;
      if (found == NULL)
        check_looked (freed->context, 1);
      else if (is_named (found, area->announced->text)) {
        check_broken (freed->context, event->role, event, "area %" G_GINT64_FORMAT
            " (%s) is closed and fully acknowledged, but %s", area->id, found,
            event->kind == TRACE_SEGMENT ? "its name still exists" : "it is still mapped");
        return;
      }
    }
  }
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

  if (event == NULL)
    return;
  follow_blocks (event, freed);
  if (event->kind == TRACE_USAGE)
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
  };

  check_walk (trace, look, &freed);
  g_hash_table_unref (freed.blocks_ahead);
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
