#include "config.h"
#include "report/exhibit.h"

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

ReportExhibit *
report_exhibit_new (const gchar * title, const ReportColumn * columns, guint n_columns)
{
  ReportExhibit *exhibit = g_new0 (ReportExhibit, 1);

  exhibit->title = g_strdup (title);
  exhibit->columns = g_memdup2 (columns, n_columns * sizeof *columns);
  exhibit->n_columns = n_columns;
  exhibit->rows = g_ptr_array_new_with_free_func (row_free);
  return exhibit;
}

void
report_exhibit_free (ReportExhibit * exhibit)
{
  if (exhibit == NULL)
    return;
  g_free (exhibit->title);
  g_free (exhibit->columns);
  g_ptr_array_unref (exhibit->rows);
  g_free (exhibit);
}

ReportRow *
report_exhibit_add (ReportExhibit * exhibit, ReportVerdict verdict, gboolean brief)
{
  ReportRow *row = g_new0 (ReportRow, 1);

  row->n_cells = exhibit->n_columns;
  row->cells = g_new0 (gchar *, row->n_cells);
  row->verdict = verdict;
  row->brief = brief;
  g_ptr_array_add (exhibit->rows, row);
  return row;
}

static void
add_columns (struct libscols_table *table, const ReportExhibit * exhibit)
{
  for (guint i = 0; i < exhibit->n_columns; i++) {
    const ReportColumn *column = &exhibit->columns[i];
    g_autofree gchar *head = g_ascii_strup (column->name, -1);
    gint flags = (column->is_number ? SCOLS_FL_RIGHT : 0)
        | (i == exhibit->n_columns - 1 ? SCOLS_FL_WRAP : 0);

    if (column->where != REPORT_FOR_MACHINES)
      scols_table_new_column (table, head, 0, flags);
  }
}

static void
add_line (struct libscols_table *table, const ReportExhibit * exhibit, const ReportRow * row)
{
  struct libscols_line *line = scols_table_new_line (table, NULL);
  guint place = 0;

  for (guint i = 0; i < exhibit->n_columns; i++) {
    const gchar *cell = row->cells[i];

    if (exhibit->columns[i].where == REPORT_FOR_MACHINES)
      continue;
    scols_line_set_data (line, place, cell != NULL && *cell != '\0' ? cell : "-");
    if (i == exhibit->n_columns - 1 && colours[row->verdict] != NULL)
      scols_cell_set_color (scols_line_get_cell (line, place), colours[row->verdict]);
    place++;
  }
}

void
report_exhibit_print (const ReportExhibit * exhibit, const ReportStyle * style, GString * out)
{
  struct libscols_table *table = scols_new_table ();
  guint n_shown = 0;
  gchar *text = NULL;

  scols_table_enable_colors (table, style->colour);
  scols_table_set_termforce (table, SCOLS_TERMFORCE_ALWAYS);
  scols_table_set_termwidth (table, style->width);
  add_columns (table, exhibit);
  for (guint i = 0; i < exhibit->rows->len; i++) {
    const ReportRow *row = g_ptr_array_index (exhibit->rows, i);

    if (!row->brief && !style->verbose)
      continue;
    add_line (table, exhibit, row);
    n_shown++;
  }
  if (exhibit->title != NULL)
    g_string_append_printf (out, "\n%s\n", exhibit->title);
  if (n_shown > 0 && scols_print_table_to_string (table, &text) == 0)
    g_string_append_printf (out, "%s\n", text);
  if (n_shown < exhibit->rows->len)
    g_string_append_printf (out, "%u rows more of %u in all: --verbose\n",
        exhibit->rows->len - n_shown, exhibit->rows->len);
  free (text);
  scols_unref_table (table);
}
