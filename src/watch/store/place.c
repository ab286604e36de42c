#include "config.h"
#include "watch/store/place.h"

#include "base/error.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const gchar *const suffixes[] = { "", "-wal", "-shm" };

gchar *
store_default_dir (void)
{
  const gchar *from_systemd = g_getenv ("STATE_DIRECTORY");
  const gchar *from_user = g_getenv ("XDG_STATE_HOME");

  if (from_systemd && *from_systemd)
    return g_strndup (from_systemd, strcspn (from_systemd, ":"));
  if (from_user && g_path_is_absolute (from_user))
    return g_build_filename (from_user, "poolwatch", NULL);
  if (geteuid () == 0)
    return g_strdup ("/var/lib/poolwatch");
  return g_build_filename (g_get_home_dir (), ".local", "state", "poolwatch", NULL);
}

static gboolean
fail (GError ** error, const Place * place, const gchar * name, gint code)
{
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s%s%s: %s", place->dir, *name ? "/" :
      "", name, g_strerror (code));
  return FALSE;
}

/* As fail(), where there may just have been no check before. */
static gboolean
fail_to_find (GError ** error, const Place * place, const gchar * name, gint code)
{
  g_autofree gchar *path = g_build_filename (place->dir, *name ? name : NULL, NULL);

  if (code != ENOENT)
    return fail (error, place, name, code);
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s: nothing was stored yet: %s", path,
      g_strerror (code));
  return FALSE;
}

static gboolean
is_trusted (uid_t uid)
{
  return uid == 0 || uid == geteuid ();
}

/* --- the directory --- */

/* The name of a new directory must be there after a power cut, too. */
static void
sync_parent (const gchar * dir)
{
  g_autofree gchar *parent = g_path_get_dirname (dir);
  gint fd = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    fsync (fd);
  fd_clear (&fd);
}

static gboolean
make_dir (Place * place, GError ** error)
{
  struct stat info;

  if (lstat (place->dir, &info) == 0)
    return TRUE;
  if (g_mkdir_with_parents (place->dir, 0700) != 0)
    return fail (error, place, "", errno);
  sync_parent (place->dir);
  return TRUE;
}

/* systemd makes such links for DynamicUser=. */
static gboolean
is_trusted_link (const gchar * dir)
{
  struct stat info;

  return lstat (dir, &info) == 0 && S_ISLNK (info.st_mode) && is_trusted (info.st_uid);
}

static gboolean
open_dir (Place * place, GError ** error)
{
  const gint flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  gint code;

  place->fd = open (place->dir, flags | O_NOFOLLOW);
  code = errno;
  if (place->fd < 0 && is_trusted_link (place->dir)) {
    place->fd = open (place->dir, flags);
    code = errno;
  } else if (place->fd < 0 && g_file_test (place->dir, G_FILE_TEST_IS_SYMLINK)) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED,
        "%s: a symbolic link that somebody else made", place->dir);
    return FALSE;
  }
  return place->fd >= 0 || fail_to_find (error, place, "", code);
}

static gboolean
check_dir (const Place * place, GError ** error)
{
  struct stat info;

  if (fstat (place->fd, &info) != 0)
    return fail (error, place, "", errno);
  if (!is_trusted (info.st_uid)) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED, "%s: belongs to user %u, not to us",
        place->dir, info.st_uid);
    return FALSE;
  }
  if (info.st_mode & (S_IWGRP | S_IWOTH)) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED,
        "%s: others may write there (mode %04o, chmod go-w helps)", place->dir,
        info.st_mode & 07777);
    return FALSE;
  }
  return TRUE;
}

/* SQLite goes by names: ours is to be the directory that was looked at, without a link in it. */
static gboolean
resolve_dir (Place * place, GError ** error)
{
  gchar *real = realpath (place->dir, NULL);
  struct stat opened, named;

  if (!real)
    return fail (error, place, "", errno);
  g_free (place->dir);
  place->dir = g_strdup (real);
  free (real);
  if (fstat (place->fd, &opened) == 0 && stat (place->dir, &named) == 0
      && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED, "%s: was exchanged just now",
      place->dir);
  return FALSE;
}

/* --- the lock --- */

/* The lock file also says whether somebody is within ("1"), or was when it died. */
static gboolean
lock (Place * place, GError ** error)
{
  const gint flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  gchar mark = '0';

  place->lock_fd = openat (place->fd, PLACE_LOCK, flags, 0600);
  if (place->lock_fd < 0)
    return fail (error, place, PLACE_LOCK, errno);
  if (flock (place->lock_fd, LOCK_EX | LOCK_NB) != 0) {
    gboolean is_busy = errno == EWOULDBLOCK;

    fail (error, place, PLACE_LOCK, errno);
    fd_clear (&place->lock_fd);
    if (is_busy && error) {
      g_clear_error (error);
      g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_BUSY, "%s: another run writes", place->dir);
    }
    return FALSE;
  }
  place->was_unclean = pread (place->lock_fd, &mark, 1, 0) == 1 && mark != '0';
  return pwrite (place->lock_fd, "1", 1, 0) == 1 || fail (error, place, PLACE_LOCK, errno);
}

gboolean
place_open (Place * place, const gchar * dir, StoreMode mode, GError ** error)
{
  *place = (Place) {.dir = g_canonicalize_filename (dir, NULL),.fd = -1,.lock_fd = -1 };
  if (mode == STORE_WRITE && !make_dir (place, error))
    return FALSE;
  return open_dir (place, error) && check_dir (place, error) && resolve_dir (place, error)
      && (mode == STORE_READ || lock (place, error));
}

void
place_close (Place * place, gboolean clean)
{
  if (place->lock_fd >= 0 && clean && pwrite (place->lock_fd, "0", 1, 0) != 1)
    g_debug ("%s: %s", PLACE_LOCK, g_strerror (errno));
  fd_clear (&place->lock_fd);
  fd_clear (&place->fd);
  g_clear_pointer (&place->dir, g_free);
}

/* --- the files --- */

static gboolean
check_file (const Place * place, const gchar * name, GError ** error)
{
  const gchar *problem = NULL;
  struct stat info;

  if (fstatat (place->fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || fail (error, place, name, errno);
  if (S_ISLNK (info.st_mode))
    problem = "a symbolic link, which we do not make";
  else if (!S_ISREG (info.st_mode))
    problem = "not a regular file";
  else if (!is_trusted (info.st_uid))
    problem = "belongs to somebody else";
  else if (info.st_mode & (S_IWGRP | S_IWOTH))
    problem = "others may write it";
  if (!problem)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED, "%s/%s: %s", place->dir, name,
      problem);
  return FALSE;
}

gboolean
place_check_files (const Place * place, gboolean make, GError ** error)
{
  gint fd;

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree gchar *name = g_strconcat (PLACE_FILE, suffixes[i], NULL);

    if (!check_file (place, name, error))
      return FALSE;
  }
  if (!make)
    return faccessat (place->fd, PLACE_FILE, R_OK, 0) == 0
        || fail_to_find (error, place, PLACE_FILE, errno);
  fd = openat (place->fd, PLACE_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno == EEXIST || fail (error, place, PLACE_FILE, errno);
  fsync (place->fd);
  fd_clear (&fd);
  return TRUE;
}

/* --- damaged ones --- */

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar * const *) a, *(const gchar * const *) b);
}

/* The names of the databases that were set aside, oldest first: they end with the time. */
static GPtrArray *
list_damaged (const Place * place)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (place->dir, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    if (g_str_has_prefix (name, PLACE_FILE ".damaged-") && !g_str_has_suffix (name, "-wal")
        && !g_str_has_suffix (name, "-shm"))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
remove_old (const Place * place)
{
  g_autoptr (GPtrArray) names = list_damaged (place);

  for (guint i = 0; i + PLACE_N_DAMAGED < names->len; i++) {
    for (gsize k = 0; k < G_N_ELEMENTS (suffixes); k++) {
      g_autofree gchar *name = g_strconcat (g_ptr_array_index (names, i), suffixes[k], NULL);

      unlinkat (place->fd, name, 0);
    }
  }
}

gchar *
place_set_aside (const Place * place, GError ** error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *seconds = g_date_time_format (now, "%Y%m%dT%H%M%S");
  g_autofree gchar *name = g_strdup_printf (PLACE_FILE ".damaged-%s.%06dZ", seconds,
      g_date_time_get_microsecond (now));

  /* The database last: a log must never meet another one. */
  for (gsize i = G_N_ELEMENTS (suffixes); i-- > 0;) {
    g_autofree gchar *from = g_strconcat (PLACE_FILE, suffixes[i], NULL);
    g_autofree gchar *to = g_strconcat (name, suffixes[i], NULL);

    if (renameat (place->fd, from, place->fd, to) != 0 && errno != ENOENT) {
      fail (error, place, from, errno);
      return NULL;
    }
  }
  fsync (place->fd);
  remove_old (place);
  return g_steal_pointer (&name);
}
