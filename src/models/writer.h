/* The writer's book of proto/ with two clients: its real code, with threads around it. A producer
 * sends buffers, moves to a larger area and closes; clients attach, read what they are told of,
 * acknowledge it, and detach; a dispatcher takes in what they say. Sockets are arrays here, areas
 * are memory of the state. The book is used by one thread at a time, which the lock sees to; what
 * lies in a buffer is read and written without it. */
#pragma once
#include <glib.h>

#include "proto/conn-ledger.h"

#define SHMDIAG_EXPLORE
#include "explore/explore.h"

#define WRITER_CLIENTS 2u
#define WRITER_AREAS 3u         /* that can be mapped at a time */
#define WRITER_AREA_MAX 48u     /* bytes */
#define WRITER_MESSAGES 16u     /* to a client */
#define WRITER_POSTS 16u        /* from all clients */
#define WRITER_RECORDS 8u

/* What is used of the book; a twin has its own version of one. */
typedef struct
{
  gboolean (*ack) (ConnLedger * ledger, ConnHolder * holder, gint32 area_id, guint64 offset);
  void (*detach) (ConnLedger * ledger, ConnHolder * holder);
  gboolean (*resize) (ConnLedger * ledger, guint64 size, GError ** error);
  gboolean (*send) (ConnLedger * ledger, ConnBlock * take_block);
} WriterCalls;

extern const WriterCalls writer_calls;  /* the real ones */

/* What the model itself knows of a buffer. */
typedef struct
{
  gint32 area_id;
  guint64 offset, size, content;
  guint holders;                /* bits: clients, and WRITER_PRODUCER until it is sent */
  gboolean used;                /* until the book has been compared after the last one let go */
} WriterRecord;

#define WRITER_PRODUCER (1u << WRITER_CLIENTS)

typedef struct
{
  guint8 bytes[WIRE_COMMAND_SIZE];
  gboolean end;                 /* none: the writer has closed */
  guint64 content;              /* of the buffer that it tells of */
} WriterMessage;

typedef enum
{ POST_CONNECT, POST_MESSAGE, POST_HANG_UP } WriterPostKind;

typedef struct
{
  WriterPostKind kind;
  guint client;
  guint8 bytes[WIRE_COMMAND_SIZE];
} WriterPost;

typedef struct
{
  ConnHolder holder;            /* first: the ledger's holders are these */
  guint index;
  gboolean attached;
  gint32 area_id;               /* that it was told of last; 0 once that is closed */
  _Atomic guint n_told;         /* messages, and WRITER_GONE */
  WriterMessage told[WRITER_MESSAGES];
} WriterClient;

#define WRITER_GONE (1u << 31)  /* the client's end of its socket is closed */

typedef struct
{
  const WriterCalls *calls;
  pthread_mutex_t lock;         /* of the book, and of all but posts and messages */
  ConnLedger ledger;
  WriterClient clients[WRITER_CLIENTS];
  WriterRecord records[WRITER_RECORDS];
  WriterRecord *sent;           /* being sent now */
  gboolean closed;              /* by the producer */
  const gchar *broken;          /* the property that TROUBLE is of */
  gchar trouble[80];            /* noted while the book was at work; "": none */

  _Atomic guint n_posts;
  WriterPost posts[WRITER_POSTS];

  guint64 memory[WRITER_AREAS][WRITER_AREA_MAX / 8];
  gint32 mapped[WRITER_AREAS];  /* id of the area that has it, or 0 */
} Writer;

/* --- what the model knows: writer-truth.c --- */

ConnMemory writer_memory (Writer * writer);
/* BLOCK was given out; NULL: there was no room. */
WriterRecord *writer_note_block (Writer * writer, const ConnBlock * block);
/* CLIENT is told COMMAND: of an area, or of the buffer that is being sent. */
void writer_note_told (Writer * writer, WriterClient * client, const WireCommand * command);
/* CLIENT lets go of the buffer that COMMAND acknowledges; of all. */
void writer_note_ack (Writer * writer, const WriterClient * client, const WireCommand * command);
void writer_note_left (Writer * writer, const WriterClient * client);
/* Compares the book with that. To be called after each use of the book. */
void writer_compare (Writer * writer);
/* When all have left. */
void writer_compare_rest (Writer * writer);

/* --- the model: writer-threads.c --- */

void writer_set_up (Writer * writer, const WriterCalls * calls);
void writer_thread (void *writer, unsigned index);
void writer_at_rest (void *writer);
void writer_tear_down (void *writer);

extern const char *const writer_thread_names[];

#define WRITER(name_, summary_, set_up_, expects_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, \
    .n_threads = WRITER_CLIENTS + 2, .state_size = sizeof (Writer), .set_up = set_up_, \
    .thread = writer_thread, .at_rest = writer_at_rest, .tear_down = writer_tear_down, \
    .expects = expects_, .thread_names = writer_thread_names, \
  }
