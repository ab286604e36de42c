/* The file of the configuration. GKeyFile reads it, but does not tell lines, and takes a key twice:
 * one look over the lines comes first. */
#include "config.h"
#include "poolwatch/conf.h"

#include "base/fd.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far more than anybody writes by hand. */
#define MAX_BYTES (1024 * 1024)

/* A group, or a key in one. */
typedef struct
{
  gchar *group;
  gchar *key;                   /* NULL: the line begins the group */
  guint line;
} Place;

/* --- a file that only those can write who may run what it names --- */

static gboolean
check_safe (const gchar * shown, const struct stat *look, GError ** error)
{
  gboolean sticky = S_ISDIR (look->st_mode) && (look->st_mode & S_ISVTX);

  if (look->st_uid != 0 && look->st_uid != geteuid ())
    return error_input (error, "%s: refused: belongs to user %u, neither to root nor to us", shown,
        look->st_uid);
  if (!sticky && (look->st_mode & (S_IWGRP | S_IWOTH)))
    return error_input (error, "%s: refused: others may write it (chmod go-w): mode %04o", shown,
        look->st_mode & 07777);
  return TRUE;
}

/* The directory in which the file FD really lies: whoever writes there can put another in its
 * place. Links on the way are as usual below /etc, and count for nothing here. */
static gboolean
check_directory (gint fd, GError ** error)
{
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree gchar *path = g_file_read_link (link, NULL);
  g_autofree gchar *dir = path ? g_path_get_dirname (path) : NULL;
  struct stat look;

  if (!dir || stat (dir, &look) != 0)
    return conf_fail (error, "refused: cannot tell in which directory it is", NULL);
  return check_safe (dir, &look, error);
}

static gboolean
check_file (const gchar * path, gint fd, GError ** error)
{
  struct stat look;

  if (fstat (fd, &look) != 0)
    return conf_fail (error, path, g_strerror (errno));
  if (!S_ISREG (look.st_mode))
    return conf_fail (error, path, "not a file");
  if (look.st_size > MAX_BYTES)
    return conf_fail (error, path, "too long");
  if (!check_safe (path, &look, error))
    return FALSE;
  if (check_directory (fd, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

static GString *
read_all (const gchar * path, gint fd, GError ** error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gchar part[16 * 1024];
  gssize got;

  while ((got = fd_read (fd, part, sizeof part)) > 0 && text->len <= MAX_BYTES)
    g_string_append_len (text, part, got);
  if (got < 0) {
    conf_fail (error, path, g_strerror (errno));
    return NULL;
  }
  return g_steal_pointer (&text);
}

static GString *
read_file (const gchar * path, GError ** error)
{
  gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  GString *text = NULL;

  if (fd < 0)
    conf_fail (error, path, g_strerror (errno));
  else if (check_file (path, fd, error))
    text = read_all (path, fd, error);
  fd_clear (&fd);
  return text;
}

/* --- lines --- */

static void
clear_place (gpointer data)
{
  Place *place = data;

  g_free (place->group);
  g_free (place->key);
}

static const Place *
find_place (const GArray * places, const gchar * group, const gchar * key)
{
  for (guint i = 0; i < places->len; i++) {
    const Place *place = &g_array_index (places, Place, i);

    if (g_str_equal (place->group, group) && g_strcmp0 (place->key, key) == 0)
      return place;
  }
  return NULL;
}

static gboolean
add_place (GArray * places, const Place * place, GError ** error)
{
  const Place *before = find_place (places, place->group, place->key);

  if (before)
    return error_input (error, "%s%s%s: given twice: first in line %u", place->key ? "" : "[",
        place->key ? place->key : place->group, place->key ? "" : "]", before->line);
  g_array_append_vals (places, place, 1);
  return TRUE;
}

/* LINE has no blanks around it and is neither empty nor a comment. */
static gboolean
scan_line (GArray * places, const gchar * line, guint number, GError ** error)
{
  Place place = {.line = number };
  const gchar *equals = strchr (line, '=');
  const gchar *group = places->len ? g_array_index (places, Place, places->len - 1).group : NULL;

  if (*line == '[') {
    if (!g_str_has_suffix (line, "]") || strlen (line) < 3)
      return conf_fail (error, "not a group", line);
    place.group = g_strndup (line + 1, strlen (line) - 2);
    if (strpbrk (place.group, "[]")) {  /* of a glob, but GKeyFile does not take them */
      g_free (place.group);
      return conf_fail (error, "brackets within a group", line);
    }
  } else {
    if (!equals || equals == line)
      return conf_fail (error, "neither a [group] nor KEY=VALUE nor a # comment", line);
    if (!group)
      return conf_fail (error, "before any [group]", line);
    place.group = g_strdup (group);
    place.key = g_strchomp (g_strndup (line, (gsize) (equals - line)));
  }
  if (add_place (places, &place, error))
    return TRUE;
  clear_place (&place);
  return FALSE;
}

static gboolean
scan_lines (GArray * places, const GString * text, guint * number, GError ** error)
{
  const gchar *at = text->str, *end = text->str + text->len;

  for (*number = 1; at < end; (*number)++) {
    const gchar *newline = memchr (at, '\n', (gsize) (end - at));
    gsize length = (gsize) ((newline ? newline : end) - at);
    g_autofree gchar *line = NULL;

    /* A NUL is not valid, either. */
    if (!g_utf8_validate (at, (gssize) length, NULL))
      return conf_fail (error, "not UTF-8", NULL);
    line = g_strstrip (g_strndup (at, length));
    if (*line && *line != '#' && !scan_line (places, line, *number, error))
      return FALSE;
    at += length + 1;
  }
  return TRUE;
}

/* --- what the lines say --- */

/* What goes with the group whose places are looked at. */
typedef struct
{
  Conf *conf;
  GKeyFile *file;
  ConfSource *source;           /* of [source NAME], else NULL */
} Reading;

/* "source" of "source NAME" with its name, or NULL. */
static const gchar *
name_after (const gchar * group, const gchar * kind)
{
  gsize length = strlen (kind);

  if (!g_str_has_prefix (group, kind) || group[length] != ' ')
    return NULL;
  return group + length + strspn (group + length, " ");
}

/* As it stands there: a regular expression has backslashes of its own. Caller frees. */
static gchar *
value_of (const Reading * reading, const gchar * group, const gchar * key)
{
  gchar *value = g_key_file_get_value (reading->file, group, key, NULL);

  return value ? g_strstrip (value) : NULL;
}

static gboolean
begin_source (Reading * reading, const gchar * group, const gchar * name, GError ** error)
{
  g_autofree gchar *type = value_of (reading, group, "type");

  if (!type)
    return conf_fail (error, "type: missing", NULL);
  reading->source = conf_new_source (reading->conf, type, name, error);
  return reading->source != NULL;
}

static gboolean
begin_group (Reading * reading, const gchar * group, GError ** error)
{
  const gchar *source = name_after (group, "source"), *pool = name_after (group, "pool");
  gboolean ok = TRUE;

  reading->source = NULL;
  if (source)
    ok = begin_source (reading, group, source, error);
  else if (pool)
    ok = *pool || conf_fail (error, "no name", NULL);
  else if (!g_str_equal (group, "poolwatch"))
    ok = conf_fail (error, "unknown group (poolwatch, source NAME, pool GLOB)", NULL);
  if (!ok)
    g_prefix_error (error, "[%s]: ", group);
  return ok;
}

static gboolean
take_key (Reading * reading, const Place * place, GError ** error)
{
  g_autofree gchar *value = value_of (reading, place->group, place->key);
  const gchar *pool = name_after (place->group, "pool");

  if (!value)                   /* a key with a [locale] */
    return conf_fail (error, place->key, "unknown key");
  if (reading->source && g_str_equal (place->key, "type"))
    return TRUE;
  if (reading->source)
    return conf_source_set (reading->source, place->key, value, error);
  if (pool)
    return conf_set_pool (reading->conf, pool, place->key, value, error);
  return conf_set (reading->conf, place->key, value, error);
}

static gboolean
take_places (Reading * reading, const GArray * places, guint * number, GError ** error)
{
  for (guint i = 0; i < places->len; i++) {
    const Place *place = &g_array_index (places, Place, i);

    *number = place->line;
    if (place->key ? !take_key (reading, place, error)
        : !begin_group (reading, place->group, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
conf_load (Conf * conf, const gchar * path, GError ** error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, TRUE, sizeof (Place));
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GString) text = read_file (path, error);
  Reading reading = {.conf = conf,.file = file };
  guint number = 0;

  g_array_set_clear_func (places, clear_place);
  if (!text)
    return FALSE;
  if (scan_lines (places, text, &number, error)
      && (text->len == 0 || g_key_file_load_from_data (file, text->str, text->len,
              G_KEY_FILE_NONE, error))
      && take_places (&reading, places, &number, error))
    return TRUE;
  g_prefix_error (error, "%s:%u: ", path, number);
  return FALSE;
}
