#include "config.h"
#include "probe/audit/view.h"

#include <sys/capability.h>
#include <sys/prctl.h>

/* A process that maps first and sizes the file then has done so by the second look. */
#define BETWEEN_LOOKS_US 100000

gboolean
audit_may_trace (void)
{
  cap_t caps = cap_get_proc ();
  cap_flag_value_t value = CAP_CLEAR;

  cap_get_flag (caps, CAP_SYS_PTRACE, CAP_EFFECTIVE, &value);
  cap_free (caps);
  return value == CAP_SET;
}

void
audit_drop_capabilities (void)
{
  cap_t none = cap_init ();

  prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  cap_set_proc (none);
  cap_free (none);
}

gboolean
audit_view_take (AuditView * view, gint pid, gboolean with_holders, GError ** error)
{
  g_autoptr (GError) fds_error = NULL;

  view->privileged = audit_may_trace ();
  view->process = proc_process_open (pid, error);
  if (!view->process)
    return FALSE;
  view->before = proc_read_objects (view->process, NULL, error);
  if (!view->before || view->before->len == 0)
    return view->before != NULL;
  g_usleep (BETWEEN_LOOKS_US);
  view->objects = proc_read_objects (view->process, &fds_error, error);
  view->no_fds = fds_error != NULL;
  if (view->objects && with_holders)
    view->search = proc_find_holders (view->objects, view->process);
  return view->objects != NULL;
}

void
audit_view_clear (AuditView * view)
{
  proc_process_free (view->process);
  g_clear_pointer (&view->before, g_ptr_array_unref);
  g_clear_pointer (&view->objects, g_ptr_array_unref);
}

const ProcObject *
audit_view_before (const AuditView * view, const ProcObject * wanted)
{
  for (guint i = 0; i < view->before->len; i++) {
    const ProcObject *object = g_ptr_array_index (view->before, i);

    if (object->kind == wanted->kind && object->device == wanted->device
        && object->inode == wanted->inode)
      return object;
  }
  return NULL;
}
