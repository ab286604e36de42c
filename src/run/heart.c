#include "config.h"
#include "run/heart.h"

#include "base/beat.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;        /* of the one below */
static GArray *stalls;          /* TraceEvent */

static void
on_late_beat (gint64 end_ns, gint64 lost_ns, gint64 asleep_ns, gpointer user)
{
  TraceEvent event = trace_stall (-1, end_ns, lost_ns, asleep_ns);

  pthread_mutex_lock (&lock);
  g_array_append_val (stalls, event);
  pthread_mutex_unlock (&lock);
}

void
run_heart_start (void)
{
  static gsize started;

  if (g_once_init_enter (&started)) {
    stalls = g_array_new (FALSE, FALSE, sizeof (TraceEvent));
    beat_start (on_late_beat, NULL);
    g_once_init_leave (&started, 1);
  }
}

void
run_tell_stalls (Trace * trace, gint64 begin_ns)
{
  pthread_mutex_lock (&lock);
  for (guint i = 0; stalls && i < stalls->len; i++) {
    TraceEvent event = g_array_index (stalls, TraceEvent, i);

    /* The part before the case is not its own: its time begins with its first event. */
    event.stall.late_ns = MIN (event.stall.late_ns, event.time_ns - begin_ns);
    if (event.stall.late_ns > 0)
      trace_append (trace, &event);
  }
  pthread_mutex_unlock (&lock);
}
