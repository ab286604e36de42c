/* Runs a case: processes, deadlines, what is left afterwards. It never judges. */
#pragma once
#include "run/journal.h"
#include "scenario/plan.h"
#include "trace/trace.h"

typedef struct
{
  RunJournal *journal;
  gdouble timeout_factor;       /* every deadline is multiplied by it */
  GHashTable *versions;         /* element ("shmsink") to version; borrowed */
  gint cancel_fd;               /* readable: stop at once; -1: none */
  gboolean verbose;             /* the roles' own output goes to stderr instead of nowhere */
} RunContext;

/* Runs PLAN with the master SEED. Always returns a trace: a failure of ours is a TRACE_BROKEN event in it.
 * Blocks until every process is gone. Thread-safe; to be called from a thread that outlives it. */
Trace *run_case (const RunContext * context, const PlanCase * plan, guint64 seed);

/* Whether this program can take the part of IMPL ("ref", "gst") on SIDE at all; the role's name. */
const gchar *run_role_name (const gchar * impl, TraceSide side);

/* Element and version that IMPL means on SIDE; version NULL: not installed. */
void run_element (const RunContext * context, const gchar * impl, TraceSide side,
    const gchar ** element, const gchar ** version);
