/* Several cases at once, their results in the order of the plan. */
#pragma once
#include "run/run.h"

typedef struct
{
  gconstpointer plan;           /* what RunJobFunc knows; borrowed */
  guint64 seed;                 /* master seed */
  gdouble seconds;              /* that it took; set when it is handed out */
} RunJob;

/* Runs one job and always returns its trace. Called on any thread. */
typedef Trace *(*RunJobFunc) (const RunContext * context, const RunJob * job);

/* Gets each finished job with its trace (TAKE_TRACE), in order of JOBS, on the calling thread.
 * FALSE: enough, no further job is started. */
typedef gboolean (*RunJobDone) (gpointer user, const RunJob * job, Trace * take_trace);
/* How far it is: finished jobs, in any order. Called on the calling thread, at least each 250 ms. */
typedef void (*RunJobProgress) (gpointer user, guint finished);

/* A job whose plan is a PlanCase*. */
Trace *run_plan_job (const RunContext * context, const RunJob * job);

/* Runs JOBS (RunJob) through FUNC with N_THREADS at a time. Returns when all that were started are done.
 * Jobs that were not started are not reported. */
void run_jobs (const RunContext * context, RunJobFunc func, GArray * jobs, guint n_threads,
    RunJobDone done, RunJobProgress progress, gpointer user);
