/* The writer's end of a shm pipe: listening socket, areas, blocks, clients.
 * Wire-compatible with GStreamer's shmsink. Single-threaded, never blocks: poll its fd, dispatch. */
#pragma once
#include "proto/wire.h"

typedef struct ConnWriter ConnWriter;
typedef struct ConnBlock ConnBlock;

typedef struct
{
  const gchar *path;            /* socket; at most 106 bytes */
  guint64 area_size;            /* bytes of the first area, > 0 */
  guint perms;                  /* of socket and areas, e.g. 0640 */
  guint max_clients;            /* 0: 64 */
  guint max_queued;             /* messages that wait for one client before it is dropped; 0: 65536 */
} ConnWriterConfig;

/* Called at the end of conn_writer_dispatch(), _send(), _resize() and _free(); may call the writer,
 * but must not free it. Any may be NULL. A connection beyond max_clients is closed at once and told
 * by client_closed alone. */
typedef struct
{
  void (*client_opened) (gpointer user, guint client);
  /* WHY is NULL after an orderly end. */
  void (*client_closed) (gpointer user, guint client, const GError * why);
  /* At least one block became free: an allocation that failed may now succeed. */
  void (*space_freed) (gpointer user);
} ConnWriterEvents;

/* Binds, listens and makes the first area. A socket at PATH that nobody listens on is replaced;
 * a live one, or anything else at PATH, is an error (never a silent PATH.0). */
ConnWriter *conn_writer_new (const ConnWriterConfig * config,
    const ConnWriterEvents * events, gpointer user, GError ** error);

/* Closes every client, unlinks the socket and all areas; blocks that were not sent end with it.
 * NULL is fine. */
void conn_writer_free (ConnWriter * writer);

/* Readable when conn_writer_dispatch() has work. Owned by the writer. */
gint conn_writer_fd (const ConnWriter * writer);
/* Accepts, reads ACKs, writes what was queued; returns at once. A client that breaks the protocol
 * is closed, everybody else is served. FALSE only when the writer itself cannot go on. */
gboolean conn_writer_dispatch (ConnWriter * writer, GError ** error);

/* Replaces the current area: CLOSE then NEW to every client. The same size is a no-op.
 * The old one is unlinked and unmapped when its last block is free. */
gboolean conn_writer_resize (ConnWriter * writer, guint64 size, GError ** error);

/* SIZE bytes in the current area; NULL when there is no room now (ERROR not set) or never will be
 * (ERROR set: larger than the area). Never memory outside the area. */
ConnBlock *conn_writer_alloc (ConnWriter * writer, guint64 size, GError ** error);
guint8 *conn_block_data (const ConnBlock * block);
guint64 conn_block_size (const ConnBlock * block);
guint64 conn_block_offset (const ConnBlock * block);
gint32 conn_block_area (const ConnBlock * block);
/* Gives up a block that was not sent. */
void conn_writer_free_block (ConnWriter * writer, ConnBlock * block);

/* Announces BLOCK to every client, naming the area in which it lies. It becomes free when the last
 * of them has acknowledged it or is gone; at once when there is none. Takes BLOCK, unless it
 * returns FALSE: the block lies in an area that has been closed meanwhile (readers may have
 * forgotten it), had to move to the current one, and there is no room now. */
gboolean conn_writer_send (ConnWriter * writer, ConnBlock * take_block);

guint conn_writer_n_clients (const ConnWriter * writer);
guint conn_writer_n_areas (const ConnWriter * writer);
/* Blocks announced and not yet acknowledged by everybody. */
guint conn_writer_n_outstanding (const ConnWriter * writer);
/* Messages that wait in our own queues because a socket was full. */
guint conn_writer_n_queued (const ConnWriter * writer);
