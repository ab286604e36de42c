/* The tap as a role: its events go to the runner. */
#include "config.h"
#include "role/role.h"

#include "base/status.h"
#include "role/tap.h"

typedef struct
{
  RoleTap *tap;
} TapRole;

static void
on_event (gpointer user, TraceEvent * event)
{
  actor_emit_raw (event);
}

static void
tap_command (Actor * actor, gpointer data, const ActorCommand * command)
{
  TapRole *self = data;
  g_autoptr (GError) error = NULL;

  if (command->verb == ROLE_STOP) {
    actor_exit (actor, STATUS_PASS);
    return;
  }
  if (command->verb == ROLE_START && !self->tap)
    self->tap = role_tap_new (actor_get (actor, "listen"), actor_get (actor, "socket"),
        on_event, NULL, &error);
  actor_done (actor, command->serial, error ? error->message : NULL);
}

static void
tap_terminate (Actor * actor, gpointer data)
{
  actor_exit (actor, STATUS_PASS);
}

static gpointer
tap_create (Actor * actor, GError ** error)
{
  return g_new0 (TapRole, 1);
}

static void
tap_destroy (gpointer data)
{
  TapRole *self = data;

  role_tap_free (self->tap);
  g_free (self);
}

const RoleClass role_tap_role = {
  .name = "tap",
  .side = TRACE_SIDE_TAP,
  .element = "tap",
  .create = tap_create,
  .command = tap_command,
  .terminate = tap_terminate,
  .destroy = tap_destroy,
};
