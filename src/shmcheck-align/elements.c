/* shmcheck-align elements. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "report/table.h"

#define PATIENCE_S 10.0
#define N(value) g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) (value))

static const gchar *const contracts[] = { "query", "layout", "meta", NULL };

/* --- the table of what is proposed --- */

typedef enum
{
  COLUMN_CAPS, COLUMN_WHAT, COLUMN_TYPE, COLUMN_SIZE, COLUMN_FRAME, COLUMN_MIN, COLUMN_MAX,
  COLUMN_ALIGN, COLUMN_PREFIX, COLUMN_PADDING, N_COLUMNS
} Column;

static const ReportColumn columns[N_COLUMNS] = {
  [COLUMN_CAPS] = {"caps", FALSE},
  [COLUMN_WHAT] = {"proposed", FALSE},
  [COLUMN_TYPE] = {"type", FALSE},
  [COLUMN_SIZE] = {"size", TRUE},
  [COLUMN_FRAME] = {"frame", TRUE},
  [COLUMN_MIN] = {"min", TRUE},
  [COLUMN_MAX] = {"max", TRUE},
  [COLUMN_ALIGN] = {"align", TRUE},
  [COLUMN_PREFIX] = {"prefix", TRUE},
  [COLUMN_PADDING] = {"padding", TRUE},
};

/* The part of CAPS that tells them apart: "video/x-raw NV12 321x241". Caller frees. */
static gchar *
short_caps (const gchar * caps)
{
  g_autoptr (GRegex) regex = g_regex_new
      ("^([^,]*)|\\b(?:format|width|height|rate)=\\(\\w+\\)([^,;]*)", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  GString *text = g_string_new (NULL);

  g_regex_match (regex, caps, 0, &match);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL)) {
    g_autofree gchar *name = g_match_info_fetch (match, 1);
    g_autofree gchar *value = g_match_info_fetch (match, 2);

    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
        value && value[0] ? value : name);
  }
  return g_string_free (text, FALSE);
}

static void
fill_pool (const TraceEvent * event, gchar ** cells)
{
  cells[COLUMN_WHAT] = g_strdup ("pool");
  cells[COLUMN_SIZE] = N (event->size);
  cells[COLUMN_FRAME] = event->pool_offer.due > 0 ? N (event->pool_offer.due) : NULL;
  cells[COLUMN_MIN] = N (event->pool_offer.min);
  cells[COLUMN_MAX] = N (event->pool_offer.max);
}

static void
fill_allocator (const TraceEvent * event, gchar ** cells)
{
  cells[COLUMN_WHAT] = g_strdup ("allocator");
  cells[COLUMN_ALIGN] = N (event->allocator_offer.align);
  cells[COLUMN_PREFIX] = N (event->allocator_offer.prefix);
  cells[COLUMN_PADDING] = N (event->allocator_offer.padding);
}

static void
fill_meta (const TraceEvent * event, gchar ** cells)
{
  cells[COLUMN_WHAT] = g_strdup ("metadata");
}

/* The pools and allocators for the first caps are shown always: those for others are alike. */
static gboolean
is_brief (const ReportTable * table, const TraceEvent * event, const gchar * caps)
{
  const ReportRow *first = table->rows->len > 0 ? g_ptr_array_index (table->rows, 0) : NULL;

  return event->kind != TRACE_META_OFFER
      && (!first || g_str_equal (first->cells[COLUMN_CAPS], caps));
}

static void
add_row (ReportTable * table, const TraceEvent * event, const gchar * asked,
    void (*fill) (const TraceEvent * event, gchar ** cells))
{
  g_autofree gchar *caps = short_caps (asked);
  ReportRow *row = report_table_add (table, REPORT_PASS, is_brief (table, event, caps));

  row->cells[COLUMN_CAPS] = g_steal_pointer (&caps);
  row->cells[COLUMN_TYPE] = g_strdup (event->text);
  fill (event, row->cells);
}

/* A row for each thing that was proposed, with the caps that were asked about. */
static void
tabulate_elements (const Trace * trace, ReportCase * report_case)
{
  ReportTable *table = report_table_new (trace->name, columns, N_COLUMNS);
  const gchar *caps = "";

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_ASKED)
      caps = event->text;
    else if (event->kind == TRACE_POOL_OFFER)
      add_row (table, event, caps, fill_pool);
    else if (event->kind == TRACE_ALLOCATOR_OFFER)
      add_row (table, event, caps, fill_allocator);
    else if (event->kind == TRACE_META_OFFER)
      add_row (table, event, caps, fill_meta);
  }
  if (table->rows->len > 0)
    g_ptr_array_add (report_case->tables, table);
  else
    report_table_free (table);
}

const AlignCommand align_elements = {
  .name = "elements",
  .kind = "element",
  .arguments = "[ELEMENT...]",
  .summary = "checks what elements propose upstream, video layouts and metadata",
  .contracts = contracts,
  .patience = PATIENCE_S,
  .add_tables = tabulate_elements,
};

Status
command_elements (gint argc, gchar ** argv)
{
  return align_run (&align_elements, argc, argv);
}
