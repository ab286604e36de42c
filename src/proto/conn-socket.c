/* What both ends of the control socket need: its address, one message in, a queue of messages out. */
#include "config.h"
#include "proto/conn-socket.h"

#include "base/error.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>

gboolean
conn_socket_fail (GError ** error, const gchar * thing, const gchar * problem)
{
  gint saved_errno = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s: %s", thing,
      problem, g_strerror (saved_errno));
  return FALSE;
}

gboolean
conn_socket_address (const gchar * path, struct sockaddr_un *address, GError ** error)
{
  gsize length = path ? strlen (path) : 0;

  if (length == 0 || length > CONN_SOCKET_PATH_MAX) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
        "socket path: length out of range 1..%d: %s", CONN_SOCKET_PATH_MAX, path ? path : "");
    return FALSE;
  }
  *address = (struct sockaddr_un) {.sun_family = AF_UNIX };
  memcpy (address->sun_path, path, length);
  return TRUE;
}

gint
conn_socket_new (GError ** error)
{
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    conn_socket_fail (error, "socket", "cannot create");
  return fd;
}

/* --- in --- */

/* ECONNRESET is how a peer looks that left without reading all that was sent to it. */
static ConnSocketResult
ended (const WireReader * reader, GError ** error)
{
  if (wire_reader_is_idle (reader))
    return CONN_SOCKET_END;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_TRUNCATED,
      "stream: ended within a command: after %" G_GSIZE_FORMAT " bytes of it", reader->length);
  return CONN_SOCKET_FAILED;
}

static ConnSocketResult
receive_failed (const WireReader * reader, GError ** error)
{
  if (errno == EAGAIN || errno == EINTR)
    return CONN_SOCKET_NOTHING;
  if (errno == ECONNRESET)
    return ended (reader, error);
  conn_socket_fail (error, "socket", "cannot receive");
  return CONN_SOCKET_FAILED;
}

ConnSocketResult
conn_socket_receive (gint fd, WireReader * reader, WireMessage * out, GError ** error)
{
  guint8 bytes[WIRE_MESSAGE_MAX];
  gint pushed = 0;

  while (pushed == 0) {
    gssize got = recv (fd, bytes, wire_reader_wanted (reader), MSG_DONTWAIT);

    if (got < 0)
      return receive_failed (reader, error);
    if (got == 0)
      return ended (reader, error);
    pushed = wire_reader_push (reader, bytes, (gsize) got, out, error);
  }
  return pushed > 0 ? CONN_SOCKET_MESSAGE : CONN_SOCKET_FAILED;
}

/* --- out --- */

typedef struct
{
  gsize length;
  guint8 bytes[];
} Item;

void
conn_queue_clear (ConnQueue * queue)
{
  g_queue_clear_full (&queue->items, g_free);
  queue->sent = 0;
}

guint
conn_queue_length (const ConnQueue * queue)
{
  return queue->items.length;
}

/* What a failed send(2) means. */
static ConnQueueResult
send_failed (ConnQueue * queue, GError ** error)
{
  if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM)
    return CONN_QUEUE_WAITING;
  if (errno == EPIPE || errno == ECONNRESET) {
    conn_queue_clear (queue);
    return CONN_QUEUE_CLOSED;
  }
  conn_socket_fail (error, "socket", "cannot send");
  return CONN_QUEUE_FAILED;
}

ConnQueueResult
conn_queue_flush (ConnQueue * queue, gint fd, GError ** error)
{
  for (Item * item; (item = g_queue_peek_head (&queue->items));) {
    gssize sent = send (fd, item->bytes + queue->sent, item->length - queue->sent,
        MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0)
      return send_failed (queue, error);
    queue->sent += (gsize) sent;
    if (queue->sent < item->length)
      continue;
    g_free (g_queue_pop_head (&queue->items));
    queue->sent = 0;
  }
  return CONN_QUEUE_SENT;
}

static void
push_item (ConnQueue * queue, const guint8 * bytes, gsize length)
{
  Item *item = g_malloc (sizeof (Item) + length);

  item->length = length;
  memcpy (item->bytes, bytes, length);
  g_queue_push_tail (&queue->items, item);
}

/* Sends at once when nothing waits before it; keeps what did not go. */
static ConnQueueResult
send_bytes (ConnQueue * queue, gint fd, const guint8 * bytes, gsize length, GError ** error)
{
  gssize sent = 0;

  if (g_queue_is_empty (&queue->items)) {
    sent = send (fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (gssize) length)
      return CONN_QUEUE_SENT;
  }
  if (sent < 0) {
    ConnQueueResult result = send_failed (queue, error);

    if (result != CONN_QUEUE_WAITING)
      return result;
  }
  if (g_queue_is_empty (&queue->items))
    queue->sent = (gsize) MAX (sent, 0);
  push_item (queue, bytes, length);
  return CONN_QUEUE_WAITING;
}

ConnQueueResult
conn_queue_send (ConnQueue * queue, gint fd, const WireCommand * command, const gchar * path,
    GError ** error)
{
  guint8 bytes[WIRE_MESSAGE_MAX];
  gsize length = WIRE_COMMAND_SIZE;

  wire_encode (command, bytes);
  if (command->type == WIRE_NEW_AREA) {
    memcpy (bytes + length, path, command->path_size);
    length += command->path_size;
  }
  return send_bytes (queue, fd, bytes, length, error);
}
