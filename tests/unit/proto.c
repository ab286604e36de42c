/* The shm pipe: bytes, allocator, both ends through a real socket, and peers that mean no good.
 * Nothing here waits for time to pass: what one end sends, the other has. */
#include "config.h"
#include "base/error.h"
#include "proto/conn-reader.h"
#include "proto/conn-writer.h"

#include "base/deadline.h"
#include "base/fd.h"
#include "proto/area.h"
#include "proto/conn-socket.h"
#include "under-valgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD sizeof (gulong)
#define LONG_S 10.0             /* for what must happen; never waited for when it does */

static gchar *test_dir;

static gchar *
in_dir (const gchar * name)
{
  return g_build_filename (test_dir, name, NULL);
}

/* --- wire: one command --- */

/* Bytes of a command made by hand: FIRST at 8, SECOND right after it, both native words. */
static void
lay_out (guint8 out[WIRE_COMMAND_SIZE], guint32 type, gint32 area, gulong first, gulong second)
{
  memcpy (out, &type, 4);
  memcpy (out + 4, &area, 4);
  memcpy (out + 8, &first, WORD);
  memcpy (out + 8 + WORD, &second, WORD);
}

static void
test_wire_layout (void)
{
  static const struct
  {
    WireDirection direction;
    WireCommand command;
    gulong first, second;
  } rows[] = {
    {WIRE_TO_READER, {WIRE_NEW_AREA, 1, 0, 22500, 23}, 22500, 23},
    {WIRE_TO_READER, {WIRE_NEW_AREA, G_MAXINT32, 0, G_MAXSSIZE, 255}, G_MAXSSIZE, 255},
    {WIRE_TO_READER, {WIRE_NEW_AREA, -1, 0, 1, 2}, 1, 2},
    {WIRE_TO_READER, {WIRE_CLOSE_AREA, 77, 0, 0, 0}, 0, 0},
    {WIRE_TO_READER, {WIRE_NEW_BUFFER, 2, 7512, 7500, 0}, 7512, 7500},
    {WIRE_TO_READER, {WIRE_NEW_BUFFER, 2, G_MAXULONG, 1, 0}, G_MAXULONG, 1},
    {WIRE_TO_WRITER, {WIRE_ACK_BUFFER, 3, G_MAXULONG - 7, 0, 0}, G_MAXULONG - 7, 0},
    {WIRE_TO_WRITER, {WIRE_ACK_BUFFER, G_MININT32, 0, 0, 0}, 0, 0},
  };

  g_assert_cmpuint (WIRE_COMMAND_SIZE, ==, WORD == 8 ? 24 : 16);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const WireCommand *command = &rows[i].command;
    guint8 encoded[WIRE_COMMAND_SIZE], expected[WIRE_COMMAND_SIZE];
    g_autoptr (GError) error = NULL;
    WireCommand decoded;

    lay_out (expected, command->type, command->area_id, rows[i].first, rows[i].second);
    wire_encode (command, encoded);
    g_assert_cmpmem (encoded, sizeof encoded, expected, sizeof expected);
    g_assert_true (wire_decode (encoded, rows[i].direction, &decoded, &error));
    g_assert_no_error (error);
    g_assert_cmpint (decoded.type, ==, command->type);
    g_assert_cmpint (decoded.area_id, ==, command->area_id);
    g_assert_cmpuint (decoded.offset, ==, command->offset);
    g_assert_cmpuint (decoded.size, ==, command->size);
    g_assert_cmpuint (decoded.path_size, ==, command->path_size);
  }
}

/* The length of a name has four bytes also where a word has eight; the rest is anybody's. */
static void
test_wire_unused_bytes (void)
{
  guint8 bytes[WIRE_COMMAND_SIZE];
  const guint32 path_size = 23;
  WireCommand command;

  memset (bytes, 0xa5, sizeof bytes);
  memcpy (bytes, &(guint32) { WIRE_NEW_AREA }, 4);
  memcpy (bytes + 8, &(gulong) { 4096 }, WORD);
  memcpy (bytes + 8 + WORD, &path_size, 4);
  g_assert_true (wire_decode (bytes, WIRE_TO_READER, &command, NULL));
  g_assert_cmpuint (command.path_size, ==, path_size);
  g_assert_cmpuint (command.offset, ==, 0);

  memset (bytes + 8 + WORD, 0xa5, WORD);
  memcpy (bytes, &(guint32) { WIRE_ACK_BUFFER }, 4);
  g_assert_true (wire_decode (bytes, WIRE_TO_WRITER, &command, NULL));
  g_assert_cmpuint (command.offset, ==, 4096);
  g_assert_cmpuint (command.size, ==, 0);
  g_assert_cmpuint (command.path_size, ==, 0);
}

static void
test_wire_refused (void)
{
  static const struct
  {
    WireDirection direction;
    guint32 type;
    gulong first, second;
    gint code;
  } rows[] = {
    {WIRE_TO_READER, 0, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_READER, 5, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_READER, G_MAXUINT32, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_READER, WIRE_ACK_BUFFER, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_WRITER, 0, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_WRITER, WIRE_NEW_AREA, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_WRITER, WIRE_CLOSE_AREA, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_WRITER, WIRE_NEW_BUFFER, 1, 2, SHMDIAG_ERROR_TYPE},
    {WIRE_TO_READER, WIRE_NEW_AREA, 0, 23, SHMDIAG_ERROR_SIZE},
    {WIRE_TO_READER, WIRE_NEW_AREA, (gulong) G_MAXSSIZE + 1, 23, SHMDIAG_ERROR_SIZE},
    {WIRE_TO_READER, WIRE_NEW_AREA, G_MAXULONG, 23, SHMDIAG_ERROR_SIZE},
    {WIRE_TO_READER, WIRE_NEW_AREA, 4096, 0, SHMDIAG_ERROR_PATH},
    {WIRE_TO_READER, WIRE_NEW_AREA, 4096, 1, SHMDIAG_ERROR_PATH},
    {WIRE_TO_READER, WIRE_NEW_AREA, 4096, 256, SHMDIAG_ERROR_PATH},
    {WIRE_TO_READER, WIRE_NEW_AREA, 4096, G_MAXUINT32, SHMDIAG_ERROR_PATH},
    {WIRE_TO_READER, WIRE_NEW_BUFFER, 0, 0, SHMDIAG_ERROR_SIZE},
    {WIRE_TO_READER, WIRE_NEW_BUFFER, 0, G_MAXULONG, SHMDIAG_ERROR_SIZE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint8 bytes[WIRE_COMMAND_SIZE];
    g_autoptr (GError) error = NULL;
    WireCommand command;

    lay_out (bytes, rows[i].type, 1, rows[i].first, rows[i].second);
    g_assert_false (wire_decode (bytes, rows[i].direction, &command, &error));
    g_assert_error (error, SHMDIAG_ERROR, rows[i].code);
  }
}

static void
test_wire_path (void)
{
#define NAME(text) text, sizeof text
  static const struct
  {
    const gchar *name;
    gsize length;
    const gchar *prefix;
    gboolean good;
  } rows[] = {
    {NAME ("/shmpipe.  326.    1"), WIRE_PATH_PREFIX, TRUE},
    {NAME ("/shmpipe."), WIRE_PATH_PREFIX, TRUE},
    {NAME ("/x"), "/", TRUE},
    {"", 0, "/", FALSE},
    {NAME (""), "/", FALSE},
    {"/shmpipe.1.0", 12, WIRE_PATH_PREFIX, FALSE},      /* no NUL */
    {NAME ("/shmpipe.1\0.0"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("/shmpipe.1.0\0"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("shmpipe.1.0"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("//shmpipe.1.0"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("/shmpipe.1/0"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("/shmpipe./../x"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("/other.1.0"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("/shmpipe.1.0"), "/other.", FALSE},
    {NAME ("/shmpip"), WIRE_PATH_PREFIX, FALSE},
    {NAME ("x"), "", FALSE},
  };
  gchar longest[WIRE_PATH_MAX + 1];

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    /* Exactly as long as it says, so that a read beyond it is seen. */
    g_autofree gchar *name = g_memdup2 (rows[i].name, rows[i].length);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (wire_check_path (name, rows[i].length, rows[i].prefix, &error), ==,
        rows[i].good);
    if (!rows[i].good)
      g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_PATH);
  }
  memset (longest, 'x', sizeof longest);
  longest[0] = '/';
  longest[WIRE_PATH_MAX - 1] = '\0';
  g_assert_true (wire_check_path (longest, WIRE_PATH_MAX, "/", NULL));
  longest[WIRE_PATH_MAX - 1] = 'x';
  longest[WIRE_PATH_MAX] = '\0';
  g_assert_false (wire_check_path (longest, WIRE_PATH_MAX + 1, "/", NULL));
}

static void
test_wire_bounds (void)
{
  static const struct
  {
    guint64 offset, size, area_size;
    gint code;                  /* -1: fine */
  } rows[] = {
    {0, 4096, 4096, -1},
    {4095, 1, 4096, -1},
    {0, 1, 1, -1},
    {0, 4097, 4096, SHMDIAG_ERROR_BOUNDS},
    {1, 4096, 4096, SHMDIAG_ERROR_BOUNDS},
    {4096, 1, 4096, SHMDIAG_ERROR_BOUNDS},
    {4097, 1, 4096, SHMDIAG_ERROR_BOUNDS},
    {G_MAXUINT64, 1, 4096, SHMDIAG_ERROR_BOUNDS},
    {G_MAXUINT64 - 7, 8, 4096, SHMDIAG_ERROR_BOUNDS},
    {8, G_MAXSSIZE, 4096, SHMDIAG_ERROR_BOUNDS},
    {8, G_MAXUINT64 - 7, 4096, SHMDIAG_ERROR_SIZE},
    {0, 0, 4096, SHMDIAG_ERROR_SIZE},
    {4096, 0, 4096, SHMDIAG_ERROR_SIZE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    gboolean good = wire_check_bounds (rows[i].offset, rows[i].size, rows[i].area_size, &error);

    g_assert_cmpint (good, ==, rows[i].code < 0);
    if (!good)
      g_assert_error (error, SHMDIAG_ERROR, rows[i].code);
  }
}

static void
test_wire_names (void)
{
  g_assert_cmpstr (wire_type_name (WIRE_NEW_AREA), ==, "new-area");
  g_assert_cmpstr (wire_type_name (WIRE_CLOSE_AREA), ==, "close-area");
  g_assert_cmpstr (wire_type_name (WIRE_NEW_BUFFER), ==, "new-buffer");
  g_assert_cmpstr (wire_type_name (WIRE_ACK_BUFFER), ==, "ack-buffer");
  g_assert_cmpstr (wire_type_name (0), ==, "?");
  g_assert_cmpstr (wire_type_name (5), ==, "?");
  g_assert_cmpstr (wire_type_name (G_MAXUINT), ==, "?");
}

/* --- wire: reassembly --- */

static void
append_command (GByteArray * out, const WireCommand * command, const gchar * path)
{
  guint8 bytes[WIRE_COMMAND_SIZE];

  wire_encode (command, bytes);
  g_byte_array_append (out, bytes, sizeof bytes);
  if (path)
    g_byte_array_append (out, (const guint8 *) path, command->path_size);
}

#define STREAM_MESSAGES 5

static GByteArray *
sample_stream (void)
{
  static const WireCommand commands[STREAM_MESSAGES] = {
    {WIRE_NEW_AREA, 1, 0, 4096, 21},
    {WIRE_NEW_BUFFER, 1, 8, 100, 0},
    {WIRE_CLOSE_AREA, 1, 0, 0, 0},
    {WIRE_NEW_AREA, 2, 0, 8192, 21},
    {WIRE_NEW_BUFFER, 2, 0, 8192, 0},
  };
  GByteArray *stream = g_byte_array_new ();

  for (guint i = 0; i < STREAM_MESSAGES; i++)
    append_command (stream, &commands[i],
        commands[i].type == WIRE_NEW_AREA ? "/shmpipe.  326.    1" : NULL);
  return stream;
}

/* Gives LENGTH bytes to READER. Returns how many messages came out, -1: refused. All that comes
 * out is what went in. */
static gint
feed (WireReader * reader, const guint8 * bytes, gsize length, GByteArray * again, GError ** error)
{
  gint n = 0;

  while (length > 0) {
    gsize step = MIN (wire_reader_wanted (reader), length);
    WireMessage message;
    gint pushed;

    g_assert_cmpuint (step, >, 0);
    pushed = wire_reader_push (reader, bytes, step, &message, error);
    bytes += step;
    length -= step;
    if (pushed < 0)
      return -1;
    if (pushed == 0)
      continue;
    n++;
    g_assert_cmpuint (message.path[message.command.path_size], ==, 0);
    append_command (again, &message.command,
        message.command.type == WIRE_NEW_AREA ? message.path : NULL);
  }
  return n;
}

static void
test_wire_split (void)
{
  g_autoptr (GByteArray) stream = sample_stream ();

  for (gsize split = 0; split <= stream->len; split++) {
    g_autoptr (GByteArray) again = g_byte_array_new ();
    WireReader reader;
    gint n;

    wire_reader_init (&reader, WIRE_TO_READER);
    g_assert_true (wire_reader_is_idle (&reader));
    n = feed (&reader, stream->data, split, again, NULL);
    g_assert_cmpint (wire_reader_is_idle (&reader), ==, again->len == split);
    n += feed (&reader, stream->data + split, stream->len - split, again, NULL);
    g_assert_cmpint (n, ==, STREAM_MESSAGES);
    g_assert_true (wire_reader_is_idle (&reader));
    g_assert_cmpmem (again->data, again->len, stream->data, stream->len);
  }
}

static void
test_wire_bytewise (void)
{
  g_autoptr (GByteArray) stream = sample_stream ();
  g_autoptr (GByteArray) again = g_byte_array_new ();
  WireReader reader;
  gint n = 0;

  wire_reader_init (&reader, WIRE_TO_READER);
  for (gsize i = 0; i < stream->len; i++)
    n += feed (&reader, stream->data + i, 1, again, NULL);
  g_assert_cmpint (n, ==, STREAM_MESSAGES);
  g_assert_cmpmem (again->data, again->len, stream->data, stream->len);
}

static void
test_wire_stays_refused (void)
{
  static const gulong path_sizes[] = { 0, 256, G_MAXUINT32 };

  for (guint i = 0; i < G_N_ELEMENTS (path_sizes); i++) {
    guint8 bytes[WIRE_COMMAND_SIZE];
    WireMessage message;
    WireReader reader;

    lay_out (bytes, WIRE_NEW_AREA, 1, 4096, path_sizes[i]);
    wire_reader_init (&reader, WIRE_TO_READER);
    g_assert_cmpint (wire_reader_push (&reader, bytes, sizeof bytes, &message, NULL), ==, -1);
    for (guint more = 0; more < 2 * WIRE_MESSAGE_MAX; more++) {
      g_assert_cmpuint (wire_reader_wanted (&reader), ==, 1);
      g_assert_cmpint (wire_reader_push (&reader, bytes, 1, &message, NULL), ==, -1);
    }
    g_assert_false (wire_reader_is_idle (&reader));
  }
}

/* Changes some bytes, cuts, repeats or joins. */
static void
mutate (GRand * rand, GByteArray * bytes)
{
  for (gint n = g_rand_int_range (rand, 0, 6); n > 0 && bytes->len > 1; n--) {
    guint at = (guint) g_rand_int_range (rand, 0, (gint) bytes->len);
    guint length = (guint) g_rand_int_range (rand, 0, (gint) (bytes->len - at));
    g_autofree guint8 *copy = g_memdup2 (bytes->data + at, length);

    switch (g_rand_int_range (rand, 0, 5)) {
      case 0:
        bytes->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
        break;
      case 1:
        bytes->data[at] = (guint8) g_rand_int (rand);
        break;
      case 2:
        g_byte_array_set_size (bytes, at);
        break;
      case 3:
        if (length > 0 && bytes->len < 1000)
          g_byte_array_append (bytes, copy, length);
        break;
      default:
        if (length > 0)
          g_byte_array_remove_range (bytes, at, length);
        break;
    }
  }
}

/* In pieces of any size; each piece a copy of its own, so that a read beyond it is seen. */
static gint
feed_pieces (GRand * rand, WireReader * reader, const GByteArray * bytes, GByteArray * again,
    GError ** error)
{
  gint n = 0;

  for (gsize at = 0; at < bytes->len;) {
    gsize length = (gsize) g_rand_int_range (rand, 1, 100);
    g_autofree guint8 *piece = NULL;
    gint came;

    length = MIN (length, bytes->len - at);
    piece = g_memdup2 (bytes->data + at, length);
    came = feed (reader, piece, length, again, error);
    if (came < 0)
      return -1;
    n += came;
    at += length;
  }
  return n;
}

static void
test_wire_fuzz (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260801);
  guint n_refused = 0, n_messages = 0;

  for (guint round = 0; round < 20000; round++) {
    g_autoptr (GByteArray) bytes = sample_stream ();
    g_autoptr (GByteArray) again = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    WireReader reader;
    gint n;

    mutate (rand, bytes);
    wire_reader_init (&reader, round % 16 == 0 ? WIRE_TO_WRITER : WIRE_TO_READER);
    n = feed_pieces (rand, &reader, bytes, again, &error);
    g_assert_cmpint (n < 0, ==, error != NULL);
    if (error)
      g_assert_true (error->domain == SHMDIAG_ERROR);
    n_refused += n < 0;
    n_messages += (guint) MAX (n, 0);
    g_assert_cmpuint (again->len, <=, bytes->len);
  }
  /* It is no test when all is refused at the door, or nothing is. */
  g_assert_cmpuint (n_refused, >, 2000);
  g_assert_cmpuint (n_messages, >, 20000);
}

/* --- allocator --- */

/* The model: one flag for each 8 bytes. */
#define SPACE_SIZE 4093
#define SPACE_UNITS ((SPACE_SIZE + 7) / 8)

typedef struct
{
  guint64 offset, size;
} Taken;

static guint
units_of (guint64 size)
{
  return (guint) ((size + 7) / 8);
}

static void
mark (gboolean * units, const Taken * taken, gboolean value)
{
  for (guint i = 0; i < units_of (taken->size); i++) {
    g_assert_cmpint (units[taken->offset / 8 + i], ==, !value);
    units[taken->offset / 8 + i] = value;
  }
}

/* Counts gaps; *LARGEST is the size of the largest in bytes. */
static guint
survey (const gboolean * units, guint64 * largest)
{
  guint n = 0, run = 0;

  *largest = 0;
  for (guint i = 0; i < SPACE_UNITS; i++) {
    run = units[i] ? 0 : run + 1;
    n += run == 1;
    *largest = MAX (*largest, MIN (run * 8, SPACE_SIZE - (i + 1 - run) * 8));
  }
  return n;
}

static void
take_some (ConnSpace * space, gboolean * units, GArray * all, guint64 size)
{
  Taken taken = {.size = size };
  guint64 largest;

  survey (units, &largest);
  g_assert_cmpint (conn_space_take (space, size, &taken.offset), ==, size <= largest);
  if (size > largest)
    return;
  g_assert_cmpuint (taken.offset % 8, ==, 0);
  g_assert_cmpuint (taken.offset + size, <=, SPACE_SIZE);
  mark (units, &taken, TRUE);
  g_array_append_val (all, taken);
}

static void
give_some (ConnSpace * space, gboolean * units, GArray * all, guint index)
{
  Taken taken = g_array_index (all, Taken, index);

  g_array_remove_index_fast (all, index);
  mark (units, &taken, FALSE);
  conn_space_give (space, taken.offset, taken.size);
}

static void
test_space_model (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Taken));
  g_autofree gboolean *units = g_new0 (gboolean, SPACE_UNITS);
  ConnSpace *space = conn_space_new (SPACE_SIZE);
  guint64 largest;

  for (guint i = 0; i < 20000; i++) {
    gint limit = g_rand_int_range (rand, 0, 50) == 0 ? SPACE_SIZE + 20 : 200;

    /* Phases that fill and phases that drain. */
    if (all->len == 0 || g_rand_int_range (rand, 0, 100) < (i / 1000 % 2 ? 35 : 65))
      take_some (space, units, all, (guint64) g_rand_int_range (rand, 1, limit));
    else
      give_some (space, units, all, (guint) g_rand_int_range (rand, 0, (gint) all->len));
    g_assert_cmpuint (conn_space_n_gaps (space), ==, survey (units, &largest));
  }
  while (all->len > 0)
    give_some (space, units, all, (guint) g_rand_int_range (rand, 0, (gint) all->len));
  g_assert_cmpuint (conn_space_n_gaps (space), ==, 1);
  take_some (space, units, all, SPACE_SIZE);
  g_assert_cmpuint (conn_space_n_gaps (space), ==, 0);
  conn_space_free (space);
}

static void
test_space_exact (void)
{
  for (guint64 size = 1; size <= 70; size++) {
    ConnSpace *space = conn_space_new (size);
    guint64 offset = 1, other;

    g_assert_false (conn_space_take (space, 0, &offset));
    g_assert_false (conn_space_take (space, size + 1, &offset));
    g_assert_false (conn_space_take (space, G_MAXUINT64, &offset));
    for (guint round = 0; round < 2; round++) {
      g_assert_true (conn_space_take (space, size, &offset));
      g_assert_cmpuint (offset, ==, 0);
      g_assert_false (conn_space_take (space, 1, &other));
      conn_space_give (space, offset, size);
      g_assert_cmpuint (conn_space_n_gaps (space), ==, 1);
    }
    conn_space_free (space);
  }
}

/* --- both ends in one process --- */

typedef struct
{
  guint n_opened, n_closed, n_freed;
  guint last_closed;
  GError *why;                  /* of the last one closed */
} Log;

static void
on_opened (gpointer user, guint client)
{
  ((Log *) user)->n_opened++;
}

static void
on_closed (gpointer user, guint client, const GError * why)
{
  Log *log = user;

  log->n_closed++;
  log->last_closed = client;
  g_clear_error (&log->why);
  log->why = why ? g_error_copy (why) : NULL;
}

static void
on_freed (gpointer user)
{
  ((Log *) user)->n_freed++;
}

static const ConnWriterEvents log_events = {
  .client_opened = on_opened,
  .client_closed = on_closed,
  .space_freed = on_freed,
};

typedef struct
{
  gchar *path;
  ConnWriter *writer;
  Log log;
} Pipe;

static ConnWriter *
new_writer (const gchar * path, guint64 size, Log * log, GError ** error)
{
  ConnWriterConfig config = {.path = path,.area_size = size,.perms = 0640 };

  return conn_writer_new (&config, log ? &log_events : NULL, log, error);
}

static void
pipe_open (Pipe * self, const ConnWriterConfig * config)
{
  ConnWriterConfig full = *config;
  g_autoptr (GError) error = NULL;

  *self = (Pipe) {.path = in_dir ("pipe") };
  full.path = self->path;
  full.perms = 0640;
  self->writer = conn_writer_new (&full, &log_events, &self->log, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->writer);
}

static void
pipe_close (Pipe * self)
{
  g_clear_pointer (&self->writer, conn_writer_free);
  g_clear_pointer (&self->path, g_free);
  g_clear_error (&self->log.why);
}

/* Dispatches until nothing is left to do. */
static void
pump (Pipe * self)
{
  Deadline deadline = deadline_in (LONG_S);

  while (fd_poll (conn_writer_fd (self->writer), POLLIN, 0) > 0) {
    g_autoptr (GError) error = NULL;

    g_assert_true (conn_writer_dispatch (self->writer, &error));
    g_assert_no_error (error);
    g_assert_false (deadline_passed (deadline));
  }
}

static ConnBuffer
expect (ConnReader * reader, ConnReaderResult wanted)
{
  g_autoptr (GError) error = NULL;
  ConnBuffer buffer;
  ConnReaderResult result = conn_reader_next (reader, &buffer, &error);

  if (wanted != CONN_READER_FAILED)
    g_assert_no_error (error);
  g_assert_cmpint (result, ==, wanted);
  return buffer;
}

/* A reader that has the current area. */
static ConnReader *
join (Pipe * self)
{
  const ConnReaderConfig config = {.path = self->path };
  g_autoptr (GError) error = NULL;
  ConnReader *reader = conn_reader_new (&config, (gint) (LONG_S * 1000), &error);

  g_assert_no_error (error);
  g_assert_nonnull (reader);
  pump (self);
  expect (reader, CONN_READER_AREA);
  return reader;
}

static guint8
pattern (guint tag, guint64 i)
{
  return (guint8) (tag * 31 + i * 7 + i / 256);
}

static ConnBlock *
alloc_filled (Pipe * self, guint64 size, guint tag)
{
  g_autoptr (GError) error = NULL;
  ConnBlock *block = conn_writer_alloc (self->writer, size, &error);

  g_assert_no_error (error);
  g_assert_nonnull (block);
  g_assert_cmpuint (conn_block_size (block), ==, size);
  g_assert_cmpuint (conn_block_offset (block) % 8, ==, 0);
  for (guint64 i = 0; i < size; i++)
    conn_block_data (block)[i] = pattern (tag, i);
  return block;
}

static void
send_filled (Pipe * self, guint64 size, guint tag)
{
  g_assert_true (conn_writer_send (self->writer, alloc_filled (self, size, tag)));
}

static void
check_content (ConnReader * reader, const ConnBuffer * buffer, guint tag)
{
  g_autofree guint8 *data = g_malloc (buffer->size);
  g_autoptr (GError) error = NULL;

  g_assert_true (conn_reader_read (reader, buffer, 0, data, buffer->size, &error));
  g_assert_no_error (error);
  for (guint64 i = 0; i < buffer->size; i++)
    g_assert_cmpuint (data[i], ==, pattern (tag, i));
}

static ConnBuffer
expect_buffer (ConnReader * reader, guint64 size, guint tag)
{
  ConnBuffer buffer = expect (reader, CONN_READER_BUFFER);

  g_assert_cmpuint (buffer.size, ==, size);
  check_content (reader, &buffer, tag);
  return buffer;
}

static void
ack (ConnReader * reader, const ConnBuffer * buffer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (conn_reader_ack (reader, buffer, &error));
  g_assert_no_error (error);
}

/* Names of this process in /dev/shm. */
static guint
count_segments (void)
{
  g_autofree gchar *prefix = g_strdup_printf ("shmpipe.%5d.", (gint) getpid ());
  g_autoptr (GDir) dir = g_dir_open ("/dev/shm", 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  for (const gchar * name; (name = g_dir_read_name (dir));)
    n += g_str_has_prefix (name, prefix);
  return n;
}

static guint
count_names (const gchar * path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
shuffle (GRand * rand, guint * order, guint n)
{
  for (guint i = n; i > 1; i--) {
    guint other = (guint) g_rand_int_range (rand, 0, (gint) i);
    guint swapped = order[i - 1];

    order[i - 1] = order[other];
    order[other] = swapped;
  }
}

#define N_ORDERED 20

static void
check_order (const guint * order)
{
  ConnBuffer buffers[N_ORDERED];
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = N_ORDERED * 104 });
  reader = join (&self);
  for (guint i = 0; i < N_ORDERED; i++)
    send_filled (&self, 100, i);
  for (guint i = 0; i < N_ORDERED; i++)
    buffers[i] = expect_buffer (reader, 100, i);
  expect (reader, CONN_READER_NOTHING);
  g_assert_cmpuint (conn_reader_n_held (reader), ==, N_ORDERED);
  for (guint i = 0; i < N_ORDERED; i++) {
    g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, N_ORDERED - i);
    ack (reader, &buffers[order[i]]);
    pump (&self);
  }
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 0);
  g_assert_cmpuint (conn_reader_n_held (reader), ==, 0);
  g_assert_cmpuint (self.log.n_freed, ==, N_ORDERED);
  g_assert_cmpuint (self.log.n_closed, ==, 0);
  send_filled (&self, N_ORDERED * 104, 99);     /* it is one piece again */
  expect_buffer (reader, N_ORDERED * 104, 99);
  conn_reader_free (reader);
  pipe_close (&self);
}

static void
test_ack_orders (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  guint order[N_ORDERED], reversed[N_ORDERED];

  for (guint i = 0; i < N_ORDERED; i++) {
    order[i] = i;
    reversed[N_ORDERED - 1 - i] = i;
  }
  check_order (order);
  check_order (reversed);
  for (guint round = 0; round < 5; round++) {
    shuffle (rand, order, N_ORDERED);
    check_order (order);
  }
}

/* N resizes with two buffers in flight in each area. */
static void
check_resizes (guint n, GRand * rand)
{
  ConnBuffer buffers[10];
  guint order[10], left[5];
  guint n_buffers = 0;
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  for (guint area = 0; area <= n; area++) {
    if (area > 0) {
      g_assert_true (conn_writer_resize (self.writer, 4096 + area * 1000, NULL));
      g_assert_cmpint (expect (reader, CONN_READER_CLOSED_AREA).area_id, ==, area);
      g_assert_cmpint (expect (reader, CONN_READER_AREA).area_id, ==, area + 1);
    }
    left[area] = 2;
    for (guint i = 0; i < 2; i++, n_buffers++) {
      order[n_buffers] = n_buffers;
      send_filled (&self, 500, n_buffers);
      buffers[n_buffers] = expect_buffer (reader, 500, n_buffers);
      g_assert_cmpint (buffers[n_buffers].area_id, ==, area + 1);
    }
  }
  shuffle (rand, order, n_buffers);
  for (guint i = 0; i < n_buffers; i++) {
    const ConnBuffer *buffer = &buffers[order[i]];
    guint n_alive = 1;          /* the current one */

    check_content (reader, buffer, order[i]);
    ack (reader, buffer);
    pump (&self);
    left[buffer->area_id - 1]--;
    for (guint area = 0; area < n; area++)
      n_alive += left[area] > 0;
    g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, n_alive);
    g_assert_cmpuint (conn_reader_n_areas (reader), ==, n_alive);
    g_assert_cmpuint (count_segments (), ==, n_alive);
  }
  conn_reader_free (reader);
  pipe_close (&self);
}

static void
test_resize (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (guint n = 1; n <= 4; n++)
    for (guint round = 0; round < 4; round++)
      check_resizes (n, rand);
}

static void
test_resize_refused (void)
{
  g_autoptr (GError) error = NULL;
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  g_assert_true (conn_writer_resize (self.writer, 4096, NULL));
  g_assert_false (conn_writer_resize (self.writer, 0, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (conn_writer_resize (self.writer, G_MAXUINT64, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE);
  expect (reader, CONN_READER_NOTHING);
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  send_filled (&self, 4096, 1);
  expect_buffer (reader, 4096, 1);
  conn_reader_free (reader);
  pipe_close (&self);
}

static void
test_late_reader (void)
{
  ConnReader *early, *late;
  ConnBuffer buffer;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  early = join (&self);
  send_filled (&self, 100, 1);
  buffer = expect_buffer (early, 100, 1);
  g_assert_true (conn_writer_resize (self.writer, 8192, NULL));
  expect (early, CONN_READER_CLOSED_AREA);
  expect (early, CONN_READER_AREA);
  late = join (&self);
  g_assert_cmpuint (conn_reader_n_areas (late), ==, 1);
  expect (late, CONN_READER_NOTHING);
  send_filled (&self, 100, 2);
  g_assert_cmpint (expect_buffer (late, 100, 2).area_id, ==, 2);
  expect_buffer (early, 100, 2);
  ack (early, &buffer);
  pump (&self);
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  g_assert_cmpuint (self.log.n_closed, ==, 0);
  conn_reader_free (late);
  conn_reader_free (early);
  pipe_close (&self);
}

/* A block from before a resize, sent after it, lies where it is said to lie. */
static void
test_sent_after_resize (void)
{
  ConnReader *reader;
  ConnBlock *block, *filler;
  ConnBuffer buffer;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  block = alloc_filled (&self, 1000, 1);
  g_assert_true (conn_writer_resize (self.writer, 2048, NULL));
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 2);
  filler = alloc_filled (&self, 1500, 2);
  g_assert_cmpint (conn_block_area (filler), ==, 2);
  g_assert_true (conn_writer_send (self.writer, filler));

  /* No room yet: the block stays ours, and where it is. */
  g_assert_false (conn_writer_send (self.writer, block));
  g_assert_cmpint (conn_block_area (block), ==, 1);
  expect (reader, CONN_READER_CLOSED_AREA);
  expect (reader, CONN_READER_AREA);
  buffer = expect_buffer (reader, 1500, 2);
  expect (reader, CONN_READER_NOTHING);

  ack (reader, &buffer);
  pump (&self);
  g_assert_true (conn_writer_send (self.writer, block));
  g_assert_cmpint (expect_buffer (reader, 1000, 1).area_id, ==, 2);
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  g_assert_cmpuint (count_segments (), ==, 1);
  conn_reader_free (reader);
  pipe_close (&self);
}

static void
test_full (void)
{
  g_autoptr (GError) error = NULL;
  ConnBuffer buffers[4];
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4 * 1000 });
  reader = join (&self);
  g_assert_null (conn_writer_alloc (self.writer, 4001, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_null (conn_writer_alloc (self.writer, 0, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE);
  g_clear_error (&error);
  for (guint i = 0; i < 4; i++) {
    send_filled (&self, 1000, i);
    buffers[i] = expect_buffer (reader, 1000, i);
  }
  g_assert_null (conn_writer_alloc (self.writer, 1, &error));
  g_assert_no_error (error);
  ack (reader, &buffers[2]);
  g_assert_cmpuint (self.log.n_freed, ==, 0);
  pump (&self);
  g_assert_cmpuint (self.log.n_freed, ==, 1);
  g_assert_null (conn_writer_alloc (self.writer, 1001, &error));
  g_assert_no_error (error);
  send_filled (&self, 1000, 9);
  g_assert_cmpuint (expect_buffer (reader, 1000, 9).offset, ==, buffers[2].offset);
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  conn_reader_free (reader);
  pipe_close (&self);
}

/* A frame as large as the area fits, whatever its size. */
static void
test_exact_frame (void)
{
  for (guint64 size = 4090; size <= 4100; size++) {
    ConnReader *reader;
    ConnBuffer buffer;
    Pipe self;

    pipe_open (&self, &(ConnWriterConfig) {.area_size = size });
    reader = join (&self);
    for (guint round = 0; round < 3; round++) {
      send_filled (&self, size, round);
      g_assert_null (conn_writer_alloc (self.writer, 1, NULL));
      buffer = expect_buffer (reader, size, round);
      ack (reader, &buffer);
      pump (&self);
    }
    conn_reader_free (reader);
    pipe_close (&self);
  }
}

static void
test_no_client (void)
{
  ConnBlock *unsent;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  for (guint i = 0; i < 10; i++)
    send_filled (&self, 4096, i);
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 0);
  unsent = alloc_filled (&self, 4096, 1);
  conn_writer_free_block (self.writer, unsent);
  unsent = alloc_filled (&self, 4000, 1);
  g_assert_true (conn_writer_resize (self.writer, 1000, NULL));
  g_assert_true (conn_writer_send (self.writer, unsent));       /* too large, but for nobody */
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  alloc_filled (&self, 100, 1);        /* ends with the writer */
  pipe_close (&self);
}

static void
test_reader_leaves (void)
{
  ConnReader *reader, *other;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  other = join (&self);
  for (guint i = 0; i < 4; i++)
    send_filled (&self, 1024, i);
  for (guint i = 0; i < 4; i++) {
    ConnBuffer buffer = expect_buffer (other, 1024, i);

    ack (other, &buffer);
    expect_buffer (reader, 1024, i);
  }
  pump (&self);
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 4);
  conn_reader_free (reader);
  pump (&self);
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 0);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 1);
  g_assert_cmpuint (self.log.n_closed, ==, 1);
  g_assert_cmpuint (self.log.last_closed, ==, 1);
  g_assert_no_error (self.log.why);
  g_assert_cmpuint (self.log.n_freed, >, 0);
  conn_reader_free (other);
  pipe_close (&self);
}

/* Without having read, without being asked: seen by the send. */
static void
test_reader_left_unseen (void)
{
  ConnReader *reader;
  ConnBuffer buffer;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  send_filled (&self, 1024, 1);
  send_filled (&self, 1024, 2);
  buffer = expect_buffer (reader, 1024, 1);
  ack (reader, &buffer);
  conn_reader_free (reader);
  send_filled (&self, 1024, 3);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 0);
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 0);
  g_assert_cmpuint (self.log.n_closed, ==, 1);
  g_assert_no_error (self.log.why);
  send_filled (&self, 4096, 4);
  pump (&self);
  pipe_close (&self);
}

static void
test_writer_leaves (void)
{
  g_autoptr (GError) error = NULL;
  ConnReader *reader;
  ConnBuffer held, unread;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  send_filled (&self, 1024, 1);
  held = expect_buffer (reader, 1024, 1);
  send_filled (&self, 1024, 2);
  pipe_close (&self);
  g_assert_cmpuint (count_segments (), ==, 0);
  unread = expect_buffer (reader, 1024, 2);     /* was sent before the end */
  expect (reader, CONN_READER_END);
  expect (reader, CONN_READER_END);
  check_content (reader, &held, 1);
  check_content (reader, &unread, 2);
  ack (reader, &held);
  ack (reader, &unread);
  g_assert_false (conn_reader_ack (reader, &held, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_ACK);
  g_assert_cmpuint (conn_reader_n_queued (reader), ==, 0);
  conn_reader_free (reader);
}

/* The ACK of a reader that does not know yet that its writer is gone is no error. */
static void
test_writer_left_unseen (void)
{
  ConnReader *reader;
  ConnBuffer buffer;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  send_filled (&self, 1024, 1);
  buffer = expect_buffer (reader, 1024, 1);
  pipe_close (&self);
  ack (reader, &buffer);
  expect (reader, CONN_READER_END);
  conn_reader_free (reader);
}

/* The writer leaves without having read the ACKs: the kernel calls that a reset. */
static void
test_writer_resets (void)
{
  ConnReader *reader;
  ConnBuffer buffer;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  send_filled (&self, 1024, 1);
  buffer = expect_buffer (reader, 1024, 1);
  ack (reader, &buffer);
  pipe_close (&self);
  expect (reader, CONN_READER_END);
  conn_reader_free (reader);
}

static void
test_reading (void)
{
  static const struct
  {
    guint64 offset;
    gsize length;
    gint code;
  } rows[] = {
    {0, 100, -1},
    {99, 1, -1},
    {0, 0, -1},
    {100, 0, -1},
    {0, 101, SHMDIAG_ERROR_BOUNDS},
    {100, 1, SHMDIAG_ERROR_BOUNDS},
    {G_MAXUINT64, 2, SHMDIAG_ERROR_BOUNDS},
    {G_MAXUINT64 - 1, 101, SHMDIAG_ERROR_BOUNDS},
  };
  g_autoptr (GError) error = NULL;
  guint8 data[200];
  ConnReader *reader;
  ConnBuffer buffer, wrong;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  send_filled (&self, 200, 5);
  send_filled (&self, 100, 6);
  expect_buffer (reader, 200, 5);
  buffer = expect_buffer (reader, 100, 6);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gboolean good = conn_reader_read (reader, &buffer, rows[i].offset, data, rows[i].length,
        &error);

    g_assert_cmpint (good, ==, rows[i].code < 0);
    if (!good)
      g_assert_error (error, SHMDIAG_ERROR, rows[i].code);
    g_clear_error (&error);
    for (guint at = 0; good && at < rows[i].length; at++)
      g_assert_cmpuint (data[at], ==, pattern (6, rows[i].offset + at));
  }
  wrong = buffer;
  wrong.size = 200;             /* what counts is what was announced */
  g_assert_false (conn_reader_read (reader, &wrong, 0, data, 101, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_BOUNDS);
  g_clear_error (&error);
  wrong.offset += 8;
  g_assert_false (conn_reader_read (reader, &wrong, 0, data, 1, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_ACK);
  conn_reader_free (reader);
  pipe_close (&self);
}

static void
test_too_many_clients (void)
{
  ConnReaderConfig config = { 0 };
  ConnReader *readers[3];
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096,.max_clients = 2 });
  config.path = self.path;
  readers[0] = join (&self);
  readers[1] = join (&self);
  readers[2] = conn_reader_new (&config, 1000, NULL);
  pump (&self);
  expect (readers[2], CONN_READER_END);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 2);
  g_assert_cmpuint (self.log.n_opened, ==, 2);
  g_assert_cmpuint (self.log.n_closed, ==, 1);
  g_assert_cmpuint (self.log.last_closed, ==, 3);
  g_assert_error (self.log.why, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT);
  conn_reader_free (readers[0]);
  conn_reader_free (readers[2]);
  pump (&self);
  readers[0] = join (&self);    /* room again */
  g_assert_cmpuint (self.log.n_opened, ==, 3);
  conn_reader_free (readers[0]);
  conn_reader_free (readers[1]);
  pipe_close (&self);
}

/* Thousands of buffers unread, then thousands of ACKs unread: both ends queue, neither waits. */
static void
test_full_rate (void)
{
  enum { N = 3000 };
  Deadline deadline = deadline_in (LONG_S);
  g_autofree ConnBuffer *buffers = g_new (ConnBuffer, N);
  ConnReader *reader;
  guint got = 0;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = N * 8 });
  reader = join (&self);
  for (guint i = 0; i < N; i++)
    send_filled (&self, 8, i);
  g_assert_cmpuint (conn_writer_n_queued (self.writer), >, 1000);
  while (got < N) {
    ConnBuffer buffer;

    if (conn_reader_next (reader, &buffer, NULL) == CONN_READER_BUFFER) {
      check_content (reader, &buffer, got);
      buffers[got++] = buffer;
    } else {
      pump (&self);
    }
    g_assert_false (deadline_passed (deadline));
  }
  g_assert_cmpuint (conn_writer_n_queued (self.writer), ==, 0);
  for (guint i = 0; i < N; i++)
    ack (reader, &buffers[i]);
  g_assert_cmpuint (conn_reader_n_queued (reader), >, 1000);
  while (conn_writer_n_outstanding (self.writer) > 0) {
    pump (&self);
    expect (reader, CONN_READER_NOTHING);
    g_assert_false (deadline_passed (deadline));
  }
  g_assert_cmpuint (conn_reader_n_queued (reader), ==, 0);
  g_assert_cmpuint (self.log.n_closed, ==, 0);
  conn_reader_free (reader);
  pipe_close (&self);
}

/* A client that never reads is dropped at the limit; the other one misses nothing. */
static void
test_never_reads (void)
{
  ConnReaderConfig config = { 0 };
  ConnReader *silent, *reader;
  guint dropped_at = 0;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 2000 * 8,.max_queued = 100 });
  config.path = self.path;
  silent = conn_reader_new (&config, 1000, NULL);
  g_assert_nonnull (silent);
  pump (&self);
  reader = join (&self);
  for (guint i = 0; i < 1500; i++) {
    ConnBuffer buffer;

    send_filled (&self, 8, i);
    g_assert_cmpuint (conn_writer_n_queued (self.writer), <=, 100);
    buffer = expect_buffer (reader, 8, i);
    ack (reader, &buffer);
    pump (&self);
    if (self.log.n_closed > 0 && dropped_at == 0)
      dropped_at = i;
  }
  g_assert_cmpuint (dropped_at, >, 100);
  g_assert_cmpuint (self.log.n_closed, ==, 1);
  g_assert_cmpuint (self.log.last_closed, ==, 1);
  g_assert_error (self.log.why, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT);
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 0);
  g_assert_cmpuint (conn_writer_n_queued (self.writer), ==, 0);
  conn_reader_free (silent);
  conn_reader_free (reader);
  pipe_close (&self);
}

/* A slow client loses nothing as long as it stays below the limit, also through a resize. */
static void
test_slow_reader (void)
{
  Deadline deadline = deadline_in (LONG_S);
  ConnReader *reader;
  guint n_areas = 0, n_buffers = 0;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 8000 });
  reader = join (&self);
  for (guint i = 0; i < 900; i++)
    send_filled (&self, 8, i);
  g_assert_true (conn_writer_resize (self.writer, 16000, NULL));
  for (guint i = 900; i < 1800; i++)
    send_filled (&self, 8, i);
  while (n_buffers < 1800) {
    ConnBuffer buffer;
    ConnReaderResult result = conn_reader_next (reader, &buffer, NULL);

    if (result == CONN_READER_NOTHING)
      pump (&self);
    if (result == CONN_READER_AREA)
      n_areas++;
    if (result == CONN_READER_BUFFER) {
      check_content (reader, &buffer, n_buffers++);
      ack (reader, &buffer);
    }
    g_assert_false (deadline_passed (deadline));
  }
  pump (&self);
  g_assert_cmpuint (n_areas, ==, 1);
  g_assert_cmpuint (conn_reader_n_areas (reader), ==, 1);
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  conn_reader_free (reader);
  pipe_close (&self);
}

/* --- callbacks that use the writer --- */

typedef struct
{
  ConnWriter *writer;
  guint n_sent, n_freed;
} Refill;

static void
on_freed_refill (gpointer user)
{
  Refill *refill = user;

  refill->n_freed++;
  for (ConnBlock * block; (block = conn_writer_alloc (refill->writer, 1024, NULL));) {
    g_assert_true (conn_writer_send (refill->writer, block));
    refill->n_sent++;
  }
}

static void
on_closed_resize (gpointer user, guint client, const GError * why)
{
  Refill *refill = user;

  g_assert_true (conn_writer_resize (refill->writer, 8192, NULL));
}

static void
test_callbacks (void)
{
  static const ConnWriterEvents events = {
    .client_closed = on_closed_resize,
    .space_freed = on_freed_refill,
  };
  g_autofree gchar *path = in_dir ("pipe");
  ConnWriterConfig config = {.path = path,.area_size = 4096,.perms = 0600 };
  Refill refill = { 0 };
  Pipe self = {.path = path };
  ConnReader *reader, *other;
  ConnBuffer buffers[4];

  refill.writer = self.writer = conn_writer_new (&config, &events, &refill, NULL);
  g_assert_nonnull (self.writer);
  reader = join (&self);
  other = join (&self);
  on_freed_refill (&refill);
  g_assert_cmpuint (refill.n_sent, ==, 4);
  for (guint i = 0; i < 4; i++) {
    buffers[i] = expect (reader, CONN_READER_BUFFER);
    ack (reader, &buffers[i]);
  }
  pump (&self);
  g_assert_cmpuint (refill.n_sent, ==, 4);
  conn_reader_free (other);
  pump (&self);
  g_assert_cmpuint (refill.n_sent, ==, 12);     /* as many as the new area takes */
  expect (reader, CONN_READER_CLOSED_AREA);
  expect (reader, CONN_READER_AREA);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpint (expect (reader, CONN_READER_BUFFER).area_id, ==, 2);
  conn_reader_free (reader);
  conn_writer_free (self.writer);
}

/* --- raw peers --- */

static gint
raw_socket (void)
{
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static struct sockaddr_un
raw_address (const gchar * path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };

  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  return address;
}

static gint
raw_listen (const gchar * path, gint backlog)
{
  struct sockaddr_un address = raw_address (path);
  gint fd = raw_socket ();

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, backlog), ==, 0);
  return fd;
}

static gint
raw_connect (const gchar * path)
{
  struct sockaddr_un address = raw_address (path);
  gint fd = raw_socket ();

  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
raw_send (gint fd, gconstpointer bytes, gsize length)
{
  g_assert_cmpint (send (fd, bytes, length, MSG_NOSIGNAL), ==, (gssize) length);
}

static void
raw_command (gint fd, guint32 type, gint32 area, gulong first, gulong second)
{
  guint8 bytes[WIRE_COMMAND_SIZE];

  lay_out (bytes, type, area, first, second);
  raw_send (fd, bytes, sizeof bytes);
}

/* Takes one message from a writer of ours. */
static WireMessage
raw_take (gint fd)
{
  WireReader reader;
  WireMessage message;
  g_autoptr (GError) error = NULL;

  wire_reader_init (&reader, WIRE_TO_READER);
  g_assert_cmpint (conn_socket_receive (fd, &reader, &message, &error), ==, CONN_SOCKET_MESSAGE);
  g_assert_no_error (error);
  return message;
}

static void
test_announcement (void)
{
  g_autofree gchar *expected = g_strdup_printf ("/shmpipe.%5d.    0", (gint) getpid ());
  WireMessage message;
  gint fd;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 22500 });
  fd = raw_connect (self.path);
  pump (&self);
  message = raw_take (fd);
  g_assert_cmpint (message.command.type, ==, WIRE_NEW_AREA);
  g_assert_cmpint (message.command.area_id, ==, 1);
  g_assert_cmpuint (message.command.size, ==, 22500);
  g_assert_cmpuint (message.command.path_size, ==, strlen (expected) + 1);
  g_assert_cmpstr (message.path, ==, expected);
  g_assert_true (conn_writer_resize (self.writer, 100, NULL));
  g_assert_cmpint (raw_take (fd).command.type, ==, WIRE_CLOSE_AREA);
  message = raw_take (fd);
  g_assert_cmpint (message.command.area_id, ==, 2);
  g_assert_cmpstr (message.path, !=, expected);
  close (fd);
  pipe_close (&self);
}

/* Names that are taken are passed over. */
static void
test_name_taken (void)
{
  g_autofree gchar *taken = g_strdup_printf ("/shmpipe.%5d.    0", (gint) getpid ());
  g_autofree gchar *expected = g_strdup_printf ("/shmpipe.%5d.    1", (gint) getpid ());
  gint object = shm_open (taken, O_RDWR | O_CREAT | O_EXCL, 0600), fd;
  Pipe self;

  g_assert_cmpint (object, >=, 0);
  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  fd = raw_connect (self.path);
  pump (&self);
  g_assert_cmpstr (raw_take (fd).path, ==, expected);
  close (fd);
  pipe_close (&self);
  g_assert_cmpuint (count_segments (), ==, 1);  /* not ours, not touched */
  close (object);
  shm_unlink (taken);
}

/* What a client does after it got one buffer, at (1, 8): the buffer before it is another's. */
typedef enum
{ THEN_STAY, THEN_CLOSE, THEN_SHUTDOWN } Then;

typedef struct
{
  const gchar *name;
  struct
  {
    guint32 type;
    gint32 area;
    gulong offset;
  } commands[3];                /* type 0 with area 0: none */
  gsize cut;                    /* bytes of the last command that are not sent */
  Then then;
  gint code;                    /* -1: an orderly end; -2: is not closed */
} ClientAttack;

static const ClientAttack client_attacks[] = {
  {"ack", {{WIRE_ACK_BUFFER, 1, 8}}, 0, THEN_STAY, -2},
  {"ack-and-leave", {{WIRE_ACK_BUFFER, 1, 8}}, 0, THEN_CLOSE, -1},
  {"leave", {{0, 0, 0}}, 0, THEN_CLOSE, -1},
  {"half-close", {{0, 0, 0}}, 0, THEN_SHUTDOWN, -1},
  {"type-0", {{0, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_TYPE},
  {"type-99", {{99, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_TYPE},
  {"type-max", {{G_MAXUINT32, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_TYPE},
  {"new-area", {{WIRE_NEW_AREA, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_TYPE},
  {"new-buffer", {{WIRE_NEW_BUFFER, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_TYPE},
  {"close-area", {{WIRE_CLOSE_AREA, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_TYPE},
  {"never-held", {{WIRE_ACK_BUFFER, 1, 4000}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"inside", {{WIRE_ACK_BUFFER, 1, 9}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"far", {{WIRE_ACK_BUFFER, 1, G_MAXULONG}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"other-area", {{WIRE_ACK_BUFFER, 2, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"negative-area", {{WIRE_ACK_BUFFER, -1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"of-another", {{WIRE_ACK_BUFFER, 1, 0}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"double", {{WIRE_ACK_BUFFER, 1, 8}, {WIRE_ACK_BUFFER, 1, 8}}, 0, THEN_STAY, SHMDIAG_ERROR_ACK},
  {"nonsense-after-ack", {{WIRE_ACK_BUFFER, 1, 8}, {7, 7, 7}}, 0, THEN_CLOSE, SHMDIAG_ERROR_TYPE},
  {"half-and-close", {{WIRE_ACK_BUFFER, 1, 8}}, 5, THEN_CLOSE, SHMDIAG_ERROR_TRUNCATED},
  {"half-and-shutdown", {{WIRE_ACK_BUFFER, 1, 8}}, 5, THEN_SHUTDOWN, SHMDIAG_ERROR_TRUNCATED},
  {"half-and-stay", {{WIRE_ACK_BUFFER, 1, 8}}, 5, THEN_STAY, -2},
  {"one-byte", {{WIRE_ACK_BUFFER, 1, 8}}, WIRE_COMMAND_SIZE - 1, THEN_CLOSE,
      SHMDIAG_ERROR_TRUNCATED},
};

static void
attack_writer (gint * fd, const ClientAttack * attack)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (attack->commands); i++) {
    guint8 command[WIRE_COMMAND_SIZE];

    if (attack->commands[i].type == 0 && attack->commands[i].area == 0)
      break;
    lay_out (command, attack->commands[i].type, attack->commands[i].area,
        attack->commands[i].offset, 0);
    g_byte_array_append (bytes, command, sizeof command);
  }
  if (bytes->len > attack->cut)
    raw_send (*fd, bytes->data, bytes->len - attack->cut);
  g_byte_array_unref (bytes);
  if (attack->then == THEN_CLOSE)
    fd_clear (fd);
  if (attack->then == THEN_SHUTDOWN)
    g_assert_cmpint (shutdown (*fd, SHUT_WR), ==, 0);
}

static void
check_client_attack (const ClientAttack * attack, gboolean seen_by_send)
{
  ConnReader *victim;
  ConnBuffer first, second;
  gint fd;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  victim = join (&self);
  send_filled (&self, 8, 1);
  first = expect_buffer (victim, 8, 1);
  fd = raw_connect (self.path);
  pump (&self);
  raw_take (fd);
  send_filled (&self, 8, 2);
  second = expect_buffer (victim, 8, 2);
  g_assert_cmpuint (raw_take (fd).command.offset, ==, 8);

  attack_writer (&fd, attack);
  if (!seen_by_send)
    pump (&self);
  send_filled (&self, 8, 3);
  pump (&self);
  g_assert_cmpuint (self.log.n_closed, ==, attack->code != -2);
  if (attack->code >= 0)
    g_assert_error (self.log.why, SHMDIAG_ERROR, attack->code);
  else
    g_assert_no_error (self.log.why);

  /* The other one is served, and its buffers are still its own. */
  expect_buffer (victim, 8, 3);
  check_content (victim, &first, 1);
  check_content (victim, &second, 2);
  g_assert_cmpuint (conn_writer_n_outstanding (self.writer), ==, 3);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, attack->code == -2 ? 2 : 1);
  fd_clear (&fd);
  conn_reader_free (victim);
  pipe_close (&self);
}

static void
test_client_attacks (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (client_attacks); i++) {
    g_test_message ("%s", client_attacks[i].name);
    check_client_attack (&client_attacks[i], FALSE);
    check_client_attack (&client_attacks[i], TRUE);
  }
}

/* An area goes with its last block: the ACK that ends it may come twice, or late. */
static void
test_ack_of_gone_area (void)
{
  gint fd;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  fd = raw_connect (self.path);
  pump (&self);
  send_filled (&self, 8, 1);
  g_assert_true (conn_writer_resize (self.writer, 8192, NULL));
  raw_command (fd, WIRE_ACK_BUFFER, 1, 0, 0);
  raw_command (fd, WIRE_ACK_BUFFER, 1, 0, 0);
  pump (&self);
  g_assert_cmpuint (self.log.n_closed, ==, 1);
  g_assert_error (self.log.why, SHMDIAG_ERROR, SHMDIAG_ERROR_ACK);
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  close (fd);
  pipe_close (&self);
}

/* --- servers that mean no good --- */

#define OBJECT_SIZE 4096
/* 16 GiB that cost nothing, where a word can say so. */
#define SPARSE_SIZE ((gsize) 1 << (WORD == 8 ? 34 : 30))
#define LARGEST CONN_READER_MAX_BUFFER

/* "@x" stands for the object x of this test's own. */
typedef struct
{
  guint32 type;
  gint32 area;
  gulong first, second;         /* of a new area: 0 stands for the length of PATH */
  const gchar *path;
} Step;

#define AREA(id) {WIRE_NEW_AREA, id, OBJECT_SIZE, 0, "@good"}
#define SPARSE {WIRE_NEW_AREA, 1, SPARSE_SIZE, 0, "@sparse"}
#define AREA_AT(path) {WIRE_NEW_AREA, 1, OBJECT_SIZE, 0, path}
#define BUFFER(id, offset, size) {WIRE_NEW_BUFFER, id, offset, size, NULL}
#define CLOSE(id) {WIRE_CLOSE_AREA, id, 0, 0, NULL}

static const struct
{
  const gchar *name;
  Step steps[4];
  gsize cut;                    /* bytes of the stream that are not sent */
  gint code;                    /* -1: all is well, then an end */
} server_attacks[] = {
  {"well", {AREA (1), BUFFER (1, 0, 8), CLOSE (1), AREA (2)}, 0, -1},
  {"nothing", {{0}}, 0, -1},
  {"whole-area", {AREA (1), BUFFER (1, 0, OBJECT_SIZE)}, 0, -1},
  {"held-after-close", {AREA (1), BUFFER (1, 0, 8), CLOSE (1), BUFFER (1, 8, 8)}, 0, -1},
  {"area-part", {{WIRE_NEW_AREA, 1, 100, 0, "@good"}, BUFFER (1, 99, 1)}, 0, -1},
  {"type-99", {{99, 1, 1, 1, NULL}}, 0, SHMDIAG_ERROR_TYPE},
  {"type-ack", {AREA (1), BUFFER (1, 0, 8), {WIRE_ACK_BUFFER, 1, 0, 0, NULL}}, 0,
      SHMDIAG_ERROR_TYPE},
  {"area-size-0", {{WIRE_NEW_AREA, 1, 0, 0, "@good"}}, 0, SHMDIAG_ERROR_SIZE},
  {"area-size-max", {{WIRE_NEW_AREA, 1, G_MAXULONG, 0, "@good"}}, 0, SHMDIAG_ERROR_SIZE},
  {"area-size-half", {{WIRE_NEW_AREA, 1, G_MAXSSIZE, 0, "@good"}}, 0, SHMDIAG_ERROR_OBJECT},
  {"object-smaller", {{WIRE_NEW_AREA, 1, OBJECT_SIZE + 1, 0, "@good"}}, 0, SHMDIAG_ERROR_OBJECT},
  {"object-empty", {AREA_AT ("@empty")}, 0, SHMDIAG_ERROR_OBJECT},
  {"object-absent", {AREA_AT ("@absent")}, 0, SHMDIAG_ERROR_OBJECT},
  {"object-fifo", {AREA_AT ("@fifo")}, 0, SHMDIAG_ERROR_OBJECT},
  {"object-directory", {AREA_AT ("@directory")}, 0, SHMDIAG_ERROR_OBJECT},
  {"object-link", {AREA_AT ("@link")}, 0, SHMDIAG_ERROR_OBJECT},
  {"path-length-1", {{WIRE_NEW_AREA, 1, OBJECT_SIZE, 1, ""}}, 0, SHMDIAG_ERROR_PATH},
  {"path-length-256", {{WIRE_NEW_AREA, 1, OBJECT_SIZE, 256, NULL}}, 0, SHMDIAG_ERROR_PATH},
  {"path-length-max", {{WIRE_NEW_AREA, 1, OBJECT_SIZE, G_MAXUINT32, NULL}}, 0, SHMDIAG_ERROR_PATH},
  {"path-no-nul", {{WIRE_NEW_AREA, 1, OBJECT_SIZE, 12, "/shmpipe.1.0"}}, 0, SHMDIAG_ERROR_PATH},
  {"path-early-nul", {{WIRE_NEW_AREA, 1, OBJECT_SIZE, 13, "/shmpipe\0.1.0"}}, 0,
      SHMDIAG_ERROR_PATH},
  {"path-no-prefix", {AREA_AT ("/passwd")}, 0, SHMDIAG_ERROR_PATH},
  {"path-no-slash", {AREA_AT ("shmpipe.1.0")}, 0, SHMDIAG_ERROR_PATH},
  {"path-two-slashes", {AREA_AT ("/shmpipe./0")}, 0, SHMDIAG_ERROR_PATH},
  {"path-dots", {AREA_AT ("/shmpipe./../../etc/passwd")}, 0, SHMDIAG_ERROR_PATH},
  {"id-0", {AREA (0)}, 0, SHMDIAG_ERROR_AREA},
  {"id-negative", {AREA (-1)}, 0, SHMDIAG_ERROR_AREA},
  {"id-twice", {AREA (1), AREA (1)}, 0, SHMDIAG_ERROR_AREA},
  {"id-again", {AREA (1), CLOSE (1), AREA (1)}, 0, SHMDIAG_ERROR_AREA},
  {"id-back", {AREA (5), AREA (4)}, 0, SHMDIAG_ERROR_AREA},
  {"areas-many", {AREA (1), AREA (2), AREA (3), AREA (4)}, 0, SHMDIAG_ERROR_LIMIT},
  {"close-unknown", {CLOSE (1)}, 0, SHMDIAG_ERROR_AREA},
  {"close-gone", {AREA (1), CLOSE (1), CLOSE (1)}, 0, SHMDIAG_ERROR_AREA},
  {"close-twice", {AREA (1), BUFFER (1, 0, 8), CLOSE (1), CLOSE (1)}, 0, SHMDIAG_ERROR_AREA},
  {"buffer-first", {BUFFER (1, 0, 8)}, 0, SHMDIAG_ERROR_AREA},
  {"buffer-unknown", {AREA (1), BUFFER (2, 0, 8)}, 0, SHMDIAG_ERROR_AREA},
  {"buffer-gone", {AREA (1), CLOSE (1), BUFFER (1, 0, 8)}, 0, SHMDIAG_ERROR_AREA},
  {"buffer-empty", {AREA (1), BUFFER (1, 0, 0)}, 0, SHMDIAG_ERROR_SIZE},
  {"buffer-large", {AREA (1), BUFFER (1, 0, OBJECT_SIZE + 1)}, 0, SHMDIAG_ERROR_BOUNDS},
  {"buffer-behind", {AREA (1), BUFFER (1, OBJECT_SIZE, 1)}, 0, SHMDIAG_ERROR_BOUNDS},
  {"buffer-over", {AREA (1), BUFFER (1, 8, OBJECT_SIZE)}, 0, SHMDIAG_ERROR_BOUNDS},
  {"buffer-wraps", {AREA (1), BUFFER (1, G_MAXULONG - 7, 16)}, 0, SHMDIAG_ERROR_BOUNDS},
  {"buffer-huge", {AREA (1), BUFFER (1, 8, G_MAXULONG - 7)}, 0, SHMDIAG_ERROR_SIZE},
  {"buffer-beyond-announced", {{WIRE_NEW_AREA, 1, 100, 0, "@good"}, BUFFER (1, 96, 8)}, 0,
      SHMDIAG_ERROR_BOUNDS},
  {"buffer-largest", {SPARSE, BUFFER (1, 8, LARGEST)}, 0, -1},
  {"buffer-over-limit", {SPARSE, BUFFER (1, 8, LARGEST + 1)}, 0, SHMDIAG_ERROR_SIZE},
  {"buffer-half", {SPARSE, BUFFER (1, 0, SPARSE_SIZE / 2)}, 0, SHMDIAG_ERROR_SIZE},
  {"buffer-4g-100", {SPARSE, BUFFER (1, 0, SPARSE_SIZE / 4 + 100)}, 0, SHMDIAG_ERROR_SIZE},
  {"buffer-held", {AREA (1), BUFFER (1, 0, 8), BUFFER (1, 0, 8)}, 0, SHMDIAG_ERROR_BOUNDS},
  {"cut-first", {AREA (1)}, 30, SHMDIAG_ERROR_TRUNCATED},
  {"cut-path", {AREA (1)}, 1, SHMDIAG_ERROR_TRUNCATED},
  {"cut-before-path", {AREA (1)}, 20, SHMDIAG_ERROR_TRUNCATED},
  {"cut-command", {AREA (1), BUFFER (1, 0, 8)}, 1, SHMDIAG_ERROR_TRUNCATED},
};

typedef struct
{
  gchar *path;
  gint listen_fd, fd;
  ConnReader *reader;
} Server;

static gchar *
object_name (const gchar * what)
{
  return g_strdup_printf ("/shmpipe.%5d.%s", (gint) getpid (), what);
}

static gchar *
object_file (const gchar * what)
{
  g_autofree gchar *name = object_name (what);

  return g_strconcat ("/dev/shm", name, NULL);
}

static void
make_object (const gchar * what, off_t size)
{
  g_autofree gchar *name = object_name (what);
  gint fd = shm_open (name, O_RDWR | O_CREAT | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  close (fd);
}

static void
make_objects (void)
{
  g_autofree gchar *fifo = object_file ("fifo");
  g_autofree gchar *directory = object_file ("directory");
  g_autofree gchar *link = object_file ("link");
  g_autofree gchar *good = object_file ("good");

  make_object ("good", OBJECT_SIZE);
  make_object ("empty", 0);
  make_object ("sparse", (off_t) SPARSE_SIZE);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (mkdir (directory, 0700), ==, 0);
  g_assert_cmpint (symlink (good, link), ==, 0);
}

static void
remove_objects (void)
{
  static const gchar *const all[] = { "good", "empty", "sparse", "fifo", "link", "directory" };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autofree gchar *file = object_file (all[i]);

    g_remove (file);
  }
}

static void
server_open (Server * self, const ConnReaderConfig * limits)
{
  ConnReaderConfig config = *limits;

  self->path = in_dir ("rogue");
  self->listen_fd = raw_listen (self->path, 1);
  config.path = self->path;
  self->reader = conn_reader_new (&config, 1000, NULL);
  g_assert_nonnull (self->reader);
  self->fd = accept4 (self->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
}

static void
server_close (Server * self)
{
  conn_reader_free (self->reader);
  fd_clear (&self->fd);
  fd_clear (&self->listen_fd);
  unlink (self->path);
  g_free (self->path);
}

static void
append_step (GByteArray * out, const Step * step)
{
  g_autofree gchar *name = NULL;
  guint8 command[WIRE_COMMAND_SIZE];
  gsize length = step->second;

  if (step->path && step->path[0] == '@')
    name = object_name (step->path + 1);
  if (step->type == WIRE_NEW_AREA && length == 0)
    length = strlen (name ? name : step->path) + 1;
  lay_out (command, step->type, step->area, step->first, length);
  g_byte_array_append (out, command, sizeof command);
  if (step->path)
    g_byte_array_append (out, (const guint8 *) (name ? name : step->path), (guint) length);
}

static void
check_server_attack (guint index, gsize piece)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  ConnReaderResult result = CONN_READER_NOTHING;
  ConnBuffer buffer;
  Server self;

  for (guint i = 0; i < 4 && server_attacks[index].steps[i].type != 0; i++)
    append_step (stream, &server_attacks[index].steps[i]);
  server_open (&self, &(ConnReaderConfig) {.max_areas = 3 });
  for (gsize at = 0, end = stream->len - server_attacks[index].cut; at < end; at += piece) {
    if (send (self.fd, stream->data + at, MIN (piece, end - at), MSG_NOSIGNAL) < 0)
      break;                    /* refused already */
    if (piece == 1 && result != CONN_READER_FAILED)
      result = conn_reader_next (self.reader, &buffer, &error);
  }
  fd_clear (&self.fd);
  for (guint i = 0; i < 10 && result != CONN_READER_FAILED && result != CONN_READER_END; i++)
    result = conn_reader_next (self.reader, &buffer, &error);
  if (server_attacks[index].code < 0) {
    g_assert_no_error (error);
    g_assert_cmpint (result, ==, CONN_READER_END);
  } else {
    g_assert_cmpint (result, ==, CONN_READER_FAILED);
    g_assert_error (error, SHMDIAG_ERROR, server_attacks[index].code);
  }
  g_clear_error (&error);
  g_assert_cmpint (conn_reader_next (self.reader, &buffer, &error), ==, CONN_READER_END);
  g_assert_no_error (error);
  server_close (&self);
}

static void
test_server_attacks (void)
{
  make_objects ();
  for (guint i = 0; i < G_N_ELEMENTS (server_attacks); i++) {
    g_test_message ("%s", server_attacks[i].name);
    check_server_attack (i, G_MAXINT32);
    check_server_attack (i, 1);
  }
  remove_objects ();
}

/* The connection ends at the other side too, whatever the reader's owner does then. */
static void
test_refused_is_told (void)
{
  guint8 byte;
  Server self;

  server_open (&self, &(ConnReaderConfig) { 0 });
  raw_command (self.fd, 99, 0, 0, 0);
  expect (self.reader, CONN_READER_FAILED);
  g_assert_cmpint (recv (self.fd, &byte, 1, 0), ==, 0);
  g_assert_cmpint (conn_reader_fd (self.reader), >=, 0);
  server_close (&self);
}

static void
test_truncated_later (void)
{
  g_autofree gchar *good = object_file ("good");
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  static const Step steps[] = { AREA (1), BUFFER (1, 0, OBJECT_SIZE) };
  guint8 data[OBJECT_SIZE];
  ConnBuffer buffer;
  Server self;

  make_object ("good", OBJECT_SIZE);
  server_open (&self, &(ConnReaderConfig) { 0 });
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    append_step (stream, &steps[i]);
  raw_send (self.fd, stream->data, stream->len);
  expect (self.reader, CONN_READER_AREA);
  buffer = expect (self.reader, CONN_READER_BUFFER);
  g_assert_true (conn_reader_read (self.reader, &buffer, 0, data, sizeof data, NULL));
  g_assert_cmpint (truncate (good, 1000), ==, 0);
  g_assert_true (conn_reader_read (self.reader, &buffer, 0, data, 1000, NULL));
  g_assert_false (conn_reader_read (self.reader, &buffer, 0, data, 1001, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_OBJECT);
  g_clear_error (&error);
  g_assert_cmpint (truncate (good, 0), ==, 0);
  g_assert_false (conn_reader_read (self.reader, &buffer, 0, data, 1, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_OBJECT);
  /* That was the end of the connection, for both. */
  ack (self.reader, &buffer);
  g_assert_cmpint (recv (self.fd, data, sizeof data, 0), ==, 0);
  expect (self.reader, CONN_READER_END);
  server_close (&self);
  g_remove (good);
}

/* Sends COUNT buffers of one byte each, as long as they are taken. Returns how many were. */
static guint
flood (Server * self, guint count, gboolean ack_all, GError ** error)
{
  for (guint i = 0; i < count; i++) {
    ConnBuffer buffer;
    ConnReaderResult result;

    raw_command (self->fd, WIRE_NEW_BUFFER, 1, i, 1);
    result = conn_reader_next (self->reader, &buffer, error);
    if (result != CONN_READER_BUFFER)
      return i;
    if (ack_all && !conn_reader_ack (self->reader, &buffer, error))
      return i;
  }
  return count;
}

static void
flood_open (Server * self, const ConnReaderConfig * limits)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  static const Step area = AREA (1);

  make_object ("good", OBJECT_SIZE);
  server_open (self, limits);
  append_step (stream, &area);
  raw_send (self->fd, stream->data, stream->len);
  expect (self->reader, CONN_READER_AREA);
}

/* A reader that keeps back what it gets, and a writer that reads no ACKs: both are bounded. */
static void
test_reader_limits (void)
{
  g_autofree gchar *good = object_file ("good");
  g_autoptr (GError) error = NULL;
  ConnBuffer buffer;
  guint taken;
  Server self;

  flood_open (&self, &(ConnReaderConfig) {.max_held = 100 });
  g_assert_cmpuint (flood (&self, 200, FALSE, &error), ==, 100);
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT);
  g_assert_cmpuint (conn_reader_n_held (self.reader), ==, 100);
  g_clear_error (&error);
  server_close (&self);

  flood_open (&self, &(ConnReaderConfig) {.max_queued = 100 });
  taken = flood (&self, OBJECT_SIZE, TRUE, &error);
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT);
  g_assert_cmpuint (taken, >, 100);
  g_assert_cmpuint (taken, <, 2000);
  g_assert_cmpuint (conn_reader_n_queued (self.reader), ==, 0);
  g_assert_cmpint (conn_reader_next (self.reader, &buffer, NULL), ==, CONN_READER_END);
  server_close (&self);
  g_remove (good);
}

static void
test_reader_prefix (void)
{
  g_autofree gchar *path = in_dir ("pipe");
  ConnReaderConfig config = {.path = path,.prefix = "/other." };
  g_autoptr (GError) error = NULL;
  ConnBuffer buffer;
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = conn_reader_new (&config, 1000, NULL);
  pump (&self);
  g_assert_cmpint (conn_reader_next (reader, &buffer, &error), ==, CONN_READER_FAILED);
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_PATH);
  pump (&self);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 0);
  conn_reader_free (reader);
  pipe_close (&self);
}

/* --- connecting --- */

static void
test_cannot_connect (void)
{
  g_autofree gchar *path = in_dir ("nobody");
  ConnReaderConfig config = {.path = path };
  g_autoptr (GError) error = NULL;

  g_assert_null (conn_reader_new (&config, 1000, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  close (raw_listen (path, 1));
  g_assert_null (conn_reader_new (&config, 1000, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_nonnull (strstr (error->message, path));
  unlink (path);
}

/* A process that accepts one connection; bounded like everything here. */
static pid_t
start_accepting (gint listen_fd)
{
  pid_t pid = fork ();
  gint ready;

  g_assert_cmpint (pid, >=, 0);
  if (pid > 0)
    return pid;
  ready = fd_poll (listen_fd, POLLIN, (gint) (LONG_S * 1000));
  _exit (ready > 0 && accept (listen_fd, NULL, NULL) >= 0 ? 0 : 1);
}

static void
test_full_backlog (void)
{
  g_autofree gchar *path = in_dir ("busy");
  ConnReaderConfig config = {.path = path };
  struct sockaddr_un address = raw_address (path);
  gint listen_fd = raw_listen (path, 0);
  gint waiting[8];
  guint n = 0;
  g_autoptr (GError) error = NULL;
  ConnReader *reader;
  gint status = -1;
  pid_t pid;

  for (gint result = 0; result == 0 && n < 8; n++) {
    waiting[n] = raw_socket ();
    result = connect (waiting[n], (struct sockaddr *) &address, sizeof address);
  }
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_null (conn_reader_new (&config, 20, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  pid = start_accepting (listen_fd);
  reader = conn_reader_new (&config, (gint) (LONG_S * 1000), &error);
  g_assert_no_error (error);
  g_assert_nonnull (reader);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  conn_reader_free (reader);
  while (n > 0)
    close (waiting[--n]);
  close (listen_fd);
  unlink (path);
}

/* --- the path of the socket --- */

static void
refuse_path (const gchar * path, gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (new_writer (path, 4096, NULL, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_assert_cmpuint (count_segments (), ==, 0);
}

static void
test_path_stale (void)
{
  g_autofree gchar *path = in_dir ("pipe");
  ConnReader *reader;
  Pipe self;

  close (raw_listen (path, 1));
  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  conn_reader_free (reader);
  pipe_close (&self);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_path_live (void)
{
  g_autofree gchar *only_bound = in_dir ("bound");
  struct sockaddr_un address = raw_address (only_bound);
  gint fd = raw_socket ();
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  g_assert_cmpuint (count_segments (), ==, 1);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (new_writer (self.path, 4096, NULL, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  }
  pump (&self);
  g_assert_cmpuint (self.log.n_opened, ==, 0);  /* it did not even notice */
  reader = join (&self);
  conn_reader_free (reader);
  pipe_close (&self);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  refuse_path (only_bound, G_IO_ERROR_EXISTS);
  close (fd);
  unlink (only_bound);
}

static void
test_path_in_the_way (void)
{
  g_autofree gchar *file = in_dir ("file");
  g_autofree gchar *link = in_dir ("link");
  g_autofree gchar *stale = in_dir ("stale");
  g_autofree gchar *below = in_dir ("no/pipe");

  g_assert_true (g_file_set_contents (file, "mine", -1, NULL));
  refuse_path (file, G_IO_ERROR_EXISTS);
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  refuse_path (test_dir, G_IO_ERROR_EXISTS);
  close (raw_listen (stale, 1));
  g_assert_cmpint (symlink (stale, link), ==, 0);
  refuse_path (link, G_IO_ERROR_EXISTS);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  unlink (stale);
  refuse_path (link, G_IO_ERROR_EXISTS);        /* dangling */
  refuse_path (below, G_IO_ERROR_NOT_FOUND);
  unlink (link);
  unlink (file);
}

static void
test_path_length (void)
{
  gsize left = CONN_SOCKET_PATH_MAX - strlen (test_dir) - 1;
  g_autofree gchar *name = g_strnfill (left, 'x');
  g_autofree gchar *longest = in_dir (name);
  g_autofree gchar *longer = g_strconcat (longest, "x", NULL);
  ConnReaderConfig config = {.path = longer };
  g_autoptr (GError) error = NULL;
  ConnWriter *writer;
  ConnReader *reader;

  g_assert_cmpuint (strlen (longer), ==, 107);
  refuse_path (longer, G_IO_ERROR_FILENAME_TOO_LONG);
  refuse_path ("", G_IO_ERROR_FILENAME_TOO_LONG);
  g_assert_null (conn_reader_new (&config, 100, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
  g_clear_error (&error);
  writer = new_writer (longest, 4096, NULL, &error);
  g_assert_no_error (error);
  config.path = longest;
  reader = conn_reader_new (&config, 1000, &error);
  g_assert_no_error (error);
  conn_reader_free (reader);
  conn_writer_free (writer);
}

/* Who has lost the path to somebody else leaves it alone. */
static void
test_path_lost (void)
{
  gint fd;
  Pipe self;
  g_autofree gchar *path = in_dir ("pipe");

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  unlink (path);
  fd = raw_listen (path, 1);
  pipe_close (&self);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  close (fd);
  unlink (path);
}

static void
test_perms (void)
{
  static const guint perms[] = { 0600, 0640, 0666, 0700 };
  mode_t mask = umask (077);

  for (guint i = 0; i < G_N_ELEMENTS (perms); i++) {
    g_autofree gchar *path = in_dir ("pipe");
    g_autofree gchar *object = object_file ("    0");
    ConnWriterConfig config = {.path = path,.area_size = 4096,.perms = perms[i] };
    ConnWriter *writer = conn_writer_new (&config, NULL, NULL, NULL);
    struct stat status;

    g_assert_nonnull (writer);
    g_assert_cmpint (lstat (path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 07777, ==, perms[i]);
    g_assert_cmpint (lstat (object, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 07777, ==, perms[i]);
    conn_writer_free (writer);
  }
  umask (mask);
}

/* --- limits of the machine --- */

static void
test_no_memory (void)
{
  g_autofree gchar *path = in_dir ("pipe");
  g_autoptr (GError) error = NULL;
  struct statvfs status;
  guint64 too_much;
  Pipe self;

  g_assert_cmpint (statvfs ("/dev/shm", &status), ==, 0);
  if (status.f_blocks == 0 || status.f_blocks > 1 << 30) {
    g_test_skip ("/dev/shm has no limit");
    return;
  }
  too_much = (guint64) status.f_blocks * status.f_frsize + 1;
  g_assert_null (new_writer (path, too_much, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_segments (), ==, 0);
  g_clear_error (&error);
  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  g_assert_false (conn_writer_resize (self.writer, too_much, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  send_filled (&self, 4096, 1); /* goes on with what it has */
  g_assert_cmpuint (conn_writer_n_areas (self.writer), ==, 1);
  pipe_close (&self);
}

/* Valgrind plays the limit itself: it accepts, and then throws the connection away. */
static gboolean
skip_limits (void)
{
  if (!under_valgrind ())
    return FALSE;
  g_test_skip ("valgrind has limits of its own");
  return TRUE;
}

static gint
lowest_free_fd (void)
{
  gint fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  return fd;
}

/* Without descriptors nobody is accepted, and the processor is left alone; then all goes on. */
static void
test_no_descriptors (void)
{
  struct rlimit before, low;
  gint64 paused_ns;
  gint fd, ready;
  Pipe self;

  if (skip_limits ())
    return;
  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  fd = raw_connect (self.path);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  low = before;
  low.rlim_cur = (rlim_t) lowest_free_fd ();
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  paused_ns = deadline_now_ns ();
  g_assert_true (conn_writer_dispatch (self.writer, NULL));
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 0);
  ready = fd_poll (conn_writer_fd (self.writer), POLLIN, 0);
  if (ready != 0)               /* only when we slept through the pause */
    g_assert_cmpint (deadline_now_ns () - paused_ns, >=, 100 * 1000000);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  g_assert_cmpint (fd_poll (conn_writer_fd (self.writer), POLLIN, (gint) (LONG_S * 1000)), >, 0);
  pump (&self);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 1);
  raw_take (fd);
  close (fd);
  pipe_close (&self);
}

/* A client that leaves frees a descriptor: nobody waits for the timer then. */
static void
test_descriptor_freed (void)
{
  struct rlimit before, low;
  ConnReader *reader;
  gint fd;
  Pipe self;

  if (skip_limits ())
    return;
  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  fd = raw_connect (self.path);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  low = before;
  low.rlim_cur = (rlim_t) lowest_free_fd ();
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  g_assert_true (conn_writer_dispatch (self.writer, NULL));
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 1);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  conn_reader_free (reader);
  pump (&self);
  g_assert_cmpuint (self.log.n_opened, ==, 2);
  g_assert_cmpuint (conn_writer_n_clients (self.writer), ==, 1);
  close (fd);
  pipe_close (&self);
}

/* --- what nobody may inherit --- */

static void
test_descriptors (void)
{
  gboolean known[256] = { FALSE };
  guint n_new = 0, n_sockets = 0;
  ConnReader *reader;
  Pipe self;

  for (gint fd = 0; fd < 256; fd++)
    known[fd] = fcntl (fd, F_GETFD) >= 0;
  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  g_assert_true (conn_writer_resize (self.writer, 8192, NULL));
  expect (reader, CONN_READER_CLOSED_AREA);
  expect (reader, CONN_READER_AREA);
  for (gint fd = 0; fd < 256; fd++) {
    struct stat status;

    if (known[fd] || fstat (fd, &status) < 0)
      continue;
    n_new++;
    g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    if (!S_ISSOCK (status.st_mode))
      continue;
    n_sockets++;
    g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, ==, O_NONBLOCK);
  }
  g_assert_cmpuint (n_sockets, ==, 3);  /* listening, accepted, connected */
  g_assert_cmpuint (n_new, ==, 3 + 2 + 2);      /* epoll and timer; an area on both sides */
  conn_reader_free (reader);
  pipe_close (&self);
}

/* Any area that the reader maps, it maps read-only. */
static void
test_read_only (void)
{
  g_autofree gchar *maps = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_readable = 0, n_writable = 0;
  ConnReader *reader;
  Pipe self;

  pipe_open (&self, &(ConnWriterConfig) {.area_size = 4096 });
  reader = join (&self);
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (!strstr (lines[i], "/dev/shm/shmpipe."))
      continue;
    n_readable += strstr (lines[i], " r--s ") != NULL;
    n_writable += strstr (lines[i], " rw-s ") != NULL;
  }
  g_assert_cmpuint (n_readable, ==, 1);
  g_assert_cmpuint (n_writable, ==, 1);
  conn_reader_free (reader);
  pipe_close (&self);
}

/* --- every test leaves nothing --- */

static void
run_clean (gconstpointer data)
{
  void (*const *test) (void) = data;
  guint fds = count_names ("/proc/self/fd");

  g_assert_cmpuint (count_segments (), ==, 0);
  (*test) ();
  g_assert_cmpuint (count_names ("/proc/self/fd"), ==, fds);
  g_assert_cmpuint (count_segments (), ==, 0);
  g_assert_cmpuint (count_names (test_dir), ==, 0);
}

static const struct
{
  const gchar *path;
  void (*test) (void);
} tests[] = {
  {"/proto/wire/layout", test_wire_layout},
  {"/proto/wire/unused-bytes", test_wire_unused_bytes},
  {"/proto/wire/refused", test_wire_refused},
  {"/proto/wire/path", test_wire_path},
  {"/proto/wire/bounds", test_wire_bounds},
  {"/proto/wire/names", test_wire_names},
  {"/proto/wire/split", test_wire_split},
  {"/proto/wire/bytewise", test_wire_bytewise},
  {"/proto/wire/stays-refused", test_wire_stays_refused},
  {"/proto/wire/fuzz", test_wire_fuzz},
  {"/proto/space/model", test_space_model},
  {"/proto/space/exact", test_space_exact},
  {"/proto/pipe/ack-orders", test_ack_orders},
  {"/proto/pipe/resize", test_resize},
  {"/proto/pipe/resize-refused", test_resize_refused},
  {"/proto/pipe/late-reader", test_late_reader},
  {"/proto/pipe/sent-after-resize", test_sent_after_resize},
  {"/proto/pipe/full", test_full},
  {"/proto/pipe/exact-frame", test_exact_frame},
  {"/proto/pipe/no-client", test_no_client},
  {"/proto/pipe/reader-leaves", test_reader_leaves},
  {"/proto/pipe/reader-left-unseen", test_reader_left_unseen},
  {"/proto/pipe/writer-leaves", test_writer_leaves},
  {"/proto/pipe/writer-left-unseen", test_writer_left_unseen},
  {"/proto/pipe/writer-resets", test_writer_resets},
  {"/proto/pipe/reading", test_reading},
  {"/proto/pipe/too-many-clients", test_too_many_clients},
  {"/proto/pipe/full-rate", test_full_rate},
  {"/proto/pipe/never-reads", test_never_reads},
  {"/proto/pipe/slow-reader", test_slow_reader},
  {"/proto/pipe/callbacks", test_callbacks},
  {"/proto/pipe/announcement", test_announcement},
  {"/proto/pipe/name-taken", test_name_taken},
  {"/proto/hostile/clients", test_client_attacks},
  {"/proto/hostile/ack-of-gone-area", test_ack_of_gone_area},
  {"/proto/hostile/servers", test_server_attacks},
  {"/proto/hostile/refused-is-told", test_refused_is_told},
  {"/proto/hostile/truncated-later", test_truncated_later},
  {"/proto/hostile/limits", test_reader_limits},
  {"/proto/hostile/prefix", test_reader_prefix},
  {"/proto/connect/cannot", test_cannot_connect},
  {"/proto/connect/full-backlog", test_full_backlog},
  {"/proto/path/stale", test_path_stale},
  {"/proto/path/live", test_path_live},
  {"/proto/path/in-the-way", test_path_in_the_way},
  {"/proto/path/length", test_path_length},
  {"/proto/path/lost", test_path_lost},
  {"/proto/path/perms", test_perms},
  {"/proto/limits/no-memory", test_no_memory},
  {"/proto/limits/no-descriptors", test_no_descriptors},
  {"/proto/limits/descriptor-freed", test_descriptor_freed},
  {"/proto/inherit/descriptors", test_descriptors},
  {"/proto/inherit/read-only", test_read_only},
};

gint
main (gint argc, gchar ** argv)
{
  gint result;

  g_test_init (&argc, &argv, NULL);
  alarm (180);                  /* the last belt, wide enough for valgrind */
  test_dir = g_dir_make_tmp ("test-proto-XXXXXX", NULL);
  g_assert_nonnull (test_dir);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_data_func (tests[i].path, &tests[i].test, run_clean);
  result = g_test_run ();
  rmdir (test_dir);
  g_free (test_dir);
  return result;
}
