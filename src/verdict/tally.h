/* What a run has seen of each known issue, and what that says in the end. */
#pragma once
#include "report/report.h"
#include "verdict/known.h"

typedef struct KnownTally KnownTally;

/* ISSUES: KnownIssue* array, borrowed; may be NULL. */
KnownTally *known_tally_new (const GPtrArray * issues);
void known_tally_free (KnownTally * tally);

/* Another case. */
void known_tally_begin (KnownTally * tally);
/* ISSUE explained a breach in TRACE. */
void known_tally_seen (KnownTally * tally, const KnownIssue * issue, const Trace * trace);
/* CONTRACT held in TRACE: no issue of it showed there. */
void known_tally_held (KnownTally * tally, const gchar * contract, const Trace * trace);

/* The issues that are listed as sure for what took part, whose cases ran, and of which nothing was
 * seen: ReportNote*, one for each id. Owned by TALLY. */
const GPtrArray *known_tally_xpass (KnownTally * tally);
/* Those that showed in a greater share of the cases than their entry allows. Owned by TALLY. */
const GPtrArray *known_tally_excess (KnownTally * tally);
