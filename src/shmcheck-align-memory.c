/* shmcheck-align allocators. */
#include "config.h"
#include "shmcheck-align.h"

#include "base/parse.h"
#include "check/rows.h"
#include "probe/rows.h"
#include "report/exhibit.h"

#define PATIENCE_S 15.0
#define N(value) g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) (value))

static const gchar *const contracts[] = {
  "maxsize-true", "offset-size", "params", "map", "peer-map", "seals", "fds", "maxsize-fixed",
  "overflow", "page-any", "one-page", NULL
};

/* --- the table of rows --- */

typedef enum
{
  COLUMN_ASKED, COLUMN_SIZE, COLUMN_PARAMS, COLUMN_ALIGN, COLUMN_PREFIX, COLUMN_PADDING, COLUMN_ZERO,
  COLUMN_PAGE, COLUMN_REPORTED,
  COLUMN_FILE, COLUMN_MAPPED, COLUMN_RESIDENT, COLUMN_CEILING, COLUMN_VERDICT, N_COLUMNS
} Column;

static const ReportColumn columns[N_COLUMNS] = {
  [COLUMN_ASKED] = {"size", TRUE, REPORT_FOR_PEOPLE},
  [COLUMN_SIZE] = {"size", TRUE, REPORT_FOR_MACHINES},
  [COLUMN_PARAMS] = {"params", FALSE, REPORT_FOR_PEOPLE},
  [COLUMN_ALIGN] = {"align", TRUE, REPORT_FOR_MACHINES},
  [COLUMN_PREFIX] = {"prefix", TRUE, REPORT_FOR_MACHINES},
  [COLUMN_PADDING] = {"padding", TRUE, REPORT_FOR_MACHINES},
  [COLUMN_ZERO] = {"zero", FALSE, REPORT_FOR_MACHINES},
  [COLUMN_PAGE] = {"page", TRUE, REPORT_FOR_MACHINES},
  [COLUMN_REPORTED] = {"maxsize", TRUE},
  [COLUMN_FILE] = {"file", TRUE},
  [COLUMN_MAPPED] = {"mapped", TRUE},
  [COLUMN_RESIDENT] = {"resident", TRUE},
  [COLUMN_CEILING] = {"page_ceil", TRUE},
  [COLUMN_VERDICT] = {"verdict", FALSE},
};

/* How many rows are shown without --verbose: with default params, and of each verdict. */
#define ROWS_PLAIN 8
#define ROWS_A_VERDICT 4

typedef struct
{
  ReportExhibit *exhibit;
  guint n_plain, n_shown[CHECK_ROW_UNMEASURED + 1];
} Rows;

static guint64
page_ceiling (const CheckRow * row)
{
  guint64 page = check_row_page (row);

  return (row->object->size + page - 1) / page * page;
}

static void
fill_measured (const CheckRow * row, gchar ** cells)
{
  cells[COLUMN_REPORTED] = N (row->object->size);
  cells[COLUMN_CEILING] = N (page_ceiling (row));
  if (row->backing == NULL)
    return;
  if (row->backing->offset != G_MAXUINT64)
    cells[COLUMN_FILE] = N (row->backing->offset);
  cells[COLUMN_MAPPED] = N (row->backing->size);
  cells[COLUMN_RESIDENT] = N (row->backing->value);
}

/* "2^64-100" where nobody would see it in the digits. */
static gchar *
size_text (guint64 size)
{
  return size > G_MAXINT64 ? g_strdup_printf ("2^64-%" G_GUINT64_FORMAT, (guint64) 0 - size)
      : N (size);
}

/* "a63 p16+32 zp": align mask, prefix and padding, what should be zero. NULL: the default ones. */
static gchar *
params_text (const CheckRow * row)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *prefix = size_text (row->ask->offset);
  g_autofree gchar *padding = size_text ((guint64) row->ask->value);

  if (row->ask->area != 0)
    g_string_append_printf (text, " a%" G_GINT64_FORMAT, row->ask->area);
  if (row->ask->offset != 0 || row->ask->value != 0)
    g_string_append_printf (text, " p%s+%s", prefix, padding);
  if (row->ask->sum & 6)
    g_string_append_printf (text, " %s%s", row->ask->sum & 2 ? "z" : "",
        row->ask->sum & 4 ? "p" : "");
  if (check_row_pretends (row))
    g_string_append_printf (text, " page %d", row->ask->client);
  return text->len > 0 ? g_strdup (text->str + 1) : NULL;
}

static void
fill_row (const CheckRow * row, gchar ** cells)
{
  static const gchar *const zeros[] = { "", "prefix", "padding", "both" };

  cells[COLUMN_ASKED] = size_text (row->ask->size);
  cells[COLUMN_SIZE] = N (row->ask->size);
  cells[COLUMN_PARAMS] = params_text (row);
  cells[COLUMN_ALIGN] = N (row->ask->area);
  cells[COLUMN_PREFIX] = N (row->ask->offset);
  cells[COLUMN_PADDING] = N (row->ask->value);
  cells[COLUMN_ZERO] = g_strdup (zeros[(row->ask->sum >> 1) & 3]);
  cells[COLUMN_PAGE] = N (check_row_page (row));
  if (row->object != NULL)
    fill_measured (row, cells);
  cells[COLUMN_VERDICT] = check_row_verdict_text (row);
}

/* What kind of row it is: that of a sweep, not of a contract that only needs some memory. */
static gboolean
is_of_sweep (const CheckRow * row)
{
  static const gchar *const sweeps[] = { "maxsize-true", "overflow", "page-any", NULL };

  return g_strv_contains (sweeps, trace_at (row->trace, row->first)->text);
}

static void
add_row (const CheckRow * row, gpointer user)
{
  Rows *self = user;
  guint64 bytes;
  CheckRowVerdict verdict = check_row_verdict (row, &bytes);
  gboolean good = verdict == CHECK_ROW_OK || verdict == CHECK_ROW_REFUSED;
  gboolean plain = row->ask->area == 0 && row->ask->offset == 0 && row->ask->value == 0;
  gboolean brief;

  if (!is_of_sweep (row))
    return;
  plain = plain && !check_row_pretends (row) && self->n_plain < ROWS_PLAIN;
  brief = plain || (!good && self->n_shown[verdict] < ROWS_A_VERDICT);
  self->n_plain += plain;
  self->n_shown[verdict] += brief && !plain;
  fill_row (row, report_exhibit_add (self->exhibit, good ? REPORT_PASS : REPORT_FAIL,
          brief)->cells);
}

static void
exhibit_rows (const Trace * trace, ReportCase * report_case)
{
  const TraceRole *role = trace_role (trace, 0);
  g_autofree gchar *title = role == NULL ? NULL : g_strdup_printf ("%s (%s %s)", trace->name,
      role->element, role->version);
  Rows self = {.exhibit = report_exhibit_new (title, columns, N_COLUMNS) };

  check_rows (trace, add_row, &self);
  if (self.exhibit->rows->len > 0)
    g_ptr_array_add (report_case->exhibits, self.exhibit);
  else
    report_exhibit_free (self.exhibit);
}

/* --- options --- */

static gboolean
check_page_option (const gchar * value, GError ** error)
{
  guint64 page;

  if (!parse_size (value, &page, error))
    return FALSE;
  if (page >= 4096 && page <= G_MAXINT32 && (page & (page - 1)) == 0)
    return TRUE;
  g_set_error (error, PARSE_ERROR, 0, "not a power of two from 4k to 1G: %s", value);
  return FALSE;
}

static gboolean
check_rows_option (const gchar * value, GError ** error)
{
  g_autoptr (GArray) rows = probe_rows_parse (value, error);

  return rows != NULL;
}

static const AlignOption options[] = {
  {"rows", "SIZE[:ALIGN[:PREFIX[:PADDING[:FLAGS]]]],...",
      "only these allocations; ALIGN is a mask, FLAGS are z (zero prefix) and p (zero padding)",
      check_rows_option},
  {"assume-page", "BYTES", "predict for a machine with pages of that size: 16k, 64k, 2M",
      check_page_option},
  {"name", "NAME", "also the allocator that is registered as NAME", NULL},
  {NULL}
};

const AlignCommand align_allocators = {
  .name = "allocators",
  .kind = "memory",
  .arguments = "[ALLOCATOR...]",
  .summary = "checks what allocators report against what is mapped",
  .options = options,
  .contracts = contracts,
  .patience = PATIENCE_S,
  .exhibit = exhibit_rows,
};

Status
command_allocators (gint argc, gchar ** argv)
{
  return align_run (&align_allocators, argc, argv);
}
