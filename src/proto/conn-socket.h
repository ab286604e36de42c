/* What both ends of the control socket need: its address, one message in, a queue of messages out.
 * Nothing here ever waits. Internal to this room. */
#pragma once
#include "proto/wire.h"

#include <sys/un.h>

/* Longest path: one byte less than fits, as peers do not agree about the last. */
#define CONN_SOCKET_PATH_MAX 106

gboolean conn_socket_address (const gchar * path, struct sockaddr_un *address, GError ** error);

/* A new stream socket: non-blocking, close-on-exec. -1 and ERROR. */
gint conn_socket_new (GError ** error);

/* Sets ERROR (G_IO_ERROR) to "THING: PROBLEM: errno in words". Returns FALSE. */
gboolean conn_socket_fail (GError ** error, const gchar * thing, const gchar * problem);

typedef enum
{
  CONN_SOCKET_NOTHING,          /* no whole message yet */
  CONN_SOCKET_MESSAGE,
  CONN_SOCKET_END,              /* the peer is gone, between two messages */
  CONN_SOCKET_FAILED,           /* ERROR is set */
} ConnSocketResult;

/* Takes in at most one message. */
ConnSocketResult conn_socket_receive (gint fd, WireReader * reader, WireMessage * out,
    GError ** error);

/* What could not be sent yet: one item a message, so that messages can be counted. */
typedef struct
{
  GQueue items;
  gsize sent;                   /* bytes of the first item that are gone already */
} ConnQueue;

typedef enum
{
  CONN_QUEUE_SENT,              /* nothing is queued */
  CONN_QUEUE_WAITING,           /* something is: try again when the socket is writable */
  CONN_QUEUE_CLOSED,            /* the peer is gone; nothing is queued any more */
  CONN_QUEUE_FAILED,            /* ERROR is set */
} ConnQueueResult;

void conn_queue_clear (ConnQueue * queue);
guint conn_queue_length (const ConnQueue * queue);
/* Writes what it can. */
ConnQueueResult conn_queue_flush (ConnQueue * queue, gint fd, GError ** error);
/* Sends COMMAND, followed by PATH when it is a new area, after what is queued already. */
ConnQueueResult conn_queue_send (ConnQueue * queue, gint fd, const WireCommand * command,
    const gchar * path, GError ** error);
