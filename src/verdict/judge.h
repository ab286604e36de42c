/* From a trace to what is reported of it: runs the checks, looks up what is known. */
#pragma once
#include "report/report.h"

typedef struct Judge Judge;

/* ISSUES: KnownIssue* array, borrowed. With ALLOW_KNOWN a known breach is an xfail. */
Judge *judge_new (const GPtrArray * issues, gboolean allow_known);
void judge_free (Judge * judge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Judge, judge_free)

/* Judges TRACE (which may be freed afterwards). What the result refers to lives as long as JUDGE. */
ReportCase *judge_case (Judge * judge, const Trace * trace, gdouble seconds,
    const gchar * reproduce);

/* What the run as a whole says of the known issues: ReportNote*. Owned by JUDGE. */
const GPtrArray *judge_xpass (Judge * judge);
const GPtrArray *judge_excess (Judge * judge);  /* none without ALLOW_KNOWN: they are FAILs then */
