/* A pool as it should be, seen from outside: what each call owes to its caller, from the calls
 * before it. Pure; for the checks of pools, and for the table of what was measured. */
#pragma once
#include "check/check.h"

typedef struct
{
  gboolean configured, active, flushing;
  gboolean known;               /* the configuration was read back */
  guint64 size, max;            /* of it; max 0: no limit */
  gint64 min;
  guint64 out;                  /* buffers handed out and not returned */
} CheckBufpool;

/* What a call owes, and whether that was given. */
typedef struct
{
  const gchar *owed;            /* in words; NULL: anything may come */
  gboolean given;
} CheckBufpoolDue;

/* What EVENT should be, and is. To be asked before it is taken. */
CheckBufpoolDue check_bufpool_due (const CheckBufpool * bufpool, const TraceEvent * event);
void check_bufpool_take (CheckBufpool * bufpool, const TraceEvent * event);

/* "acquire, not to wait" and "ok": what was done and what came of it. NULL: EVENT is no call, and
 * no look at anything, of a pool. Caller frees. */
gchar *check_bufpool_operation (const TraceEvent * event);
gchar *check_bufpool_result (const TraceEvent * event);
/* "active, 2 of 2 out". Caller frees. */
gchar *check_bufpool_state (const CheckBufpool * bufpool);

/* Called for each event of the measurements, before it is taken. */
typedef void (*CheckBufpoolFunc) (const CheckBufpool * bufpool, const TraceEvent * event,
    CheckContext * context, gpointer user);

/* Looks at the measurements about CONTRACT: those that did not end, calls that did not give what
 * they owe; and calls FUNC, which may be NULL, for what else the contract says. */
void check_bufpool_run (const Trace * trace, const gchar * contract, CheckContext * context,
    CheckBufpoolFunc func, gpointer user);
