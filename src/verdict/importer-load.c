/* The file of importers: one structure a line, as in the other tables. */
#include "config.h"
#include "verdict/importer.h"

#include "scenario/actions.h"
#include "scenario/scenario.h"

#define MUST TRUE, NULL
/* A number that is absent as a rule. */
#define ABSENT FALSE, "0", NULL

/* *INDENT-OFF* */
static const ScenarioAction importer_line = {
  "importer", SCENARIO_ISSUE, SCENARIO_ANY, "what a driver asks of the buffers that it imports", {
    { "name", SCENARIO_STRING, MUST, NULL, 0, "of the driver" },
    { "source", SCENARIO_STRING, MUST, NULL, 0, "where the rule was read, or reported" },
    { "note", SCENARIO_STRING, FALSE, NULL, NULL, 0, "for the reader" },
    { "formats", SCENARIO_LIST, FALSE, NULL, NULL, 0, "that it is about, absent: all" },
    { "stride-align", SCENARIO_INT, ABSENT, 0, "bytes that strides are a multiple of" },
    { "width-align", SCENARIO_INT, ABSENT, 0, "pixels that a line has room for" },
    { "offset-align", SCENARIO_INT, ABSENT, 0, "bytes that offsets are a multiple of" },
    { "plane-height-align", SCENARIO_INT, ABSENT, 0, "lines that each plane has room for" },
    { "height-align", SCENARIO_INT, ABSENT, 0, "lines that the memory has room for" },
    { "extra-lines", SCENARIO_INT, ABSENT, 0, "lines behind the last plane" },
    { "extra-bytes", SCENARIO_INT, ABSENT, 0, "bytes behind the last plane" },
    { "size-align", SCENARIO_SIZE, ABSENT, 0, "what the needed bytes are rounded up to" },
    { "size-multiple", SCENARIO_SIZE, ABSENT, 0, "what the size is a multiple of" },
    { "page-multiple", SCENARIO_BOOL, FALSE, "false", NULL, 0, "the size is whole pages" },
    { "contiguous", SCENARIO_BOOL, FALSE, "false", NULL, 0, "physically contiguous memory" } }
};
/* *INDENT-ON* */

static void
importer_free (gpointer data)
{
  Importer *importer = data;

  g_free (importer->name);
  g_free (importer->source);
  g_free (importer->note);
  g_strfreev (importer->formats);
  g_free (importer);
}

static guint64
number_of (GHashTable * fields, const gchar * key)
{
  return MIN (g_ascii_strtoull (g_hash_table_lookup (fields, key), NULL, 10), G_MAXUINT);
}

static Importer *
importer_new (GHashTable * fields)
{
  const gchar *formats = g_hash_table_lookup (fields, "formats");
  Importer *importer = g_new0 (Importer, 1);

  importer->name = g_strdup (g_hash_table_lookup (fields, "name"));
  importer->source = g_strdup (g_hash_table_lookup (fields, "source"));
  importer->note = g_strdup (g_hash_table_lookup (fields, "note"));
  importer->formats = formats ? g_strsplit (formats, ",", -1) : NULL;
  importer->stride_align = (guint) number_of (fields, "stride-align");
  importer->width_align = (guint) number_of (fields, "width-align");
  importer->offset_align = (guint) number_of (fields, "offset-align");
  importer->plane_height_align = (guint) number_of (fields, "plane-height-align");
  importer->height_align = (guint) number_of (fields, "height-align");
  importer->extra_lines = (guint) number_of (fields, "extra-lines");
  importer->extra_bytes = (guint) number_of (fields, "extra-bytes");
  importer->size_align = number_of (fields, "size-align");
  importer->size_multiple = number_of (fields, "size-multiple");
  importer->page_multiple = g_strcmp0 (g_hash_table_lookup (fields, "page-multiple"), "true") == 0;
  importer->contiguous = g_strcmp0 (g_hash_table_lookup (fields, "contiguous"), "true") == 0;
  return importer;
}

static gboolean
add_importer (GPtrArray * importers, const ScenarioLine * line, GError ** error)
{
  g_autoptr (ScenarioRecord) record = scenario_record_parse (line->text, error);
  g_autoptr (GHashTable) fields = NULL;
  const gchar *name;

  if (!record)
    return FALSE;
  if (!g_str_equal (record->action, importer_line.name))
    return scenario_fail (error, "line", "not an importer", record->action);
  fields = scenario_action_fill (&importer_line, record, error);
  if (!fields)
    return FALSE;
  name = g_hash_table_lookup (fields, "name");
  if (importer_find (importers, name))
    return scenario_fail (error, "name", "twice", name);
  g_ptr_array_add (importers, importer_new (fields));
  return TRUE;
}

GPtrArray *
importer_load (const gchar * file, const gchar * text, GError ** error)
{
  g_autoptr (GPtrArray) lines = scenario_read_lines (file, text, error);
  g_autoptr (GPtrArray) importers = g_ptr_array_new_with_free_func (importer_free);

  if (!lines)
    return NULL;
  for (guint i = 0; i < lines->len; i++) {
    const ScenarioLine *line = g_ptr_array_index (lines, i);

    if (!add_importer (importers, line, error)) {
      g_prefix_error (error, "%s:%d: ", file, line->number);
      return NULL;
    }
  }
  return g_steal_pointer (&importers);
}
