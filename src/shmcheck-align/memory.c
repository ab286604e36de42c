/* shmcheck-align allocators. */
#include "config.h"
#include "shmcheck-align/memory.h"

#include "base/error.h"
#include "base/parse.h"
#include "report/table.h"

#define PATIENCE_S 15.0
#define N(value) g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) (value))

static const gchar *const contracts[] = {
  "maxsize-true", "offset-size", "params", "map", "peer-map", "seals", "fds", "maxsize-fixed",
  "overflow", "page-any", "one-page", "enough", NULL
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
  ReportTable *table;
  guint n_plain, n_shown[CHECK_ROW_UNMEASURED + 1];
} Rows;

static guint64
page_ceiling (const CheckRow * row)
{
  guint64 page = check_row_page (row);

  return (row->object->object.maxsize + page - 1) / page * page;
}

static void
fill_measured (const CheckRow * row, gchar ** cells)
{
  cells[COLUMN_REPORTED] = N (row->object->object.maxsize);
  cells[COLUMN_CEILING] = N (page_ceiling (row));
  if (!row->backing)
    return;
  if (row->backing->backing.file != G_MAXUINT64)
    cells[COLUMN_FILE] = N (row->backing->backing.file);
  cells[COLUMN_MAPPED] = N (row->backing->backing.mapped);
  cells[COLUMN_RESIDENT] = N (row->backing->backing.resident);
}

gchar *
align_size_text (guint64 size)
{
  return size > G_MAXINT64 ? g_strdup_printf ("2^64-%" G_GUINT64_FORMAT, (guint64) 0 - size)
      : N (size);
}

gchar *
align_params_text (const CheckRow * row)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *prefix = align_size_text (row->ask->ask.prefix);
  g_autofree gchar *padding = align_size_text ((guint64) row->ask->ask.padding);

  if (row->ask->ask.align != 0)
    g_string_append_printf (text, " a%" G_GINT64_FORMAT, row->ask->ask.align);
  if (row->ask->ask.prefix != 0 || row->ask->ask.padding != 0)
    g_string_append_printf (text, " p%s+%s", prefix, padding);
  if (row->ask->ask.flags & 6)
    g_string_append_printf (text, " %s%s", row->ask->ask.flags & 2 ? "z" : "",
        row->ask->ask.flags & 4 ? "p" : "");
  if (check_row_pretends (row))
    g_string_append_printf (text, " page %d", row->ask->ask.page);
  return text->len > 0 ? g_strdup (text->str + 1) : NULL;
}

static void
fill_row (const CheckRow * row, gchar ** cells)
{
  static const gchar *const zeros[] = { "", "prefix", "padding", "both" };

  cells[COLUMN_ASKED] = align_size_text (row->ask->size);
  cells[COLUMN_SIZE] = N (row->ask->size);
  cells[COLUMN_PARAMS] = align_params_text (row);
  cells[COLUMN_ALIGN] = N (row->ask->ask.align);
  cells[COLUMN_PREFIX] = N (row->ask->ask.prefix);
  cells[COLUMN_PADDING] = N (row->ask->ask.padding);
  cells[COLUMN_ZERO] = g_strdup (zeros[(row->ask->ask.flags >> 1) & 3]);
  cells[COLUMN_PAGE] = N (check_row_page (row));
  if (row->object)
    fill_measured (row, cells);
  cells[COLUMN_VERDICT] = check_row_verdict_text (row);
}

Trace *
align_row_trace (const CheckRow * row)
{
  const Trace *whole = row->trace;
  const TraceRole *role = trace_role (whole, 0);
  Trace *trace = trace_new (whole->name, whole->pair, whole->seed);
  TraceRole *copy = trace_add_role (trace, role->name, role->side, role->element, role->version);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, role->config);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (copy->config, g_strdup (key), g_strdup (value));
  for (guint i = 0; i < whole->events->len && trace_at (whole, i)->kind != TRACE_PROBE; i++)
    trace_append (trace, trace_at (whole, i));
  for (guint i = row->first; i < row->end; i++)
    trace_append (trace, trace_at (whole, i));
  return trace;
}

ProbeRow
align_row_spec (const CheckRow * row)
{
  return (ProbeRow) {
    .size = row->ask->size,.align = (guint64) row->ask->ask.align,.prefix = row->ask->ask.prefix,
    .padding = (guint64) row->ask->ask.padding,.flags = (guint) row->ask->ask.flags,
    .page = check_row_pretends (row) ? (guint64) row->ask->ask.page : 0
  };
}

/* --- the first row that breaks a contract --- */

typedef struct
{
  const gchar *contract;
  gboolean found;
  ProbeRow row;
} Search;

static gboolean
breaks (const Trace * trace, const gchar * contract)
{
  GPtrArray *findings = check_run (check_by_name (contract), trace);
  const CheckFinding *first = g_ptr_array_index (findings, 0);
  gboolean broken = first->outcome == CHECK_FAIL;

  g_ptr_array_unref (findings);
  return broken;
}

static void
look (const CheckRow * row, gpointer user)
{
  Search *search = user;
  g_autoptr (Trace) alone = search->found ? NULL : align_row_trace (row);

  if (search->found || !breaks (alone, search->contract))
    return;
  search->found = TRUE;
  search->row = align_row_spec (row);
}

gboolean
align_find_broken (const Trace * trace, const gchar * contract, ProbeRow * row)
{
  Search search = {.contract = contract };

  check_rows (trace, look, &search);
  if (search.found)
    *row = search.row;
  return search.found;
}

/* --- adding rows to the table --- */

gboolean
align_row_is_of_sweep (const CheckRow * row)
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
  gboolean plain = row->ask->ask.align == 0 && row->ask->ask.prefix == 0
      && row->ask->ask.padding == 0;
  gboolean brief;

  if (!align_row_is_of_sweep (row))
    return;
  plain = plain && !check_row_pretends (row) && self->n_plain < ROWS_PLAIN;
  brief = plain || (!good && self->n_shown[verdict] < ROWS_A_VERDICT);
  self->n_plain += plain ? 1 : 0;
  self->n_shown[verdict] += brief && !plain ? 1 : 0;
  fill_row (row, report_table_add (self->table, good ? REPORT_PASS : REPORT_FAIL,
          brief)->cells);
}

/* A program that shows the first breach that one row alone can show. */
static void
add_listing (const Trace * trace, ReportCase * report_case)
{
  for (guint i = 0; i < report_case->results->len && !report_case->listing; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);
    ProbeRow row;

    if ((result->verdict == REPORT_FAIL || result->verdict == REPORT_XFAIL)
        && align_find_broken (trace, result->contract, &row))
      report_case->listing = align_snippet (trace, result->contract, &row);
  }
}

static void
tabulate_rows (const Trace * trace, ReportCase * report_case)
{
  const TraceRole *role = trace_role (trace, 0);
  g_autofree gchar *title = !role ? NULL : g_strdup_printf ("%s (%s %s)", trace->name,
      role->element, role->version);
  Rows self = {.table = report_table_new (title, columns, N_COLUMNS) };

  if (role && trace_role_bool (role, "snippet", FALSE))
    add_listing (trace, report_case);
  check_rows (trace, add_row, &self);
  if (self.table->rows->len > 0)
    g_ptr_array_add (report_case->tables, self.table);
  else
    report_table_free (self.table);
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
  return error_input (error, "not a power of two from 4k to 1G: %s", value);
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
  .add_tables = tabulate_rows,
};

typedef struct
{
  gchar *random, *vs, *style;
  gboolean snippet;
} Ways;

/* Without a plugin in it, GStreamer would take those of before, and all would look the same. */
static gboolean
is_other_build (const gchar * path, GError ** error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return error_input (error, "--vs: no such file or directory: %s", path);
  if (!dir)
    return TRUE;
  do
    name = g_dir_read_name (dir);
  while (name && !g_str_has_suffix (name, ".so"));
  if (!name)
    error_input (error, "--vs: no plugin (*.so) in this directory: %s", path);
  return name != NULL;
}

static gboolean
check_ways (const Align * align, const Ways * ways, guint64 * count, GError ** error)
{
  static const gchar *const styles[] = { "table", "seed", NULL };
  gint64 number = 0;

  if (ways->random && !parse_int (ways->random, 1, 100000000, &number, error)) {
    g_prefix_error (error, "--random: ");
    return FALSE;
  }
  *count = (guint64) number;
  if (ways->random && ways->vs)
    return error_input (error, "--random: does not go with --vs");
  if (ways->vs && !is_other_build (ways->vs, error))
    return FALSE;
  if (g_strcmp0 (ways->style, "seed") == 0 && align->common.format)
    return error_input (error, "--style=seed: is no report, so it does not go with --format");
  if (g_strcmp0 (ways->style, "seed") == 0 && align->common.output)
    return error_input (error, "--style=seed: is no report, so it does not go with --output");
  return session_is_one_of ("style", ways->style, styles, error);
}

static Status
run_way (Align * align, const Ways * ways)
{
  g_autoptr (GError) error = NULL;
  Status status = STATUS_USAGE;
  guint64 count;

  if (!check_ways (align, ways, &count, &error))
    return command_error (STATUS_USAGE, "allocators: %s", error->message);
  if (ways->snippet)
    g_hash_table_replace (align->config, g_strdup ("snippet"), g_strdup ("yes"));
  if (!align_open (align, &status))
    return status;
  if (align->common.replay)
    return session_replay (&align->session);
  if (g_strcmp0 (ways->style, "seed") == 0)
    return align_seed_style (align, ways->vs);
  if (ways->random || ways->vs)
    align->reproduce_option = g_strdup_printf ("--%s=%s", ways->random ? "random" : "vs",
        ways->random ? ways->random : ways->vs);
  align->session.partial |= ways->random != NULL;
  if (ways->random)
    return align_random (align, count);
  return ways->vs ? align_versus (align, ways->vs) : align_run_targets (align);
}

Status
command_allocators (gint argc, gchar ** argv)
{
  Ways ways = { 0 };
  const GOptionEntry extra[] = {
    {"random", 0, 0, G_OPTION_ARG_STRING, &ways.random,
        "N allocations by chance (--seed), what breaks shrunk to the least", "N"},
    {"vs", 0, 0, G_OPTION_ARG_FILENAME, &ways.vs,
        "the same once more with the plugins (and libraries) of another build, side by side",
        "PATH"},
    {"style", 0, 0, G_OPTION_ARG_STRING, &ways.style,
        "table (default), or seed: a plain line for each size", "STYLE"},
    {"snippet", 0, 0, G_OPTION_ARG_NONE, &ways.snippet,
        "print a program in C that shows what broke", NULL},
    {NULL}
  };
  Align align = { 0 };
  Status status = STATUS_USAGE;

  if (align_parse (&align, &align_allocators, argc, argv, extra))
    status = run_way (&align, &ways);
  align_clear (&align);
  g_free (ways.random);
  g_free (ways.vs);
  g_free (ways.style);
  session_end_interrupted ();
  return status;
}
