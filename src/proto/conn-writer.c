/* The writer's end of a shm pipe. Whatever one client does, nobody else notices. */
#include "config.h"
#include "proto/conn-writer.h"

#include "base/error.h"
#include "base/fd.h"
#include "proto/conn-ledger.h"
#include "proto/conn-listener.h"
#include "proto/conn-socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define BACKLOG 64
#define DEFAULT_CLIENTS 64
#define DEFAULT_QUEUED 65536
/* What one dispatch does for one client, so that it returns soon and serves all. */
#define EVENTS_PER_DISPATCH 64
#define ACKS_PER_DISPATCH 512
#define ACCEPTS_PER_DISPATCH 64
/* How long nobody is accepted after file descriptors or memory ran out. */
#define RETRY_MS 100

/* What the epoll set says about its members; a client's key is its id. */
#define KEY_LISTEN G_MAXUINT64
#define KEY_RETRY (G_MAXUINT64 - 1)

typedef struct
{
  ConnHolder holder;            /* first: the ledger's holders are these */
  guint id;
  gint fd;
  gboolean wants_out;           /* watched for space in its socket */
  WireReader in;
  ConnQueue out;
} Client;

/* What has still to be told. Nothing is told before the writer is in order again. */
typedef struct
{
  guint client;
  gboolean opened;
  GError *why;
} Event;

struct ConnWriter
{
  guint max_clients, max_queued;
  ConnWriterEvents events;
  gpointer user;

  ConnListener listener;
  gint epoll_fd, retry_fd;
  gboolean paused;              /* not accepting until the timer, or until a client leaves */

  ConnLedger ledger;
  GHashTable *clients_by_id;    /* Client*, owned */
  guint last_client;

  GQueue due;                   /* Event* */
  gboolean telling;
};

/* --- telling --- */

static void
event_free (gpointer data)
{
  Event *event = data;

  g_clear_error (&event->why);
  g_free (event);
}

static void
add_event (ConnWriter * writer, guint client, gboolean opened, GError * take_why)
{
  Event *event = g_new (Event, 1);

  *event = (Event) {.client = client,.opened = opened,.why = take_why };
  g_queue_push_tail (&writer->due, event);
}

static void
tell_event (ConnWriter * writer, const Event * event)
{
  const ConnWriterEvents *events = &writer->events;

  if (event->opened && events->client_opened)
    events->client_opened (writer->user, event->client);
  if (!event->opened && events->client_closed)
    events->client_closed (writer->user, event->client, event->why);
}

/* The last act of every call that may have events: callbacks may call the writer again, and what
 * comes of that is told by the outermost call. */
static void
tell (ConnWriter * writer)
{
  if (writer->telling)
    return;
  writer->telling = TRUE;
  while (writer->ledger.space_freed || !g_queue_is_empty (&writer->due)) {
    gboolean space_freed = writer->ledger.space_freed;

    writer->ledger.space_freed = FALSE;
    for (Event * event; (event = g_queue_pop_head (&writer->due));) {
      tell_event (writer, event);
      event_free (event);
    }
    if (space_freed && writer->events.space_freed)
      writer->events.space_freed (writer->user);
  }
  writer->telling = FALSE;
}

/* --- blocks --- */

ConnBlock *
conn_writer_alloc (ConnWriter * writer, guint64 size, GError ** error)
{
  return conn_store_alloc (&writer->ledger.store, size, error);
}

void
conn_writer_free_block (ConnWriter * writer, ConnBlock * block)
{
  if (block)
    conn_store_free_block (&writer->ledger.store, block);
}

/* --- watching --- */

static gboolean
watch (ConnWriter * writer, gint operation, gint fd, guint32 events, guint64 key)
{
  struct epoll_event event = {.events = events,.data.u64 = key };

  return epoll_ctl (writer->epoll_fd, operation, fd, &event) == 0;
}

/* Without this a lack of file descriptors would be a loop: the socket stays readable. */
static void
pause_accepting (ConnWriter * writer)
{
  const struct itimerspec soon = {.it_value.tv_nsec = RETRY_MS * 1000000L };

  writer->paused = TRUE;
  watch (writer, EPOLL_CTL_MOD, writer->listener.fd, 0, KEY_LISTEN);
  timerfd_settime (writer->retry_fd, 0, &soon, NULL);
}

static void
resume_accepting (ConnWriter * writer)
{
  const struct itimerspec never = { 0 };

  if (!writer->paused)
    return;
  writer->paused = FALSE;
  timerfd_settime (writer->retry_fd, 0, &never, NULL);
  watch (writer, EPOLL_CTL_MOD, writer->listener.fd, EPOLLIN, KEY_LISTEN);
}

/* --- clients --- */

static void
client_free (gpointer data)
{
  Client *client = data;

  fd_clear (&client->fd);
  conn_queue_clear (&client->out);
  conn_holder_clear (&client->holder);
  g_free (client);
}

static void
close_client (ConnWriter * writer, Client * client, GError * take_why)
{
  watch (writer, EPOLL_CTL_DEL, client->fd, 0, 0);
  shutdown (client->fd, SHUT_RDWR);
  conn_ledger_detach (&writer->ledger, &client->holder);
  add_event (writer, client->id, FALSE, take_why);
  g_hash_table_remove (writer->clients_by_id, GUINT_TO_POINTER (client->id));
  resume_accepting (writer);
}

static gboolean
take_ack (ConnWriter * writer, Client * client, const WireCommand * command, GError ** error)
{
  if (conn_ledger_ack (&writer->ledger, &client->holder, command->area_id, command->offset))
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_ACK,
      "client %u: ack-buffer: not held: area %d offset %" G_GUINT64_FORMAT, client->id,
      command->area_id, command->offset);
  return FALSE;
}

/* One message of CLIENT. END and FAILED: it is to be closed, for ERROR. */
static ConnSocketResult
read_one (ConnWriter * writer, Client * client, GError ** error)
{
  WireMessage message;
  ConnSocketResult result = conn_socket_receive (client->fd, &client->in, &message, error);

  if (result == CONN_SOCKET_FAILED)
    g_prefix_error (error, "client %u: ", client->id);
  if (result == CONN_SOCKET_MESSAGE && !take_ack (writer, client, &message.command, error))
    return CONN_SOCKET_FAILED;
  return result;
}

/* CLIENT takes nothing more. Its last ACKs, or its last nonsense, may still wait in its socket:
 * no more than it holds buffers. */
static void
part_with_client (ConnWriter * writer, Client * client)
{
  GError *why = NULL;

  while (read_one (writer, client, &why) == CONN_SOCKET_MESSAGE);
  close_client (writer, client, why);
}

static void
update_watch (ConnWriter * writer, Client * client)
{
  gboolean wants_out = conn_queue_length (&client->out) > 0;

  if (wants_out == client->wants_out)
    return;
  client->wants_out = wants_out;
  watch (writer, EPOLL_CTL_MOD, client->fd, wants_out ? EPOLLIN | EPOLLOUT : EPOLLIN, client->id);
}

/* What came of sending to CLIENT. FALSE: it has been closed. */
static gboolean
after_send (ConnWriter * writer, Client * client, ConnQueueResult result, GError * take_why)
{
  switch (result) {
    case CONN_QUEUE_FAILED:
      close_client (writer, client, take_why);
      return FALSE;
    case CONN_QUEUE_CLOSED:
      part_with_client (writer, client);
      return FALSE;
    case CONN_QUEUE_SENT:
    case CONN_QUEUE_WAITING:
      break;
  }
  update_watch (writer, client);
  return TRUE;
}

static gboolean
flush_client (ConnWriter * writer, Client * client)
{
  GError *why = NULL;
  ConnQueueResult result = conn_queue_flush (&client->out, client->fd, &why);

  return after_send (writer, client, result, why);
}

/* A ConnTell. FALSE: the client has been closed. */
static gboolean
send_to_client (gpointer user, ConnHolder * holder, const WireCommand * command,
    const gchar * path)
{
  ConnWriter *writer = user;
  Client *client = (Client *) holder;
  GError *why = NULL;
  ConnQueueResult result;

  if (conn_queue_length (&client->out) >= writer->max_queued && !flush_client (writer, client))
    return FALSE;
  result = conn_queue_send (&client->out, client->fd, command, path, &why);
  if (result == CONN_QUEUE_WAITING && conn_queue_length (&client->out) > writer->max_queued) {
    g_set_error (&why, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT,
        "client %u: too many unread messages: more than %u", client->id, writer->max_queued);
    result = CONN_QUEUE_FAILED;
  }
  return after_send (writer, client, result, why);
}

static Client *
client_new (ConnWriter * writer, gint take_fd)
{
  Client *client = g_new0 (Client, 1);

  client->id = ++writer->last_client;
  client->fd = take_fd;
  conn_holder_init (&client->holder);
  wire_reader_init (&client->in, WIRE_TO_WRITER);
  g_queue_init (&client->out.items);
  return client;
}

static void
admit (ConnWriter * writer, gint take_fd)
{
  Client *client = client_new (writer, take_fd);
  GError *why = NULL;

  g_hash_table_insert (writer->clients_by_id, GUINT_TO_POINTER (client->id), client);
  add_event (writer, client->id, TRUE, NULL);
  if (watch (writer, EPOLL_CTL_ADD, client->fd, EPOLLIN, client->id)) {
    conn_ledger_attach (&writer->ledger, &client->holder);
    return;
  }
  conn_socket_fail (&why, "client", "cannot watch");
  close_client (writer, client, why);
}

/* Closed at once, so that it sees an end instead of a server that never speaks. */
static void
turn_away (ConnWriter * writer, gint take_fd)
{
  guint id = ++writer->last_client;

  fd_clear (&take_fd);
  add_event (writer, id, FALSE, g_error_new (SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT,
          "client %u: too many clients: more than %u", id, writer->max_clients));
}

/* Errors of a connection that died before it was accepted are none of ours. */
static gboolean
accept_may_go_on (gint accept_errno)
{
  return accept_errno == ECONNABORTED || accept_errno == EINTR || accept_errno == EPERM;
}

static void
accept_clients (ConnWriter * writer)
{
  for (guint i = 0; i < ACCEPTS_PER_DISPATCH; i++) {
    gint fd = accept4 (writer->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0 && conn_writer_n_clients (writer) < writer->max_clients)
      admit (writer, fd);
    else if (fd >= 0)
      turn_away (writer, fd);
    else if (errno == EAGAIN)
      return;
    else if (!accept_may_go_on (errno)) {
      pause_accepting (writer);
      return;
    }
  }
}

static void
serve_client (ConnWriter * writer, guint id, guint32 events)
{
  Client *client = g_hash_table_lookup (writer->clients_by_id, GUINT_TO_POINTER (id));
  ConnSocketResult result = CONN_SOCKET_MESSAGE;
  GError *why = NULL;

  if (!client)
    return;                     /* closed since the kernel told */
  if ((events & EPOLLOUT) && !flush_client (writer, client))
    return;
  for (guint i = 0; i < ACKS_PER_DISPATCH && result == CONN_SOCKET_MESSAGE; i++)
    result = read_one (writer, client, &why);
  if (result == CONN_SOCKET_END || result == CONN_SOCKET_FAILED)
    close_client (writer, client, why);
}

static void
serve (ConnWriter * writer, const struct epoll_event *event)
{
  switch (event->data.u64) {
    case KEY_LISTEN:
      accept_clients (writer);
      break;
    case KEY_RETRY:
      resume_accepting (writer);
      break;
    default:
      serve_client (writer, (guint) event->data.u64, event->events);
      break;
  }
}

gint
conn_writer_fd (const ConnWriter * writer)
{
  return writer->epoll_fd;
}

gboolean
conn_writer_dispatch (ConnWriter * writer, GError ** error)
{
  struct epoll_event events[EVENTS_PER_DISPATCH];
  gint n = epoll_wait (writer->epoll_fd, events, EVENTS_PER_DISPATCH, 0);

  if (n < 0 && errno != EINTR)
    return conn_socket_fail (error, "writer", "cannot look at its sockets");
  for (gint i = 0; i < n; i++)
    serve (writer, &events[i]);
  tell (writer);
  return TRUE;
}

gboolean
conn_writer_send (ConnWriter * writer, ConnBlock * take_block)
{
  gboolean sent = conn_ledger_send (&writer->ledger, take_block);

  tell (writer);
  return sent;
}

gboolean
conn_writer_resize (ConnWriter * writer, guint64 size, GError ** error)
{
  gboolean resized = conn_ledger_resize (&writer->ledger, size, error);

  tell (writer);
  return resized;
}

/* --- life --- */

static gboolean
open_epoll (ConnWriter * writer, GError ** error)
{
  writer->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (writer->epoll_fd < 0)
    return conn_socket_fail (error, "writer", "cannot make an epoll set");
  writer->retry_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (writer->retry_fd < 0)
    return conn_socket_fail (error, "writer", "cannot make a timer");
  if (watch (writer, EPOLL_CTL_ADD, writer->retry_fd, EPOLLIN, KEY_RETRY)
      && watch (writer, EPOLL_CTL_ADD, writer->listener.fd, EPOLLIN, KEY_LISTEN))
    return TRUE;
  return conn_socket_fail (error, "writer", "cannot watch its socket");
}

static ConnWriter *
writer_new (const ConnWriterConfig * config, const ConnWriterEvents * events, gpointer user)
{
  const ConnMemory memory = conn_memory_objects (config->perms);
  ConnWriter *writer = g_new0 (ConnWriter, 1);

  writer->max_clients = config->max_clients > 0 ? config->max_clients : DEFAULT_CLIENTS;
  writer->max_queued = config->max_queued > 0 ? config->max_queued : DEFAULT_QUEUED;
  if (events)
    writer->events = *events;
  writer->user = user;
  writer->epoll_fd = writer->retry_fd = writer->listener.fd = -1;
  conn_ledger_init (&writer->ledger, &memory, send_to_client, writer);
  writer->clients_by_id = g_hash_table_new_full (NULL, NULL, NULL, client_free);
  g_queue_init (&writer->due);
  return writer;
}

ConnWriter *
conn_writer_new (const ConnWriterConfig * config,
    const ConnWriterEvents * events, gpointer user, GError ** error)
{
  ConnWriter *writer = writer_new (config, events, user);

  if (!conn_listener_open (&writer->listener, config->path, config->perms, error)
      || !open_epoll (writer, error)
      || !conn_store_add_area (&writer->ledger.store, config->area_size, error))
    g_clear_pointer (&writer, conn_writer_free);
  return writer;
}

static void
close_all (ConnWriter * writer)
{
  const GPtrArray *holders = writer->ledger.holders;

  while (holders->len > 0)
    close_client (writer, g_ptr_array_index (holders, holders->len - 1), NULL);
}

void
conn_writer_free (ConnWriter * writer)
{
  if (!writer)
    return;
  close_all (writer);
  writer->ledger.space_freed = FALSE;  /* none of it can be used any more */
  tell (writer);
  conn_listener_clear (&writer->listener);
  fd_clear (&writer->retry_fd);
  fd_clear (&writer->epoll_fd);
  g_hash_table_unref (writer->clients_by_id);
  conn_ledger_clear (&writer->ledger);
  g_queue_clear_full (&writer->due, event_free);
  g_free (writer);
}

/* --- counts --- */

guint
conn_writer_n_clients (const ConnWriter * writer)
{
  return writer->ledger.holders->len;
}

guint
conn_writer_n_areas (const ConnWriter * writer)
{
  return g_hash_table_size (writer->ledger.store.areas);
}

guint
conn_writer_n_outstanding (const ConnWriter * writer)
{
  return writer->ledger.n_outstanding;
}

guint
conn_writer_n_queued (const ConnWriter * writer)
{
  guint n = 0;

  for (guint i = 0; i < conn_writer_n_clients (writer); i++) {
    const Client *client = g_ptr_array_index (writer->ledger.holders, i);

    n += conn_queue_length (&client->out);
  }
  return n;
}
