#include "config.h"
#include "role/tap.h"

#include "base/deadline.h"
#include "base/fd.h"
#include "proto/wire.h"
#include "role/tap-sight.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Messages forwarded between two looks at the other connections. */
#define BURST 64
/* How long a connect to the producer may wait for it to accept. */
#define CONNECT_LIMIT_S 1.0
/* Connections at once; with what their areas need that stays below 1,024 descriptors. */
#define LINKS_MAX 128
/* Between two tries of what cannot be done now: a connect, an accept. */
#define AGAIN_MS 50

typedef struct TapLink TapLink;

/* One direction of one connection. */
typedef struct
{
  TapLink *link;
  WireDirection direction;
  gint from_fd, to_fd;          /* borrowed from the link */
  guint source;
  gboolean watching_out;        /* waits for TO to take what is in hand */
  WireReader reader;
  gboolean is_blind;            /* no commands any more: bytes are just passed on */
  guint8 hand[WIRE_MESSAGE_MAX];
  gsize hand_length, hand_written;
  gboolean ended;
} TapFlow;

struct TapLink
{
  RoleTap *tap;
  gint number;                  /* -1: the producer has not accepted it yet */
  gint client_fd, server_fd;
  guint connect_source;         /* waits for that */
  Deadline connect_limit;
  TapFlow down, up;             /* to the reader, to the writer */
  TapSight *sight;
  gboolean told_close;
};

struct RoleTap
{
  gchar *listen_path, *connect_path;
  RoleTapEvent event;
  gpointer user;
  gint listen_fd;
  guint listen_source;          /* accepts, or waits until it may again */
  gboolean told_pause;
  gint n_links;                 /* that were numbered */
  guint n_open;                 /* areas */
  GPtrArray *links;             /* TapLink* */
};

static void watch (TapFlow * flow);

static TraceEvent
link_event (const TapLink * link, TraceKind kind)
{
  TraceEvent event = trace_event (kind);

  event.client = link->number;
  event.time_ns = deadline_now_ns ();
  return event;
}

static void
emit (TapLink * link, TraceEvent * event)
{
  link->tap->event (link->tap->user, event);
}

/* --- commands --- */

static gint
pid_of_peer (gint fd)
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
  TraceEvent event = link_event (link, TRACE_NOTE);
  g_autofree gchar *text = g_strdup_printf ("client %d, producer of pid %d: %s", link->number,
      pid_of_peer (link->server_fd), limit);

  event.value = tap_sight_is_lost (link->sight);
  trace_event_set_text (&event, text);
  emit (link, &event);
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
  TraceEvent event = link_event (link, kinds[message->command.type]);
  g_autofree gchar *limit = tap_sight_look (link->sight, message, &event);

  emit (link, &event);
  if (limit)
    tell_limit (link, limit);
}

static void
saw_garbage (TapFlow * flow, const GError * error)
{
  TraceEvent event = link_event (flow->link, TRACE_GARBAGE);
  g_autofree gchar *text = g_strdup_printf ("%s: %s",
      flow->direction == WIRE_TO_READER ? "to the consumer" : "to the producer", error->message);

  flow->is_blind = TRUE;
  trace_event_set_text (&event, text);
  emit (flow->link, &event);
}

/* --- forwarding --- */

static void
link_free (gpointer data)
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
    TraceEvent event = link_event (link, TRACE_CLIENT_CLOSE);

    link->told_close = TRUE;
    trace_event_set_text (&event,
        (flow->direction == WIRE_TO_READER) == (gone == GONE_SENDER) ? "producer" : "consumer");
    emit (link, &event);
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

/* --- connections --- */

/* The error of connect(2) when it cannot be now, but perhaps soon: the producer has not accepted
 * those before, or we have no descriptor to spare. */
static gboolean
is_temporary (gint why)
{
  return why == EAGAIN || why == EINTR || why == EMFILE || why == ENFILE;
}

/* Never blocks: other clients must not wait for a producer that does not accept. */
static gint
connect_to (const gchar * path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    fd_clear (&fd);
  return fd;
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

static void
tell_open (TapLink * link)
{
  TraceEvent event = link_event (link, TRACE_CLIENT_OPEN);

  event.value = pid_of_peer (link->client_fd);
  emit (link, &event);
}

static void
tell (RoleTap * tap, const gchar * path, const gchar * what, gint why)
{
  TraceEvent event = trace_event (TRACE_NOTE);
  g_autofree gchar *text = g_strdup_printf ("%s: %s: %s", path, what, g_strerror (why));

  event.time_ns = deadline_now_ns ();
  trace_event_set_text (&event, text);
  tap->event (tap->user, &event);
}

static void
open_link (TapLink * link)
{
  link->number = link->tap->n_links++;
  tell_open (link);
  flow_init (&link->down, link, WIRE_TO_READER, link->server_fd, link->client_fd);
  flow_init (&link->up, link, WIRE_TO_WRITER, link->client_fd, link->server_fd);
}

/* Goes on as long as the producer may yet accept. */
static gboolean
on_connect (gpointer data)
{
  TapLink *link = data;
  RoleTap *tap = link->tap;

  link->server_fd = connect_to (tap->connect_path);
  if (link->server_fd < 0 && is_temporary (errno) && !deadline_passed (link->connect_limit))
    return G_SOURCE_CONTINUE;
  link->connect_source = 0;
  if (link->server_fd >= 0) {
    open_link (link);
  } else {
    /* No producer there: as near to a refused connect as we can come. */
    tell (tap, tap->connect_path, "a client came, but", errno);
    g_ptr_array_remove_fast (tap->links, link);
  }
  return G_SOURCE_REMOVE;
}

static void
add_link (RoleTap * tap, gint client_fd)
{
  TapLink *link = g_new0 (TapLink, 1);

  link->tap = tap;
  link->number = link->server_fd = -1;
  link->client_fd = client_fd;
  link->connect_limit = deadline_in (CONNECT_LIMIT_S);
  link->sight = tap_sight_new (&tap->n_open);
  g_ptr_array_add (tap->links, link);
  if (on_connect (link) == G_SOURCE_CONTINUE)
    link->connect_source = g_timeout_add (AGAIN_MS, on_connect, link);
}

static gboolean on_client (gint fd, GIOCondition condition, gpointer data);

static gboolean
on_may_accept (gpointer data)
{
  RoleTap *tap = data;

  if (tap->links->len >= LINKS_MAX)
    return G_SOURCE_CONTINUE;
  tap->listen_source = g_unix_fd_add (tap->listen_fd, G_IO_IN, on_client, tap);
  return G_SOURCE_REMOVE;
}

/* No more can be served now. They wait in the queue, and we do not spin. */
static gboolean
pause_accepting (RoleTap * tap, gint why)
{
  if (!tap->told_pause)
    tell (tap, tap->listen_path, "clients have to wait", why);
  tap->told_pause = TRUE;
  tap->listen_source = g_timeout_add (AGAIN_MS, on_may_accept, tap);
  return G_SOURCE_REMOVE;
}

static gboolean
on_client (gint fd, GIOCondition condition, gpointer data)
{
  RoleTap *tap = data;
  gint client_fd;

  if (tap->links->len >= LINKS_MAX)
    return pause_accepting (tap, EUSERS);
  client_fd = accept4 (fd, NULL, NULL, SOCK_CLOEXEC);
  if (client_fd >= 0)
    add_link (tap, client_fd);
  else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
    return pause_accepting (tap, errno);
  return G_SOURCE_CONTINUE;
}

static gint
listen_at (const gchar * path, GError ** error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
        "%s: path too long for a socket", path);
    return -1;
  }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0) {
    if (listen (fd, 64) == 0)
      return fd;
    g_unlink (path);
  }
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
      "%s: cannot listen: %s", path, g_strerror (errno));
  fd_clear (&fd);
  return -1;
}

RoleTap *
role_tap_new (const gchar * listen_path, const gchar * connect_path,
    RoleTapEvent event, gpointer user, GError ** error)
{
  gint fd = listen_at (listen_path, error);
  RoleTap *tap;

  if (fd < 0)
    return NULL;
  tap = g_new0 (RoleTap, 1);
  tap->listen_path = g_strdup (listen_path);
  tap->connect_path = g_strdup (connect_path);
  tap->event = event;
  tap->user = user;
  tap->listen_fd = fd;
  tap->links = g_ptr_array_new_with_free_func (link_free);
  tap->listen_source = g_unix_fd_add (fd, G_IO_IN, on_client, tap);
  return tap;
}

void
role_tap_free (RoleTap * tap)
{
  if (!tap)
    return;
  g_clear_handle_id (&tap->listen_source, g_source_remove);
  fd_clear (&tap->listen_fd);
  g_unlink (tap->listen_path);
  g_ptr_array_unref (tap->links);
  g_free (tap->listen_path);
  g_free (tap->connect_path);
  g_free (tap);
}
