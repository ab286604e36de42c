#include "config.h"
#include "role/tap.h"

#include "base/deadline.h"
#include "base/fd.h"
#include "proto/wire.h"
#include "role/role.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Messages forwarded between two looks at the other connections. */
#define BURST 64
/* How long a connect to the producer may wait for it to accept. */
#define CONNECT_LIMIT_S 1
/* Larger buffers are only looked at by their header: reading them would change the timing. */
#define FULL_SUM_MAX (1 << 20)

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
  gboolean is_garbage;          /* no commands any more: bytes are just passed on */
  guint8 hand[WIRE_MESSAGE_MAX];
  gsize hand_length, hand_written;
  gboolean ended;
} TapFlow;

typedef struct
{
  gint fd;
  gboolean closed;
  gchar *path;
} TapArea;

struct TapLink
{
  RoleTap *tap;
  gint number;
  gint client_fd, server_fd;
  TapFlow down, up;             /* to the reader, to the writer */
  GHashTable *areas;            /* id to TapArea* */
  GHashTable *held;             /* gchar* "id/offset" to guint64* size */
  guint64 newest_seq;
  gboolean told_close;
};

struct RoleTap
{
  gchar *listen_path, *connect_path;
  RoleTapEvent event;
  gpointer user;
  gint listen_fd;
  guint listen_source;
  gint n_links;
  GPtrArray *links;             /* TapLink* */
};

static void watch (TapFlow * flow);

static void
area_free (gpointer data)
{
  TapArea *area = data;

  fd_clear (&area->fd);
  g_free (area->path);
  g_free (area);
}

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

/* --- content --- */

/* The number and sum of the payload at OFFSET of AREA; FALSE when there is none intact. */
static gboolean
look_at (const TapArea * area, guint64 offset, guint64 size, guint64 * seq, guint64 * sum)
{
  gsize length = size > FULL_SUM_MAX ? ROLE_PAYLOAD_MIN : size;
  g_autofree guint8 *data = NULL;

  if (!area || area->fd < 0 || size < ROLE_PAYLOAD_MIN || offset > G_MAXINT64)
    return FALSE;
  data = g_malloc (length);
  if (pread (area->fd, data, length, (off_t) offset) != (gssize) length)
    return FALSE;
  if (length == size)
    return role_payload_check (data, size, seq, sum);
  return role_payload_peek (data, size, seq);
}

/* Another area of this client with a payload at OFFSET that it has not been told of. */
static gint64
area_with_fresh_payload (TapLink * link, gint32 announced_id, guint64 offset, guint64 size)
{
  GHashTableIter iter;
  gpointer id, area;

  g_hash_table_iter_init (&iter, link->areas);
  while (g_hash_table_iter_next (&iter, &id, &area)) {
    guint64 seq, sum;

    if (GPOINTER_TO_INT (id) != announced_id && look_at (area, offset, size, &seq, &sum)
        && seq > link->newest_seq)
      return GPOINTER_TO_INT (id);
  }
  return 0;
}

static gchar *
held_key (const WireCommand * command)
{
  return g_strdup_printf ("%d/%" G_GUINT64_FORMAT, command->area_id, command->offset);
}

/* --- commands --- */

static void
saw_new_area (TapLink * link, const WireMessage * message, TraceEvent * event)
{
  TapArea *area = g_new0 (TapArea, 1);
  struct stat st;

  area->fd = -1;
  area->path = g_strdup (message->path);
  if (wire_check_path (message->path, message->command.path_size, "/", NULL))
    area->fd = shm_open (message->path, O_RDONLY, 0);
  if (area->fd >= 0 && fstat (area->fd, &st) == 0) {
    event->value = 1;
    event->offset = (guint64) st.st_size;
  }
  event->size = message->command.size;
  trace_event_set_text (event, message->path);
  g_hash_table_replace (link->areas, GINT_TO_POINTER (message->command.area_id), area);
}

static void
saw_new_buffer (TapLink * link, const WireCommand * command, TraceEvent * event)
{
  TapArea *area = g_hash_table_lookup (link->areas, GINT_TO_POINTER (command->area_id));

  event->offset = command->offset;
  event->size = command->size;
  look_at (area, command->offset, command->size, &event->seq, &event->sum);
  if (event->seq <= link->newest_seq)
    event->value = area_with_fresh_payload (link, command->area_id, command->offset,
        command->size);
  link->newest_seq = MAX (link->newest_seq, event->seq);
  g_hash_table_replace (link->held, held_key (command),
      g_memdup2 (&command->size, sizeof command->size));
}

static void
saw_ack (TapLink * link, const WireCommand * command, TraceEvent * event)
{
  g_autofree gchar *key = held_key (command);
  guint64 *size = g_hash_table_lookup (link->held, key);

  event->offset = command->offset;
  if (!size)
    return;
  event->size = *size;
  look_at (g_hash_table_lookup (link->areas, GINT_TO_POINTER (command->area_id)),
      command->offset, *size, &event->seq, &event->sum);
  g_hash_table_remove (link->held, key);
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
  const WireCommand *command = &message->command;
  TraceEvent event = link_event (link, kinds[command->type]);

  event.area = command->area_id;
  switch (command->type) {
    case WIRE_NEW_AREA:
      saw_new_area (link, message, &event);
      break;
    case WIRE_NEW_BUFFER:
      saw_new_buffer (link, command, &event);
      break;
    case WIRE_ACK_BUFFER:
      saw_ack (link, command, &event);
      break;
    case WIRE_CLOSE_AREA:
      break;
  }
  emit (link, &event);
}

static void
saw_garbage (TapFlow * flow, const GError * error)
{
  TraceEvent event = link_event (flow->link, TRACE_GARBAGE);
  g_autofree gchar *text = g_strdup_printf ("%s: %s",
      flow->direction == WIRE_TO_READER ? "to the consumer" : "to the producer", error->message);

  flow->is_garbage = TRUE;
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
  fd_clear (&link->client_fd);
  fd_clear (&link->server_fd);
  g_hash_table_unref (link->areas);
  g_hash_table_unref (link->held);
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

  if (flow->is_garbage)
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
  gsize wanted = flow->is_garbage ? room : MIN (room, wire_reader_wanted (&flow->reader));
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
  blocked = flow->hand_length > 0 && (flow->is_garbage || wire_reader_is_idle (&flow->reader));
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

static gint
connect_to (const gchar * path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  struct timeval limit = {.tv_sec = CONNECT_LIMIT_S };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  /* A producer that does not accept must not stop us: the limit holds for connect(2) too. */
  if (fd >= 0)
    setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
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
  struct ucred peer = {.pid = 0 };
  socklen_t length = sizeof peer;

  if (getsockopt (link->client_fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0)
    event.value = peer.pid;
  emit (link, &event);
}

static void
tell_refused (RoleTap * tap)
{
  TraceEvent event = trace_event (TRACE_NOTE);
  g_autofree gchar *text = g_strdup_printf ("%s: a client came, but: %s", tap->connect_path,
      g_strerror (errno));

  event.time_ns = deadline_now_ns ();
  trace_event_set_text (&event, text);
  tap->event (tap->user, &event);
}

static gboolean
on_client (gint fd, GIOCondition condition, gpointer data)
{
  RoleTap *tap = data;
  gint client_fd = accept4 (fd, NULL, NULL, SOCK_CLOEXEC);
  gint server_fd;
  TapLink *link;

  if (client_fd < 0)
    return G_SOURCE_CONTINUE;
  server_fd = connect_to (tap->connect_path);
  if (server_fd < 0) {
    tell_refused (tap);
    fd_clear (&client_fd);      /* no producer there: as near to a refused connect as we can come */
    return G_SOURCE_CONTINUE;
  }
  link = g_new0 (TapLink, 1);
  link->tap = tap;
  link->number = tap->n_links++;
  link->client_fd = client_fd;
  link->server_fd = server_fd;
  link->areas = g_hash_table_new_full (NULL, NULL, NULL, area_free);
  link->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (tap->links, link);
  tell_open (link);
  flow_init (&link->down, link, WIRE_TO_READER, server_fd, client_fd);
  flow_init (&link->up, link, WIRE_TO_WRITER, client_fd, server_fd);
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
