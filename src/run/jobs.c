#include "config.h"
#include "run/jobs.h"

#include "base/deadline.h"
#include "base/fd.h"

#include <poll.h>

#define PROGRESS_US 250000

typedef struct
{
  const RunContext *context;
  GArray *jobs;                 /* RunJob */
  gint next;                    /* atomic: the next job to be taken */
  gint enough;                  /* atomic: take no more */
  GAsyncQueue *finished;        /* Finished* */
} Pool;

typedef struct
{
  guint index;
  Trace *trace;                 /* NULL: a thread has ended */
} Finished;

static gboolean
is_cancelled (const Pool * pool)
{
  return g_atomic_int_get (&pool->enough)
      || (pool->context->cancel_fd >= 0 && fd_poll (pool->context->cancel_fd, POLLIN, 0) > 0);
}

static void
finish (Pool * pool, guint index, Trace * take_trace)
{
  Finished *finished = g_new0 (Finished, 1);

  finished->index = index;
  finished->trace = take_trace;
  g_async_queue_push (pool->finished, finished);
}

static gpointer
work (gpointer data)
{
  Pool *pool = data;

  while (!is_cancelled (pool)) {
    guint index = (guint) g_atomic_int_add (&pool->next, 1);
    RunJob *job;
    gint64 begin_ns = deadline_now_ns ();
    Trace *trace;

    if (index >= pool->jobs->len)
      break;
    job = &g_array_index (pool->jobs, RunJob, index);
    trace = run_case (pool->context, job->plan, job->seed);
    job->seconds = (gdouble) (deadline_now_ns () - begin_ns) / 1e9;
    finish (pool, index, trace);
  }
  finish (pool, 0, NULL);
  return NULL;
}

/* Hands out, in order, what is there without a gap. Returns the first that is missing. */
static guint
hand_out (Pool * pool, Trace ** traces, guint first, RunJobDone done, gpointer user)
{
  for (; first < pool->jobs->len && traces[first]; first++) {
    Trace *trace = g_steal_pointer (&traces[first]);

    if (g_atomic_int_get (&pool->enough))
      trace_free (trace);
    else if (!done (user, &g_array_index (pool->jobs, RunJob, first), trace))
      g_atomic_int_set (&pool->enough, TRUE);
  }
  return first;
}

void
run_jobs (const RunContext * context, GArray * jobs, guint n_threads,
    RunJobDone done, RunJobProgress progress, gpointer user)
{
  Pool pool = {.context = context,.jobs = jobs };
  g_autofree Trace **traces = g_new0 (Trace *, jobs->len + 1);
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  guint first = 0, n_finished = 0, n_running;

  n_threads = CLAMP (n_threads, 1, MAX (jobs->len, 1));
  pool.finished = g_async_queue_new ();
  for (guint i = 0; i < n_threads; i++)
    g_ptr_array_add (threads, g_thread_new ("job", work, &pool));
  for (n_running = n_threads; n_running > 0;) {
    g_autofree Finished *finished = g_async_queue_timeout_pop (pool.finished, PROGRESS_US);

    if (finished && finished->trace) {
      traces[finished->index] = finished->trace;
      n_finished++;
      first = hand_out (&pool, traces, first, done, user);
    } else if (finished) {
      n_running--;
    }
    if (progress)
      progress (user, n_finished);
  }
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  for (guint i = 0; i < jobs->len; i++)
    trace_free (traces[i]);
  g_async_queue_unref (pool.finished);
}
