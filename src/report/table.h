/* Tables of what was measured in a case, beside its verdicts. */
#pragma once
#include "report/report.h"

typedef struct
{
  const gchar *name;            /* "reported"; the key in JSON, in capitals the head of the column */
  gboolean is_number;           /* to the right; a number in JSON */
  enum
  { REPORT_EVERYWHERE, REPORT_FOR_PEOPLE, REPORT_FOR_MACHINES } where;
} ReportColumn;

typedef struct
{
  gchar **cells;                /* one a column, owned; NULL or empty: not known */
  guint n_cells;
  ReportVerdict verdict;        /* for its colour */
  gboolean brief;               /* shown without --verbose, too */
} ReportRow;

struct ReportTable
{
  gchar *title;                 /* one line; NULL */
  ReportColumn *columns;        /* their names are borrowed */
  guint n_columns;
  GPtrArray *rows;              /* ReportRow* */
};

/* A table without rows. TITLE may be NULL. The names in COLUMNS must live for ever. */
ReportTable *report_table_new (const gchar * title, const ReportColumn * columns,
    guint n_columns);
void report_table_free (ReportTable * table);

/* A new row; its cells are to be filled: table->n_columns texts, which it owns. */
ReportRow *report_table_add (ReportTable * table, ReportVerdict verdict, gboolean brief);

/* Appends the title and the table, without the rows that are not brief unless STYLE is verbose;
 * then how many were left out. */
void report_table_print (const ReportTable * table, const ReportStyle * style, GString * out);
