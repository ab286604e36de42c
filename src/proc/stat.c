#include "config.h"
#include "proc/stat.h"

#include <stdio.h>
#include <string.h>

#define STATE 0                 /* fields behind the name */
#define USER_TICKS 11
#define KERNEL_TICKS 12
#define N_THREADS 17
#define START 19
#define ACCEPTS 0x10000         /* a flag of /proc/net/unix: it listens */

gboolean
proc_parse_stat (const gchar * text, ProcStat * out)
{
  const gchar *end = strrchr (text, ')');
  g_auto (GStrv) fields = end && end[1] == ' ' ? g_strsplit (end + 2, " ", START + 2) : NULL;
  guint64 n_threads, start;

  if (!fields || g_strv_length (fields) < START + 2 || strlen (fields[STATE]) != 1
      || !g_ascii_string_to_unsigned (fields[N_THREADS], 10, 0, G_MAXINT, &n_threads, NULL)
      || !g_ascii_string_to_unsigned (fields[START], 10, 0, G_MAXUINT64, &start, NULL))
    return FALSE;
  out->state = fields[STATE][0];
  out->cpu_ticks = g_ascii_strtoull (fields[USER_TICKS], NULL, 10)
      + g_ascii_strtoull (fields[KERNEL_TICKS], NULL, 10);
  out->n_threads = n_threads;
  out->start_ticks = start;
  return TRUE;
}

gboolean
proc_parse_boot_time (const gchar * text, guint64 * out)
{
  const gchar *line = strstr (text, "\nbtime ");
  gchar *end;
  guint64 seconds;

  if (!line)
    return FALSE;
  line += strlen ("\nbtime ");
  seconds = g_ascii_strtoull (line, &end, 10);
  if (end == line || *end != '\n')
    return FALSE;
  *out = seconds;
  return TRUE;
}

/* "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/x" */
static const gchar *
listening_name (const gchar * line, GHashTable * inodes)
{
  unsigned flags;
  guint64 inode;
  gint at = 0;

  if (sscanf (line, "%*[^:]: %*x %*x %x %*x %*x %" G_GUINT64_FORMAT " %n", &flags, &inode, &at) < 2
      || at == 0 || line[at] == '\0' || !(flags & ACCEPTS)
      || !g_hash_table_contains (inodes, &inode))
    return NULL;
  return line + at;
}

GPtrArray *
proc_parse_listening (const gchar * text, GHashTable * inodes)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const gchar *end;

  for (; (end = strchr (text, '\n')); text = end + 1) {
    g_autofree gchar *line = g_strndup (text, (gsize) (end - text));
    const gchar *name = listening_name (line, inodes);

    if (name)
      g_ptr_array_add (names, g_strdup (name));
  }
  return names;
}
