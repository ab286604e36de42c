/* The matrix of the text report: a row for each contract, a column for each pair. */
#pragma once
#include "report/report.h"

/* Stands for the contract of results that have none. */
#define REPORT_MATRIX_WHOLE_CASE "whole case"

typedef struct ReportMatrix ReportMatrix;

ReportMatrix *report_matrix_new (void);
void report_matrix_free (ReportMatrix * matrix);

/* Number of the column of PAIR: the usual pairs first, then as they come. */
guint report_matrix_pair (ReportMatrix * matrix, const gchar * pair);
const gchar *report_matrix_pair_name (const ReportMatrix * matrix, guint pair);

/* Counts a result; a case counts once in a row, with its worst verdict there. Borrows both. */
void report_matrix_add (ReportMatrix * matrix, const ReportCase * report_case,
    const ReportResult * result);

/* Appends the table, or several below each other when there are many pairs. */
void report_matrix_print (ReportMatrix * matrix, const ReportStyle * style, GString * out);

/* Orders ids of contracts: W2 before W10; no id comes last. */
gint report_matrix_compare_ids (const gchar * a, const gchar * b);
