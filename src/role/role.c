/* The kinds of roles, and the life of a process that is one. */
#include "config.h"
#include "role/role.h"

#include "base/status.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A role and the class of it, for the handlers. */
typedef struct
{
  const RoleClass *klass;
  gpointer self;
} Role;

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

/* --- the process --- */

static void
on_command (Actor * actor, gpointer user, const ActorCommand * command)
{
  const Role *role = user;

  role->klass->command (actor, role->self, command);
}

static void
on_terminate (Actor * actor, gpointer user)
{
  const Role *role = user;

  role->klass->terminate (actor, role->self);
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
tell_left_fds (Actor * actor)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_strconcat ("/proc/self/fd/", name, NULL);
    g_autofree gchar *link = g_file_read_link (path, NULL);
    g_autofree gchar *end = link ? pipe_end_of (atoi (name), link) : NULL;

    if (end) {
      TraceEvent event = actor_event (actor, TRACE_LEFTOVER);

      actor_emit (actor, &event, "fd %s: %s", name, end);
    }
  }
}

static gint
run (Actor * actor, const RoleClass * klass)
{
  static const ActorHandlers handlers = { ROLE_N_VERBS, on_command, on_terminate };
  g_autoptr (GError) error = NULL;
  Role role = { klass, NULL };
  gint status;

  role.self = klass->create (actor, &error);
  if (!role.self) {
    actor_broken (actor, "%s", error->message);
    return STATUS_BROKEN;
  }
  status = actor_serve (actor, &handlers, &role);
  klass->destroy (role.self);
  tell_left_fds (actor);
  return status;
}

gint
role_main (gint argc, gchar ** argv)
{
  g_autoptr (Actor) actor = actor_new (argc, argv);
  const RoleClass *klass = actor ? role_by_name (argv[0]) : NULL;

  if (!klass)
    return actor_refuse ();
  actor_begin (actor);
  return run (actor, klass);
}
