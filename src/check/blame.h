/* Whom to blame for what either side could have done: the wire decides, as far as the tap saw it,
 * and not who noticed. Pure. */
#pragma once
#include "check/check.h"

/* AT is an event of TRACE. */

/* Of PRODUCER and CONSUMER the one that owed something at AT: who had broken the wire before, else
 * who was to act next there. Where the wire does not tell (no tap, or nothing
 * owed on it): a real producer, else a real consumer, else the producer. Our own peers are under
 * test too, but are the less likely culprits. */
gint check_blame (const Trace * trace, const TraceEvent * at, gint producer, gint consumer);

/* Which of them had broken the wire before AT; -1: neither, or the wire was not watched. */
gint check_blame_wire (const Trace * trace, const TraceEvent * at, gint producer, gint consumer);

/* Whom to blame for content that reached CONSUMER spoilt, in the BUFFER_IN AT. */
gint check_blame_content (const Trace * trace, const TraceEvent * at, gint producer,
    gint consumer);

/* What the process of ROLE that lives at AT said or did that explains why nothing more came of it:
 * "; its error: ...", "; it died: ...", or "". Caller frees. */
gchar *check_blame_words (const Trace * trace, gint role, const TraceEvent * at);
