#include "config.h"
#include "base/trust.h"

#include "base/error.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OVERFLOW_UID 65534      /* whoever has no number in our user namespace */
#define ALL_USERS "0 0 4294967295"

/* In a user namespace of its own root is not everybody's: files of the real one seem to be nobody's
 * there. */
static gboolean
is_unmapped (uid_t user)
{
  g_autofree gchar *map = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GString) all = g_string_new (NULL);

  if (user != OVERFLOW_UID || !g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL))
    return FALSE;
  words = g_strsplit_set (map, " \t\n", -1);
  for (gsize i = 0; words[i]; i++) {
    if (*words[i])
      g_string_append_printf (all, "%s%s", all->len ? " " : "", words[i]);
  }
  return !g_str_equal (all->str, ALL_USERS);
}

static gboolean
is_ours (const struct stat *look)
{
  return look->st_uid == 0 || look->st_uid == geteuid () || is_unmapped (look->st_uid);
}

/* Everybody may put another file in the place of one in it. */
static gboolean
is_open (const struct stat *look)
{
  return (look->st_mode & S_IWOTH) && !(S_ISDIR (look->st_mode) && (look->st_mode & S_ISVTX));
}

/* Whether whoever can change DATA can change the program: its file, or a directory above it. */
static gboolean
can_change_program (const struct stat *data)
{
  g_autofree gchar *path = g_file_read_link ("/proc/self/exe", NULL);
  struct stat look;

  while (path && stat (*path ? path : "/", &look) == 0) {
    if (is_open (data) ? is_open (&look) : look.st_uid == data->st_uid)
      return TRUE;
    if (*path == '\0')
      return FALSE;
    *strrchr (path, '/') = '\0';
  }
  return FALSE;
}

gboolean
trust_check_data (const gchar * path, GError ** error)
{
  struct stat look;

  if (geteuid () != 0 || stat (path, &look) != 0 || (is_ours (&look) && !is_open (&look))
      || can_change_program (&look))
    return TRUE;
  if (is_open (&look))
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED,
        "%s: refused: everybody may write it, and root would do what"
        " it says: chmod -R o-w it, or do not run as root", path);
  else
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED,
        "%s: refused: belongs to user %u, and root would do what it"
        " says: run as that user (sudo -u '#%u'), or chown -R root it", path, look.st_uid,
        look.st_uid);
  return FALSE;
}

gboolean
trust_check_tmp (const gchar * dir, GError ** error)
{
  struct stat look;

  if (stat (dir, &look) != 0 || (look.st_mode & S_ISVTX) || (is_ours (&look) && !is_open (&look)))
    return TRUE;
  if (is_open (&look))
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED,
        "%s: refused: everybody may remove what others have in it:"
        " chmod +t it, or set TMPDIR to another", dir);
  else
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED,
        "%s: refused: belongs to user %u: set TMPDIR to another", dir, look.st_uid);
  return FALSE;
}
