#include "config.h"
#include "run/jobs.h"

#include "base/deadline.h"
#include "base/fd.h"
#include "run/heart.h"

#include <poll.h>
#include <pthread.h>

#define PROGRESS_NS 250000000

/* The hand-over uses the C library's threads and locks: ThreadSanitizer sees through those, but not
 * through GLib's, and would report every trace that is passed on. */
typedef struct
{
  const RunContext *context;
  RunJobFunc func;
  GArray *jobs;                 /* RunJob */
  gint next;                    /* atomic: the next job to be taken */
  gint enough;                  /* atomic: take no more */
  pthread_mutex_t lock;         /* of the two below */
  pthread_cond_t changed;
  Trace **traces;               /* of finished jobs, until they are handed out */
  guint n_finished, n_running;
} Pool;

static gboolean
is_cancelled (const Pool * pool)
{
  return g_atomic_int_get (&pool->enough)
      || (pool->context->cancel_fd >= 0 && fd_poll (pool->context->cancel_fd, POLLIN, 0) > 0);
}

static void
put (Pool * pool, guint index, Trace * take_trace, gdouble seconds)
{
  pthread_mutex_lock (&pool->lock);
  g_array_index (pool->jobs, RunJob, index).seconds = seconds;
  pool->traces[index] = take_trace;
  pool->n_finished++;
  pthread_cond_signal (&pool->changed);
  pthread_mutex_unlock (&pool->lock);
}

static void *
work (void *data)
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
    trace = pool->func (pool->context, job);
    put (pool, index, trace, (gdouble) (deadline_now_ns () - begin_ns) / 1e9);
  }
  pthread_mutex_lock (&pool->lock);
  pool->n_running--;
  pthread_cond_signal (&pool->changed);
  pthread_mutex_unlock (&pool->lock);
  return NULL;
}

/* The next trace in order, if it is there. */
static Trace *
take (Pool * pool, guint index)
{
  Trace *trace = NULL;

  pthread_mutex_lock (&pool->lock);
  if (index < pool->jobs->len)
    trace = g_steal_pointer (&pool->traces[index]);
  pthread_mutex_unlock (&pool->lock);
  return trace;
}

/* Hands out, in order, what is there without a gap. Returns the first that is missing. */
static guint
hand_out (Pool * pool, guint first, RunJobDone done, gpointer user)
{
  for (Trace * trace; (trace = take (pool, first)); first++) {
    if (g_atomic_int_get (&pool->enough))
      trace_free (trace);
    else if (!done (user, &g_array_index (pool->jobs, RunJob, first), trace))
      g_atomic_int_set (&pool->enough, TRUE);
  }
  return first;
}

/* Waits a little for anything to finish. Returns whether anybody is still at work. */
static gboolean
wait_for_some (Pool * pool, guint * n_finished)
{
  struct timespec until;
  gboolean running;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += PROGRESS_NS;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&pool->lock);
  if (pool->n_running > 0 && pool->n_finished == *n_finished)
    pthread_cond_timedwait (&pool->changed, &pool->lock, &until);
  *n_finished = pool->n_finished;
  running = pool->n_running > 0;
  pthread_mutex_unlock (&pool->lock);
  return running;
}

static void
init_pool (Pool * pool)
{
  pthread_condattr_t attributes;

  pool->traces = g_new0 (Trace *, pool->jobs->len + 1);
  pthread_mutex_init (&pool->lock, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&pool->changed, &attributes);
  pthread_condattr_destroy (&attributes);
}

static void
clear_pool (Pool * pool)
{
  for (guint i = 0; i < pool->jobs->len; i++)
    trace_free (pool->traces[i]);
  g_free (pool->traces);
  pthread_cond_destroy (&pool->changed);
  pthread_mutex_destroy (&pool->lock);
}

/* A thread less is only slower, as long as there is one. */
static GArray *
start_threads (Pool * pool, guint n_threads)
{
  GArray *threads = g_array_new (FALSE, FALSE, sizeof (pthread_t));

  for (guint i = 0; i < n_threads; i++) {
    pthread_t thread;

    pthread_mutex_lock (&pool->lock);
    if (pthread_create (&thread, NULL, work, pool) == 0) {
      pool->n_running++;
      g_array_append_val (threads, thread);
    }
    pthread_mutex_unlock (&pool->lock);
  }
  return threads;
}

Trace *
run_plan_job (const RunContext * context, const RunJob * job)
{
  return run_case (context, job->plan, job->seed);
}

void
run_jobs (const RunContext * context, RunJobFunc func, GArray * jobs, guint n_threads,
    RunJobDone done, RunJobProgress progress, gpointer user)
{
  Pool pool = {.context = context,.func = func,.jobs = jobs };
  g_autoptr (GArray) threads = NULL;
  guint first = 0, n_finished = 0;
  gboolean running = TRUE;

  run_heart_start ();
  init_pool (&pool);
  threads = start_threads (&pool, CLAMP (n_threads, 1, MAX (jobs->len, 1)));
  if (threads->len == 0) {
    pool.n_running = 1;
    work (&pool);
  }
  while (running) {
    running = wait_for_some (&pool, &n_finished);
    first = hand_out (&pool, first, done, user);
    if (progress)
      progress (user, n_finished);
  }
  for (guint i = 0; i < threads->len; i++)
    pthread_join (g_array_index (threads, pthread_t, i), NULL);
  clear_pool (&pool);
}
