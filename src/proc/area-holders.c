#include "config.h"
#include "proc/area-holders.h"

#include "base/error.h"
#include "proc/maps.h"
#include "proc/stat.h"
#include "proc/usable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define AREA_PATH PROC_AREA_DIR "/" PROC_AREA_PREFIX

typedef struct
{
  const gchar *root;
  GPtrArray *areas;
  ProcAreaSearch *result;
} Search;

/* --- one process --- */

/* Here an object is known by its number; in a capture numbers are others, and only names are left. A
 * name that is gone ("... (deleted)") is not one of ours. */
static ProcArea *
find_area (const Search * search, const gchar * path, guint64 device, guint64 inode)
{
  gboolean is_capture = *search->root != '\0';

  for (guint i = 0; i < search->areas->len; i++) {
    ProcArea *area = g_ptr_array_index (search->areas, i);

    if (is_capture ? g_str_equal (path + strlen (PROC_AREA_DIR "/"), area->file)
        : device == area->device && inode == area->inode)
      return area;
  }
  return NULL;
}

static ProcHolder *
holder_for (ProcArea * area, const ProcProcess * process)
{
  ProcHolder *holder = area->holders->len
      ? g_ptr_array_index (area->holders, area->holders->len - 1) : NULL;

  /* Processes come one after the other. */
  if (holder && holder->pid == process->pid)
    return holder;
  holder = g_new0 (ProcHolder, 1);
  holder->pid = process->pid;
  holder->name = g_strdup (process->name);
  g_ptr_array_add (area->holders, holder);
  return holder;
}

static void
look_at_maps (const Search * search, const ProcProcess * process, const gchar * maps)
{
  g_autoptr (GArray) mappings = NULL;

  /* Most processes have none. */
  if (!strstr (maps, AREA_PATH))
    return;
  mappings = proc_parse_maps (maps, NULL);
  for (guint i = 0; i < mappings->len; i++) {
    const ProcMapping *mapping = &g_array_index (mappings, ProcMapping, i);
    ProcArea *area = NULL;

    if (g_str_has_prefix (mapping->path, AREA_PATH))
      area = find_area (search, mapping->path, makedev (mapping->major, mapping->minor),
          mapping->inode);
    if (area)
      holder_for (area, process)->mapped += mapping->end - mapping->start;
  }
}

/* FALSE: we may not. What was closed meanwhile is nothing to look at. */
static gboolean
look_at_fd (const Search * search, const ProcProcess * process, gint fd)
{
  g_autofree gchar *file = g_strdup_printf ("fd/%d", fd);
  g_autofree gchar *link = proc_process_link (process, file);
  struct stat look = { 0 };
  ProcArea *area;

  if (!link)
    return errno != EACCES && errno != EPERM;
  if (!g_str_has_prefix (link, AREA_PATH)
      || (*search->root == '\0' && !proc_process_stat (process, file, &look)))
    return TRUE;
  area = find_area (search, link, look.st_dev, look.st_ino);
  if (area)
    holder_for (area, process)->n_fds++;
  return TRUE;
}

/* FALSE with ERROR: not all of them can be seen. */
static gboolean
look_at_fds (const Search * search, const ProcProcess * process, GError ** error)
{
  g_autoptr (GArray) fds = proc_process_fds (process, error);

  for (guint i = 0; fds && i < fds->len; i++) {
    if (look_at_fd (search, process, g_array_index (fds, gint, i)))
      continue;
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_DENIED, "/proc/%d/fd: %s", process->pid,
        g_strerror (EACCES));
    return FALSE;
  }
  return fds != NULL;
}

/* The first thread of a process may have ended while others go on with its memory, which its own
 * maps do not show then. */
static gboolean
has_other_threads (const ProcProcess * process)
{
  g_autofree gchar *text = proc_process_read (process, "status", NULL);
  const gchar *line = text ? strstr (text, "\nThreads:") : NULL;

  return line && g_ascii_strtoull (line + strlen ("\nThreads:"), NULL, 10) > 1;
}

/* FALSE with ERROR: not all of it can be read. */
static gboolean
look_at_process (const Search * search, const ProcProcess * process, GError ** error)
{
  g_autofree gchar *maps = proc_process_read (process, "maps", error);

  if (!maps)
    return FALSE;
  if (*maps == '\0') {          /* it has ended, or is a thread of the kernel */
    if (!has_other_threads (process))
      return TRUE;
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_DENIED, "%d: its first thread has ended",
        process->pid);
    return FALSE;
  }
  look_at_maps (search, process, maps);
  return look_at_fds (search, process, error);
}

/* --- all processes --- */

static gint
compare_pids (gconstpointer a, gconstpointer b)
{
  return *(const gint *) a - *(const gint *) b;
}

/* Who has the area and the number in its name has made it. */
static void
mark_creator (ProcArea * area, gboolean hidden)
{
  for (guint i = 0; i < area->holders->len; i++) {
    ProcHolder *holder = g_ptr_array_index (area->holders, i);

    holder->created = holder->pid == area->creator;
    if (!holder->created)
      continue;
    area->creator_state = PROC_CREATOR_ALIVE;
    area->reused = FALSE;
    return;
  }
  if (area->reused && area->namesake_read && !hidden)
    area->creator_state = PROC_CREATOR_GONE;
}

/* A mount namespace of its own, with another /dev/shm in it. One that left ours with an area open was
 * started here, and can be read by whoever may read those. */
static gboolean
is_elsewhere (const Search * search, const ProcProcess * process)
{
  const ProcArea *area = g_ptr_array_index (search->areas, 0);
  g_autofree gchar *theirs = proc_process_link (process, "ns/mnt");
  g_autofree gchar *ours = g_file_read_link ("/proc/self/ns/mnt", NULL);
  struct stat look;

  return *search->root == '\0' && theirs && ours && !g_str_equal (theirs, ours)
      && proc_process_stat (process, "root" PROC_AREA_DIR, &look) && look.st_dev != area->device;
}

static void
mark_read (const Search * search, gint pid)
{
  search->result->n_read++;
  for (guint i = 0; i < search->areas->len; i++) {
    ProcArea *area = g_ptr_array_index (search->areas, i);

    area->namesake_read |= area->creator == pid;
  }
}

static void
look_at_pid (const Search * search, gint pid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ProcProcess) process = proc_process_open_below (search->root, pid, &error);

  if (process && look_at_process (search, process, &error))
    mark_read (search, pid);
  else if (g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE))
    return;
  else if (process && is_elsewhere (search, process))
    search->result->n_elsewhere++;
  else
    g_array_append_val (search->result->denied, pid);
}

/* Without a /proc that shows all, who was not found may be there. */
static gboolean
may_hide (const gchar * root, const GArray * pids)
{
  gboolean has_us = *root != '\0';

  for (guint i = 0; i < pids->len && !has_us; i++)
    has_us = g_array_index (pids, gint, i) == getpid ();
  return !has_us || !proc_is_usable (root, NULL) || proc_is_hiding (root);
}

void
proc_find_area_holders (const gchar * root, GPtrArray * areas, Deadline deadline,
    ProcAreaSearch * out)
{
  Search search = { root, areas, out };
  g_autoptr (GArray) pids = NULL;

  *out = (ProcAreaSearch) { 0 };
  out->denied = g_array_new (FALSE, FALSE, sizeof (gint));
  if (areas->len == 0)
    return;
  pids = proc_list_pids_below (root);
  out->hidden = may_hide (root, pids);
  g_array_sort (pids, compare_pids);
  for (guint i = 0; i < pids->len && !out->late; i++) {
    look_at_pid (&search, g_array_index (pids, gint, i));
    out->late = deadline_passed (deadline);
  }
  for (guint i = 0; i < areas->len; i++)
    mark_creator (g_ptr_array_index (areas, i), out->hidden);
}

gboolean
proc_area_search_is_complete (const ProcAreaSearch * search)
{
  return search->denied->len == 0 && !search->hidden && !search->late;
}

void
proc_area_search_clear (ProcAreaSearch * search)
{
  g_clear_pointer (&search->denied, g_array_unref);
}

/* --- sockets --- */

static GHashTable *
socket_inodes (const ProcProcess * process, const GArray * fds)
{
  GHashTable *inodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < fds->len; i++) {
    g_autofree gchar *file = g_strdup_printf ("fd/%d", g_array_index (fds, gint, i));
    g_autofree gchar *link = proc_process_link (process, file);
    guint64 inode;

    if (link && sscanf (link, "socket:[%" G_GUINT64_FORMAT "]", &inode) == 1)
      g_hash_table_add (inodes, g_memdup2 (&inode, sizeof inode));
  }
  return inodes;
}

GPtrArray *
proc_list_listening (const gchar * root, gint pid, GError ** error)
{
  g_autoptr (ProcProcess) process = proc_process_open_below (root, pid, error);
  g_autoptr (GArray) fds = process ? proc_process_fds (process, error) : NULL;
  g_autofree gchar *text = fds ? proc_process_read (process, "net/unix", error) : NULL;
  g_autoptr (GHashTable) inodes = text ? socket_inodes (process, fds) : NULL;

  return inodes ? proc_parse_listening (text, inodes) : NULL;
}
