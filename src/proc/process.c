#include "config.h"
#include "proc/process.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define READ_AT_ONCE (64 * 1024)
#define LINK_MAX_BYTES 4096

static gboolean
set_error (GError ** error, gint pid, const gchar * file)
{
  ShmdiagError code = SHMDIAG_ERROR_FAILED;

  if (errno == ENOENT || errno == ESRCH)
    code = SHMDIAG_ERROR_GONE;
  else if (errno == EACCES || errno == EPERM)
    code = SHMDIAG_ERROR_DENIED;
  g_set_error (error, SHMDIAG_ERROR, code, "/proc/%d%s%s: %s", pid, *file ? "/" : "", file,
      g_strerror (errno));
  return FALSE;
}

/* A process gives itself any name, and people see it on their terminal. */
static gchar *
make_printable (gchar * take_name)
{
  g_autofree gchar *name = g_strchomp (take_name);

  return text_line (name);
}

ProcProcess *
proc_process_open (gint pid, GError ** error)
{
  return proc_process_open_below ("", pid, error);
}

ProcProcess *
proc_process_open_below (const gchar * root, gint pid, GError ** error)
{
  g_autofree gchar *path = g_strdup_printf ("%s/proc/%d", root, pid);
  gint fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  ProcProcess *process;

  if (fd < 0) {
    set_error (error, pid, "");
    return NULL;
  }
  process = g_new0 (ProcProcess, 1);
  process->pid = pid;
  process->dir_fd = fd;
  process->name = proc_process_read (process, "comm", error);
  if (!process->name) {
    proc_process_free (process);
    return NULL;
  }
  process->name = make_printable (process->name);
  return process;
}

void
proc_process_free (ProcProcess * process)
{
  if (!process)
    return;
  fd_clear (&process->dir_fd);
  g_free (process->name);
  g_free (process);
}

gchar *
proc_process_read (const ProcProcess * process, const gchar * file, GError ** error)
{
  gint fd = openat (process->dir_fd, file, O_RDONLY | O_CLOEXEC);
  GString *text;
  gssize got;

  if (fd < 0) {
    set_error (error, process->pid, file);
    return NULL;
  }
  text = g_string_new (NULL);
  do {
    gsize before = text->len;

    g_string_set_size (text, before + READ_AT_ONCE);
    got = fd_read (fd, text->str + before, READ_AT_ONCE);
    g_string_set_size (text, before + (got > 0 ? (gsize) got : 0));
  } while (got > 0);
  if (got < 0) {
    set_error (error, process->pid, file);
    g_string_free (text, TRUE);
    fd_clear (&fd);
    return NULL;
  }
  fd_clear (&fd);
  return g_string_free (text, FALSE);
}

gchar *
proc_process_link (const ProcProcess * process, const gchar * link)
{
  gchar target[LINK_MAX_BYTES];
  gssize length = readlinkat (process->dir_fd, link, target, sizeof target);

  return length < 0 ? NULL : g_strndup (target, (gsize) length);
}

gboolean
proc_process_stat (const ProcProcess * process, const gchar * file, struct stat *out)
{
  return fstatat (process->dir_fd, file, out, 0) == 0;
}

/* Numbers that are names in the directory FD, which is taken. */
static GArray *
list_numbers (gint take_fd)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint));
  DIR *dir = fdopendir (take_fd);
  struct dirent *entry;

  while (dir && (entry = readdir (dir))) {
    guint64 number;
    gint value;

    if (!g_ascii_string_to_unsigned (entry->d_name, 10, 0, G_MAXINT, &number, NULL))
      continue;
    value = (gint) number;
    g_array_append_val (numbers, value);
  }
  if (dir)
    closedir (dir);
  else
    fd_clear (&take_fd);
  return numbers;
}

GArray *
proc_process_fds (const ProcProcess * process, GError ** error)
{
  gint fd = openat (process->dir_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0) {
    set_error (error, process->pid, "fd");
    return NULL;
  }
  return list_numbers (fd);
}

GArray *
proc_list_pids (void)
{
  return proc_list_pids_below ("");
}

GArray *
proc_list_pids_below (const gchar * root)
{
  g_autofree gchar *path = g_strconcat (root, "/proc", NULL);
  gint fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  return fd < 0 ? g_array_new (FALSE, FALSE, sizeof (gint)) : list_numbers (fd);
}

gboolean
proc_is_process (gint pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree gchar *status = NULL;
  const gchar *leader;

  if (pid <= 0 || (kill (pid, 0) != 0 && errno == ESRCH))
    return FALSE;
  if (!g_file_get_contents (path, &status, NULL, NULL))
    return TRUE;                /* /proc may hide those of others */
  leader = strstr (status, "\nTgid:");
  return !leader || g_ascii_strtoll (leader + strlen ("\nTgid:"), NULL, 10) == pid;
}
