#include "config.h"
#include "proc/areas.h"

#include "base/error.h"
#include "base/fd.h"
#include "proc/objects.h"
#include "proc/stat.h"
#include "proc/usable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The time at which the machine was started is told in seconds, that of a process in ticks: a
 * process that seems to be younger than its file by less than this may have made it. */
#define SLACK_US (2 * G_USEC_PER_SEC)

/* --- names --- */

gboolean
proc_parse_area_name (const gchar * name, gint * creator, guint * index)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", 4);
  g_autofree gchar *again = NULL;
  guint64 pid, number;

  if (g_strv_length (parts) != 3
      || !g_ascii_string_to_unsigned (g_strchug (parts[1]), 10, 1, G_MAXINT, &pid, NULL)
      || !g_ascii_string_to_unsigned (g_strchug (parts[2]), 10, 0, G_MAXINT, &number, NULL))
    return FALSE;
  again = g_strdup_printf (PROC_AREA_PREFIX "%5d.%5d", (gint) pid, (gint) number);
  if (!g_str_equal (again, name))
    return FALSE;
  *creator = (gint) pid;
  *index = (guint) number;
  return TRUE;
}

static void
area_free (gpointer data)
{
  ProcArea *area = data;

  g_free (area->file);
  g_free (area->creator_name);
  g_ptr_array_unref (area->holders);
  g_free (area);
}

/* --- files --- */

/* In a capture a file is as old as its contents, everywhere else as old as itself. */
static gint64
birth_of (const struct statx *look, gboolean is_capture)
{
  struct statx_timestamp time = look->stx_ctime;

  if (is_capture)
    time = look->stx_mtime;
  else if (look->stx_mask & STATX_BTIME)
    time = look->stx_btime;
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* NULL: it is none. */
static ProcArea *
look_at_file (gint dir_fd, const gchar * name, gboolean is_capture)
{
  struct statx look;
  gint creator;
  ProcArea *area;
  guint index;

  if (!proc_parse_area_name (name, &creator, &index)
      || statx (dir_fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &look) != 0
      || !S_ISREG (look.stx_mode))
    return NULL;
  area = g_new0 (ProcArea, 1);
  area->file = g_strdup (name);
  area->creator = creator;
  area->index = index;
  area->device = makedev (look.stx_dev_major, look.stx_dev_minor);
  area->inode = look.stx_ino;
  area->size = look.stx_size;
  area->user = look.stx_uid;
  area->born_us = birth_of (&look, is_capture);
  area->holders = g_ptr_array_new_with_free_func ((GDestroyNotify) proc_holder_free);
  return area;
}

/* --- creators --- */

static gboolean
read_boot_time (const gchar * root, guint64 * out)
{
  g_autofree gchar *path = g_strconcat (root, "/proc/stat", NULL);
  g_autofree gchar *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && proc_parse_boot_time (text, out);
}

/* Whether PROCESS, which STAT is about, was started when AREA was there already. */
static gboolean
is_younger (const ProcArea * area, const ProcStat * stat, guint64 boot_time)
{
  guint64 per_second = (guint64) MAX (sysconf (_SC_CLK_TCK), 1);
  gint64 start_us = (gint64) (boot_time * G_USEC_PER_SEC
      + stat->start_ticks * G_USEC_PER_SEC / per_second);

  return start_us > area->born_us + SLACK_US;
}

/* A thread has the number now, which no process can have then. */
static gboolean
is_thread (const ProcProcess * process)
{
  g_autofree gchar *status = proc_process_read (process, "status", NULL);
  const gchar *leader = status ? strstr (status, "\nTgid:") : NULL;

  return leader && g_ascii_strtoll (leader + strlen ("\nTgid:"), NULL, 10) != process->pid;
}

/* PROCESS has the number of the creator of AREA. What has ended and only waits to be waited for has no
 * memory any more, unless other threads than the first go on. */
static ProcCreator
judge_namesake (ProcArea * area, const ProcProcess * process, const ProcStat * stat,
    guint64 boot_time)
{
  if (is_thread (process)) {
    area->reused = TRUE;
    return PROC_CREATOR_GONE;
  }
  if (strchr ("ZX", stat->state) && stat->n_threads <= 1)
    return PROC_CREATOR_GONE;
  area->reused = is_younger (area, stat, boot_time);
  return area->reused ? PROC_CREATOR_UNKNOWN : PROC_CREATOR_ALIVE;
}

static ProcCreator
look_at_creator (ProcArea * area, const gchar * root)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ProcProcess) process = proc_process_open_below (root, area->creator, &error);
  g_autofree gchar *text = process ? proc_process_read (process, "stat", &error) : NULL;
  guint64 boot_time = 0;
  ProcStat stat;

  if (g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE))
    return proc_life (root, area->creator) == PROC_LIFE_GONE ? PROC_CREATOR_GONE
        : PROC_CREATOR_UNKNOWN;
  if (!text || !proc_parse_stat (text, &stat) || !read_boot_time (root, &boot_time))
    return PROC_CREATOR_UNKNOWN;
  area->creator_name = g_strdup (process->name);
  return judge_namesake (area, process, &stat, boot_time);
}

/* --- all of it --- */

static gint
compare_areas (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(ProcArea * const *) a)->file, (*(ProcArea * const *) b)->file);
}

GPtrArray *
proc_list_areas (const gchar * root, GError ** error)
{
  g_autofree gchar *path = g_strconcat (root, PROC_AREA_DIR, NULL);
  gint fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;
  gboolean can_prove;
  GPtrArray *areas;

  if (!dir) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", path,
        g_strerror (errno));
    fd_clear (&fd);
    return NULL;
  }
  can_prove = proc_is_usable (root, NULL) && !proc_is_hiding (root);
  areas = g_ptr_array_new_with_free_func (area_free);
  while ((entry = readdir (dir))) {
    ProcArea *area = look_at_file (fd, entry->d_name, *root != '\0');

    if (!area)
      continue;
    area->creator_state = look_at_creator (area, root);
    if (area->creator_state == PROC_CREATOR_GONE && !can_prove)
      area->creator_state = PROC_CREATOR_UNKNOWN;
    g_ptr_array_add (areas, area);
  }
  closedir (dir);
  g_ptr_array_sort (areas, compare_areas);
  return areas;
}

/* --- who has it, by the kernel --- */

static ProcAreaUse
ask_for_lease (gint fd)
{
  /* Who opens it meanwhile waits until we give it back; we would be told, by default with a signal
   * that ends us. */
  if (fcntl (fd, F_SETSIG, SIGURG) != 0)
    return PROC_AREA_UNSURE;
  if (fcntl (fd, F_SETLEASE, F_WRLCK) == 0)
    return fcntl (fd, F_SETLEASE, F_UNLCK) == 0 ? PROC_AREA_FREE : PROC_AREA_UNSURE;
  return errno == EAGAIN ? PROC_AREA_OPEN : PROC_AREA_UNSURE;
}

ProcAreaUse
proc_area_use (const ProcArea * area)
{
  g_autofree gchar *path = g_build_filename (PROC_AREA_DIR, area->file, NULL);
  gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  ProcAreaUse use = PROC_AREA_UNSURE;
  struct stat look;

  if (fd >= 0 && fstat (fd, &look) == 0 && S_ISREG (look.st_mode) && look.st_dev == area->device
      && look.st_ino == area->inode)
    use = ask_for_lease (fd);
  fd_clear (&fd);
  return use;
}
