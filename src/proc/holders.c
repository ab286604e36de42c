#include "config.h"
#include "proc/holders.h"

#include "base/error.h"
#include "proc/maps.h"
#include "proc/usable.h"

#include <string.h>
#include <sys/sysmacros.h>

/* One search: the objects, and the IPC namespace in which numbers of System V segments count. */
typedef struct
{
  GPtrArray *objects;
  gchar *ipc;
} Search;

static ProcObject *
find_object (const Search * search, ProcKind kind, guint64 device, guint64 inode)
{
  for (guint i = 0; i < search->objects->len; i++) {
    ProcObject *object = g_ptr_array_index (search->objects, i);

    if (object->kind == kind && object->device == device && object->inode == inode)
      return object;
  }
  return NULL;
}

static ProcHolder *
holder_for (ProcObject * object, gint pid, const gchar * name)
{
  ProcHolder *holder;

  for (guint i = 0; i < object->holders->len; i++) {
    holder = g_ptr_array_index (object->holders, i);
    if (holder->pid == pid)
      return holder;
  }
  holder = g_new0 (ProcHolder, 1);
  holder->pid = pid;
  holder->name = g_strdup (name);
  holder->created = pid == object->creator;
  g_ptr_array_add (object->holders, holder);
  return holder;
}

static gboolean
is_same_ipc (const Search * search, const ProcProcess * other)
{
  g_autofree gchar *ipc = proc_process_link (other, "ns/ipc");

  return g_strcmp0 (ipc, search->ipc) == 0;
}

static void
look_at_mapping (const Search * search, const ProcProcess * other, const ProcMapping * mapping)
{
  ProcKind kind = proc_kind_of (mapping->path);
  ProcObject *object;

  if (kind == PROC_NOT_SHARED || (kind == PROC_SYSV && !is_same_ipc (search, other)))
    return;
  object = find_object (search, kind, makedev (mapping->major, mapping->minor), mapping->inode);
  if (object)
    holder_for (object, other->pid, other->name)->mapped += mapping->end - mapping->start;
}

static void
look_at_fds (const Search * search, const ProcProcess * other)
{
  g_autoptr (GArray) fds = proc_process_fds (other, NULL);

  for (guint i = 0; fds && i < fds->len; i++) {
    gint fd = g_array_index (fds, gint, i);
    ProcObject *object;
    struct stat look;
    ProcKind kind;

    if (!proc_look_at_fd (other, fd, &kind, &look)
        || !(object = find_object (search, kind, look.st_dev, look.st_ino)))
      continue;
    holder_for (object, other->pid, other->name)->n_fds++;
    if (kind != PROC_DMABUF)
      proc_measure_by_fd (object, other, fd, &look);
  }
}

/* FALSE: it cannot be read. */
static gboolean
look_at_process (const Search * search, const ProcProcess * other, GError ** error)
{
  g_autofree gchar *maps = proc_process_read (other, "maps", error);
  g_autoptr (GArray) mappings = maps ? proc_parse_maps (maps, NULL) : NULL;

  if (!mappings)
    return FALSE;
  for (guint i = 0; i < mappings->len; i++)
    look_at_mapping (search, other, &g_array_index (mappings, ProcMapping, i));
  look_at_fds (search, other);
  return TRUE;
}

/* How the process PID, which cannot be read, is shown: NULL when there is none, which takes proof. */
static const gchar *
name_of_unread (gint pid)
{
  return proc_life ("", pid) == PROC_LIFE_GONE ? NULL : "?";
}

static void
add_creators (const Search * search, const ProcProcess * process)
{
  for (guint i = 0; i < search->objects->len; i++) {
    ProcObject *object = g_ptr_array_index (search->objects, i);
    g_autoptr (ProcProcess) creator = NULL;

    if (object->creator == 0 || object->creator == process->pid)
      continue;
    creator = proc_process_open (object->creator, NULL);
    holder_for (object, object->creator, creator ? creator->name : name_of_unread (object->creator));
  }
}

ProcSearch
proc_find_holders (GPtrArray * objects, const ProcProcess * process)
{
  Search search = { objects, proc_process_link (process, "ns/ipc") };
  g_autoptr (GArray) pids = proc_list_pids ();
  ProcSearch result = { 0 };

  for (guint i = 0; objects->len > 0 && i < pids->len; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ProcProcess) other = NULL;

    if (g_array_index (pids, gint, i) == process->pid)
      continue;
    other = proc_process_open (g_array_index (pids, gint, i), &error);
    if (other && look_at_process (&search, other, &error))
      result.n_read++;
    else if (g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_DENIED))
      result.n_denied++;
  }
  result.hidden = objects->len > 0 && (!proc_is_usable ("", NULL) || proc_is_hiding (""));
  add_creators (&search, process);
  g_free (search.ipc);
  return result;
}
