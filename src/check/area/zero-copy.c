/* A6. Looked at are buffers whose place the producer told. One that lies in an area closed in the
 * meantime may have had to move: its readers may have forgotten that area. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

typedef struct
{
  CheckContext *context;
  GHashTable *written;          /* number to the TraceEvent* that tells where it was written */
} ZeroCopy;

static void
note_place (const CheckWalk * walk, const TraceEvent * event, ZeroCopy * self)
{
  const TraceRole *producer = trace_role (walk->trace, event->role);
  const gchar *path;

  if (!producer || event->role != walk->producer || event->seq == 0
      || (event->area == 0 && event->offset == 0))
    return;
  path = trace_role_get (producer, "path", "copy");
  if (g_str_equal (path, "alloc") || g_str_equal (path, "pool"))
    g_hash_table_insert (self->written, (gpointer) & event->seq, (gpointer) event);
}

static void
look_at_buffer (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    ZeroCopy * self)
{
  const TraceEvent *written = g_hash_table_lookup (self->written, &event->seq);
  const CheckArea *area;

  if (event->seq == 0 || event->new_buffer.other_area != 0 || !written)
    return;
  area = written->area != 0 ? check_client_area (client, written->area) : NULL;
  if (written->area != 0 && (!area || area->closed))
    return;
  check_looked (self->context, 1);
  if ((written->area != 0 && written->area != event->area) || written->offset != event->offset)
    check_broken (self->context, walk->producer, event, "buffer %" G_GUINT64_FORMAT
        " was written in area %" G_GINT64_FORMAT " offset %" G_GUINT64_FORMAT
        " and delivered from area %" G_GINT64_FORMAT " offset %" G_GUINT64_FORMAT, event->seq,
        written->area, written->offset, event->area, event->offset);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!event)
    return;
  if (event->kind == TRACE_MEMORY || event->kind == TRACE_BUFFER_OUT)
    note_place (walk, event, user);
  else if (event->kind == TRACE_NEW_BUFFER && client)
    look_at_buffer (walk, client, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  ZeroCopy self = {
    .context = context,
    .written = g_hash_table_new (g_int64_hash, g_int64_equal),
  };

  check_walk (trace, look, &self);
  g_hash_table_unref (self.written);
}

const Check check_zero_copy = {
  .id = "A6",
  .name = "zero-copy",
  .contract = "A buffer allocated from the proposed allocator is delivered without a copy.",
  .source = "shm pipe protocol",
  .seen = "The place where the producer wrote against the place that is announced.",
  .run = run,
};
