/* The table of the text report: a row for each contract, a column for each pair. */
#pragma once
#include "report/report.h"

/* Stands for the contract of results that have none. */
#define REPORT_TABLE_WHOLE_CASE "whole case"

typedef struct ReportTable ReportTable;

ReportTable *report_table_new (void);
void report_table_free (ReportTable * table);

/* Number of the column of PAIR: the usual pairs first, then as they come. */
guint report_table_pair (ReportTable * table, const gchar * pair);
const gchar *report_table_pair_name (const ReportTable * table, guint pair);

/* Counts a result; a case counts once in a row, with its worst verdict there. Borrows both. */
void report_table_add (ReportTable * table, const ReportCase * report_case,
    const ReportResult * result);

/* Appends the table, or several below each other when there are many pairs. */
void report_table_print (ReportTable * table, const ReportStyle * style, GString * out);

/* Orders ids of contracts: W2 before W10; no id comes last. */
gint report_table_compare_ids (const gchar * a, const gchar * b);
