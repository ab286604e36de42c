/* The reader's end of a shm pipe. Wire-compatible with GStreamer's shmsrc.
 * Single-threaded, never blocks: poll its fd, then take what has come. Trusts nothing. */
#pragma once
#include "proto/wire.h"

typedef struct ConnReader ConnReader;

#define CONN_READER_MAX_BUFFER (G_GUINT64_CONSTANT (256) << 20)

typedef struct
{
  const gchar *path;            /* socket to connect to */
  const gchar *prefix;          /* of area names; NULL: WIRE_PATH_PREFIX */
  guint max_areas;              /* 0: 256 */
  guint64 max_buffer;           /* bytes of the largest buffer; 0: CONN_READER_MAX_BUFFER */
  guint max_held;               /* buffers at a time; 0: 262144 */
  guint max_queued;             /* ACKs that wait for a writer that reads none; 0: 65536 */
} ConnReaderConfig;

typedef struct
{
  gint32 area_id;
  guint64 offset;
  guint64 size;
} ConnBuffer;                   /* value; its identity is (area_id, offset) */

typedef enum
{
  CONN_READER_NOTHING,          /* nothing whole has come yet */
  CONN_READER_AREA,             /* an area was announced and mapped; *BUFFER.area_id, .size */
  CONN_READER_CLOSED_AREA,      /* *BUFFER.area_id */
  CONN_READER_BUFFER,           /* *BUFFER is readable until it is acknowledged */
  CONN_READER_END,              /* the writer is gone, orderly, between two messages */
  CONN_READER_FAILED,           /* ERROR is set: SHMDIAG_ERROR or G_IO_ERROR; as after the end */
} ConnReaderResult;

/* Connects (an AF_UNIX connect does not wait; a full backlog is tried again until TIMEOUT_MS). */
ConnReader *conn_reader_new (const ConnReaderConfig * config, gint timeout_ms, GError ** error);
/* Closes the socket, unmaps every area. */
void conn_reader_free (ConnReader * reader);

/* Poll for POLLIN; while conn_reader_n_queued() is not 0, for POLLOUT too. Owned by the reader. */
gint conn_reader_fd (const ConnReader * reader);

/* Takes at most one message; writes what was queued. Call until NOTHING, END or FAILED. */
ConnReaderResult conn_reader_next (ConnReader * reader, ConnBuffer * buffer, GError ** error);

/* Copies LENGTH bytes from OFFSET within a held buffer to DATA. An area that its writer has
 * truncated is SHMDIAG_ERROR_OBJECT, never a signal, and the end of the connection. Works until the
 * buffer is acknowledged, also after the end of the writer. */
gboolean conn_reader_read (ConnReader * reader, const ConnBuffer * buffer,
    guint64 offset, gpointer data, gsize length, GError ** error);

/* Lets go of a held buffer: sends the ACK with the id of the area in which it lies, and drops the
 * area when it was closed and this was its last buffer. After the end it only drops.
 * FALSE: not held (SHMDIAG_ERROR_ACK), or the socket failed, or the writer reads no ACKs
 * (SHMDIAG_ERROR_LIMIT); the latter two end the connection. */
gboolean conn_reader_ack (ConnReader * reader, const ConnBuffer * buffer, GError ** error);

guint conn_reader_n_held (const ConnReader * reader);
guint conn_reader_n_areas (const ConnReader * reader);
guint conn_reader_n_queued (const ConnReader * reader);
