/* Hostile peers against our own roles, as the processes that a run makes of them: the consumer
 * against servers, the producer against clients, and the tap between both. Whatever is sent, the
 * process lives, answers, serves the others, stays small and stops. */
#include "config.h"
#include "hostile.h"

#include "base/fd.h"
#include "proto/conn-reader.h"
#include "under-valgrind.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static gchar *test_dir, *server_path, *tap_path;

/* --- the consumer --- */

static gint listen_fd = -1;
static HostileActor *consumer;

static HostileActor *
consumer_new (const gchar * hold, const gchar * max_buffer, const gchar * events)
{
  const gchar *const config[] = {
    "socket", server_path, "seed", "1", "hold", hold, "keep-last", "false", "ack-order", "fifo",
    "delay", "0", "events", events, "max-buffer", max_buffer, NULL
  };

  return hostile_actor_new ("ref-consumer", config);
}

/* The end must come by itself, or when we go. */
static void
expect_end (HostileActor * actor, gint * fd, guint64 n_before, HostileKind kind)
{
  if (kind == HOSTILE_WRONG)
    hostile_receive (actor, *fd, NULL, 0);      /* ACKs of what was right before it, and the end */
  else
    g_assert_cmpuint (shutdown (*fd, SHUT_WR), ==, 0);
  hostile_actor_expect (actor, TRACE_END, n_before + 1);
  if (kind == HOSTILE_FINE)
    g_assert_cmpstr (actor->end, ==, "disconnect");
  else
    g_assert_true (g_str_has_prefix (actor->end, "protocol error: "));
  if (kind == HOSTILE_HALF)
    g_assert_nonnull (strstr (actor->end, "ended within a command"));
  fd_clear (fd);
}

/* One process for all: each leaves it as good as it was. */
static void
test_consumer (gconstpointer data)
{
  const HostileCase *attack = data;
  g_autoptr (GByteArray) good = g_byte_array_new ();
  guint64 n_ends, n_in;
  gint fd;

  n_ends = consumer->n_events[TRACE_END];
  hostile_actor_send (consumer, consumer->serial == 0 ? ROLE_START : ROLE_CONNECT, 0, "");
  fd = hostile_accept (consumer, listen_fd);
  hostile_send (consumer, fd, attack->bytes, attack->bytewise);
  expect_end (consumer, &fd, n_ends, attack->kind);
  hostile_actor_command (consumer, ROLE_DISCONNECT, 0);

  n_in = consumer->n_events[TRACE_BUFFER_IN];
  hostile_actor_send (consumer, ROLE_CONNECT, 0, "");
  fd = hostile_accept (consumer, listen_fd);
  hostile_append_area (good, 1, HOSTILE_OBJECT, "@good");
  hostile_append_command (good, WIRE_NEW_BUFFER, 1, 0, HOSTILE_PAYLOAD);
  g_assert_true (hostile_send (consumer, fd, good, FALSE));
  hostile_actor_expect (consumer, TRACE_BUFFER_IN, n_in + 1);
  g_assert_cmpuint (consumer->last_seq, ==, 1);
  hostile_actor_command (consumer, ROLE_DISCONNECT, 0);
  close (fd);
  hostile_actor_check_memory (consumer);
}

/* A process of its own, that is stopped in the middle of it. */
static void
test_consumer_stop (gconstpointer data)
{
  const HostileCase *attack = data;
  HostileActor *actor = consumer_new ("-1", "256M", "all");
  gint fd;

  hostile_actor_send (actor, ROLE_START, 0, "");
  fd = hostile_accept (actor, listen_fd);
  hostile_send (actor, fd, attack->bytes, FALSE);
  hostile_actor_stop (actor);
  close (fd);
}

/* Starts ACTOR and sends it an area of OBJECT. Returns the connection. */
static gint
give_area (HostileActor * actor, const gchar * object, gsize size)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gint fd;

  hostile_actor_send (actor, ROLE_START, 0, "");
  fd = hostile_accept (actor, listen_fd);
  hostile_append_area (bytes, 1, size, object);
  g_assert_true (hostile_send (actor, fd, bytes, FALSE));
  return fd;
}

static gboolean
give_buffer (HostileActor * actor, gint fd, gulong offset, gulong size)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  hostile_append_command (bytes, WIRE_NEW_BUFFER, 1, offset, size);
  return hostile_send (actor, fd, bytes, FALSE);
}

/* A TiB of zeros that claim to be a payload: the stop comes long before their end. */
static void
test_consumer_sparse (void)
{
  HostileActor *actor = consumer_new ("0", "1024G", "all");
  gint fd = give_area (actor, "@sparse", HOSTILE_SPARSE);

  g_assert_true (give_buffer (actor, fd, 0, HOSTILE_SPARSE));
  hostile_actor_command (actor, ROLE_HOLD, 5);
  hostile_actor_command (actor, ROLE_RELEASE, -1);
  hostile_actor_drain (actor);
  if (sizeof (gulong) == 8)
    g_assert_cmpuint (actor->n_events[TRACE_BUFFER_IN], ==, 0);
  hostile_actor_stop (actor);
  close (fd);
}

/* The object shrinks under a buffer that is announced: an error that says so, and the end. */
static void
test_consumer_shrinks (void)
{
  g_autofree gchar *file = hostile_object_file ("shrinks");
  HostileActor *actor = consumer_new ("-1", "256M", "all");
  gint fd = give_area (actor, "@shrinks", HOSTILE_OBJECT);

  hostile_actor_expect (actor, TRACE_CONNECTED, 1);
  g_assert_cmpint (truncate (file, 1000), ==, 0);
  g_assert_true (give_buffer (actor, fd, 0, HOSTILE_OBJECT));
  hostile_actor_expect (actor, TRACE_END, 1);
  g_assert_nonnull (strstr (actor->end, "truncated by its writer"));
  g_assert_cmpuint (hostile_receive (actor, fd, NULL, 0), ==, 0);
  hostile_actor_stop (actor);
  close (fd);
  hostile_make_objects ();
}

/* More buffers than anybody may make it keep. */
static void
test_consumer_flood_held (void)
{
  HostileActor *actor = consumer_new ("-1", "256M", "count");
  gint fd = give_area (actor, "@sparse", HOSTILE_SPARSE);
  gboolean open = TRUE;

  for (gulong at = 0; open && at < 1000000; at++)
    open = give_buffer (actor, fd, at, 1);
  g_assert_false (open);
  hostile_actor_expect (actor, TRACE_END, 1);
  g_assert_nonnull (strstr (actor->end, "too many held"));
  hostile_actor_command (actor, ROLE_RELEASE, -1);
  hostile_actor_stop (actor);
  close (fd);
}

/* It acknowledges, and nobody reads that. */
static void
test_consumer_flood_unread (void)
{
  HostileActor *actor = consumer_new ("0", "256M", "count");
  gint fd = give_area (actor, "@sparse", HOSTILE_SPARSE);
  gboolean open = TRUE;

  for (gulong at = 0; open && at < 1000000; at++)
    open = give_buffer (actor, fd, at, 1);
  g_assert_false (open);
  hostile_actor_expect (actor, TRACE_END, 1);
  g_assert_nonnull (strstr (actor->end, "too many unread"));
  hostile_actor_stop (actor);
  close (fd);
}

static void
test_consumer_flood_areas (void)
{
  HostileActor *actor = consumer_new ("0", "256M", "all");
  gint fd = give_area (actor, "@good", HOSTILE_OBJECT);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (gint32 id = 2; id < 3000; id++)
    hostile_append_area (bytes, id, HOSTILE_OBJECT, "@good");
  hostile_send (actor, fd, bytes, FALSE);
  hostile_actor_expect (actor, TRACE_END, 1);
  g_assert_nonnull (strstr (actor->end, "too many areas"));
  hostile_actor_stop (actor);
  close (fd);
}

/* Servers that say nothing, or part of a word, while it is to go. */
static void
test_consumer_silence (void)
{
  for (guint i = 0; i < 4; i++) {
    HostileActor *actor = consumer_new ("0", "256M", "all");
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    gint fd;

    hostile_append_area (bytes, 1, HOSTILE_OBJECT, "@good");
    g_byte_array_set_size (bytes, (guint[]) { 0, 1, WIRE_COMMAND_SIZE, bytes->len - 1 }[i]);
    hostile_actor_send (actor, ROLE_START, 0, "");
    fd = hostile_accept (actor, listen_fd);
    g_assert_true (hostile_send (actor, fd, bytes, FALSE));
    hostile_actor_stop (actor);
    close (fd);
  }
}

/* --- the producer --- */

static HostileActor *producer;
static ConnReader *witness;
static ConnBuffer witness_first;

static HostileActor *
producer_new (const gchar * events)
{
  const gchar *const config[] = {
    "socket", server_path, "seed", "1", "shm-size", "1M", "buffer-size", "64", "path", "copy",
    "pool-max", "0", "wait-for-connection", "true", "sync", "false", "pace", "0", "perms", "0600",
    "events", events, NULL
  };
  HostileActor *actor = hostile_actor_new ("ref-producer", config);

  hostile_actor_command (actor, ROLE_START, 0);
  return actor;
}

/* Until the witness answers WANTED. */
static ConnBuffer
witness_until (HostileActor * actor, ConnReaderResult wanted)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);

  for (;;) {
    g_autoptr (GError) error = NULL;
    ConnBuffer buffer;
    ConnReaderResult result = conn_reader_next (witness, &buffer, &error);

    g_assert_no_error (error);
    if (result == wanted)
      return buffer;
    g_assert_cmpint (result, ==, CONN_READER_NOTHING);
    g_assert_false (deadline_passed (deadline));
    hostile_actor_drain (actor);
    fd_poll (conn_reader_fd (witness), G_IO_IN, 10);
  }
}

static void
check_payload (const ConnBuffer * buffer, guint64 seq)
{
  guint8 data[HOSTILE_PAYLOAD];
  guint64 found = 0, sum;

  g_assert_cmpuint (buffer->size, ==, sizeof data);
  g_assert_true (conn_reader_read (witness, buffer, 0, data, sizeof data, NULL));
  g_assert_true (role_payload_check (data, sizeof data, &found, &sum));
  g_assert_cmpuint (found, ==, seq);
}

/* The witness comes first, and keeps the first buffer to the end. */
static void
witness_join (HostileActor * actor)
{
  const ConnReaderConfig config = {.path = server_path };

  witness = conn_reader_new (&config, 10000, NULL);
  g_assert_nonnull (witness);
  witness_until (actor, CONN_READER_AREA);
  hostile_actor_command (actor, ROLE_PRODUCE, 1);
  witness_first = witness_until (actor, CONN_READER_BUFFER);
}

/* Another buffer for all; the witness sees it whole and lets go of it. Returns where it lies. */
static gulong
witness_one_more (HostileActor * actor)
{
  static guint64 seq = 1;
  ConnBuffer buffer;

  hostile_actor_command (actor, ROLE_PRODUCE, 1);
  buffer = witness_until (actor, CONN_READER_BUFFER);
  check_payload (&buffer, ++seq);
  check_payload (&witness_first, 1);
  g_assert_true (conn_reader_ack (witness, &buffer, NULL));
  return (gulong) buffer.offset;
}

/* Connects and takes the area. */
static gint
attacker_new (HostileActor * actor)
{
  g_autofree gchar *name = g_strdup_printf (WIRE_PATH_PREFIX "%5d.    0", (gint) actor->child.pid);
  gint fd = hostile_connect (server_path);
  gsize length = WIRE_COMMAND_SIZE + strlen (name) + 1;

  g_assert_cmpuint (hostile_receive (actor, fd, NULL, length), ==, length);
  return fd;
}

static void
test_producer (gconstpointer data)
{
  const HostileCase *attack = data;
  guint64 n_gone = producer->n_events[TRACE_DISCONNECTED];
  gint fd = attacker_new (producer);

  g_assert_cmpuint (witness_one_more (producer), ==, HOSTILE_PAYLOAD);
  g_assert_cmpuint (hostile_receive (producer, fd, NULL, WIRE_COMMAND_SIZE), ==,
      WIRE_COMMAND_SIZE);
  hostile_send (producer, fd, attack->bytes, attack->bytewise);
  if (attack->kind == HOSTILE_WRONG)
    g_assert_cmpuint (hostile_receive (producer, fd, NULL, 0), ==, 0);
  witness_one_more (producer);
  if (attack->kind == HOSTILE_FINE)
    g_assert_cmpuint (hostile_receive (producer, fd, NULL, WIRE_COMMAND_SIZE), ==,
        WIRE_COMMAND_SIZE);
  fd_clear (&fd);
  hostile_actor_expect (producer, TRACE_DISCONNECTED, n_gone + 1);
  hostile_actor_check_memory (producer);
}

/* All of them at once, in the middle of it when it is stopped: silent, half a word, not reading. */
static void
test_producer_stop (gconstpointer data)
{
  HostileActor *actor = producer_new ("count");
  const GPtrArray *cases = data;
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (gint));

  for (guint i = 0; i < 40; i++) {
    const HostileCase *attack = g_ptr_array_index (cases, i % cases->len);
    gint fd = hostile_connect (server_path);

    g_array_append_val (fds, fd);
    hostile_send (actor, fd, attack->bytes, FALSE);
  }
  hostile_actor_command (actor, ROLE_PRODUCE, -1);
  hostile_actor_stop (actor);
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, gint, i));
}

/* Many come and go, and more than may; the witness is served all the same. */
static void
test_producer_crowd (void)
{
  gint fds[100];

  for (guint i = 0; i < 500; i++)
    close (hostile_connect (server_path));
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = hostile_connect (server_path);
  witness_one_more (producer);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  witness_one_more (producer);
  hostile_actor_check_memory (producer);
}

/* Who never reads costs the others nothing, and no memory without end. */
static void
test_producer_unread (void)
{
  gint fd = attacker_new (producer);

  for (guint i = 0; i < 1000; i++)
    witness_one_more (producer);
  hostile_actor_check_memory (producer);
  close (fd);
}

/* --- the tap --- */

static HostileActor *tap;
static gint witness_client = -1, witness_server = -1;

static void
tap_connect (gint * client, gint * server)
{
  *client = hostile_connect (tap_path);
  *server = hostile_accept (tap, listen_fd);
}

/* Other connections are served meanwhile, in both directions. */
static void
check_witness (void)
{
  g_autoptr (GByteArray) ack = g_byte_array_new ();

  hostile_append_command (ack, WIRE_ACK_BUFFER, 1, 8, 0);
  g_assert_true (hostile_send (tap, witness_client, ack, FALSE));
  g_assert_cmpuint (hostile_receive (tap, witness_server, NULL, ack->len), ==, ack->len);
  g_byte_array_set_size (ack, 0);
  hostile_append_command (ack, WIRE_CLOSE_AREA, 1, 0, 0);
  g_assert_true (hostile_send (tap, witness_server, ack, FALSE));
  g_assert_cmpuint (hostile_receive (tap, witness_client, NULL, ack->len), ==, ack->len);
}

/* What FROM sends arrives at TO as it was, to the last byte; then the end. */
static void
check_forwarded (const HostileCase * attack, gint from, gint to)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();

  g_assert_true (hostile_send (tap, from, attack->bytes, attack->bytewise));
  g_assert_cmpint (shutdown (from, SHUT_WR), ==, 0);
  hostile_receive (tap, to, got, 0);
  g_assert_cmpmem (got->data, got->len, attack->bytes->data, attack->bytes->len);
  check_witness ();
  hostile_actor_check_memory (tap);
}

static void
forward_through_tap (gconstpointer data, gboolean from_server)
{
  gint client, server;

  tap_connect (&client, &server);
  check_forwarded (data, from_server ? server : client, from_server ? client : server);
  close (client);
  close (server);
}

static void
test_tap_server (gconstpointer data)
{
  forward_through_tap (data, TRUE);
}

static void
test_tap_client (gconstpointer data)
{
  forward_through_tap (data, FALSE);
}

/* In the middle of everything at once it stops. */
static void
test_tap_stop (gconstpointer data)
{
  const GPtrArray *cases = data;
  gint fds[80];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i += 2) {
    const HostileCase *attack = g_ptr_array_index (cases, i * 3 % cases->len);

    tap_connect (&fds[i], &fds[i + 1]);
    hostile_send (tap, fds[i + 1], attack->bytes, FALSE);
  }
  check_witness ();
  hostile_actor_stop (g_steal_pointer (&tap));
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* --- in this order --- */

static void
begin_consumer (void)
{
  listen_fd = hostile_listen (server_path);
  consumer = consumer_new ("0", "256M", "all");
}

static void
end_consumer (void)
{
  hostile_actor_stop (g_steal_pointer (&consumer));
  fd_clear (&listen_fd);
  g_assert_cmpint (g_remove (server_path), ==, 0);
}

static void
begin_producer (void)
{
  producer = producer_new ("all");
  witness_join (producer);
}

static void
end_producer (void)
{
  hostile_actor_stop (g_steal_pointer (&producer));
  g_clear_pointer (&witness, conn_reader_free);
  g_assert_cmpint (g_access (server_path, F_OK), !=, 0);
}

static void
begin_tap (void)
{
  const gchar *const config[] = { "listen", tap_path, "socket", server_path, NULL };

  listen_fd = hostile_listen (server_path);
  tap = hostile_actor_new ("tap", config);
  hostile_actor_command (tap, ROLE_START, 0);
  tap_connect (&witness_client, &witness_server);
}

static void
end_tap (void)
{
  hostile_actor_stop (g_steal_pointer (&tap));
  fd_clear (&witness_client);
  fd_clear (&witness_server);
  fd_clear (&listen_fd);
  g_assert_cmpint (g_remove (server_path), ==, 0);
}

static void
add_all (const gchar * side, const GPtrArray * cases, GTestDataFunc call)
{
  for (guint i = 0; i < cases->len; i++) {
    HostileCase *attack = g_ptr_array_index (cases, i);
    g_autofree gchar *path = g_strdup_printf ("/hostile/%s%s", side, attack->name);

    g_test_add_data_func (path, attack, call);
  }
}

/* Those with a name, once each. */
static GPtrArray *
some_of (const GPtrArray * cases)
{
  GPtrArray *some = g_ptr_array_new ();

  for (guint i = 0; i < cases->len; i++) {
    HostileCase *attack = g_ptr_array_index (cases, i);

    if (!attack->bytewise && !g_str_has_prefix (attack->name, "bounds-"))
      g_ptr_array_add (some, attack);
  }
  return some;
}

gint
main (gint argc, gchar ** argv)
{
  g_autoptr (GPtrArray) servers = NULL, clients = NULL, stops = NULL;
  gint status;

  if (argc > 1 && g_str_equal (argv[1], "--role"))
    return role_main (argc - 2, argv + 2);
  g_test_init (&argc, &argv, NULL);
  if (under_valgrind ()) {
    g_print ("1..0 # SKIP the processes that are attacked would not run under valgrind\n");
    return 0;
  }
  test_dir = g_dir_make_tmp ("shmdiag-hostile-XXXXXX", NULL);
  server_path = g_build_filename (test_dir, "s", NULL);
  tap_path = g_build_filename (test_dir, "t", NULL);
  hostile_make_objects ();
  servers = hostile_server_cases ();
  clients = hostile_client_cases ();
  stops = some_of (servers);

  g_test_add_func ("/hostile/consumer/begin", begin_consumer);
  add_all ("consumer/", servers, test_consumer);
  add_all ("consumer/stop-", stops, test_consumer_stop);
  g_test_add_func ("/hostile/consumer/sparse", test_consumer_sparse);
  g_test_add_func ("/hostile/consumer/shrinks", test_consumer_shrinks);
  g_test_add_func ("/hostile/consumer/flood-held", test_consumer_flood_held);
  g_test_add_func ("/hostile/consumer/flood-unread", test_consumer_flood_unread);
  g_test_add_func ("/hostile/consumer/flood-areas", test_consumer_flood_areas);
  g_test_add_func ("/hostile/consumer/silence", test_consumer_silence);
  g_test_add_func ("/hostile/consumer/end", end_consumer);
  g_test_add_func ("/hostile/producer/begin", begin_producer);
  add_all ("producer/", clients, test_producer);
  g_test_add_func ("/hostile/producer/crowd", test_producer_crowd);
  g_test_add_func ("/hostile/producer/unread", test_producer_unread);
  g_test_add_func ("/hostile/producer/end", end_producer);
  g_test_add_data_func ("/hostile/producer/stop", clients, test_producer_stop);
  g_test_add_func ("/hostile/tap/begin", begin_tap);
  add_all ("tap/server-", servers, test_tap_server);
  add_all ("tap/client-", clients, test_tap_client);
  g_test_add_data_func ("/hostile/tap/stop", servers, test_tap_stop);
  g_test_add_func ("/hostile/tap/end", end_tap);
  status = g_test_run ();
  hostile_remove_objects ();
  g_rmdir (test_dir);
  return status;
}
