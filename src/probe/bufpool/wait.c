/* Acquires, each in a thread that may be given up, and the numbers of buffers. */
#include "config.h"
#include "probe/bufpool/bench.h"

#include "base/deadline.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* For a thread to fall asleep. */
#define SETTLE_S 1.0
/* So often in a row it must be seen asleep, so far apart. */
#define N_SETTLED 3
#define SETTLE_STEP_US 1000
/* For one that should go on waiting to come back all the same. */
#define LOOK_S 0.02

struct BenchWaiter
{
  const BufpoolTarget *target;
  GstBufferPool *pool;
  gboolean wait;
  gint number;
  gint64 begin_us;

  GMutex lock;                  /* of all below */
  GCond back;
  gboolean is_back, is_given_up, is_told;
  gint thread;                  /* 0: has not begun */
  gint64 took_us;
  GstFlowReturn flow;
  GstBuffer *buffer;
};

/* --- numbers --- */

typedef struct
{
  guint number;
  BenchCount *count;
} Label;

static GQuark
label_quark (void)
{
  return g_quark_from_static_string ("shmdiag-buffer-number");
}

static void
label_free (gpointer data)
{
  Label *label = data;

  g_atomic_int_add (&label->count->alive, -1);
  g_atomic_rc_box_release (label->count);
  g_free (label);
}

guint
bench_number (GstBuffer * buffer)
{
  const Label *label = gst_mini_object_get_qdata (GST_MINI_OBJECT_CAST (buffer), label_quark ());

  return label ? label->number : 0;
}

/* Numbers a buffer that is seen for the first time. It keeps that as long as it lives. */
static void
label_buffer (Bench * bench, GstBuffer * buffer)
{
  Label *label;

  if (bench_number (buffer) > 0)
    return;
  label = g_new0 (Label, 1);
  label->count = g_atomic_rc_box_acquire (bench->buffers);
  label->number = (guint) g_atomic_int_add (&label->count->made, 1) + 1;
  g_atomic_int_inc (&label->count->alive);
  gst_mini_object_set_qdata (GST_MINI_OBJECT_CAST (buffer), label_quark (), label, label_free);
}

/* --- waiting --- */

static void
waiter_clear (gpointer data)
{
  BenchWaiter *waiter = data;

  g_mutex_clear (&waiter->lock);
  g_cond_clear (&waiter->back);
  gst_object_unref (waiter->pool);
}

static gpointer
run_waiter (gpointer data)
{
  BenchWaiter *waiter = data;
  GstBufferPoolAcquireParams params = { 0 };
  GstBuffer *buffer = NULL;
  GstFlowReturn flow;

  params.flags = waiter->wait ? GST_BUFFER_POOL_ACQUIRE_FLAG_NONE
      : GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
  g_mutex_lock (&waiter->lock);
  waiter->thread = gettid ();
  g_mutex_unlock (&waiter->lock);
  flow = bufpool_target_acquire (waiter->target, waiter->pool, &buffer, &params);
  g_mutex_lock (&waiter->lock);
  waiter->took_us = g_get_monotonic_time () - waiter->begin_us;
  waiter->flow = flow;
  waiter->is_back = TRUE;
  if (!waiter->is_given_up && flow == GST_FLOW_OK)
    waiter->buffer = g_steal_pointer (&buffer);
  g_cond_broadcast (&waiter->back);
  g_mutex_unlock (&waiter->lock);
  if (buffer && flow == GST_FLOW_OK)
    gst_buffer_unref (buffer);
  g_atomic_rc_box_release_full (waiter, waiter_clear);
  return NULL;
}

BenchWaiter *
bench_wait_begin (Bench * bench, gint number, gboolean wait)
{
  BenchWaiter *waiter = g_atomic_rc_box_new0 (BenchWaiter);

  g_mutex_init (&waiter->lock);
  g_cond_init (&waiter->back);
  waiter->target = bench->target;
  waiter->pool = gst_object_ref (bench->sample.pool);
  waiter->wait = wait;
  waiter->number = number;
  waiter->begin_us = g_get_monotonic_time ();
  g_thread_unref (g_thread_new ("acquire", run_waiter, g_atomic_rc_box_acquire (waiter)));
  return waiter;
}

void
bench_wait_free (BenchWaiter * waiter)
{
  GstBuffer *buffer;

  g_mutex_lock (&waiter->lock);
  waiter->is_given_up = TRUE;
  buffer = g_steal_pointer (&waiter->buffer);
  g_mutex_unlock (&waiter->lock);
  if (buffer)
    gst_buffer_unref (buffer);
  g_atomic_rc_box_release_full (waiter, waiter_clear);
}

static gboolean
is_back_by (BenchWaiter * waiter, gint64 end_us)
{
  gboolean is_back;

  g_mutex_lock (&waiter->lock);
  while (!waiter->is_back && g_cond_wait_until (&waiter->back, &waiter->lock, end_us));
  is_back = waiter->is_back;
  g_mutex_unlock (&waiter->lock);
  return is_back;
}

/* Whether the system has the thread asleep. */
static gboolean
is_asleep (BenchWaiter * waiter)
{
  g_autofree gchar *path = NULL, *text = NULL;
  const gchar *end;
  gint thread;

  g_mutex_lock (&waiter->lock);
  thread = waiter->thread;
  g_mutex_unlock (&waiter->lock);
  path = g_strdup_printf ("/proc/self/task/%d/stat", thread);
  if (thread == 0 || !g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  end = strrchr (text, ')');
  return end && strncmp (end, ") S", 3) == 0;
}

void
bench_wait_settle (BenchWaiter * waiter)
{
  Deadline deadline = deadline_in (SETTLE_S);
  guint n_seen = 0;

  while (n_seen < N_SETTLED && !deadline_passed (deadline)
      && !is_back_by (waiter, g_get_monotonic_time () + SETTLE_STEP_US))
    n_seen = is_asleep (waiter) ? n_seen + 1 : 0;
}

/* --- telling --- */

static void
tell_back (Bench * bench, BenchWaiter * waiter)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_ACQUIRE);

  event.pool_acquire.flow = waiter->flow;
  event.pool_acquire.no_wait = !waiter->wait;
  event.pool_acquire.took_us = (guint64) waiter->took_us;
  event.pool_acquire.waiter = waiter->number;
  if (waiter->buffer) {
    label_buffer (bench, waiter->buffer);
    event.pool_acquire.buffer = bench_number (waiter->buffer);
    g_ptr_array_add (bench->held, waiter->buffer);
    waiter->buffer = NULL;
  }
  actor_emit (bench->actor, &event, "%s", gst_flow_get_name (waiter->flow));
}

static void
tell_waits (Bench * bench, BenchWaiter * waiter, gboolean is_late)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_WAITS);

  event.pool_waits.final = is_late;
  bench->is_late |= is_late;
  event.pool_waits.no_wait = !waiter->wait;
  event.pool_waits.given_us = (guint64) (g_get_monotonic_time () - waiter->begin_us);
  event.pool_waits.waiter = waiter->number;
  actor_emit (bench->actor, &event, NULL);
}

/* Tells that it is back, once, or that it waits. */
static gboolean
tell_by (Bench * bench, BenchWaiter * waiter, gint64 end_us, gboolean is_late)
{
  if (!is_back_by (waiter, end_us)) {
    tell_waits (bench, waiter, is_late);
    return FALSE;
  }
  if (!waiter->is_told)
    tell_back (bench, waiter);
  waiter->is_told = TRUE;
  return TRUE;
}

gboolean
bench_wait_end (Bench * bench, BenchWaiter * waiter)
{
  return tell_by (bench, waiter, deadline_end_us (deadline_in (bench->patience_s)), TRUE);
}

void
bench_wait_end_all (Bench * bench, BenchWaiter ** waiters, guint count)
{
  gint64 end_us = deadline_end_us (deadline_in (bench->patience_s));

  for (guint i = 0; i < count; i++) {
    if (is_back_by (waiters[i], end_us) && waiters[i]->flow == GST_FLOW_OK)
      tell_by (bench, waiters[i], end_us, TRUE);
  }
  for (guint i = 0; i < count; i++) {
    tell_by (bench, waiters[i], end_us, TRUE);
    bench_wait_free (waiters[i]);
  }
}

gboolean
bench_wait_look (Bench * bench, BenchWaiter * waiter)
{
  /* One that was woken is not asleep until it has come back, however long the machine takes. */
  bench_wait_settle (waiter);
  return tell_by (bench, waiter, deadline_end_us (deadline_in (LOOK_S)), FALSE);
}

gint
bench_wait_either (Bench * bench, BenchWaiter ** waiters)
{
  Deadline deadline = deadline_in (bench->patience_s);

  do {
    for (gint i = 0; i < 2; i++) {
      if (is_back_by (waiters[i], g_get_monotonic_time () + SETTLE_STEP_US))
        return bench_wait_end (bench, waiters[i]) ? i : -1;
    }
  } while (!deadline_passed (deadline));
  tell_by (bench, waiters[0], deadline_end_us (deadline), TRUE);
  return -1;
}

/* --- one after the other --- */

GstBuffer *
bench_acquire (Bench * bench, gboolean wait)
{
  BenchWaiter *waiter = bench_wait_begin (bench, -1, wait);
  guint n_held = bench->held->len;

  bench_wait_end (bench, waiter);
  bench_wait_free (waiter);
  return bench->held->len > n_held ? g_ptr_array_index (bench->held, n_held) : NULL;
}

/* References to BUFFER that the copy holds: since 1.26 a copy keeps the buffer whose memory it has
 * from coming back to its pool (GstParentBufferMeta), before it did not. */
static gint64
held_by_copy (Bench * bench, GstBuffer * buffer)
{
  gpointer state = NULL;
  gint64 count = 0;
  GstMeta *meta;

  while (bench->copy && (meta = gst_buffer_iterate_meta_filtered (bench->copy, &state,
              GST_PARENT_BUFFER_META_API_TYPE)))
    count += ((GstParentBufferMeta *) meta)->buffer == buffer;
  return count;
}

void
bench_return (Bench * bench, GstBuffer * buffer, const gchar * what)
{
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_RETURN);

  event.pool_return.buffer = bench_number (buffer);
  event.pool_return.copies = held_by_copy (bench, buffer);
  g_ptr_array_remove (bench->held, buffer);
  actor_emit (bench->actor, &event, "%s", what);
  gst_buffer_unref (buffer);
}

gboolean
bench_drop_copy (Bench * bench, GstBuffer * original)
{
  gboolean held = held_by_copy (bench, original) > 0;
  TraceEvent event = actor_event (bench->actor, TRACE_POOL_RETURN);

  if (!held)
    return FALSE;
  event.pool_return.buffer = bench_number (original);
  actor_emit (bench->actor, &event, "memory was shared with a copy that is gone");
  /* The memory is the pool's alone again, and may come back. */
  if (bench->foreign)
    gst_memory_unref (g_steal_pointer (&bench->foreign));
  gst_clear_buffer (&bench->copy);
  return TRUE;
}
