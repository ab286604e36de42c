/* Commands in, until the end. */
#include "config.h"
#include "actor/private.h"

#include "base/status.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/socket.h>

static gboolean
on_command (gint fd, GIOCondition condition, gpointer data)
{
  Actor *actor = data;
  ActorCommand command;
  gssize got;

  do
    got = recv (fd, &command, sizeof command, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (got != sizeof command || command.verb >= actor->handlers->n_verbs) {
    actor_exit (actor, STATUS_BROKEN);  /* the runner is gone */
    return G_SOURCE_REMOVE;
  }
  command.text[sizeof command.text - 1] = '\0';
  actor->handlers->command (actor, actor->user, &command);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_sigterm (gpointer data)
{
  Actor *actor = data;

  actor->handlers->terminate (actor, actor->user);
  return G_SOURCE_REMOVE;
}

gint
actor_serve (Actor * actor, const ActorHandlers * handlers, gpointer user)
{
  TraceEvent event = actor_event (actor, TRACE_READY);

  actor->handlers = handlers;
  actor->user = user;
  actor->loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, on_sigterm, actor);
  g_unix_fd_add (ACTOR_CONTROL_FD, G_IO_IN | G_IO_HUP, on_command, actor);
  actor_emit (actor, &event, NULL);
  g_main_loop_run (actor->loop);
  g_clear_pointer (&actor->loop, g_main_loop_unref);
  return actor->status;
}

void
actor_done (Actor * actor, guint32 serial, const gchar * message)
{
  TraceEvent event = actor_event (actor, TRACE_DONE);

  event.done.command = serial;
  actor_emit (actor, &event, "%s", message ? message : "");
}

void
actor_exit (Actor * actor, gint status)
{
  actor->status = status;
  if (actor->loop)
    g_main_loop_quit (actor->loop);
}
