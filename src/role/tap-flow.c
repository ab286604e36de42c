/* Forwarding: bytes go on as they came, commands are told on the way. */
#include "config.h"
#include "role/tap-link.h"

#include "base/fd.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* Messages forwarded between two looks at the other connections. */
#define BURST 64

static void watch (TapFlow * flow);

TraceEvent
tap_link_event (const TapLink * link, TraceKind kind)
{
  TraceEvent event = trace_event (kind);

  event.client = link->number;
  event.time_ns = deadline_now_ns ();
  return event;
}

void
tap_link_emit (TapLink * link, TraceEvent * event)
{
  link->tap->event (link->tap->user, event);
}

/* --- commands --- */

gint
tap_pid_of_peer (gint fd)
{
  struct ucred peer = {.pid = 0 };
  socklen_t length = sizeof peer;

  return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

static void
go_blind (TapLink * link)
{
  link->down.is_blind = link->up.is_blind = TRUE;
}

/* A limit of ours was met: whose doing that is. All limits are about what a producer sends. */
static void
tell_limit (TapLink * link, const gchar * limit)
{
  TraceEvent event = tap_link_event (link, TRACE_NOTE);
  g_autofree gchar *text = g_strdup_printf ("client %d, producer of pid %d: %s", link->number,
      tap_pid_of_peer (link->server_fd), limit);

  event.note.lost = tap_sight_is_lost (link->sight);
  trace_event_set_text (&event, text);
  tap_link_emit (link, &event);
  if (tap_sight_is_lost (link->sight))
    go_blind (link);
}

static void
saw_message (TapLink * link, const WireMessage * message)
{
  static const TraceKind kinds[] = {
    [WIRE_NEW_AREA] = TRACE_NEW_AREA,
    [WIRE_CLOSE_AREA] = TRACE_CLOSE_AREA,
    [WIRE_NEW_BUFFER] = TRACE_NEW_BUFFER,
    [WIRE_ACK_BUFFER] = TRACE_ACK_BUFFER,
  };
  TraceEvent event = tap_link_event (link, kinds[message->command.type]);
  g_autofree gchar *limit = tap_sight_look (link->sight, message, &event);

  tap_link_emit (link, &event);
  if (limit)
    tell_limit (link, limit);
}

static void
saw_garbage (TapFlow * flow, const GError * error)
{
  TraceEvent event = tap_link_event (flow->link, TRACE_GARBAGE);
  g_autofree gchar *text = g_strdup_printf ("%s: %s",
      flow->direction == WIRE_TO_READER ? "to the consumer" : "to the producer", error->message);

  flow->is_blind = TRUE;
  trace_event_set_text (&event, text);
  tap_link_emit (flow->link, &event);
}

/* --- forwarding --- */

void
tap_link_free (gpointer data)
{
  TapLink *link = data;

  g_clear_handle_id (&link->down.source, g_source_remove);
  g_clear_handle_id (&link->up.source, g_source_remove);
  g_clear_handle_id (&link->connect_source, g_source_remove);
  fd_clear (&link->client_fd);
  fd_clear (&link->server_fd);
  tap_sight_free (link->sight);
  g_free (link);
}

/* Who ended a flow. */
typedef enum
{ GONE_NOBODY, GONE_SENDER, GONE_RECEIVER } Gone;

/* FLOW brings nothing any more. What it brought has been delivered, if its receiver is there. */
static void
end_flow (TapFlow * flow, Gone gone)
{
  TapLink *link = flow->link;

  flow->ended = TRUE;
  if (!link->told_close) {
    TraceEvent event = tap_link_event (link, TRACE_CLIENT_CLOSE);

    link->told_close = TRUE;
    trace_event_set_text (&event,
        (flow->direction == WIRE_TO_READER) == (gone == GONE_SENDER) ? "producer" : "consumer");
    tap_link_emit (link, &event);
  }
  /* The other end must see the same: a peer that is gone. It may still have words on its way to
   * us; nobody is there to hear them. */
  shutdown (flow->to_fd, SHUT_RDWR);
  if (link->up.ended && link->down.ended)
    g_ptr_array_remove_fast (link->tap->links, link);
}

/* Writes what is in hand. TRUE: hand empty. FALSE: the receiver takes no more now, or is gone. */
static gboolean
empty_hand (TapFlow * flow, Gone * gone)
{
  while (flow->hand_written < flow->hand_length) {
    gssize put = send (flow->to_fd, flow->hand + flow->hand_written,
        flow->hand_length - flow->hand_written, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0) {
      if (errno != EAGAIN)
        *gone = GONE_RECEIVER;
      return FALSE;
    }
    flow->hand_written += (gsize) put;
  }
  flow->hand_length = flow->hand_written = 0;
  return TRUE;
}

/* Decodes what has just come into the hand. TRUE: it may be passed on. */
static gboolean
take_in (TapFlow * flow, gsize got)
{
  g_autoptr (GError) error = NULL;
  WireMessage message;

  if (flow->is_blind)
    return TRUE;
  switch (wire_reader_push (&flow->reader, flow->hand + flow->hand_length - got, got,
          &message, &error)) {
    case 1:
      saw_message (flow->link, &message);
      return TRUE;
    case 0:
      return FALSE;
    default:
      saw_garbage (flow, error);
      return TRUE;
  }
}

/* Moves one piece. FALSE: nothing more can be done now; *GONE: never again. */
static gboolean
move_one (TapFlow * flow, Gone * gone)
{
  gsize room = sizeof flow->hand - flow->hand_length;
  gsize wanted = flow->is_blind ? room : MIN (room, wire_reader_wanted (&flow->reader));
  gssize got = recv (flow->from_fd, flow->hand + flow->hand_length, wanted, MSG_DONTWAIT);

  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return FALSE;
  if (got <= 0) {
    empty_hand (flow, gone);    /* half a message, if there is one: what came is passed on */
    *gone = *gone ? *gone : GONE_SENDER;
    return FALSE;
  }
  flow->hand_length += (gsize) got;
  return take_in (flow, (gsize) got) ? empty_hand (flow, gone) : TRUE;
}

static gboolean
on_flow_ready (gint fd, GIOCondition condition, gpointer data)
{
  TapFlow *flow = data;
  Gone gone = GONE_NOBODY;
  gboolean blocked;

  if (!flow->watching_out || empty_hand (flow, &gone)) {
    for (guint i = 0; i < BURST && !gone && move_one (flow, &gone); i++);
  }
  if (gone) {
    flow->source = 0;
    end_flow (flow, gone);
    return G_SOURCE_REMOVE;
  }
  /* A hand that holds half a message waits for the rest, not for the receiver. */
  blocked = flow->hand_length > 0 && (flow->is_blind || wire_reader_is_idle (&flow->reader));
  if (blocked == flow->watching_out)
    return G_SOURCE_CONTINUE;
  flow->watching_out = blocked;
  flow->source = 0;
  watch (flow);
  return G_SOURCE_REMOVE;
}

static void
watch (TapFlow * flow)
{
  if (flow->watching_out)
    flow->source = g_unix_fd_add (flow->to_fd, G_IO_OUT, on_flow_ready, flow);
  else
    flow->source = g_unix_fd_add (flow->from_fd, G_IO_IN, on_flow_ready, flow);
}

static void
flow_init (TapFlow * flow, TapLink * link, WireDirection direction, gint from_fd, gint to_fd)
{
  flow->link = link;
  flow->direction = direction;
  flow->from_fd = from_fd;
  flow->to_fd = to_fd;
  wire_reader_init (&flow->reader, direction);
  watch (flow);
}

void
tap_link_forward (TapLink * link)
{
  flow_init (&link->down, link, WIRE_TO_READER, link->server_fd, link->client_fd);
  flow_init (&link->up, link, WIRE_TO_WRITER, link->client_fd, link->server_fd);
}
