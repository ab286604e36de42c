/* Rules of importers. Pure. */
#include "config.h"
#include "verdict/importer.h"

#define N G_GUINT64_FORMAT

/* --- arithmetic that stays at the top instead of wrapping --- */

static guint64
add (guint64 a, guint64 b)
{
  guint64 sum;

  return g_uint64_checked_add (&sum, a, b) ? sum : G_MAXUINT64;
}

static guint64
multiply (guint64 a, guint64 b)
{
  guint64 product;

  return g_uint64_checked_mul (&product, a, b) ? product : G_MAXUINT64;
}

static guint64
round_up (guint64 value, guint64 to)
{
  if (to <= 1 || value % to == 0)
    return value;
  return add (value, to - value % to);
}

/* --- one thing that is asked for --- */

G_GNUC_PRINTF (2, 3)
static void
refuse (GString * why, const gchar * format, ...)
{
  va_list args;

  if (why->len > 0)
    g_string_append (why, "; ");
  va_start (args, format);
  g_string_append_vprintf (why, format, args);
  va_end (args);
}

static void
judge_multiple (GString * why, guint plane, const gchar * what, guint64 value, guint align)
{
  if (align > 1 && value % align != 0)
    refuse (why, "plane %u has the %s %" N ", not a multiple of %u", plane, what, value, align);
}

static void
judge_width (const Importer * importer, const ImporterBuffer * buffer, guint index, GString * why)
{
  const ImporterPlane *plane = &buffer->planes[index];
  guint64 padded, line;

  if (importer->width_align <= 1 || buffer->width == 0)
    return;
  padded = round_up (buffer->width, importer->width_align);
  line = (multiply (plane->line_bytes, padded) + buffer->width - 1) / buffer->width;
  if (plane->stride < line)
    refuse (why, "plane %u has the stride %" N ", %" N " are needed for a width of %" N,
        index, plane->stride, line, padded);
}

/* Lines of the plane when the picture's height is rounded up to ALIGN. */
static guint64
padded_lines (const ImporterBuffer * buffer, const ImporterPlane * plane, guint align)
{
  guint64 height = round_up (buffer->height, align);
  guint64 each = MAX (plane->lines_each, 1);

  return align > 1 ? (height + each - 1) / each : plane->lines;
}

static guint64
end_of_plane (const ImporterBuffer * buffer, const ImporterPlane * plane, guint align)
{
  return add (plane->offset, multiply (plane->stride, padded_lines (buffer, plane, align)));
}

static void
judge_room (const Importer * importer, const ImporterBuffer * buffer, guint index, GString * why)
{
  const ImporterPlane *plane = &buffer->planes[index], *next = plane + 1;
  guint64 end = end_of_plane (buffer, plane, importer->plane_height_align);

  if (importer->plane_height_align > 1 && index + 1 < buffer->n_planes && next->offset < end)
    refuse (why, "plane %u begins at %" N ", with plane %u padded to a multiple of %u lines it "
        "begins at %" N, index + 1, next->offset, index, importer->plane_height_align, end);
}

static void
judge_plane (const Importer * importer, const ImporterBuffer * buffer, guint index, GString * why)
{
  const ImporterPlane *plane = &buffer->planes[index];

  judge_multiple (why, index, "stride", plane->stride, importer->stride_align);
  judge_multiple (why, index, "offset", plane->offset, importer->offset_align);
  judge_width (importer, buffer, index, why);
  judge_room (importer, buffer, index, why);
}

/* --- the memory --- */

static guint64
needed_bytes (const Importer * importer, const ImporterBuffer * buffer)
{
  guint align = MAX (importer->height_align, importer->plane_height_align);
  guint64 end = 0;

  for (guint i = 0; i < buffer->n_planes; i++) {
    const ImporterPlane *plane = &buffer->planes[i];
    guint64 plane_end = add (end_of_plane (buffer, plane, align),
        multiply (plane->stride, importer->extra_lines));

    end = MAX (end, plane_end);
  }
  return round_up (add (end, importer->extra_bytes), importer->size_align);
}

static void
judge_memory (const Importer * importer, const ImporterBuffer * buffer, guint64 needed,
    GString * why)
{
  guint64 multiple = importer->page_multiple ? buffer->page : importer->size_multiple;

  if (buffer->size < needed)
    refuse (why, "the memory has %" N " bytes, %" N " are needed", buffer->size, needed);
  if (multiple > 1 && buffer->size % multiple != 0)
    refuse (why, "the memory has %" N " bytes, not a multiple of %" N, buffer->size, multiple);
  if (importer->contiguous && !buffer->is_contiguous)
    refuse (why, "the memory is not known to be physically contiguous");
}

static gboolean
takes_format (const Importer * importer, const gchar * format)
{
  return !importer->formats
      || g_strv_contains ((const gchar * const *) importer->formats, format);
}

ImporterVerdict
importer_judge (const Importer * importer, const ImporterBuffer * buffer, GString * why,
    guint64 * needed)
{
  gsize before = why->len;
  g_autoptr (GString) reasons = g_string_new (NULL);
  guint64 bytes = needed_bytes (importer, buffer);

  if (needed)
    *needed = bytes;
  if (!takes_format (importer, buffer->format))
    return IMPORTER_NOT_ITS_FORMAT;
  for (guint i = 0; i < MIN (buffer->n_planes, IMPORTER_MAX_PLANES); i++)
    judge_plane (importer, buffer, i, reasons);
  judge_memory (importer, buffer, bytes, reasons);
  if (before > 0 && reasons->len > 0)
    g_string_append (why, "; ");
  g_string_append (why, reasons->str);
  return reasons->len > 0 ? IMPORTER_REFUSES : IMPORTER_ACCEPTS;
}

/* --- in words --- */

gchar *
importer_describe (const Importer * importer)
{
  const struct
  {
    guint64 value;
    const gchar *format;
  } parts[] = {
    {importer->stride_align, "stride a multiple of %" N},
    {importer->width_align, "stride for a width that is a multiple of %" N},
    {importer->offset_align, "offsets multiples of %" N},
    {importer->plane_height_align, "planes of a multiple of %" N " lines"},
    {importer->height_align, "room for a multiple of %" N " lines"},
    {importer->extra_lines, "%" N " lines more"},
    {importer->extra_bytes, "%" N " bytes more"},
    {importer->size_align, "that rounded up to %" N},
    {importer->size_multiple, "a size that is a multiple of %" N},
  };
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree gchar *number = g_strdup_printf ("%" N, parts[i].value);
    g_auto (GStrv) halves = g_strsplit (parts[i].format, "%" N, 2);

    if (parts[i].value > 0)
      refuse (text, "%s%s%s", halves[0], number, halves[1]);
  }
  if (importer->page_multiple)
    refuse (text, "a size of whole pages");
  if (importer->contiguous)
    refuse (text, "physically contiguous memory");
  if (text->len == 0)
    g_string_append (text, "planes within the memory");
  return g_string_free (text, FALSE);
}

const Importer *
importer_find (const GPtrArray * importers, const gchar * name)
{
  for (guint i = 0; i < importers->len; i++) {
    const Importer *importer = g_ptr_array_index (importers, i);

    if (g_str_equal (importer->name, name))
      return importer;
  }
  return NULL;
}
