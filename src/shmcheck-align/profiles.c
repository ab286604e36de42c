/* shmcheck-align profiles: what importers would say of a buffer. */
#include "config.h"
#include "base/error.h"
#include "shmcheck-align/buffer.h"
#include "shmcheck-align/commands.h"

#include "base/parse.h"
#include "base/trust.h"
#include "cli/data.h"
#include "report/table.h"

#define PATIENCE_S 10.0
/* The target that is only described by --caps and --size. */
#define GIVEN "given"

typedef struct
{
  Align align;
  gchar *file, *require;        /* options */
  gboolean contiguous;
  GPtrArray *importers;         /* Importer* */
  GPtrArray *refusals;          /* gchar*: of the importers that are required */
} Profiles;

/* --- the table --- */

typedef enum
{
  COLUMN_IMPORTER, COLUMN_ACCEPTS, COLUMN_NEEDS, COLUMN_WHY, COLUMN_SOURCE, N_COLUMNS
} Column;

static const ReportColumn columns[N_COLUMNS] = {
  [COLUMN_IMPORTER] = {"importer", FALSE},
  [COLUMN_ACCEPTS] = {"accepts", FALSE},
  [COLUMN_NEEDS] = {"needs", TRUE},
  [COLUMN_WHY] = {"why", FALSE},
  [COLUMN_SOURCE] = {"source", FALSE, REPORT_FOR_MACHINES},
};

static const struct
{
  const gchar *word;
  ReportVerdict verdict;
} verdicts[] = {
  [IMPORTER_ACCEPTS] = {"yes", REPORT_PASS},
  [IMPORTER_REFUSES] = {"no", REPORT_FAIL},
  [IMPORTER_NOT_ITS_FORMAT] = {"-", REPORT_SKIP},
};

static gchar *
describe_buffer (const Trace * trace, const AlignBuffer * reading)
{
  const ImporterBuffer *buffer = &reading->buffer;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s: %s %ux%u, strides", trace->name, buffer->format,
      buffer->width, buffer->height);
  for (guint i = 0; i < buffer->n_planes; i++)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, buffer->planes[i].stride);
  g_string_append_printf (text, ", %s of %" G_GUINT64_FORMAT " bytes",
      reading->fd ? "a file" : reading->object ? "memory without a descriptor" : "a memory",
      buffer->size);
  return g_string_free (text, FALSE);
}

static gboolean
is_required (const Profiles * self, const gchar * name)
{
  g_auto (GStrv) names = self->require ? g_strsplit (self->require, ",", -1) : NULL;

  return names && g_strv_contains ((const gchar * const *) names, name);
}

static void
add_row (Profiles * self, ReportTable * table, const Importer * importer,
    const ImporterBuffer * buffer)
{
  g_autoptr (GString) why = g_string_new (NULL);
  guint64 needed;
  ImporterVerdict verdict = importer_judge (importer, buffer, why, &needed);
  ReportRow *row = report_table_add (table, verdicts[verdict].verdict,
      verdict != IMPORTER_NOT_ITS_FORMAT);

  row->cells[COLUMN_IMPORTER] = g_strdup (importer->name);
  row->cells[COLUMN_ACCEPTS] = g_strdup (verdicts[verdict].word);
  row->cells[COLUMN_SOURCE] = g_strdup (importer->source);
  if (verdict == IMPORTER_NOT_ITS_FORMAT)
    return;
  row->cells[COLUMN_NEEDS] = g_strdup_printf ("%" G_GUINT64_FORMAT, needed);
  row->cells[COLUMN_WHY] = g_strdup (why->str);
  if (verdict == IMPORTER_REFUSES && is_required (self, importer->name))
    g_ptr_array_add (self->refusals, g_strdup_printf ("%s: refused: %s", importer->name,
            why->str));
}

static void
tabulate_buffer (gpointer user, const Trace * trace, ReportCase * report_case)
{
  Profiles *self = user;
  AlignBuffer reading;
  g_autofree gchar *title = NULL;
  ReportTable *table;

  if (!align_buffer_read (&reading, trace))
    return;
  reading.buffer.is_contiguous = self->contiguous;
  title = describe_buffer (trace, &reading);
  table = report_table_new (title, columns, N_COLUMNS);
  for (guint i = 0; i < self->importers->len; i++)
    add_row (self, table, g_ptr_array_index (self->importers, i), &reading.buffer);
  g_ptr_array_add (report_case->tables, table);
}

/* --- the list of rules --- */

static void
list_importers (const Profiles * self)
{
  for (guint i = 0; i < self->importers->len; i++) {
    const Importer *importer = g_ptr_array_index (self->importers, i);
    g_autofree gchar *rule = importer_describe (importer);
    g_autofree gchar *formats = importer->formats ? g_strjoinv (" ", importer->formats) : NULL;

    g_print ("%s\n    %s\n", importer->name, rule);
    if (formats)
      g_print ("    formats: %s\n", formats);
    if (importer->note)
      g_print ("    %s\n", importer->note);
    g_print ("    source: %s\n", importer->source);
  }
}

/* --- options --- */

/* The rest is for the prober, which has GStreamer. */
static gboolean
check_caps (const gchar * value, GError ** error)
{
  if (g_str_has_prefix (value, "video/x-raw"))
    return TRUE;
  return error_input (error, "not raw video: %s", value);
}

static gboolean
check_size (const gchar * value, GError ** error)
{
  guint64 size;

  return parse_size (value, &size, error);
}

static gboolean
check_page (const gchar * value, GError ** error)
{
  guint64 size;

  if (!parse_size (value, &size, error))
    return FALSE;
  if (size > 0 && (size & (size - 1)) == 0)
    return TRUE;
  return error_input (error, "not a power of two: %s", value);
}

static const AlignOption options[] = {
  {"caps", "CAPS", "raw video of these caps (default: NV12 1920x1080)",
      check_caps},
  {"size", "BYTES", "with --caps alone: the memory has so many bytes (default: a frame)",
      check_size},
  {"page", "BYTES", "predict for a machine with pages of that size: 16k, 64k", check_page},
  {NULL}
};

static const gchar *const contracts[] = { "layout", NULL };

static const AlignCommand profiles = {
  .name = "profiles",
  .kind = "buffer",
  .arguments = "[ELEMENT|ALLOCATOR...]",
  .summary = "predicts which drivers and compositors would take a buffer: one that --caps and\n"
      "--size describe, or the one that each target makes; without any of them lists the rules",
  .options = options,
  .contracts = contracts,
  .patience = PATIENCE_S,
};

static gboolean
load_importers (Profiles * self, GError ** error)
{
  g_autofree gchar *dir = self->file ? NULL : command_data_dir (error);
  g_autofree gchar *shipped = dir ? g_build_filename (dir, "importer-profiles", NULL) : NULL;
  const gchar *path = self->file ? self->file : shipped;
  g_auto (GStrv) names = self->require ? g_strsplit (self->require, ",", -1) : NULL;

  if (!path || (!self->file && !trust_check_data (shipped, error)))
    return FALSE;
  self->importers = importer_load (path, NULL, error);
  for (gsize i = 0; self->importers && names && names[i]; i++) {
    if (!importer_find (self->importers, names[i]))
      return error_input (error, "--require: no such importer: %s", names[i]);
  }
  return self->importers != NULL;
}

/* --- running --- */

/* An element can have the name of an allocator: one of them is enough. */
static void
drop_doubles (GPtrArray * targets)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < targets->len;) {
    const AlignTarget *target = g_ptr_array_index (targets, i);

    if (g_hash_table_add (seen, target->name))
      i++;
    else
      g_ptr_array_remove_index (targets, i);
  }
}

static Status
predict (Profiles * self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) targets = align_find (&self->align, &error);
  g_autoptr (GPtrArray) selected = NULL;
  g_autoptr (GPtrArray) cases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) run_probe_free);

  if (!targets)
    return command_error (STATUS_BROKEN, "profiles: %s", error->message);
  if (((AlignTarget *) g_ptr_array_index (targets, 0))->reason)
    return command_error (STATUS_USAGE, "profiles: --caps: not raw video: %s",
        (const gchar *) g_hash_table_lookup (self->align.config, "caps"));
  drop_doubles (targets);
  selected = align_select (&self->align, targets);
  for (guint i = 0; selected && i < selected->len; i++) {
    const AlignTarget *target = g_ptr_array_index (selected, i);

    if (!target->reason)
      g_ptr_array_add (cases, align_case (&self->align, target->name));
  }
  return selected ? align_report (&self->align, selected, cases, targets->len) : STATUS_USAGE;
}

static Status
run (Profiles * self)
{
  Align *align = &self->align;
  g_autoptr (GError) error = NULL;
  Status status = STATUS_USAGE;
  gboolean described = g_hash_table_contains (align->config, "caps")
      || g_hash_table_contains (align->config, "size");

  if (!align_open (align, &status))
    return status;
  if (!load_importers (self, &error))
    return command_error (STATUS_USAGE, "profiles: %s", error->message);
  if (align->globs->len == 0 && !described && !align->common.replay) {
    list_importers (self);
    return STATUS_PASS;
  }
  if (align->globs->len == 0)
    g_ptr_array_add (align->globs, g_strdup (GIVEN));
  align->add_tables = tabulate_buffer;
  align->user = self;
  status = align->common.replay ? session_replay (&align->session) : predict (self);
  for (guint i = 0; i < self->refusals->len; i++)
    command_error (STATUS_FAIL, "profiles: %s", (gchar *) g_ptr_array_index (self->refusals, i));
  return status == STATUS_PASS && self->refusals->len > 0 ? STATUS_FAIL : status;
}

Status
command_profiles (gint argc, gchar ** argv)
{
  Profiles self = { 0 };
  const GOptionEntry extra[] = {
    {"profiles", 0, 0, G_OPTION_ARG_FILENAME, &self.file, "read the rules from FILE", "FILE"},
    {"require", 0, 0, G_OPTION_ARG_STRING, &self.require,
        "fail when one of these importers would refuse", "NAME,..."},
    {"contiguous", 0, 0, G_OPTION_ARG_NONE, &self.contiguous,
        "the memory is physically contiguous", NULL},
    {NULL}
  };
  Status status = STATUS_USAGE;

  self.refusals = g_ptr_array_new_with_free_func (g_free);
  if (align_parse (&self.align, &profiles, argc, argv, extra))
    status = run (&self);
  align_clear (&self.align);
  g_clear_pointer (&self.importers, g_ptr_array_unref);
  g_ptr_array_unref (self.refusals);
  g_free (self.file);
  g_free (self.require);
  session_end_interrupted ();
  return status;
}
