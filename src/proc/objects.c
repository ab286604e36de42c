#include "config.h"
#include "proc/objects.h"

#include "base/error.h"
#include "base/fd.h"
#include "proc/fdinfo.h"
#include "proc/maps.h"
#include "proc/sysvipc.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SECTOR 512              /* what st_blocks counts */

static void
clear_mapping (gpointer data)
{
  g_free (((ProcMapping *) data)->path);
}

void
proc_holder_free (ProcHolder * holder)
{
  g_free (holder->name);
  g_free (holder);
}

static void
object_free (gpointer data)
{
  ProcObject *object = data;

  g_free (object->name);
  g_array_unref (object->mappings);
  g_array_unref (object->fds);
  g_ptr_array_unref (object->holders);
  g_free (object);
}

static ProcObject *
object_for (GPtrArray * objects, ProcKind kind, guint64 device, guint64 inode, const gchar * name)
{
  ProcObject *object;

  for (guint i = 0; i < objects->len; i++) {
    object = g_ptr_array_index (objects, i);
    if (object->kind == kind && object->device == device && object->inode == inode)
      return object;
  }
  object = g_new0 (ProcObject, 1);
  object->kind = kind;
  object->device = device;
  object->inode = inode;
  object->name = g_strdup (name);
  object->creator = proc_pipe_creator (name);
  object->mappings = g_array_new (FALSE, TRUE, sizeof (ProcMapping));
  g_array_set_clear_func (object->mappings, clear_mapping);
  object->fds = g_array_new (FALSE, TRUE, sizeof (ProcFd));
  object->holders = g_ptr_array_new_with_free_func ((GDestroyNotify) proc_holder_free);
  g_ptr_array_add (objects, object);
  return object;
}

/* --- what one descriptor shows --- */

gboolean
proc_look_at_fd (const ProcProcess * process, gint fd, ProcKind * kind, struct stat *out)
{
  g_autofree gchar *path = g_strdup_printf ("fd/%d", fd);
  g_autofree gchar *link = proc_process_link (process, path);

  *kind = link ? proc_kind_of (link) : PROC_NOT_SHARED;
  return *kind != PROC_NOT_SHARED && proc_process_stat (process, path, out);
}

static void
measure_by_stat (ProcObject * object, const struct stat *look)
{
  if (object->has_size || look->st_size < 0)
    return;
  object->has_size = TRUE;
  object->size = (guint64) look->st_size;
  object->used = (guint64) look->st_blocks * SECTOR;
}

/* Opens what lies behind that name in /proc/PID, for a moment. A dma-buf and a segment of System V
 * cannot be opened so, and have no seals. */
static void
ask_seals (ProcObject * object, const ProcProcess * process, const gchar * file)
{
  gint fd, seals;

  if (object->has_seals || object->kind == PROC_DMABUF || object->kind == PROC_SYSV)
    return;
  fd = openat (process->dir_fd, file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return;
  seals = fcntl (fd, F_GET_SEALS);
  object->has_seals = seals >= 0;
  object->seals = (guint) MAX (seals, 0);
  fd_clear (&fd);
}

void
proc_measure_by_fd (ProcObject * object, const ProcProcess * process, gint fd,
    const struct stat *look)
{
  g_autofree gchar *file = g_strdup_printf ("fd/%d", fd);

  measure_by_stat (object, look);
  ask_seals (object, process, file);
}

/* A dma-buf says its size in fdinfo, also where stat(2) has none. */
static void
add_fd (ProcObject * object, const ProcProcess * process, gint number, struct stat *look)
{
  g_autofree gchar *path = g_strdup_printf ("fdinfo/%d", number);
  g_autofree gchar *text = proc_process_read (process, path, NULL);
  ProcFdinfo info = { 0 };
  ProcFd fd = { number, 0 };

  if (text && proc_parse_fdinfo (text, &info))
    fd.flags = info.flags;
  if (object->kind == PROC_DMABUF && info.size > 0)
    look->st_size = (off_t) info.size;
  proc_fdinfo_clear (&info);
  g_array_append_val (object->fds, fd);
  proc_measure_by_fd (object, process, number, look);
}

static gboolean
add_fds (GPtrArray * objects, const ProcProcess * process, GError ** error)
{
  g_autoptr (GArray) numbers = proc_process_fds (process, error);

  if (!numbers)
    return FALSE;
  for (guint i = 0; i < numbers->len; i++) {
    gint number = g_array_index (numbers, gint, i);
    struct stat look;
    ProcKind kind;

    if (proc_look_at_fd (process, number, &kind, &look)) {
      g_autofree gchar *path = g_strdup_printf ("fd/%d", number);
      g_autofree gchar *name = proc_process_link (process, path);

      add_fd (object_for (objects, kind, look.st_dev, look.st_ino, name ? name : "?"), process,
          number, &look);
    }
  }
  return TRUE;
}

/* --- mappings --- */

static gboolean
has_shared (const GArray * mappings)
{
  for (guint i = 0; i < mappings->len; i++) {
    if (proc_kind_of (g_array_index (mappings, ProcMapping, i).path) != PROC_NOT_SHARED)
      return TRUE;
  }
  return FALSE;
}

static void
add_mappings (GPtrArray * objects, const GArray * mappings)
{
  for (guint i = 0; i < mappings->len; i++) {
    ProcMapping mapping = g_array_index (mappings, ProcMapping, i);
    ProcKind kind = proc_kind_of (mapping.path);

    if (kind == PROC_NOT_SHARED)
      continue;
    mapping.path = g_strdup (mapping.path);
    g_array_append_val (object_for (objects, kind, makedev (mapping.major, mapping.minor),
            mapping.inode, mapping.path)->mappings, mapping);
  }
}

/* smaps makes the kernel walk all pages of the process: only when there is something to see. */
static gboolean
read_mappings (GPtrArray * objects, const ProcProcess * process, GError ** error)
{
  g_autofree gchar *maps = proc_process_read (process, "maps", error);
  g_autoptr (GArray) mappings = maps ? proc_parse_maps (maps, NULL) : NULL;
  g_autofree gchar *smaps = NULL;

  if (!mappings)
    return FALSE;
  if (*maps == '\0') {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE,
        "%d: has no memory: it has ended, or is a thread of the kernel", process->pid);
    return FALSE;
  }
  if (!has_shared (mappings))
    return TRUE;
  smaps = proc_process_read (process, "smaps", NULL);
  if (smaps && *smaps) {
    g_array_unref (mappings);
    mappings = proc_parse_maps (smaps, NULL);
  }
  add_mappings (objects, mappings);
  return TRUE;
}

/* --- what no descriptor of its own shows --- */

/* Needs CAP_CHECKPOINT_RESTORE, even for a process of our own. */
static void
measure_by_mapping (ProcObject * object, const ProcProcess * process)
{
  const ProcMapping *mapping = &g_array_index (object->mappings, ProcMapping, 0);
  g_autofree gchar *file = g_strdup_printf ("map_files/%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER
      "x", mapping->start, mapping->end);
  struct stat look;

  if (proc_process_stat (process, file, &look) && look.st_ino == object->inode) {
    measure_by_stat (object, &look);
    ask_seals (object, process, file);
  }
}

/* Where the process sees it, which need not be where we do. */
static void
measure_by_name (ProcObject * object, const ProcProcess * process)
{
  g_autofree gchar *file = g_strconcat ("root", object->name, NULL);
  struct stat look;

  if (object->name[0] == '/' && proc_process_stat (process, file, &look)
      && look.st_dev == object->device && look.st_ino == object->inode)
    measure_by_stat (object, &look);
}

static void
measure_segment (ProcObject * object, const GArray * segments)
{
  for (guint i = 0; i < segments->len; i++) {
    const ProcSegment *segment = &g_array_index (segments, ProcSegment, i);

    if (segment->id != object->inode)
      continue;
    object->creator = segment->creator;
    object->size = object->has_size ? object->size : segment->size;
    object->has_size = TRUE;
  }
}

/* The table is that of our own IPC namespace. */
static void
measure_segments (GPtrArray * objects, const ProcProcess * process)
{
  g_autofree gchar *theirs = proc_process_link (process, "ns/ipc");
  g_autofree gchar *ours = g_file_read_link ("/proc/self/ns/ipc", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GArray) segments = NULL;

  if (g_strcmp0 (theirs, ours) != 0
      || !g_file_get_contents ("/proc/sysvipc/shm", &text, NULL, NULL))
    return;
  segments = proc_parse_sysvipc (text);
  for (guint i = 0; i < objects->len; i++) {
    ProcObject *object = g_ptr_array_index (objects, i);

    if (object->kind == PROC_SYSV)
      measure_segment (object, segments);
  }
}

/* --- all of it --- */

GPtrArray *
proc_read_objects (const ProcProcess * process, GError ** fds_error, GError ** error)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (object_free);

  if (!read_mappings (objects, process, error))
    return NULL;
  add_fds (objects, process, fds_error);
  for (guint i = 0; i < objects->len; i++) {
    ProcObject *object = g_ptr_array_index (objects, i);

    if (object->mappings->len > 0 && !(object->has_size && object->has_seals))
      measure_by_mapping (object, process);
    if (!object->has_size)
      measure_by_name (object, process);
  }
  measure_segments (objects, process);
  return g_steal_pointer (&objects);
}

gboolean
proc_has_objects (const ProcProcess * process, GError ** error)
{
  g_autofree gchar *maps = proc_process_read (process, "maps", error);
  g_autoptr (GArray) mappings = maps ? proc_parse_maps (maps, NULL) : NULL;
  g_autoptr (GArray) fds = NULL;

  if (!mappings)
    return FALSE;
  if (has_shared (mappings))
    return TRUE;
  fds = proc_process_fds (process, NULL);
  for (guint i = 0; fds && i < fds->len; i++) {
    struct stat look;
    ProcKind kind;

    if (proc_look_at_fd (process, g_array_index (fds, gint, i), &kind, &look))
      return TRUE;
  }
  return FALSE;
}
