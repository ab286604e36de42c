/* A role process, and the sockets through which it is attacked. While we wait for anything, what
 * the process tells is taken in, so that it never waits for us. */
#include "config.h"
#include "hostile.h"

#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature (address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* A sanitizer keeps what was freed for a while. */
#define GROWTH_MAX_KIB (SANITIZED ? 700000 : 100000)
#define WAIT_MS 10

/* --- the process --- */

static guint64
peak_kib (pid_t pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", (gint) pid), *text = NULL;
  const gchar *line;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !(line = strstr (text, "VmHWM:")))
    return 0;
  return g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10);
}

static void
take_event (HostileActor * self, const TraceEvent * event)
{
  g_assert_cmpuint (event->kind, <, TRACE_N_KINDS);
  self->n_events[event->kind]++;
  switch ((TraceKind) event->kind) {
    case TRACE_BROKEN:
      g_test_message ("broken: %s", event->text);
      break;
    case TRACE_BUFFER_IN:
      self->last_seq = event->seq;
      break;
    case TRACE_END:
      g_free (self->end);
      self->end = g_strdup (event->text);
      break;
    case TRACE_DONE:
      self->last_done = (guint32) event->done.command;
      g_free (self->problem);
      self->problem = g_strdup (event->text);
      break;
    default:
      break;
  }
}

static void
take_events (HostileActor * self)
{
  TraceEvent event;

  while (fd_read (self->child.event_fd, &event, sizeof event) == sizeof event)
    take_event (self, &event);
}

static void
check_alive (HostileActor * self)
{
  gint status;

  if (!run_child_reap (&self->child, &status))
    return;
  g_test_message ("the process has gone: %s %d", WIFSIGNALED (status) ? "signal" : "status",
      WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status));
  g_assert_not_reached ();
}

void
hostile_actor_drain (HostileActor * self)
{
  if (!self)
    return;
  take_events (self);
  check_alive (self);
}

/* One turn of a wait that ends at DEADLINE. */
static void
turn (HostileActor * self, gint fd, gshort events, Deadline deadline)
{
  struct pollfd fds[] = {
    {.fd = fd,.events = events},
    {.fd = self ? self->child.event_fd : -1,.events = POLLIN},
    {.fd = self ? self->child.pidfd : -1,.events = POLLIN},
  };

  poll (fds, G_N_ELEMENTS (fds), WAIT_MS);
  hostile_actor_drain (self);
  g_assert_false (deadline_passed (deadline));
}

void
hostile_actor_expect (HostileActor * self, TraceKind kind, guint64 count)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);

  hostile_actor_drain (self);
  while (self->n_events[kind] < count)
    turn (self, -1, 0, deadline);
}

guint32
hostile_actor_send (HostileActor * self, RoleVerb verb, gint64 count, const gchar * text)
{
  ActorCommand command = {.serial = ++self->serial,.verb = verb,.count = count };

  g_strlcpy (command.text, text, sizeof command.text);
  g_assert_true (run_child_command (&self->child, &command));
  return command.serial;
}

void
hostile_actor_command (HostileActor * self, RoleVerb verb, gint64 count)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);
  guint32 serial = hostile_actor_send (self, verb, count, "");

  while (self->last_done != serial)
    turn (self, -1, 0, deadline);
  g_assert_cmpstr (self->problem, ==, "");
}

HostileActor *
hostile_actor_new (const gchar * kind, const gchar * const *config)
{
  HostileActor *self = g_new0 (HostileActor, 1);
  g_autoptr (GHashTable) table = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;

  for (; config[0]; config += 2)
    g_hash_table_insert (table, (gpointer) config[0], (gpointer) config[1]);
  g_assert_true (run_spawn (&self->child, kind, "x", 0, table, -1, &error));
  g_assert_no_error (error);
  hostile_actor_expect (self, TRACE_READY, 1);
  self->rss_before = peak_kib (self->child.pid);
  return self;
}

void
hostile_actor_check_memory (HostileActor * self)
{
  guint64 now = peak_kib (self->child.pid);

  g_assert_cmpuint (now, >, 0);
  g_assert_cmpuint (now - self->rss_before, <, GROWTH_MAX_KIB);
}

void
hostile_actor_stop (HostileActor * self)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);
  gint status = -1;

  if (!self)
    return;
  hostile_actor_drain (self);
  hostile_actor_check_memory (self);
  hostile_actor_send (self, ROLE_STOP, 0, "NULL");
  while (!run_child_reap (&self->child, &status)) {
    struct pollfd fds[] = {
      {.fd = self->child.event_fd,.events = POLLIN},
      {.fd = self->child.pidfd,.events = POLLIN},
    };

    g_assert_false (deadline_passed (deadline));
    poll (fds, G_N_ELEMENTS (fds), WAIT_MS);
    take_events (self);
  }
  take_events (self);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_cmpuint (self->n_events[TRACE_LEFTOVER], ==, 0);
  run_child_clear (&self->child);
  g_free (self->end);
  g_free (self->problem);
  g_free (self);
}

/* --- sockets --- */

static gint
new_socket (const gchar * path, struct sockaddr_un *address)
{
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  *address = (struct sockaddr_un) {.sun_family = AF_UNIX };
  g_assert_cmpuint (g_strlcpy (address->sun_path, path, sizeof address->sun_path), <,
      sizeof address->sun_path);
  return fd;
}

gint
hostile_listen (const gchar * path)
{
  struct sockaddr_un address;
  gint fd = new_socket (path, &address);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 128), ==, 0);
  return fd;
}

gint
hostile_accept (HostileActor * self, gint fd)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);
  gint accepted;

  while ((accepted = accept4 (fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0)
    turn (self, fd, POLLIN, deadline);
  return accepted;
}

gint
hostile_connect (const gchar * path)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);
  struct sockaddr_un address;
  gint fd = new_socket (path, &address);

  while (connect (fd, (struct sockaddr *) &address, sizeof address) != 0) {
    g_assert_cmpint (errno, ==, EAGAIN);        /* a full backlog */
    turn (NULL, -1, 0, deadline);
  }
  return fd;
}

static gboolean
send_piece (HostileActor * self, gint fd, const guint8 * bytes, gsize length)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);

  while (length > 0) {
    gssize put = send (fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (put < 0 && errno != EAGAIN && errno != EINTR)
      return FALSE;
    if (put < 0) {
      turn (self, fd, POLLOUT, deadline);
      continue;
    }
    bytes += put;
    length -= (gsize) put;
  }
  return TRUE;
}

gboolean
hostile_send (HostileActor * self, gint fd, const GByteArray * bytes, gboolean bytewise)
{
  gsize piece = bytewise ? 1 : bytes->len;

  for (gsize at = 0; at < bytes->len; at += piece) {
    if (!send_piece (self, fd, bytes->data + at, piece))
      return FALSE;
  }
  return TRUE;
}

gsize
hostile_receive (HostileActor * self, gint fd, GByteArray * out, gsize length)
{
  Deadline deadline = deadline_in (HOSTILE_LONG_S);
  gsize before = out ? out->len : 0, taken = 0;
  guint8 bytes[4096];

  while (length == 0 || taken < length) {
    gsize wanted = length == 0 ? sizeof bytes : MIN (sizeof bytes, length - taken);
    gssize got = recv (fd, bytes, wanted, MSG_DONTWAIT);

    if (got == 0 || (got < 0 && errno == ECONNRESET))
      break;
    if (got < 0) {
      g_assert_true (errno == EAGAIN || errno == EINTR);
      turn (self, fd, POLLIN, deadline);
      continue;
    }
    if (out)
      g_byte_array_append (out, bytes, (guint) got);
    taken += (gsize) got;
  }
  g_assert_true (!out || out->len == before + taken);
  return taken;
}
