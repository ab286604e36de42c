#include "config.h"
#include "proc/sysvipc.h"

#include <string.h>

/* Columns are found by their heads: some are wider on 64-bit machines, others came later. */
static gint
column_of (gchar ** heads, const gchar * name)
{
  for (gint i = 0; heads[i]; i++) {
    if (g_str_equal (heads[i], name))
      return i;
  }
  return -1;
}

static GStrv
split_words (const gchar * line)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (line += strspn (line, " \t"); *line; line += strspn (line, " \t")) {
    gsize length = strcspn (line, " \t");
    g_autofree gchar *word = g_strndup (line, length);

    g_strv_builder_add (builder, word);
    line += length;
  }
  return g_strv_builder_end (builder);
}

static gboolean
number_in (gchar ** words, gint column, guint64 max, guint64 * out)
{
  return column >= 0 && (guint) column < g_strv_length (words)
      && g_ascii_string_to_unsigned (words[column], 10, 0, max, out, NULL);
}

GArray *
proc_parse_sysvipc (const gchar * text)
{
  GArray *segments = g_array_new (FALSE, TRUE, sizeof (ProcSegment));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto (GStrv) heads = split_words (lines[0] ? lines[0] : "");
  gint id_at = column_of (heads, "shmid"), size_at = column_of (heads, "size");
  gint creator_at = column_of (heads, "cpid"), attached_at = column_of (heads, "nattch");

  for (gsize i = 1; lines[0] && lines[i]; i++) {
    g_auto (GStrv) words = split_words (lines[i]);
    guint64 creator, attached;
    ProcSegment segment;

    if (!number_in (words, id_at, G_MAXUINT64, &segment.id)
        || !number_in (words, size_at, G_MAXUINT64, &segment.size)
        || !number_in (words, creator_at, G_MAXINT, &creator)
        || !number_in (words, attached_at, G_MAXINT, &attached))
      continue;
    segment.creator = (gint) creator;
    segment.n_attached = (gint) attached;
    g_array_append_val (segments, segment);
  }
  return segments;
}
