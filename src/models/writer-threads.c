/* The threads of the models of writer.h. */
#include "config.h"
#include "models/writer.h"

#define PRODUCER 0u             /* then the clients */
#define DISPATCHER (WRITER_CLIENTS + 1)

#define FIRST_SIZE 32u          /* bytes of the areas: two buffers */
#define SECOND_SIZE 40u
#define BUFFER_SIZE 16u

const char *const writer_thread_names[] = { "producer", "client 1", "client 2", "dispatcher" };

const WriterCalls writer_calls = {
  .ack = conn_ledger_ack,
  .detach = conn_ledger_detach,
  .resize = conn_ledger_resize,
  .send = conn_ledger_send,
};

/* --- the writer --- */

static void
detach (Writer * writer, WriterClient * client)
{
  client->attached = FALSE;
  writer_note_left (writer, client);
  writer->calls->detach (&writer->ledger, &client->holder);
}

/* FALSE: it has hung up. What is added before the next point is part of that step. */
static gboolean
add_message (WriterClient * client, const WriterMessage * message)
{
  guint n = atomic_fetch_add_explicit (&client->n_told, 1, memory_order_acq_rel);

  if (n & WRITER_GONE)
    return FALSE;
  client->told[n] = *message;
  return TRUE;
}

static gboolean
tell (gpointer user, ConnHolder * holder, const WireCommand * command, const gchar * path)
{
  Writer *writer = user;
  WriterClient *client = (WriterClient *) holder;
  WriterMessage message = { 0 };

  wire_encode (command, message.bytes);
  if (command->type == WIRE_NEW_BUFFER)
    message.content = writer->sent->content;
  if (!add_message (client, &message)) {
    detach (writer, client);
    return FALSE;
  }
  writer_note_told (writer, client, command);
  return TRUE;
}

/* --- the producer --- */

static ConnBlock *
allocate (Writer * writer, WriterRecord ** record)
{
  ConnBlock *block;

  pthread_mutex_lock (&writer->lock);
  block = conn_store_alloc (&writer->ledger.store, BUFFER_SIZE, NULL);
  *record = writer_note_block (writer, block);
  writer_compare (writer);
  pthread_mutex_unlock (&writer->lock);
  return block;
}

/* The buffer is the producer's alone. */
static void
fill (const ConnBlock * block, WriterRecord * record, guint64 content)
{
  guint64 *data = (guint64 *) (gpointer) conn_block_data (block);

  record->content = content;
  SHMDIAG_WRITE (*data, content);
}

/* What cannot be sent for want of room is given up. */
static void
send (Writer * writer, ConnBlock * block, WriterRecord * record)
{
  pthread_mutex_lock (&writer->lock);
  record->holders &= ~WRITER_PRODUCER;
  writer->sent = record;
  if (!writer->calls->send (&writer->ledger, block))
    conn_store_free_block (&writer->ledger.store, block);
  writer->sent = NULL;
  writer_compare (writer);
  pthread_mutex_unlock (&writer->lock);
}

static void
allocate_and_send (Writer * writer, guint64 content)
{
  WriterRecord *record;
  ConnBlock *block = allocate (writer, &record);

  if (!block)
    return;
  fill (block, record, content);
  send (writer, block, record);
}

static void
resize (Writer * writer)
{
  pthread_mutex_lock (&writer->lock);
  SHMDIAG_CHECK (writer->calls->resize (&writer->ledger, SECOND_SIZE, NULL), "resize", "refused");
  writer_compare (writer);
  pthread_mutex_unlock (&writer->lock);
}

static void
close_all (Writer * writer)
{
  pthread_mutex_lock (&writer->lock);
  writer->closed = TRUE;
  for (guint i = 0; i < WRITER_CLIENTS; i++) {
    WriterClient *client = &writer->clients[i];

    if (!client->attached)
      continue;
    add_message (client, &(WriterMessage) {.end = TRUE });
    detach (writer, client);
  }
  writer_compare (writer);
  pthread_mutex_unlock (&writer->lock);
}

/* One buffer is sent before the change of areas, one was allocated before and is sent after it,
 * the others need the room that an ACK gives. */
static void
produce (Writer * writer)
{
  WriterRecord *record;
  ConnBlock *block;

  allocate_and_send (writer, 1);
  block = allocate (writer, &record);
  fill (block, record, 2);
  resize (writer);
  send (writer, block, record);
  allocate_and_send (writer, 3);
  allocate_and_send (writer, 4);
  close_all (writer);
}

/* --- a client --- */

static void
post (Writer * writer, WriterPostKind kind, const WriterClient * client,
    const WireCommand * command)
{
  guint n = atomic_fetch_add_explicit (&writer->n_posts, 1, memory_order_acq_rel);

  writer->posts[n] = (WriterPost) {.kind = kind,.client = client->index };
  if (command)
    wire_encode (command, writer->posts[n].bytes);
}

/* Its own mapping of AREA_ID: the memory stays as long as the book keeps the buffer. */
static guint64
read_buffer (Writer * writer, const WireCommand * command)
{
  for (guint i = 0; i < WRITER_AREAS; i++) {
    if (writer->mapped[i] == command->area_id)
      return SHMDIAG_READ (writer->memory[i][command->offset / 8]);
  }
  return 0;                     /* the writer has closed meanwhile */
}

static void
receive_buffer (Writer * writer, WriterClient * client, const WriterMessage * message,
    const WireCommand * command)
{
  const WireCommand ack = {
    .type = WIRE_ACK_BUFFER,.area_id = command->area_id,.offset = command->offset
  };
  guint64 content = read_buffer (writer, command);

  SHMDIAG_CHECK (content == message->content || writer->closed, "held-bytes",
      "client %u reads %u at %u of area %d, not %u", client->index + 1, (guint) content,
      (guint) command->offset, command->area_id, (guint) message->content);
  post (writer, POST_MESSAGE, client, &ack);
}

/* The second client detaches with the first buffer that is the last news. */
static gboolean
leaves_with_it (WriterClient * client, guint n)
{
  return client->index == 1
      && atomic_load_explicit (&client->n_told, memory_order_acquire) == n + 1;
}

/* Message N. FALSE: the client goes. */
static gboolean
receive (Writer * writer, WriterClient * client, guint n)
{
  const WriterMessage *message = &client->told[n];
  WireCommand command;

  if (message->end)
    return FALSE;
  SHMDIAG_CHECK (wire_decode (message->bytes, WIRE_TO_READER, &command, NULL), "wire",
      "client %u is told nonsense", client->index + 1);
  if (command.type != WIRE_NEW_BUFFER)
    return TRUE;
  if (leaves_with_it (client, n))
    return FALSE;
  receive_buffer (writer, client, message, &command);
  return TRUE;
}

static void
consume (Writer * writer, WriterClient * client)
{
  gboolean stays = TRUE;

  post (writer, POST_CONNECT, client, NULL);
  for (guint n = 0; stays; n++) {
    shmdiag_wait_while (&client->n_told, n);
    stays = receive (writer, client, n);
  }
  atomic_fetch_or_explicit (&client->n_told, WRITER_GONE, memory_order_acq_rel);
  post (writer, POST_HANG_UP, client, NULL);
}

/* --- the dispatcher --- */

static void
take_ack (Writer * writer, WriterClient * client, const WriterPost * said)
{
  WireCommand command;
  gboolean taken;
  ConnBlock key = { 0 };

  SHMDIAG_CHECK (wire_decode (said->bytes, WIRE_TO_WRITER, &command, NULL), "wire",
      "the writer is told nonsense");
  key.area_id = command.area_id;
  key.offset = command.offset;
  writer_note_ack (writer, client, &command);
  taken = writer->calls->ack (&writer->ledger, &client->holder, command.area_id, command.offset);
  SHMDIAG_CHECK (taken, "ack-exact", "an ACK of the buffer at %u of area %d is refused",
      (guint) command.offset, command.area_id);
  SHMDIAG_CHECK (!g_hash_table_contains (client->holder.held, &key), "ack-exact",
      "an ACK of the buffer at %u of area %d has freed another one", (guint) command.offset,
      command.area_id);
}

/* TRUE: the client has gone. */
static gboolean
handle (Writer * writer, const WriterPost * said)
{
  WriterClient *client = &writer->clients[said->client];

  switch (said->kind) {
    case POST_CONNECT:
      client->attached = !writer->closed;
      if (client->attached)
        conn_ledger_attach (&writer->ledger, &client->holder);
      else
        add_message (client, &(WriterMessage) {.end = TRUE });
      return FALSE;
    case POST_MESSAGE:
      if (client->attached)
        take_ack (writer, client, said);
      return FALSE;
    case POST_HANG_UP:
      if (client->attached)
        detach (writer, client);
      return TRUE;
  }
  return FALSE;
}

static void
dispatch (Writer * writer)
{
  guint n_gone = 0;

  for (guint n = 0; n_gone < WRITER_CLIENTS; n++) {
    shmdiag_wait_while (&writer->n_posts, n);
    pthread_mutex_lock (&writer->lock);
    n_gone += handle (writer, &writer->posts[n]);
    writer_compare (writer);
    pthread_mutex_unlock (&writer->lock);
  }
}

/* --- the model --- */

void
writer_set_up (Writer * writer, const WriterCalls * calls)
{
  ConnMemory memory = writer_memory (writer);

  writer->calls = calls;
  conn_ledger_init (&writer->ledger, &memory, tell, writer);
  conn_store_add_area (&writer->ledger.store, FIRST_SIZE, NULL);
  for (guint i = 0; i < WRITER_CLIENTS; i++) {
    writer->clients[i].index = i;
    conn_holder_init (&writer->clients[i].holder);
  }
}

void
writer_thread (void *data, unsigned index)
{
  Writer *writer = data;

  if (index == PRODUCER)
    produce (writer);
  else if (index == DISPATCHER)
    dispatch (writer);
  else
    consume (writer, &writer->clients[index - 1]);
}

void
writer_at_rest (void *data)
{
  Writer *writer = data;

  writer_compare_rest (writer);
  conn_ledger_clear (&writer->ledger);
  for (guint i = 0; i < WRITER_AREAS; i++)
    SHMDIAG_CHECK (writer->mapped[i] == 0, "nothing-left", "area %d is still mapped",
        writer->mapped[i]);
}

void
writer_tear_down (void *data)
{
  Writer *writer = data;

  for (guint i = 0; i < WRITER_CLIENTS; i++)
    conn_holder_clear (&writer->clients[i].holder);
  conn_ledger_clear (&writer->ledger);
}
