#include "config.h"
#include "poolwatch/commands.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "poolwatch.prom"

static gboolean
fail (const gchar * dir, const gchar * name, GError ** error)
{
  gint code = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s/%s: %s", dir, name,
      g_strerror (code));
  return FALSE;
}

/* The collector reads whatever ends with .prom: the name of what is not yet whole does not. */
static gboolean
replace (gint dir_fd, const gchar * dir, const gchar * text, GError ** error)
{
  g_autofree gchar *temporary = g_strdup_printf (NAME ".%d", (gint) getpid ());
  gint fd = openat (dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return fail (dir, temporary, error);
  ok = fd_write_all (fd, text, strlen (text)) && fchmod (fd, 0644) == 0 && fsync (fd) == 0;
  if (!ok)
    fail (dir, temporary, error);
  fd_clear (&fd);
  if (ok && renameat (dir_fd, temporary, dir_fd, NAME) == 0) {
    fsync (dir_fd);
    return TRUE;
  }
  if (ok)
    fail (dir, NAME, error);
  unlinkat (dir_fd, temporary, 0);
  return FALSE;
}

static gboolean
is_running (guint64 pid)
{
  return (pid_t) pid != getpid () && (kill ((pid_t) pid, 0) == 0 || errno != ESRCH);
}

/* What runs left that were killed. Nobody else takes it away; and a process of the same number, as
 * each run in a container may be, could never write again. */
static void
remove_leftovers (const gchar * dir, gint dir_fd)
{
  g_autoptr (GDir) files = g_dir_open (dir, 0, NULL);
  const gchar *name;
  guint64 pid;

  while (files && (name = g_dir_read_name (files))) {
    if (g_str_has_prefix (name, NAME ".")
        && g_ascii_string_to_unsigned (name + strlen (NAME "."), 10, 1, G_MAXINT, &pid, NULL)
        && !is_running (pid))
      unlinkat (dir_fd, name, 0);
  }
}

gboolean
textfile_write (const gchar * dir, const gchar * text, GError ** error)
{
  gint dir_fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok;

  if (dir_fd < 0)
    return fail (dir, "", error);
  remove_leftovers (dir, dir_fd);
  ok = replace (dir_fd, dir, text, error);
  fd_clear (&dir_fd);
  return ok;
}
