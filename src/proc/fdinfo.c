#include "config.h"
#include "proc/fdinfo.h"

#include <string.h>

/* The value in LINE, "KEY:\tVALUE"; NULL: it has another key. */
static const gchar *
value_of (const gchar * line, const gchar * key)
{
  gsize length = strlen (key);

  if (!g_str_has_prefix (line, key) || line[length] != ':')
    return NULL;
  return line + length + 1 + strspn (line + length + 1, "\t ");
}

static void
take_text (const gchar * line, const gchar * key, gchar ** out)
{
  const gchar *value = value_of (line, key);

  if (value && !*out)
    *out = g_strdup (value);
}

static gboolean
take_number (const gchar * line, const gchar * key, guint base, guint64 * out)
{
  const gchar *value = value_of (line, key);
  gchar *end;
  guint64 number;

  if (!value || !g_ascii_isdigit (*value))
    return FALSE;
  number = g_ascii_strtoull (value, &end, base);
  if (*end != '\0')
    return FALSE;
  *out = number;
  return TRUE;
}

gboolean
proc_parse_fdinfo (const gchar * text, ProcFdinfo * out)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint64 flags = 0, references = 0;
  gboolean has_flags = FALSE;

  *out = (ProcFdinfo) { 0 };
  for (gsize i = 0; lines[i]; i++) {
    has_flags |= take_number (lines[i], "flags", 8, &flags);
    take_number (lines[i], "ino", 10, &out->inode);
    take_number (lines[i], "size", 10, &out->size);
    take_number (lines[i], "count", 10, &references);
    take_text (lines[i], "exp_name", &out->exporter);
    take_text (lines[i], "name", &out->name);
  }
  out->flags = (guint) flags;
  out->references = (gint64) references;
  return has_flags;
}

void
proc_fdinfo_clear (ProcFdinfo * info)
{
  g_clear_pointer (&info->exporter, g_free);
  g_clear_pointer (&info->name, g_free);
}
