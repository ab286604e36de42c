/* The life of a role process: commands in, events out. */
#include "config.h"
#include "role/role.h"

#include "base/beat.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/status.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct Role
{
  const RoleClass *klass;
  gpointer self;
  gint index;
  GHashTable *config;           /* gchar* to gchar* */
  GMainLoop *loop;
  gint status;
};

#define X(name) extern const RoleClass role_##name;
#include "role/role-list.h"
#undef X

static const RoleClass *const classes[] = {
#define X(name) &role_##name,
#include "role/role-list.h"
#undef X
  NULL
};

const RoleClass *const *
role_list (void)
{
  return classes;
}

const RoleClass *
role_by_name (const gchar * name)
{
  for (gsize i = 0; classes[i]; i++) {
    if (g_str_equal (classes[i]->name, name))
      return classes[i];
  }
  return NULL;
}

/* --- config --- */

const gchar *
role_get (Role * role, const gchar * key)
{
  return g_hash_table_lookup (role->config, key);
}

static const gchar *
must_get (Role * role, const gchar * key)
{
  const gchar *value = role_get (role, key);

  if (!value)
    g_error ("%s: %s: not set", role->klass->name, key);
  return value;
}

gint64
role_int (Role * role, const gchar * key)
{
  const gchar *text = must_get (role, key);
  gint64 value;
  guint64 size;

  if (parse_int (text, G_MININT64, G_MAXINT64, &value, NULL))
    return value;
  if (parse_size (text, &size, NULL) && size <= G_MAXINT64)
    return (gint64) size;
  g_error ("%s: %s: not a number: %s", role->klass->name, key, text);
}

gdouble
role_seconds (Role * role, const gchar * key)
{
  const gchar *text = must_get (role, key);
  gdouble value;

  if (!parse_seconds (text, &value, NULL))
    g_error ("%s: %s: not a duration: %s", role->klass->name, key, text);
  return value;
}

gboolean
role_bool (Role * role, const gchar * key)
{
  const gchar *text = must_get (role, key);
  gboolean value;

  if (!parse_bool (text, &value, NULL))
    g_error ("%s: %s: not true or false: %s", role->klass->name, key, text);
  return value;
}

/* --- events --- */

TraceEvent
role_event (Role * role, TraceKind kind)
{
  TraceEvent event = trace_event (kind);

  event.role = (gint16) role->index;
  event.time_ns = deadline_now_ns ();
  return event;
}

void
role_emit_raw (Role * role, const TraceEvent * event)
{
  /* Whole or not at all: the size is below PIPE_BUF. */
  if (fd_write (ROLE_EVENT_FD, event, sizeof *event) != sizeof *event)
    _exit (STATUS_BROKEN);      /* nobody listens any more */
}

/* No lock and no memory is taken here: whatever else of the process hangs, this is told. */
static void
on_late_beat (gint64 end_ns, gint64 lost_ns, gint64 asleep_ns, gpointer user)
{
  TraceEvent event = trace_stall (GPOINTER_TO_INT (user), end_ns, lost_ns, asleep_ns);

  role_emit_raw (NULL, &event);
}

void
role_emit (Role * role, TraceEvent * event, const gchar * format, ...)
{
  if (format) {
    g_autofree gchar *text = NULL;
    va_list args;

    va_start (args, format);
    text = g_strdup_vprintf (format, args);
    va_end (args);
    trace_event_set_text (event, text);
  }
  role_emit_raw (role, event);
}

void
role_done (Role * role, guint32 serial, const gchar * message)
{
  TraceEvent event = role_event (role, TRACE_DONE);

  event.done.command = serial;
  role_emit (role, &event, "%s", message ? message : "");
}

void
role_exit (Role * role, gint status)
{
  role->status = status;
  g_main_loop_quit (role->loop);
}

/* --- the process --- */

static gboolean
on_command (gint fd, GIOCondition condition, gpointer data)
{
  Role *role = data;
  RoleCommand command;
  gssize got;

  do
    got = recv (fd, &command, sizeof command, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (got != sizeof command || command.verb >= ROLE_N_VERBS) {
    role_exit (role, STATUS_BROKEN);    /* the runner is gone */
    return G_SOURCE_REMOVE;
  }
  command.text[sizeof command.text - 1] = '\0';
  role->klass->command (role, role->self, &command);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_sigterm (gpointer data)
{
  Role *role = data;

  role->klass->terminate (role, role->self);
  return G_SOURCE_REMOVE;
}

static gboolean
parse_arguments (Role * role, gint argc, gchar ** argv)
{
  gint64 index;

  if (argc < 3 || !(role->klass = role_by_name (argv[0])))
    return FALSE;
  if (!parse_int (argv[2], 0, G_MAXINT16, &index, NULL))
    return FALSE;
  role->index = (gint) index;
  for (gint i = 3; i < argc; i++) {
    gchar *equals = strchr (argv[i], '=');

    if (!equals)
      return FALSE;
    g_hash_table_replace (role->config, g_strndup (argv[i], (gsize) (equals - argv[i])),
        g_strdup (equals + 1));
  }
  return TRUE;
}

/* What of the pipe FD still is: its socket or an area. Caller frees; NULL: nothing. */
static gchar *
pipe_end_of (gint fd, const gchar * link)
{
  struct sockaddr_un own = { 0 }, peer = { 0 };
  socklen_t own_length = sizeof own, peer_length = sizeof peer;

  if (g_str_has_prefix (link, "/dev/shm/shmpipe."))
    return g_strdup (link);
  if (getsockname (fd, (struct sockaddr *) &own, &own_length) != 0 || own.sun_family != AF_UNIX)
    return NULL;
  getpeername (fd, (struct sockaddr *) &peer, &peer_length);
  if (own.sun_path[0] == '\0' && peer.sun_path[0] == '\0')
    return NULL;
  return g_path_get_basename (own.sun_path[0] ? own.sun_path : peer.sun_path);
}

/* A role that has let go of everything has no descriptor of its pipe any more. */
static void
tell_left_fds (Role * role)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_strconcat ("/proc/self/fd/", name, NULL);
    g_autofree gchar *link = g_file_read_link (path, NULL);
    g_autofree gchar *end = link ? pipe_end_of (atoi (name), link) : NULL;

    if (end) {
      TraceEvent event = role_event (role, TRACE_LEFTOVER);

      role_emit (role, &event, "fd %s: %s", name, end);
    }
  }
}

static void
run_loop (Role * role)
{
  TraceEvent event = role_event (role, TRACE_READY);

  g_unix_signal_add (SIGTERM, on_sigterm, role);
  g_unix_fd_add (ROLE_CONTROL_FD, G_IO_IN | G_IO_HUP, on_command, role);
  role_emit (role, &event, NULL);
  g_main_loop_run (role->loop);
}

gint
role_main (gint argc, gchar ** argv)
{
  Role role = {.index = -1 };
  g_autoptr (GError) error = NULL;

  role.config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!parse_arguments (&role, argc, argv)) {
    g_printerr ("%s: --role is for the program itself\n", PACKAGE_NAME);
    g_hash_table_unref (role.config);
    return STATUS_USAGE;
  }
  /* The runner's helpers may look at our stack when we hang. */
  prctl (PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  signal (SIGPIPE, SIG_IGN);
  beat_start (on_late_beat, GINT_TO_POINTER (role.index));
  role.loop = g_main_loop_new (NULL, FALSE);
  role.self = role.klass->create (&role, &error);
  if (role.self) {
    run_loop (&role);
    role.klass->destroy (role.self);
    tell_left_fds (&role);
  } else {
    TraceEvent event = role_event (&role, TRACE_BROKEN);

    role_emit (&role, &event, "%s", error->message);
    role.status = STATUS_BROKEN;
  }
  g_main_loop_unref (role.loop);
  g_hash_table_unref (role.config);
  return role.status;
}
