#include "config.h"
#include "report/table.h"

#include <libsmartcols.h>
#include <stdlib.h>

/* Names as libsmartcols has them. What held needs no colour in a table of figures. */
static const gchar *const colours[REPORT_N_VERDICTS] = {
  [REPORT_FAIL] = "red",
  [REPORT_XFAIL] = "brown",
  [REPORT_XPASS] = "magenta",
  [REPORT_SKIP] = "cyan",
  [REPORT_BROKEN] = "magenta",
};

/* A cell may be NULL, and others may follow. */
static void
row_free (gpointer data)
{
  ReportRow *row = data;

  for (guint i = 0; i < row->n_cells; i++)
    g_free (row->cells[i]);
  g_free (row->cells);
  g_free (row);
}

ReportTable *
report_table_new (const gchar * title, const ReportColumn * columns, guint n_columns)
{
  ReportTable *table = g_new0 (ReportTable, 1);

  table->title = g_strdup (title);
  table->columns = g_memdup2 (columns, n_columns * sizeof *columns);
  table->n_columns = n_columns;
  table->rows = g_ptr_array_new_with_free_func (row_free);
  return table;
}

void
report_table_free (ReportTable * table)
{
  if (!table)
    return;
  g_free (table->title);
  g_free (table->columns);
  g_ptr_array_unref (table->rows);
  g_free (table);
}

ReportRow *
report_table_add (ReportTable * table, ReportVerdict verdict, gboolean brief)
{
  ReportRow *row = g_new0 (ReportRow, 1);

  row->n_cells = table->n_columns;
  row->cells = g_new0 (gchar *, row->n_cells);
  row->verdict = verdict;
  row->brief = brief;
  g_ptr_array_add (table->rows, row);
  return row;
}

static void
add_columns (struct libscols_table *grid, const ReportTable * table)
{
  for (guint i = 0; i < table->n_columns; i++) {
    const ReportColumn *column = &table->columns[i];
    g_autofree gchar *head = g_ascii_strup (column->name, -1);
    gint flags = (column->is_number ? SCOLS_FL_RIGHT : 0)
        | (i == table->n_columns - 1 ? SCOLS_FL_WRAP : 0);

    if (column->where != REPORT_FOR_MACHINES)
      scols_table_new_column (grid, head, 0, flags);
  }
}

static void
add_line (struct libscols_table *grid, const ReportTable * table, const ReportRow * row)
{
  struct libscols_line *line = scols_table_new_line (grid, NULL);
  guint place = 0;

  for (guint i = 0; i < table->n_columns; i++) {
    const gchar *cell = row->cells[i];

    if (table->columns[i].where == REPORT_FOR_MACHINES)
      continue;
    scols_line_set_data (line, place, cell && *cell != '\0' ? cell : "-");
    if (i == table->n_columns - 1 && colours[row->verdict])
      scols_cell_set_color (scols_line_get_cell (line, place), colours[row->verdict]);
    place++;
  }
}

void
report_table_print (const ReportTable * table, const ReportStyle * style, GString * out)
{
  struct libscols_table *grid = scols_new_table ();
  guint n_shown = 0;
  gchar *text = NULL;

  scols_table_enable_colors (grid, style->colour);
  scols_table_set_termforce (grid, SCOLS_TERMFORCE_ALWAYS);
  scols_table_set_termwidth (grid, style->width);
  add_columns (grid, table);
  for (guint i = 0; i < table->rows->len; i++) {
    const ReportRow *row = g_ptr_array_index (table->rows, i);

    if (!row->brief && !style->verbose)
      continue;
    add_line (grid, table, row);
    n_shown++;
  }
  if (table->title)
    g_string_append_printf (out, "\n%s\n", table->title);
  if (n_shown > 0 && scols_print_table_to_string (grid, &text) == 0)
    g_string_append_printf (out, "%s\n", text);
  if (n_shown < table->rows->len)
    g_string_append_printf (out, "%u rows more of %u in all: --verbose\n",
        table->rows->len - n_shown, table->rows->len);
  free (text);
  scols_unref_table (grid);
}
