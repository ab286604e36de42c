/* W3. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

#define SHOWN 3

static gchar *
describe_held (const CheckClient * client)
{
  GString *text = g_string_new (client->held.length == 0 ? "nothing" : NULL);
  guint shown = 0;

  for (const GList * i = client->held.head; i && shown < SHOWN; i = i->next, shown++) {
    const CheckBuffer *buffer = i->data;

    g_string_append_printf (text, "%sarea %" G_GINT64_FORMAT " offset %" G_GUINT64_FORMAT,
        shown > 0 ? ", " : "", buffer->event->area, buffer->event->offset);
  }
  if (client->held.length > SHOWN)
    g_string_append_printf (text, " and %u more", client->held.length - SHOWN);
  return g_string_free (text, FALSE);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  g_autofree gchar *held = NULL;

  if (!client || !event || event->kind != TRACE_ACK_BUFFER)
    return;
  check_looked (user, 1);
  if (check_client_held (client, event->area, event->offset))
    return;
  held = describe_held (client);
  check_broken (user, client->role, event, "ACK for area %" G_GINT64_FORMAT " offset %"
      G_GUINT64_FORMAT ", held: %s", event->area, event->offset, held);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_ack_area = {
  .id = "W3",
  .name = "ack-area",
  .contract = "An ACK names the area and offset of a buffer that this client holds.",
  .source = "MR 11162, issue 4346",
  .seen = "Each ACK against the buffers that its client was told of and has not acknowledged.",
  .run = run,
};
