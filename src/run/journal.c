#include "config.h"
#include "run/journal.h"

#include "base/fd.h"
#include "base/trust.h"
#include "run/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A socket's path must fit into sun_path with what we add: "/9999/p.sock.256". */
#define DIR_MAX 80
/* No run makes deeper trees. */
#define MAX_LEVELS 64

struct RunJournal
{
  gchar *dir;
  gint fd;
};

/* Makes DIR with its journal, or neither. -1 with errno. */
static gint
make_dir (const gchar * dir)
{
  g_autofree gchar *file = g_build_filename (dir, "journal", NULL);
  gint fd, saved_errno;

  if (g_mkdir (dir, 0700) != 0)
    return -1;
  fd = open (file, O_WRONLY | O_CREAT | O_APPEND | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    return fd;
  saved_errno = errno;
  g_rmdir (dir);
  errno = saved_errno;
  return -1;
}

RunJournal *
run_journal_new (GError ** error)
{
  g_autofree gchar *name = g_strdup_printf (RUN_DIR_PREFIX "%d-%" G_GUINT64_FORMAT, (gint) getpid (),
      run_process_start (getpid ()));
  g_autofree gchar *dir = g_build_filename (g_get_tmp_dir (), name, NULL);
  g_autofree gchar *top = NULL;
  RunJournal *journal;
  gint fd;

  if (strlen (dir) > DIR_MAX) {
    g_free (dir);
    dir = g_build_filename ("/tmp", name, NULL);
  }
  top = g_path_get_dirname (dir);
  if (!trust_check_tmp (top, error))
    return NULL;
  fd = make_dir (dir);
  if (fd < 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: cannot make it: %s",
        dir, g_strerror (errno));
    return NULL;
  }
  flock (fd, LOCK_EX | LOCK_NB);        /* for is_in_use() */
  journal = g_new0 (RunJournal, 1);
  journal->dir = g_steal_pointer (&dir);
  journal->fd = fd;
  return journal;
}

const gchar *
run_journal_dir (const RunJournal * journal)
{
  return journal->dir;
}

gboolean
run_journal_add (RunJournal * journal, pid_t pid, GError ** error)
{
  g_autofree gchar *line = g_strdup_printf ("%d %" G_GUINT64_FORMAT "\n", (gint) pid,
      run_process_start (pid));

  if (fd_write (journal->fd, line, strlen (line)) == (gssize) strlen (line))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s/journal: %s",
      journal->dir, g_strerror (errno));
  return FALSE;
}

void
run_journal_free (RunJournal * journal)
{
  if (!journal)
    return;
  fd_clear (&journal->fd);
  run_remove_dir (journal->dir);
  g_free (journal->dir);
  g_free (journal);
}

/* --- names --- */

GPtrArray *
run_names_in (const gchar * dir)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) handle = g_dir_open (dir, 0, NULL);
  const gchar *name;

  while (handle && (name = g_dir_read_name (handle)))
    g_ptr_array_add (names, g_strdup (name));
  return names;
}

static gboolean
is_own_segment (const gchar * name)
{
  g_autofree gchar *path = g_build_filename (RUN_SEGMENT_DIR, name, NULL);
  struct stat st;

  return lstat (path, &st) == 0 && S_ISREG (st.st_mode) && st.st_uid == geteuid ();
}

/* A name says what anybody wants it to say: what belongs to another user is not of ours. */
GPtrArray *
run_segments_of (pid_t pid)
{
  g_autofree gchar *prefix = g_strdup_printf ("shmpipe.%5d.", (gint) pid);
  GPtrArray *names = run_names_in (RUN_SEGMENT_DIR);

  for (guint i = names->len; i-- > 0;) {
    const gchar *name = g_ptr_array_index (names, i);

    if (!g_str_has_prefix (name, prefix) || !is_own_segment (name))
      g_ptr_array_remove_index (names, i);
  }
  return names;
}

void
run_remove_segment (const gchar * name)
{
  g_autofree gchar *path = g_strconcat ("/", name, NULL);

  shm_unlink (path);
}

GPtrArray *
run_sockets_in (const gchar * dir)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = run_names_in (dir);

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *path = g_build_filename (dir, g_ptr_array_index (names, i), NULL);
    struct stat st;

    if (lstat (path, &st) == 0 && S_ISSOCK (st.st_mode))
      g_ptr_array_add (paths, g_steal_pointer (&path));
  }
  return paths;
}

/* Removes what is in the directory FD, which is taken, as far as it is on DEVICE; links are removed,
 * and not followed. FALSE with errno: something is left. */
static gboolean
empty_dir (gint take_fd, dev_t device, guint levels)
{
  DIR *dir = fdopendir (take_fd);
  struct dirent *entry;
  gint code = dir ? 0 : errno;

  if (!dir)
    fd_clear (&take_fd);
  while (dir && (entry = readdir (dir))) {
    struct stat st;
    gint fd;

    /* What is empty needs no descriptor to be removed. */
    if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..")
        || unlinkat (dirfd (dir), entry->d_name, 0) == 0
        || unlinkat (dirfd (dir), entry->d_name, AT_REMOVEDIR) == 0)
      continue;
    fd = openat (dirfd (dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && (levels == 0 || fstat (fd, &st) != 0 || st.st_dev != device)) {
      fd_clear (&fd);
      errno = levels == 0 ? ELOOP : EBUSY;
    } else if (fd >= 0 && empty_dir (fd, device, levels - 1)
        && unlinkat (dirfd (dir), entry->d_name, AT_REMOVEDIR) == 0) {
      continue;
    }
    code = errno;
  }
  if (dir)
    closedir (dir);
  errno = code;
  return code == 0;
}

gboolean
run_remove_dir (const gchar * dir)
{
  gint fd = open (dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) != 0) {
    fd_clear (&fd);
    return FALSE;
  }
  return empty_dir (fd, st.st_dev, MAX_LEVELS) && rmdir (dir) == 0;
}
