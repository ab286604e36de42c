#include "config.h"
#include "watch/source/source.h"

#include "base/fd.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define X(name) extern const Source source_##name;
#include "watch/source/source-list.h"
#undef X

static const Source *const sources[] = {
#define X(name) &source_##name,
#include "watch/source/source-list.h"
#undef X
  NULL
};

const Source *const *
source_list (void)
{
  return sources;
}

const Source *
source_by_name (const gchar * name)
{
  for (gsize i = 0; sources[i]; i++) {
    if (g_str_equal (sources[i]->name, name))
      return sources[i];
  }
  return NULL;
}

const SourceKey *
source_find_key (const Source * source, const gchar * name)
{
  for (const SourceKey * key = source->keys; key && key->name; key++) {
    if (g_str_equal (key->name, name))
      return key;
  }
  return NULL;
}

static void
set_no_way (const Source * source, GError ** error)
{
  if (!source->ways[1])
    error_input (error, "no %s is given", source->ways[0]);
  else
    error_input (error, "neither %s nor %s is given", source->ways[0], source->ways[1]);
}

gboolean
source_check_ways (const Source * source, GHashTable * values, GError ** error)
{
  const gchar *found = NULL;

  for (gsize i = 0; source->ways && source->ways[i]; i++) {
    if (!values || !g_hash_table_contains (values, source->ways[i]))
      continue;
    if (found && !source->any_ways)
      return error_input (error, "%s and %s: only one of them", found, source->ways[i]);
    found = source->ways[i];
  }
  if (found || !source->ways || source->has_default_way)
    return TRUE;
  set_no_way (source, error);
  return FALSE;
}

const gchar *
source_value (const SourceRequest * request, const gchar * key, const gchar * fallback)
{
  const gchar *value = request->values ? g_hash_table_lookup (request->values, key) : NULL;

  return value ? value : fallback;
}

gboolean
source_check_absent (const gchar * value, GError ** error)
{
  if (g_str_equal (value, "ok") || g_str_equal (value, "unknown"))
    return TRUE;
  return error_input (error, "neither ok nor unknown: %s", value);
}

gboolean
source_is_absent_ok (const SourceRequest * request)
{
  return g_str_equal (source_value (request, "absent", "unknown"), "ok");
}

gchar *
source_path (const SourceRequest * request, const gchar * path)
{
  return g_strconcat (request->sysroot ? request->sysroot : "", path, NULL);
}

static void
set_error (GError ** error, const gchar * path, gint code)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", path,
      g_strerror (code));
}

/* Appends what comes next from FD to TEXT. 0 at the end, -1 with errno. */
static gssize
read_some (gint fd, Deadline deadline, GByteArray * text)
{
  guint old = text->len;
  gssize n;

  if (fd_poll (fd, POLLIN, deadline_poll_ms (deadline)) == 0) {
    errno = ETIMEDOUT;
    return -1;
  }
  if (old >= SOURCE_MAX_BYTES) {
    errno = EFBIG;
    return -1;
  }
  g_byte_array_set_size (text, old + 64 * 1024);
  n = fd_read (fd, text->data + old, 64 * 1024);
  g_byte_array_set_size (text, old + (guint) MAX (n, 0));
  return n;
}

gchar *
source_read_file (const gchar * path, Deadline deadline, gsize * length, GError ** error)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  gboolean is_stdin = g_str_equal (path, "-");
  gint fd = is_stdin ? dup (STDIN_FILENO) : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  const gchar *shown = is_stdin ? "standard input" : path;
  gssize n = -1;

  while (fd >= 0 && (n = read_some (fd, deadline, text)) > 0) ;
  if (n < 0) {
    set_error (error, shown, errno);
    fd_clear (&fd);
    return NULL;
  }
  fd_clear (&fd);
  *length = text->len;
  g_byte_array_append (text, (const guint8 *) "", 1);
  return (gchar *) g_byte_array_free (g_steal_pointer (&text), FALSE);
}
