#include "config.h"
#include "proc/maps.h"

#include <string.h>

#define KIB 1024

/* Keys of smaps that are of interest, and the fields that they are added to. */
static const struct
{
  const gchar *key;
  gsize field;
} keys[] = {
  {"KernelPageSize:", G_STRUCT_OFFSET (ProcMapping, page_size)},
  {"Rss:", G_STRUCT_OFFSET (ProcMapping, resident)},
  {"Locked:", G_STRUCT_OFFSET (ProcMapping, locked)},
  {"ShmemPmdMapped:", G_STRUCT_OFFSET (ProcMapping, huge)},
  {"FilePmdMapped:", G_STRUCT_OFFSET (ProcMapping, huge)},
  {"AnonHugePages:", G_STRUCT_OFFSET (ProcMapping, huge)},
  {"Shared_Hugetlb:", G_STRUCT_OFFSET (ProcMapping, huge)},
  {"Private_Hugetlb:", G_STRUCT_OFFSET (ProcMapping, huge)},
  /* Rss leaves them out. */
  {"Shared_Hugetlb:", G_STRUCT_OFFSET (ProcMapping, resident)},
  {"Private_Hugetlb:", G_STRUCT_OFFSET (ProcMapping, resident)},
};

static void
clear_mapping (gpointer data)
{
  g_free (((ProcMapping *) data)->path);
}

/* Reads a number of BASE that ends with END, and goes behind that. */
static gboolean
take_number (const gchar ** at, guint base, gchar end, guint64 * out)
{
  gchar *stop;

  if (!(base == 16 ? g_ascii_isxdigit (**at) : g_ascii_isdigit (**at)))
    return FALSE;
  *out = g_ascii_strtoull (*at, &stop, base);
  if (*stop != end)
    return FALSE;
  *at = stop + 1;
  return TRUE;
}

/* "rw-s " */
static gboolean
take_modes (const gchar ** at, ProcMapping * out)
{
  const gchar *modes = *at;

  if (strnlen (modes, 5) < 5 || modes[4] != ' ' || !strchr ("r-", modes[0])
      || !strchr ("w-", modes[1]) || !strchr ("x-", modes[2]) || !strchr ("sp", modes[3]))
    return FALSE;
  out->readable = modes[0] == 'r';
  out->writable = modes[1] == 'w';
  out->executable = modes[2] == 'x';
  out->shared = modes[3] == 's';
  *at += 5;
  return TRUE;
}

/* "7f97000-7f98000 rw-s 00000000 00:01 1257      /memfd:x (deleted)"; the name may hold anything
 * but a line's end. */
static gboolean
parse_mapping (const gchar * line, ProcMapping * out)
{
  const gchar *at = line;
  guint64 major, minor;
  gchar *name;

  if (!take_number (&at, 16, '-', &out->start) || !take_number (&at, 16, ' ', &out->end)
      || !take_modes (&at, out) || !take_number (&at, 16, ' ', &out->offset)
      || !take_number (&at, 16, ':', &major) || !take_number (&at, 16, ' ', &minor)
      || out->end <= out->start || !g_ascii_isdigit (*at))
    return FALSE;
  out->inode = g_ascii_strtoull (at, &name, 10);
  if (*name != '\0' && *name != ' ')
    return FALSE;
  out->major = (guint) major;
  out->minor = (guint) minor;
  out->path = g_strdup (name + strspn (name, " "));
  return TRUE;
}

/* A line of smaps about MAPPING. Keys that a later kernel adds are as good as any. */
static gboolean
parse_key (const gchar * line, ProcMapping * mapping)
{
  gsize length = strcspn (line, ":");

  if (length == 0 || line[length] != ':' || !g_ascii_isupper (line[0])
      || memchr (line, ' ', length))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    guint64 kib;

    if (!g_str_has_prefix (line, keys[i].key))
      continue;
    kib = g_ascii_strtoull (line + strlen (keys[i].key), NULL, 10);
    *(guint64 *) G_STRUCT_MEMBER_P (mapping, keys[i].field) += kib * KIB;
  }
  return TRUE;
}

GArray *
proc_parse_maps (const gchar * text, guint * n_strange)
{
  GArray *mappings = g_array_new (FALSE, TRUE, sizeof (ProcMapping));
  const gchar *end;
  guint strange = 0;

  g_array_set_clear_func (mappings, clear_mapping);
  for (; (end = strchr (text, '\n')); text = end + 1) {
    g_autofree gchar *line = g_strndup (text, (gsize) (end - text));
    ProcMapping mapping = { 0 };

    if (parse_mapping (line, &mapping))
      g_array_append_val (mappings, mapping);
    else if (mappings->len == 0
        || !parse_key (line, &g_array_index (mappings, ProcMapping, mappings->len - 1)))
      strange++;
  }
  if (n_strange)
    *n_strange = strange + (*text != '\0');
  return mappings;
}
