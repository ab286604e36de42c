/* What the checks of probers share: which events are about them, and measurements that ended badly.
 * Pure. */
#pragma once
#include "check/check.h"

/* Whether WORD is among those that --fail-on named ("overrun", "waste", ...), as the config of the
 * first role has them. A trace that does not say means all. */
gboolean check_fails_on (const Trace * trace, const gchar * word);

/* Called for each event of a measurement, its TRACE_PROBE first. */
typedef void (*CheckProbedFunc) (const Trace * trace, const TraceEvent * event, gpointer user);

/* Calls FUNC for each event of the measurements about CONTRACT, in order. */
void check_probed (const Trace * trace, const gchar * contract, CheckProbedFunc func,
    gpointer user);

/* Each measurement about CONTRACT that killed its prober, or never came back, is a breach of it,
 * unless it was still made ready (TRACE_PREPARE): the target is blamed. To be called by every check
 * of a prober. */
void check_crashes (const Trace * trace, const gchar * contract, CheckContext * context);

/* Both of the above. When --fail-on does not name contracts, the events are only counted as looked
 * at: nothing is a breach. */
void check_contract (const Trace * trace, const gchar * contract, CheckContext * context,
    CheckProbedFunc func, gpointer user);
