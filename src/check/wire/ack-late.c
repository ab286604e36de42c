/* W5. Consumers that tell of each release. What an element drops by itself (flushed at a stop or
 * disconnect, never delivered) has no release and is not looked at. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  CheckContext *context;
  GHashTable *leaving;          /* roles that are asked to stop or to leave */
  GHashTable *undelivered;      /* "role/seq" to the ACK of a buffer not delivered yet */
} Late;

static gchar *
key_of (gint role, guint64 seq)
{
  return g_strdup_printf ("%d/%" G_GUINT64_FORMAT, role, seq);
}

/* Another buffer at this offset was let go of: the ACK means that one, and W3 judges its name. */
static gboolean
means_another (const CheckClient * client, const CheckBuffer * acked)
{
  const GList *i = check_client_held_at (client, acked->event->offset);

  for (; i; i = i->next) {
    const CheckBuffer *buffer = i->data;

    if (buffer != acked && buffer->released)
      return TRUE;
  }
  return FALSE;
}

static void
tell (Late * late, gint role, const TraceEvent * ack, guint64 seq)
{
  check_looked (late->context, 1);
  check_broken (late->context, role, ack, "ACK for area %" G_GINT64_FORMAT " offset %"
      G_GUINT64_FORMAT " while the consumer still holds buffer %" G_GUINT64_FORMAT,
      ack->area, ack->offset, seq);
}

static void
look_at_ack (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    Late * late)
{
  const TraceRole *role = trace_role (walk->trace, client->role);
  const CheckBuffer *buffer = check_client_held (client, event->area, event->offset);

  if (!role || !check_life_tells_release (role) || !buffer || buffer->event->seq == 0
      || buffer->unsure)
    return;
  if (buffer->released)
    check_looked (late->context, 1);
  else if (g_hash_table_contains (late->leaving, GINT_TO_POINTER (client->role))
      || means_another (client, buffer))
    return;
  else if (buffer->received)
    tell (late, client->role, event, buffer->event->seq);
  else
    g_hash_table_insert (late->undelivered, key_of (client->role, buffer->event->seq),
        (gpointer) event);
}

static void
look_at_delivery (const TraceEvent * event, Late * late)
{
  g_autofree gchar *key = key_of (event->role, event->seq);
  const TraceEvent *ack = g_hash_table_lookup (late->undelivered, key);

  if (!ack)
    return;
  tell (late, event->role, ack, event->seq);
  g_hash_table_remove (late->undelivered, key);
}

static void
forget_role (Late * late, gint role)
{
  g_autofree gchar *prefix = g_strdup_printf ("%d/", role);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, late->undelivered);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    if (g_str_has_prefix (key, prefix))
      g_hash_table_iter_remove (&iter);
  }
}

static void
follow (const TraceEvent * event, Late * late)
{
  gpointer role = GINT_TO_POINTER (event->role);

  if (event->kind == TRACE_STOP || (event->kind == TRACE_STEP
          && (check_life_step_is (event, "disconnect", NULL)
              || check_life_step_is (event, "cycle", NULL))))
    g_hash_table_add (late->leaving, role);
  else if (event->kind == TRACE_SPAWN || event->kind == TRACE_STEP_DONE
      || event->kind == TRACE_STEP_LATE)
    g_hash_table_remove (late->leaving, role);
  else if (event->kind == TRACE_BUFFER_IN)
    look_at_delivery (event, late);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!event)
    return;
  if (event->kind == TRACE_CLIENT_OPEN)
    forget_role (user, event->role);
  else if (client && event->kind == TRACE_ACK_BUFFER)
    look_at_ack (walk, client, event, user);
  else if (!client)
    follow (event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  Late late = {
    .context = context,
    .leaving = g_hash_table_new (NULL, NULL),
    .undelivered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
  };

  check_walk (trace, look, &late);
  g_hash_table_unref (late.leaving);
  g_hash_table_unref (late.undelivered);
}

const Check check_ack_late = {
  .id = "W5",
  .name = "ack-late",
  .contract = "A buffer is acknowledged only after the consumer has let go of it.",
  .source = "shm pipe protocol",
  .seen = "The consumer's own release of each buffer against the time of its ACK.",
  .run = run,
};
