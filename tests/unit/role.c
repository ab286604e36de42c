/* Payload, held buffers, the tap between our own peers, and roles as processes. */
#include "config.h"

#include "base/deadline.h"
#include "proto/conn-reader.h"
#include "proto/conn-writer.h"
#include "role/held.h"
#include "role/role.h"
#include "role/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 1000
#define SECONDS 5.0
#define N_RELEASES 20
/* How long the thread of a role that has told of a buffer comes no further. */
#define PAUSE_US 5000

/* --- payload --- */

static void
test_payload (void)
{
  static const gsize sizes[] = { 32, 33, 39, 40, 100, 7500, 65537 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree guint8 *data = g_malloc (sizes[i]);
    guint64 filled = role_payload_fill (data, sizes[i], i + 1), seq = 0, sum = 0;

    g_assert_true (role_payload_check (data, sizes[i], &seq, &sum));
    g_assert_cmpuint (seq, ==, i + 1);
    g_assert_cmphex (sum, ==, filled);
    g_assert_true (role_payload_peek (data, sizes[i], &seq));
    g_assert_false (role_payload_check (data, sizes[i] - 1, &seq, &sum));
    data[sizes[i] - 1] ^= 1;
    g_assert_false (role_payload_check (data, sizes[i], &seq, &sum));
  }
}

/* In pieces as at once; anything that is missing, or too much, is seen. */
static void
test_payload_pieces (void)
{
  static const gsize sizes[] = { 32, 33, 40, 1000, 4096, 65537 };
  static const gsize pieces[] = { 32, 40, 4096 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes) * G_N_ELEMENTS (pieces); i++) {
    gsize size = sizes[i / G_N_ELEMENTS (pieces)], piece = pieces[i % G_N_ELEMENTS (pieces)];
    g_autofree guint8 *data = g_malloc (size);
    guint64 filled = role_payload_fill (data, size, 9), seq = 0, sum = 0;
    RolePayload payload;

    role_payload_begin (&payload, size);
    for (gsize at = 0; at < size; at += piece) {
      g_assert_false (role_payload_end (&payload, &seq, &sum));
      g_assert_true (role_payload_take (&payload, data + at, MIN (piece, size - at)));
    }
    g_assert_true (role_payload_end (&payload, &seq, &sum));
    g_assert_cmpuint (seq, ==, 9);
    g_assert_cmphex (sum, ==, filled);
    g_assert_false (role_payload_take (&payload, data, 8));
    g_assert_false (role_payload_end (&payload, &seq, &sum));
  }
}

/* Size 2^32 + 100 is not size 100, and what is shorter than a header is none. */
static void
test_payload_sizes (void)
{
  guint8 data[100];
  guint64 seq, sum;
  RolePayload payload;

  role_payload_fill (data, sizeof data, 1);
  role_payload_begin (&payload, (G_GUINT64_CONSTANT (1) << 32) + sizeof data);
  g_assert_false (role_payload_take (&payload, data, sizeof data));
  g_assert_false (role_payload_check (data, ROLE_PAYLOAD_MIN - 1, &seq, &sum));
  g_assert_false (role_payload_peek (data, ROLE_PAYLOAD_MIN - 1, &seq));
  g_assert_false (role_payload_check (data, 0, &seq, &sum));
}

/* Memory that is truncated under its reader ends in an answer, not in a signal. */
static void
test_payload_shared (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE), size = 20 * page;
  gint fd = memfd_create ("payload", MFD_CLOEXEC);
  guint64 seq = 0, sum = 0, filled;
  guint8 *data;

  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  data = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (data != MAP_FAILED);
  filled = role_payload_fill (data, size, 3);
  g_assert_true (role_payload_look (data, size, FALSE, &seq, &sum));
  g_assert_cmpuint (seq, ==, 3);
  g_assert_cmphex (sum, ==, filled);
  g_assert_false (role_payload_look (data, size - 1, FALSE, &seq, &sum));
  g_assert_cmpint (ftruncate (fd, (off_t) page), ==, 0);
  g_assert_false (role_payload_look (data, size, FALSE, &seq, &sum));
  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  g_assert_false (role_payload_look (data, size, FALSE, &seq, &sum));
  g_assert_false (role_payload_look (data, size, TRUE, &seq, &sum));
  munmap (data, size);
  close (fd);
}

/* Every single bit that is turned over is seen. */
static void
test_payload_bits (void)
{
  guint8 data[96];
  guint64 seq, sum;

  role_payload_fill (data, sizeof data, 7);
  for (gsize bit = 0; bit < 8 * sizeof data; bit++) {
    data[bit / 8] ^= 1 << bit % 8;
    g_assert_false (role_payload_check (data, sizeof data, &seq, &sum) && seq == 7);
    data[bit / 8] ^= 1 << bit % 8;
  }
  g_assert_true (role_payload_check (data, sizeof data, &seq, &sum));
}

/* --- held --- */

static void
test_held (void)
{
  Held *held = held_new (1);
  gboolean seen[20] = { FALSE };

  for (gint i = 1; i <= 4; i++)
    held_push (held, GINT_TO_POINTER (i));
  g_assert_cmpint (GPOINTER_TO_INT (held_pop (held, HELD_FIFO)), ==, 1);
  g_assert_cmpint (GPOINTER_TO_INT (held_pop (held, HELD_REVERSE)), ==, 4);
  g_assert_cmpuint (held_length (held), ==, 2);
  held_pop (held, HELD_FIFO);
  held_pop (held, HELD_FIFO);
  g_assert_null (held_pop (held, HELD_SHUFFLE));
  for (gint i = 0; i < 20; i++)
    held_push (held, GINT_TO_POINTER (i + 1));
  for (gint i = 0; i < 20; i++) {
    gint item = GPOINTER_TO_INT (held_pop (held, HELD_SHUFFLE));

    g_assert_false (seen[item - 1]);
    seen[item - 1] = TRUE;
  }
  g_assert_cmpint (held_order_from_name ("reverse"), ==, HELD_REVERSE);
  g_assert_cmpint (held_order_from_name ("shuffle"), ==, HELD_SHUFFLE);
  g_assert_cmpint (held_order_from_name ("fifo"), ==, HELD_FIFO);
  for (gint i = 1; i <= 100; i++) {
    held_push (held, GINT_TO_POINTER (2 * i));
    held_push (held, GINT_TO_POINTER (2 * i + 1));
    g_assert_cmpint (GPOINTER_TO_INT (held_pop (held, HELD_FIFO)), ==, i + 1);
  }
  g_assert_cmpint (GPOINTER_TO_INT (held_pop (held, HELD_REVERSE)), ==, 201);
  g_assert_cmpuint (held_length (held), ==, 99);
  while (held_pop (held, HELD_FIFO));
  held_free (held);
  held_free (NULL);
}

/* --- tap --- */

typedef struct
{
  gchar *dir, *producer_path, *tap_path;
  ConnWriter *writer;
  RoleTap *tap;
  GArray *events;               /* TraceEvent */
} Fixture;

static void
on_event (gpointer user, TraceEvent * event)
{
  Fixture *fixture = user;

  g_array_append_val (fixture->events, *event);
}

static void
set_up (Fixture * fixture, gconstpointer data)
{
  ConnWriterConfig config = {.area_size = 10 * SIZE,.perms = 0600 };
  g_autoptr (GError) error = NULL;

  fixture->dir = g_dir_make_tmp ("shmdiag-test-XXXXXX", NULL);
  fixture->producer_path = g_build_filename (fixture->dir, "p", NULL);
  fixture->tap_path = g_build_filename (fixture->dir, "t", NULL);
  fixture->events = g_array_new (FALSE, FALSE, sizeof (TraceEvent));
  config.path = fixture->producer_path;
  fixture->writer = conn_writer_new (&config, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->tap = role_tap_new (fixture->tap_path, fixture->producer_path, on_event, fixture,
      &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture * fixture, gconstpointer data)
{
  role_tap_free (fixture->tap);
  conn_writer_free (fixture->writer);
  g_array_unref (fixture->events);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);      /* both sockets are gone */
  g_free (fixture->dir);
  g_free (fixture->producer_path);
  g_free (fixture->tap_path);
}

static const TraceEvent *
find_event (Fixture * fixture, TraceKind kind)
{
  for (guint i = 0; i < fixture->events->len; i++) {
    const TraceEvent *event = &g_array_index (fixture->events, TraceEvent, i);

    if (event->kind == kind)
      return event;
  }
  return NULL;
}

/* Lets everybody act until KIND was seen. */
static const TraceEvent *
pump_until (Fixture * fixture, TraceKind kind)
{
  Deadline deadline = deadline_in (SECONDS);

  while (!find_event (fixture, kind)) {
    g_assert_false (deadline_passed (deadline));
    conn_writer_dispatch (fixture->writer, NULL);
    g_main_context_iteration (NULL, FALSE);
  }
  return find_event (fixture, kind);
}

/* Lets everybody act until READER answers WANTED. */
static ConnBuffer
read_until (Fixture * fixture, ConnReader * reader, ConnReaderResult wanted)
{
  Deadline deadline = deadline_in (SECONDS);
  ConnBuffer buffer;

  for (;;) {
    g_autoptr (GError) error = NULL;
    ConnReaderResult result = conn_reader_next (reader, &buffer, &error);

    g_assert_no_error (error);
    if (result == wanted)
      return buffer;
    g_assert_cmpint (result, !=, CONN_READER_END);
    g_assert_false (deadline_passed (deadline));
    if (fixture->writer)
      conn_writer_dispatch (fixture->writer, NULL);
    g_main_context_iteration (NULL, FALSE);
  }
}

static ConnReader *
connect_reader (Fixture * fixture)
{
  ConnReaderConfig config = {.path = fixture->tap_path };
  g_autoptr (GError) error = NULL;
  ConnReader *reader = conn_reader_new (&config, 1000, &error);

  g_assert_no_error (error);
  pump_until (fixture, TRACE_NEW_AREA);
  read_until (fixture, reader, CONN_READER_AREA);
  return reader;
}

static void
send_numbered (Fixture * fixture, guint64 seq)
{
  ConnBlock *block = conn_writer_alloc (fixture->writer, SIZE, NULL);

  g_assert_nonnull (block);
  role_payload_fill (conn_block_data (block), SIZE, seq);
  g_assert_true (conn_writer_send (fixture->writer, block));
}

static void
test_tap_forwards (Fixture * fixture, gconstpointer data)
{
  ConnReader *reader = connect_reader (fixture);
  const TraceEvent *event = find_event (fixture, TRACE_CLIENT_OPEN);
  ConnBuffer buffer;
  guint64 seq, sum;
  guint8 content[SIZE];

  g_assert_cmpint (event->client_open.pid, ==, getpid ());
  send_numbered (fixture, 5);
  buffer = read_until (fixture, reader, CONN_READER_BUFFER);
  g_assert_true (conn_reader_read (reader, &buffer, 0, content, SIZE, NULL));
  g_assert_true (role_payload_check (content, SIZE, &seq, &sum));
  g_assert_cmpuint (seq, ==, 5);
  event = find_event (fixture, TRACE_NEW_BUFFER);
  g_assert_cmpuint (event->seq, ==, 5);
  g_assert_cmphex (event->sum, ==, sum);
  g_assert_cmpuint (event->size, ==, SIZE);
  g_assert_true (conn_reader_ack (reader, &buffer, NULL));
  event = pump_until (fixture, TRACE_ACK_BUFFER);
  g_assert_cmpuint (event->seq, ==, 5);
  g_assert_cmpint (event->area, ==, 1);
  conn_reader_free (reader);
  event = pump_until (fixture, TRACE_CLIENT_CLOSE);
  g_assert_cmpstr (event->text, ==, "consumer");
}

static void
test_tap_end_of_producer (Fixture * fixture, gconstpointer data)
{
  ConnReader *reader = connect_reader (fixture);

  send_numbered (fixture, 1);
  g_clear_pointer (&fixture->writer, conn_writer_free);
  /* What was sent before the end still arrives, and then the end. */
  read_until (fixture, reader, CONN_READER_BUFFER);
  read_until (fixture, reader, CONN_READER_END);
  g_assert_cmpstr (find_event (fixture, TRACE_CLIENT_CLOSE)->text, ==, "producer");
  conn_reader_free (reader);
}

/* What is no command is passed on all the same, byte by byte, and told once. */
static void
test_tap_garbage (Fixture * fixture, gconstpointer data)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  guint8 garbage[100];
  const TraceEvent *event;

  g_strlcpy (address.sun_path, fixture->tap_path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  pump_until (fixture, TRACE_NEW_AREA);
  memset (garbage, 0xee, sizeof garbage);
  g_assert_cmpint (send (fd, garbage, sizeof garbage, 0), ==, sizeof garbage);
  event = pump_until (fixture, TRACE_GARBAGE);
  g_assert_true (g_str_has_prefix (event->text, "to the producer"));
  /* The writer throws such a client out, and the tap tells who ended it. */
  event = pump_until (fixture, TRACE_CLIENT_CLOSE);
  g_assert_cmpstr (event->text, ==, "producer");
  close (fd);
}

/* An ACK for what the client does not hold is told as such. */
static void
test_tap_foreign_ack (Fixture * fixture, gconstpointer data)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  WireCommand ack = {.type = WIRE_ACK_BUFFER,.area_id = 9,.offset = 8 };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  guint8 bytes[WIRE_COMMAND_SIZE];
  const TraceEvent *event;

  g_strlcpy (address.sun_path, fixture->tap_path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  pump_until (fixture, TRACE_NEW_AREA);
  wire_encode (&ack, bytes);
  for (gsize i = 0; i < sizeof bytes; i++)
    g_assert_cmpint (send (fd, bytes + i, 1, 0), ==, 1);
  event = pump_until (fixture, TRACE_ACK_BUFFER);
  g_assert_cmpint (event->area, ==, 9);
  g_assert_cmpuint (event->offset, ==, 8);
  g_assert_cmpuint (event->seq, ==, 0);
  pump_until (fixture, TRACE_CLIENT_CLOSE);
  close (fd);
}

static void
test_tap_without_producer (Fixture * fixture, gconstpointer data)
{
  ConnReaderConfig config = {.path = fixture->tap_path };
  ConnReader *reader;

  g_clear_pointer (&fixture->writer, conn_writer_free);
  reader = conn_reader_new (&config, 1000, NULL);
  g_assert_nonnull (reader);
  read_until (fixture, reader, CONN_READER_END);
  g_assert_null (find_event (fixture, TRACE_CLIENT_OPEN));
  conn_reader_free (reader);
}

/* --- tap between a hostile producer and a client --- */

/* A producer made by hand in place of ours: its end of the connection; CLIENT is the other's. */
typedef struct
{
  gint listen_fd, fd, client;
} Raw;

static void
bind_to (gint fd, const gchar * path, gboolean listens)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (!listens) {
    g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
    return;
  }
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 0), ==, 0);
}

static gint
client_new (Fixture * fixture)
{
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  bind_to (fd, fixture->tap_path, FALSE);
  return fd;
}

static void
raw_listen (Fixture * fixture, Raw * raw)
{
  g_clear_pointer (&fixture->writer, conn_writer_free);
  raw->listen_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  bind_to (raw->listen_fd, fixture->producer_path, TRUE);
}

static gint
raw_accept (gint listen_fd)
{
  Deadline deadline = deadline_in (SECONDS);
  gint fd;

  while ((fd = accept4 (listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0) {
    g_assert_false (deadline_passed (deadline));
    g_main_context_iteration (NULL, FALSE);
  }
  return fd;
}

static void
raw_open (Fixture * fixture, Raw * raw)
{
  raw_listen (fixture, raw);
  raw->client = client_new (fixture);
  raw->fd = raw_accept (raw->listen_fd);
}

static void
raw_close (Fixture * fixture, Raw * raw)
{
  close (raw->fd);
  close (raw->client);
  close (raw->listen_fd);
  g_unlink (fixture->producer_path);
}

/* Sends all of BYTES, while the client throws away what reaches it. */
static void
raw_send (Raw * raw, gconstpointer bytes, gsize length)
{
  Deadline deadline = deadline_in (SECONDS);
  guint8 waste[4096];

  for (gsize at = 0; at < length;) {
    gssize put = send (raw->fd, (const guint8 *) bytes + at, length - at, MSG_NOSIGNAL);

    at += put > 0 ? (gsize) put : 0;
    if (recv (raw->client, waste, sizeof waste, 0) > 0)
      deadline = deadline_in (SECONDS);
    g_assert_false (deadline_passed (deadline));
    g_main_context_iteration (NULL, FALSE);
  }
}

/* The client throws away what reaches it until WANTED events were told. */
static void
raw_drain (Fixture * fixture, Raw * raw, guint wanted)
{
  Deadline deadline = deadline_in (SECONDS);
  guint8 waste[4096];

  while (fixture->events->len < wanted) {
    if (recv (raw->client, waste, sizeof waste, 0) > 0)
      deadline = deadline_in (SECONDS);
    g_assert_false (deadline_passed (deadline));
    g_main_context_iteration (NULL, FALSE);
  }
}

static void
raw_command (Raw * raw, WireType type, gint32 id, guint64 offset, const gchar * name)
{
  WireCommand command = {.type = type,.area_id = id,.offset = offset,.size = 100 };
  guint8 bytes[WIRE_COMMAND_SIZE];

  command.path_size = name ? (guint32) strlen (name) + 1 : 0;
  wire_encode (&command, bytes);
  raw_send (raw, bytes, sizeof bytes);
  if (name)
    raw_send (raw, name, command.path_size);
}

static guint
count_events (Fixture * fixture, TraceKind kind)
{
  guint count = 0;

  for (guint i = 0; i < fixture->events->len; i++)
    count += g_array_index (fixture->events, TraceEvent, i).kind == kind;
  return count;
}

static void
pump_for (Fixture * fixture, TraceKind kind, guint wanted)
{
  Deadline deadline = deadline_in (SECONDS);

  while (count_events (fixture, kind) < wanted) {
    g_assert_false (deadline_passed (deadline));
    g_main_context_iteration (NULL, FALSE);
  }
}

/* A name in /dev/shm that is no memory object is told as such, and stops nobody. */
static void
test_tap_no_object (Fixture * fixture, gconstpointer data)
{
  static const mode_t kinds[] = { S_IFIFO, S_IFDIR, S_IFLNK, S_IFSOCK };
  gint socket_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Raw raw;

  raw_open (fixture, &raw);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree gchar *name = g_strdup_printf ("/shmpipe.test-role.%d.%u", getpid (), i);
    g_autofree gchar *path = g_strconcat ("/dev/shm", name, NULL);
    const TraceEvent *event;

    if (kinds[i] == S_IFIFO)
      g_assert_cmpint (mkfifo (path, 0600), ==, 0);
    else if (kinds[i] == S_IFDIR)
      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    else if (kinds[i] == S_IFLNK)
      g_assert_cmpint (symlink ("/dev/zero", path), ==, 0);
    else
      bind_to (socket_fd, path, TRUE);
    raw_command (&raw, WIRE_NEW_AREA, (gint32) i + 1, 0, name);
    pump_for (fixture, TRACE_NEW_AREA, i + 1);
    g_remove (path);
    event = &g_array_index (fixture->events, TraceEvent, fixture->events->len - 1);
    g_assert_cmpint (event->new_area.opened, ==, 0);
    g_assert_cmpuint (event->sum & S_IFMT, ==, kinds[i]);
  }
  close (socket_fd);
  raw_close (fixture, &raw);
}

static guint
n_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir))
    count++;
  return count;
}

/* Thousands of areas cost some descriptors; the peer is named once. What is closed makes room. */
static void
test_tap_many_areas (Fixture * fixture, gconstpointer data)
{
  g_autofree gchar *name = g_strdup_printf ("/shmpipe.test-role.%d", getpid ());
  g_autofree gchar *path = g_strconcat ("/dev/shm", name, NULL);
  g_autofree gchar *pid = g_strdup_printf ("producer of pid %d", getpid ());
  guint before;
  Raw raw;

  raw_open (fixture, &raw);
  g_assert_true (g_file_set_contents (path, name, -1, NULL));
  before = n_descriptors ();
  for (gint i = 1; i <= 1000; i++) {
    raw_command (&raw, WIRE_NEW_AREA, i, 0, name);
    raw_command (&raw, WIRE_CLOSE_AREA, i, 0, NULL);
  }
  pump_for (fixture, TRACE_CLOSE_AREA, 1000);
  g_assert_cmpuint (n_descriptors (), <=, before + 256);
  g_assert_null (find_event (fixture, TRACE_NOTE));
  for (gint i = 1001; i <= 3000; i++)
    raw_command (&raw, WIRE_NEW_AREA, i, 0, name);
  pump_for (fixture, TRACE_NEW_AREA, 3000);
  g_unlink (path);
  g_assert_cmpuint (n_descriptors (), <=, before + 256);
  g_assert_cmpuint (count_events (fixture, TRACE_NOTE), ==, 1);
  g_assert_nonnull (g_strrstr (find_event (fixture, TRACE_NOTE)->text, pid));
  g_assert_cmpint (find_event (fixture, TRACE_NOTE)->note.lost, ==, 0);
  raw_close (fixture, &raw);
}

/* Buffers that nobody acknowledges are remembered up to a number; then the connection is passed
 * on, and no more is told of it. */
static void
test_tap_many_buffers (Fixture * fixture, gconstpointer data)
{
  const guint last = 65537, more = 1000;
  g_autofree guint8 *bytes = g_malloc ((gsize) (last + more) * WIRE_COMMAND_SIZE);
  const TraceEvent *event;
  Raw raw;

  raw_open (fixture, &raw);
  for (guint i = 0; i < last + more; i++) {
    WireCommand command = {.type = WIRE_NEW_BUFFER,.area_id = 1,.offset = i,.size = 1 };

    wire_encode (&command, bytes + (gsize) i * WIRE_COMMAND_SIZE);
  }
  raw_send (&raw, bytes, (gsize) (last + more) * WIRE_COMMAND_SIZE);
  raw_drain (fixture, &raw, last + 2);  /* with its opening and the note */
  g_assert_cmpuint (count_events (fixture, TRACE_NEW_BUFFER), ==, last);
  event = find_event (fixture, TRACE_NOTE);
  g_assert_nonnull (event);
  g_assert_cmpint (event->note.lost, ==, 1);
  g_assert_cmpint (event->client, ==, 0);
  raw_close (fixture, &raw);
  g_assert_null (find_event (fixture, TRACE_GARBAGE));
}

/* A producer that does not accept keeps its own clients waiting, not those that it has, and they
 * are served when it does accept. */
static void
test_tap_not_accepting (Fixture * fixture, gconstpointer data)
{
  gint waiting[3], served[3];
  Raw raw;

  raw_open (fixture, &raw);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    waiting[i] = client_new (fixture);
  for (gint i = 0; i < 20; i++) {
    gint64 start_ns = deadline_now_ns ();

    g_main_context_iteration (NULL, FALSE);
    /* A connect that waits takes a whole second here. */
    g_assert_cmpint (deadline_now_ns () - start_ns, <, 900 * 1000 * 1000);
  }
  raw_command (&raw, WIRE_CLOSE_AREA, 1, 0, NULL);
  pump_for (fixture, TRACE_CLOSE_AREA, 1);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    served[i] = raw_accept (raw.listen_fd);
  pump_for (fixture, TRACE_CLIENT_OPEN, 4);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++) {
    close (waiting[i]);
    close (served[i]);
  }
  raw_close (fixture, &raw);
}

/* Without a descriptor to spare the tap waits, tells it once, and does not spin. */
static void
test_tap_no_descriptors (Fixture * fixture, gconstpointer data)
{
  struct rlimit before, limit;
  guint n_turns = 0;
  gint64 end_us;
  gint client, top, fd;
  Raw raw;

  raw_listen (fixture, &raw);
  client = client_new (fixture);
  top = dup (client);
  close (top);
  getrlimit (RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = (rlim_t) top;
  setrlimit (RLIMIT_NOFILE, &limit);
  end_us = g_get_monotonic_time () + 300 * 1000;
  while (g_get_monotonic_time () < end_us) {
    n_turns += g_main_context_iteration (NULL, FALSE);
    g_usleep (500);
  }
  setrlimit (RLIMIT_NOFILE, &before);
  g_assert_cmpuint (n_turns, <, 100);
  g_assert_cmpuint (count_events (fixture, TRACE_NOTE), ==, 1);
  g_assert_nonnull (g_strrstr (find_event (fixture, TRACE_NOTE)->text, "Too many open files"));
  fd = raw_accept (raw.listen_fd);
  pump_for (fixture, TRACE_CLIENT_OPEN, 1);
  close (fd);
  close (client);
  close (raw.listen_fd);
  g_unlink (fixture->producer_path);
}

static void
test_tap_errors (void)
{
  g_autofree gchar *longest = g_strnfill (200, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_null (role_tap_new (longest, "/nonexistent", on_event, NULL, &error));
  g_assert_nonnull (strstr (error->message, "path too long"));
  g_clear_error (&error);
  g_assert_null (role_tap_new ("/nonexistent/t", "/nonexistent/p", on_event, NULL, &error));
  g_assert_nonnull (strstr (error->message, "cannot listen"));
}

/* --- roles --- */

static void
test_roles (void)
{
  g_assert_nonnull (role_by_name ("ref-producer"));
  g_assert_nonnull (role_by_name ("ref-consumer"));
  g_assert_nonnull (role_by_name ("tap"));
  g_assert_null (role_by_name ("no-such-role"));
  for (gsize i = 0; role_list ()[i]; i++)
    g_assert_true (role_by_name (role_list ()[i]->name) == role_list ()[i]);
}

/* --- roles as processes --- */

gssize __real_fd_write (gint fd, gconstpointer data, gsize size);
gssize __wrap_fd_write (gint fd, gconstpointer data, gsize size);

/* Whatever is told is acted on by others before its thread goes on. */
gssize
__wrap_fd_write (gint fd, gconstpointer data, gsize size)
{
  gssize put = __real_fd_write (fd, data, size);

  if (fd == ACTOR_EVENT_FD && ((const TraceEvent *) data)->kind == TRACE_BUFFER_IN)
    g_usleep (PAUSE_US);
  return put;
}

typedef struct
{
  pid_t pid;
  gint control_fd, event_fd;
  guint32 serial;
  guint n_released;             /* TRACE_RELEASE so far */
} Process;

static void
become_role (const gchar * kind, const gchar * socket_path, gint control_fd, gint event_fd)
{
  g_autofree gchar *at = g_strconcat ("socket=", socket_path, NULL);

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  control_fd = fcntl (control_fd, F_DUPFD_CLOEXEC, 10);
  event_fd = fcntl (event_fd, F_DUPFD_CLOEXEC, 10);
  if (dup2 (control_fd, ACTOR_CONTROL_FD) == ACTOR_CONTROL_FD
      && dup2 (event_fd, ACTOR_EVENT_FD) == ACTOR_EVENT_FD)
    execl ("/proc/self/exe", "test-role", "--role", kind, "c", "0", at, "seed=1", "hold=-1",
        "ack-order=fifo", "keep-last=false", "sink=appsink", "live=false", "delay=0",
        "events=all", "max-buffer=256M", NULL);
  _exit (99);
}

static void
process_start (Process * process, const gchar * kind, const gchar * socket_path)
{
  gint control[2], events[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), ==, 0);
  g_assert_cmpint (pipe2 (events, O_CLOEXEC), ==, 0);
  process->pid = fork ();
  if (process->pid == 0)
    become_role (kind, socket_path, control[1], events[1]);
  g_assert_cmpint (process->pid, >, 0);
  close (control[1]);
  close (events[1]);
  process->control_fd = control[0];
  process->event_fd = events[0];
}

static void
process_end (Process * process)
{
  kill (process->pid, SIGKILL);
  waitpid (process->pid, NULL, 0);
  close (process->control_fd);
  close (process->event_fd);
}

static void
process_tell (Process * process, RoleVerb verb, gint64 count)
{
  ActorCommand command = {.serial = ++process->serial,.verb = verb,.count = count };

  g_assert_cmpint (send (process->control_fd, &command, sizeof command, MSG_NOSIGNAL), ==,
      sizeof command);
}

/* Serves the producer meanwhile. */
static TraceEvent
process_until (Process * process, TraceKind kind, ConnWriter * writer)
{
  Deadline deadline = deadline_in (4 * SECONDS);
  struct pollfd fds[] = { {.fd = process->event_fd,.events = POLLIN},
  {.fd = conn_writer_fd (writer),.events = POLLIN}
  };
  TraceEvent event;

  for (;;) {
    g_assert_false (deadline_passed (deadline));
    poll (fds, 2, 100);
    conn_writer_dispatch (writer, NULL);
    if (!(fds[0].revents & (POLLIN | POLLHUP)))
      continue;
    g_assert_cmpint (read (process->event_fd, &event, sizeof event), ==, sizeof event);
    process->n_released += event.kind == TRACE_RELEASE;
    if (event.kind == kind)
      return event;
  }
}

/* Whoever is told of a buffer may have it let go of at once. */
static void
test_buffer_told_is_kept (gconstpointer data)
{
  Fixture fixture = { 0 };
  Process process = { 0 };

  set_up (&fixture, NULL);
  process_start (&process, data, fixture.producer_path);
  process_until (&process, TRACE_READY, fixture.writer);
  process_tell (&process, ROLE_START, 0);
  process_until (&process, TRACE_DONE, fixture.writer);
  while (conn_writer_n_clients (fixture.writer) == 0)
    conn_writer_dispatch (fixture.writer, NULL);
  for (guint i = 1; i <= N_RELEASES; i++) {
    send_numbered (&fixture, i);
    g_assert_cmpuint (process_until (&process, TRACE_BUFFER_IN, fixture.writer).seq, ==, i);
    process_tell (&process, ROLE_RELEASE, -1);
    process_until (&process, TRACE_DONE, fixture.writer);
    g_assert_cmpuint (process.n_released, ==, i);
  }
  process_end (&process);
  tear_down (&fixture, NULL);
}

/* An element that is not installed has nothing to be tested. */
static gboolean
is_installed (const gchar * element)
{
  g_autofree gchar *inspect = g_find_program_in_path ("gst-inspect-1.0");
  const gchar *argv[] = { inspect, "--exists", element, NULL };
  gint status = 1;

  return inspect && g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL
      | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL) && status == 0;
}

#define TAP(name, call) \
  g_test_add ("/role/tap/" name, Fixture, NULL, set_up, call, tear_down)

gint
main (gint argc, gchar ** argv)
{
  if (argc > 4 && g_str_equal (argv[1], "--role"))
    return role_main (argc - 2, argv + 2);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/role/payload", test_payload);
  g_test_add_func ("/role/payload-pieces", test_payload_pieces);
  g_test_add_func ("/role/payload-sizes", test_payload_sizes);
  g_test_add_func ("/role/payload-shared", test_payload_shared);
  g_test_add_func ("/role/payload-bits", test_payload_bits);
  g_test_add_func ("/role/held", test_held);
  g_test_add_func ("/role/list", test_roles);
  TAP ("forwards", test_tap_forwards);
  TAP ("end-of-producer", test_tap_end_of_producer);
  TAP ("garbage", test_tap_garbage);
  TAP ("foreign-ack", test_tap_foreign_ack);
  TAP ("without-producer", test_tap_without_producer);
  TAP ("no-object", test_tap_no_object);
  TAP ("many-areas", test_tap_many_areas);
  TAP ("many-buffers", test_tap_many_buffers);
  TAP ("not-accepting", test_tap_not_accepting);
  TAP ("no-descriptors", test_tap_no_descriptors);
  g_test_add_func ("/role/tap/errors", test_tap_errors);
  g_test_add_data_func ("/role/ref-consumer/told-is-kept", "ref-consumer",
      test_buffer_told_is_kept);
  if (role_by_name ("gst-consumer") && is_installed ("shmsrc"))
    g_test_add_data_func ("/role/gst-consumer/told-is-kept", "gst-consumer",
        test_buffer_told_is_kept);
  return g_test_run ();
}
