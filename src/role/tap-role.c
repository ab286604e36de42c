/* The tap as a role: its events go to the runner. */
#include "config.h"
#include "role/role.h"

#include "base/status.h"
#include "role/tap.h"

typedef struct
{
  Role *role;
  RoleTap *tap;
} TapRole;

static void
on_event (gpointer user, TraceEvent * event)
{
  TapRole *self = user;

  role_emit_raw (self->role, event);
}

static void
tap_command (Role * role, gpointer data, const RoleCommand * command)
{
  TapRole *self = data;
  g_autoptr (GError) error = NULL;

  if (command->verb == ROLE_STOP) {
    role_exit (role, STATUS_PASS);
    return;
  }
  if (command->verb == ROLE_START && !self->tap)
    self->tap = role_tap_new (role_get (role, "listen"), role_get (role, "socket"),
        on_event, self, &error);
  role_done (role, command->serial, error ? error->message : NULL);
}

static void
tap_terminate (Role * role, gpointer data)
{
  role_exit (role, STATUS_PASS);
}

static gpointer
tap_create (Role * role, GError ** error)
{
  TapRole *self = g_new0 (TapRole, 1);

  self->role = role;
  return self;
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
