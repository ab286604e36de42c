/* The reader's end of a shm pipe. Trusts nothing that the writer says, nor what it does later. */
#include "config.h"
#include "proto/conn-reader.h"

#include "base/deadline.h"
#include "base/error.h"
#include "base/fd.h"
#include "proto/area.h"
#include "proto/conn-socket.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/socket.h>

#define DEFAULT_AREAS 256
#define DEFAULT_HELD 262144
#define DEFAULT_QUEUED 65536
/* Between two tries when the backlog of the server is full: nothing can be polled for. */
#define RETRY_MS 5

struct ConnReader
{
  gchar *prefix;
  guint max_areas, max_held, max_queued;
  guint64 max_buffer;
  gint fd;
  gboolean ended;               /* nothing more comes, nothing more is sent */
  gboolean send_closed;         /* the writer has gone; what it sent is still to be read */
  WireReader in;
  ConnQueue out;
  GHashTable *areas;            /* by id */
  gint32 last_area;             /* ids only grow, so none can come twice */
  GHashTable *held;             /* ConnBuffer*, owned */
};

/* --- held buffers --- */

static guint
buffer_hash (gconstpointer data)
{
  const ConnBuffer *buffer = data;
  guint64 key = buffer->offset + ((guint64) (guint32) buffer->area_id << 40);

  return (guint) ((key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32);
}

static gboolean
buffer_equal (gconstpointer a, gconstpointer b)
{
  const ConnBuffer *one = a, *other = b;

  return one->offset == other->offset && one->area_id == other->area_id;
}

static const ConnBuffer *
find_held (const ConnReader * reader, const ConnBuffer * buffer, GError ** error)
{
  const ConnBuffer *held = g_hash_table_lookup (reader->held, buffer);

  if (!held)
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_ACK,
        "buffer: not held: area %d offset %" G_GUINT64_FORMAT, buffer->area_id, buffer->offset);
  return held;
}

/* --- connecting --- */

/* EAGAIN is a full backlog, a matter of time. */
static gboolean
connect_until (gint fd, const struct sockaddr_un *address, Deadline deadline, GError ** error)
{
  while (connect (fd, (const struct sockaddr *) address, sizeof *address) < 0) {
    if (errno == EAGAIN && !deadline_passed (deadline)) {
      fd_poll (-1, 0, MIN (RETRY_MS, deadline_poll_ms (deadline)));
      continue;
    }
    if (errno == EAGAIN)
      errno = ETIMEDOUT;
    return conn_socket_fail (error, address->sun_path, "cannot connect");
  }
  return TRUE;
}

ConnReader *
conn_reader_new (const ConnReaderConfig * config, gint timeout_ms, GError ** error)
{
  Deadline deadline = deadline_in (timeout_ms / 1000.0);
  struct sockaddr_un address;
  ConnReader *reader;
  gint fd;

  if (!conn_socket_address (config->path, &address, error))
    return NULL;
  fd = conn_socket_new (error);
  if (fd < 0 || !connect_until (fd, &address, deadline, error)) {
    fd_clear (&fd);
    return NULL;
  }
  reader = g_new0 (ConnReader, 1);
  reader->prefix = g_strdup (config->prefix ? config->prefix : WIRE_PATH_PREFIX);
  reader->max_areas = config->max_areas > 0 ? config->max_areas : DEFAULT_AREAS;
  reader->max_held = config->max_held > 0 ? config->max_held : DEFAULT_HELD;
  reader->max_queued = config->max_queued > 0 ? config->max_queued : DEFAULT_QUEUED;
  reader->max_buffer = config->max_buffer > 0 ? config->max_buffer : CONN_READER_MAX_BUFFER;
  reader->fd = fd;
  wire_reader_init (&reader->in, WIRE_TO_READER);
  g_queue_init (&reader->out.items);
  reader->areas = conn_areas_new ();
  reader->held = g_hash_table_new_full (buffer_hash, buffer_equal, g_free, NULL);
  return reader;
}

void
conn_reader_free (ConnReader * reader)
{
  if (!reader)
    return;
  fd_clear (&reader->fd);
  conn_queue_clear (&reader->out);
  g_hash_table_unref (reader->held);
  g_hash_table_unref (reader->areas);
  g_free (reader->prefix);
  g_free (reader);
}

gint
conn_reader_fd (const ConnReader * reader)
{
  return reader->fd;
}

/* --- what comes --- */

/* The writer sees the end; the descriptor stays valid for whoever polls it. */
static ConnReaderResult
finish (ConnReader * reader, ConnReaderResult result)
{
  reader->ended = TRUE;
  conn_queue_clear (&reader->out);
  shutdown (reader->fd, SHUT_RDWR);
  return result;
}

static gboolean
refuse_area (GError ** error, const gchar * type, const gchar * problem, gint32 id)
{
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_AREA, "%s: %s: %d", type, problem, id);
  return FALSE;
}

static gboolean
take_area (ConnReader * reader, const WireMessage * message, GError ** error)
{
  const WireCommand *command = &message->command;
  ConnArea *area;

  if (!wire_check_path (message->path, command->path_size, reader->prefix, error))
    return FALSE;
  if (command->area_id <= reader->last_area)
    return refuse_area (error, "new-area", "id not above all before", command->area_id);
  if (g_hash_table_size (reader->areas) >= reader->max_areas) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT,
        "new-area: too many areas: more than %u", reader->max_areas);
    return FALSE;
  }
  area = conn_area_open (command->area_id, message->path, command->size, error);
  if (!area)
    return FALSE;
  reader->last_area = area->id;
  conn_areas_add (reader->areas, area);
  return TRUE;
}

static gboolean
take_close (ConnReader * reader, const WireCommand * command, GError ** error)
{
  ConnArea *area = conn_areas_find (reader->areas, command->area_id);

  if (!area)
    return refuse_area (error, "close-area", "unknown area", command->area_id);
  if (area->closed)
    return refuse_area (error, "close-area", "closed already", command->area_id);
  conn_areas_close (reader->areas, area);
  return TRUE;
}

/* What this reader's owner may be asked to do for one buffer, and for all that it holds. */
static gboolean
within_limits (const ConnReader * reader, const ConnBuffer * buffer, GError ** error)
{
  if (buffer->size > reader->max_buffer) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE, "new-buffer: larger than the limit of %"
        G_GUINT64_FORMAT " bytes: %" G_GUINT64_FORMAT, reader->max_buffer, buffer->size);
    return FALSE;
  }
  if (g_hash_table_size (reader->held) >= reader->max_held) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT,
        "new-buffer: too many held: more than %u", reader->max_held);
    return FALSE;
  }
  return TRUE;
}

/* A buffer of an area that is closed but still mapped is taken: it may have been allocated before
 * the area was closed. */
static gboolean
take_buffer (ConnReader * reader, const ConnBuffer * buffer, GError ** error)
{
  ConnArea *area = conn_areas_find (reader->areas, buffer->area_id);

  if (!area)
    return refuse_area (error, "new-buffer", "unknown area", buffer->area_id);
  if (!wire_check_bounds (buffer->offset, buffer->size, area->size, error)
      || !within_limits (reader, buffer, error))
    return FALSE;
  if (g_hash_table_contains (reader->held, buffer)) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_BOUNDS,
        "new-buffer: held already: area %d offset %" G_GUINT64_FORMAT, buffer->area_id,
        buffer->offset);
    return FALSE;
  }
  g_hash_table_add (reader->held, g_memdup2 (buffer, sizeof *buffer));
  area->n_buffers++;
  return TRUE;
}

static ConnReaderResult
take_message (ConnReader * reader, const WireMessage * message, ConnBuffer * out, GError ** error)
{
  const WireCommand *command = &message->command;
  ConnReaderResult result = CONN_READER_FAILED;
  gboolean taken = FALSE;

  *out = (ConnBuffer) {.area_id = command->area_id,.offset = command->offset,
      .size = command->size };
  switch (command->type) {
    case WIRE_NEW_AREA:
      taken = take_area (reader, message, error);
      result = CONN_READER_AREA;
      break;
    case WIRE_CLOSE_AREA:
      taken = take_close (reader, command, error);
      result = CONN_READER_CLOSED_AREA;
      break;
    case WIRE_NEW_BUFFER:
      taken = take_buffer (reader, out, error);
      result = CONN_READER_BUFFER;
      break;
    case WIRE_ACK_BUFFER:      /* wire_decode() refuses it in this direction */
      break;
  }
  return taken ? result : finish (reader, CONN_READER_FAILED);
}

/* Sends what waits. A writer that is gone is not an error here: reading finds its end. */
static gboolean
flush (ConnReader * reader, GError ** error)
{
  switch (conn_queue_flush (&reader->out, reader->fd, error)) {
    case CONN_QUEUE_FAILED:
      return FALSE;
    case CONN_QUEUE_CLOSED:
      reader->send_closed = TRUE;
      break;
    case CONN_QUEUE_SENT:
    case CONN_QUEUE_WAITING:
      break;
  }
  return TRUE;
}

ConnReaderResult
conn_reader_next (ConnReader * reader, ConnBuffer * buffer, GError ** error)
{
  WireMessage message;

  *buffer = (ConnBuffer) { 0 };
  if (reader->ended)
    return CONN_READER_END;
  if (!flush (reader, error))
    return finish (reader, CONN_READER_FAILED);
  switch (conn_socket_receive (reader->fd, &reader->in, &message, error)) {
    case CONN_SOCKET_NOTHING:
      break;
    case CONN_SOCKET_MESSAGE:
      return take_message (reader, &message, buffer, error);
    case CONN_SOCKET_END:
      return finish (reader, CONN_READER_END);
    case CONN_SOCKET_FAILED:
      return finish (reader, CONN_READER_FAILED);
  }
  return CONN_READER_NOTHING;
}

/* --- held buffers: use and end --- */

gboolean
conn_reader_read (ConnReader * reader, const ConnBuffer * buffer,
    guint64 offset, gpointer data, gsize length, GError ** error)
{
  const ConnBuffer *held = find_held (reader, buffer, error);

  if (!held)
    return FALSE;
  if (length == 0)
    return TRUE;
  if (!wire_check_bounds (offset, length, held->size, error))
    return FALSE;
  if (conn_area_read (conn_areas_find (reader->areas, held->area_id), held->offset + offset,
          data, length, error))
    return TRUE;
  finish (reader, CONN_READER_FAILED);
  return FALSE;
}

static gboolean
send_ack (ConnReader * reader, const ConnBuffer * buffer, GError ** error)
{
  const WireCommand command = {
    .type = WIRE_ACK_BUFFER,
    .area_id = buffer->area_id,
    .offset = buffer->offset,
  };

  if (reader->ended || reader->send_closed)
    return TRUE;
  switch (conn_queue_send (&reader->out, reader->fd, &command, NULL, error)) {
    case CONN_QUEUE_FAILED:
      return FALSE;
    case CONN_QUEUE_CLOSED:
      reader->send_closed = TRUE;
      break;
    case CONN_QUEUE_SENT:
    case CONN_QUEUE_WAITING:
      break;
  }
  if (conn_reader_n_queued (reader) <= reader->max_queued)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT,
      "ack-buffer: too many unread: more than %u", reader->max_queued);
  return FALSE;
}

gboolean
conn_reader_ack (ConnReader * reader, const ConnBuffer * buffer, GError ** error)
{
  const ConnBuffer *held = find_held (reader, buffer, error);
  ConnBuffer released;

  if (!held)
    return FALSE;
  released = *held;
  g_hash_table_remove (reader->held, &released);
  conn_areas_unuse (reader->areas, conn_areas_find (reader->areas, released.area_id));
  if (send_ack (reader, &released, error))
    return TRUE;
  finish (reader, CONN_READER_FAILED);
  return FALSE;
}

/* --- counts --- */

guint
conn_reader_n_held (const ConnReader * reader)
{
  return g_hash_table_size (reader->held);
}

guint
conn_reader_n_areas (const ConnReader * reader)
{
  return g_hash_table_size (reader->areas);
}

guint
conn_reader_n_queued (const ConnReader * reader)
{
  return conn_queue_length (&reader->out);
}
