#include "config.h"
#include "poolwatch.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
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

static gboolean
write_all (gint fd, const gchar * text)
{
  gsize left = strlen (text);

  while (left > 0) {
    gssize n = fd_write (fd, text, left);

    if (n <= 0)
      return FALSE;
    text += n;
    left -= (gsize) n;
  }
  return TRUE;
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
  ok = write_all (fd, text) && fchmod (fd, 0644) == 0 && fsync (fd) == 0;
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

gboolean
textfile_write (const gchar * dir, const gchar * text, GError ** error)
{
  gint dir_fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok;

  if (dir_fd < 0)
    return fail (dir, "", error);
  ok = replace (dir_fd, dir, text, error);
  fd_clear (&dir_fd);
  return ok;
}
