/* Counts verdicts by contract and pair, and prints them with libsmartcols. */
#include "config.h"
#include "report/matrix.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

/* What the first two columns and each pair take; 80 columns have room for the usual four. */
#define ID_COLUMNS 6
#define NAME_COLUMNS 24
#define PAIR_COLUMNS 14

/* The usual pairs come first, whichever is seen first. */
static const gchar *const usual_pairs[] = { "ref:ref", "gst:ref", "ref:gst", "gst:gst" };

/* Names as libsmartcols has them. */
static const gchar *const colours[REPORT_N_VERDICTS] = {
  [REPORT_PASS] = "green",
  [REPORT_FAIL] = "red",
  [REPORT_XFAIL] = "brown",
  [REPORT_XPASS] = "magenta",
  [REPORT_SKIP] = "cyan",
  [REPORT_BROKEN] = "magenta",
};

typedef struct
{
  guint counts[REPORT_N_VERDICTS];      /* of cases */
} Cell;

/* A row of the table: one contract. */
typedef struct
{
  const gchar *id, *name;
  GArray *cells;                /* Cell, by index of the pair */
  const ReportCase *last_case;  /* counts once, with its worst verdict */
  ReportVerdict last_verdict;
} Row;

struct ReportMatrix
{
  GPtrArray *pairs;             /* const gchar* */
  GPtrArray *rows;              /* Row* */
  GHashTable *row_by_name;
};

static void
row_free (gpointer data)
{
  Row *row = data;

  g_array_unref (row->cells);
  g_free (row);
}

ReportMatrix *
report_matrix_new (void)
{
  ReportMatrix *self = g_new0 (ReportMatrix, 1);

  self->pairs = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (usual_pairs); i++)
    g_ptr_array_add (self->pairs, (gpointer) usual_pairs[i]);
  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->row_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
report_matrix_free (ReportMatrix * self)
{
  g_ptr_array_unref (self->pairs);
  g_hash_table_unref (self->row_by_name);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

guint
report_matrix_pair (ReportMatrix * self, const gchar * pair)
{
  guint index;

  if (g_ptr_array_find_with_equal_func (self->pairs, pair, g_str_equal, &index))
    return index;
  g_ptr_array_add (self->pairs, (gpointer) pair);
  return self->pairs->len - 1;
}

const gchar *
report_matrix_pair_name (const ReportMatrix * self, guint pair)
{
  return g_ptr_array_index (self->pairs, pair);
}

static Row *
row_for (ReportMatrix * self, const ReportResult * result)
{
  const gchar *name = result->contract ? result->contract : REPORT_MATRIX_WHOLE_CASE;
  Row *row = g_hash_table_lookup (self->row_by_name, name);

  if (row)
    return row;
  row = g_new0 (Row, 1);
  row->name = name;
  row->id = result->contract_id ? result->contract_id : "";
  row->cells = g_array_new (FALSE, TRUE, sizeof (Cell));
  g_hash_table_insert (self->row_by_name, (gpointer) name, row);
  g_ptr_array_add (self->rows, row);
  return row;
}

void
report_matrix_add (ReportMatrix * self, const ReportCase * report_case, const ReportResult * result)
{
  Row *row = row_for (self, result);
  guint pair = report_matrix_pair (self, report_case->pair);
  ReportVerdict verdict = result->verdict;
  Cell *cell;

  if (row->cells->len <= pair)
    g_array_set_size (row->cells, pair + 1);
  cell = &g_array_index (row->cells, Cell, pair);
  if (row->last_case == report_case) {
    cell->counts[row->last_verdict]--;
    verdict = report_verdict_worst (verdict, row->last_verdict);
  }
  cell->counts[verdict]++;
  row->last_case = report_case;
  row->last_verdict = verdict;
}

gint
report_matrix_compare_ids (const gchar * a, const gchar * b)
{
  gsize letters = strcspn (a, "0123456789");
  guint64 a_number, b_number;

  if (*a == '\0' || *b == '\0')
    return (*a == '\0') - (*b == '\0');
  if (letters != strcspn (b, "0123456789") || strncmp (a, b, letters) != 0)
    return strcmp (a, b);
  a_number = g_ascii_strtoull (a + letters, NULL, 10);
  b_number = g_ascii_strtoull (b + letters, NULL, 10);
  return (a_number > b_number) - (a_number < b_number);
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  return report_matrix_compare_ids ((*(const Row * const *) a)->id, (*(const Row * const *) b)->id);
}

/* Sets VERDICT to the worst in the cell; "-" when it was never judged. */
static gchar *
cell_text (const Row * row, guint pair, ReportVerdict * verdict)
{
  const Cell *cell;
  guint judged = 0;

  *verdict = REPORT_SKIP;
  if (pair >= row->cells->len)
    return g_strdup ("-");
  cell = &g_array_index (row->cells, Cell, pair);
  for (guint i = 0; i < REPORT_N_VERDICTS; i++) {
    if (i != REPORT_SKIP)
      judged += cell->counts[i];
    if (cell->counts[i] > 0)
      *verdict = report_verdict_worst (*verdict, i);
  }
  if (judged == 0)
    return g_strdup (cell->counts[REPORT_SKIP] > 0 ? "skip" : "-");
  if (*verdict == REPORT_XPASS)
    return g_strdup (report_verdict_name (REPORT_XPASS));
  if (*verdict == REPORT_PASS)
    return g_strdup_printf ("%s %u", report_verdict_name (REPORT_PASS), judged);
  return g_strdup_printf ("%s %u/%u", report_verdict_name (*verdict), cell->counts[*verdict],
      judged);
}

/* The first LENGTH characters, the last of them "~" when there are more. Caller frees. */
static gchar *
clipped (const gchar * text, glong length)
{
  g_autofree gchar *part = NULL;

  if (g_utf8_strlen (text, -1) <= length)
    return g_strdup (text);
  part = g_utf8_substring (text, 0, length - 1);
  return g_strconcat (part, "~", NULL);
}

/* Only the contracts are wrapped: libsmartcols would break all columns alike. */
static void
add_columns (const ReportMatrix * self, struct libscols_table *table, const GArray * pairs)
{
  scols_table_new_column (table, "ID", 0, 0);
  scols_table_new_column (table, "CONTRACT", 0, SCOLS_FL_WRAP);
  for (guint i = 0; i < pairs->len; i++) {
    g_autofree gchar *head = clipped (report_matrix_pair_name (self,
            g_array_index (pairs, guint, i)), PAIR_COLUMNS - 1);

    scols_table_new_column (table, head, 0, 0);
  }
}

static void
fill_row (struct libscols_line *line, const Row * row, const GArray * pairs)
{
  g_autofree gchar *id = clipped (row->id, ID_COLUMNS);

  scols_line_set_data (line, 0, id);
  scols_line_set_data (line, 1, row->name);
  for (guint i = 0; i < pairs->len; i++) {
    ReportVerdict verdict;
    g_autofree gchar *text = cell_text (row, g_array_index (pairs, guint, i), &verdict);

    scols_line_set_data (line, 2 + i, text);
    if (*text != '-')
      scols_cell_set_color (scols_line_get_cell (line, 2 + i), colours[verdict]);
  }
}

/* Appends a blank line and the table of PAIRS (guint indices). */
static void
append_table (const ReportMatrix * self, const ReportStyle * style, const GArray * pairs,
    GString * out)
{
  struct libscols_table *table = scols_new_table ();
  gchar *text = NULL;

  scols_table_enable_colors (table, style->colour);
  scols_table_set_termforce (table, SCOLS_TERMFORCE_ALWAYS);
  scols_table_set_termwidth (table, style->width);
  add_columns (self, table, pairs);
  for (guint i = 0; i < self->rows->len; i++)
    fill_row (scols_table_new_line (table, NULL), g_ptr_array_index (self->rows, i), pairs);
  if (scols_print_table_to_string (table, &text) == 0)
    g_string_append_printf (out, "\n%s\n", text);
  free (text);
  scols_unref_table (table);
}

static gboolean
pair_was_seen (const ReportMatrix * self, guint pair)
{
  for (guint i = 0; i < self->rows->len; i++) {
    const Row *row = g_ptr_array_index (self->rows, i);
    ReportVerdict verdict;
    g_autofree gchar *text = cell_text (row, pair, &verdict);

    if (*text != '-')
      return TRUE;
  }
  return FALSE;
}

void
report_matrix_print (ReportMatrix * self, const ReportStyle * style, GString * out)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_fitting = MAX (1, (MAX (style->width, NAME_COLUMNS) - NAME_COLUMNS) / PAIR_COLUMNS);

  g_ptr_array_sort (self->rows, compare_rows);
  for (guint i = 0; i < self->pairs->len; i++) {
    if (!pair_was_seen (self, i))
      continue;
    if (pairs->len == n_fitting) {
      append_table (self, style, pairs, out);
      g_array_set_size (pairs, 0);
    }
    g_array_append_val (pairs, i);
  }
  if (pairs->len > 0)
    append_table (self, style, pairs, out);
}
