#include "config.h"
#include "base/beat.h"

#include "base/deadline.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

/* Nothing but the clock and a callback. */
#define STACK_BYTES (256 * 1024)

static struct
{
  BeatFunc late;
  gpointer user;
  atomic_int runs;
  _Atomic gint64 last_ns;       /* CLOCK_MONOTONIC of the last beat */
  _Atomic gint64 asleep_ns;     /* how far CLOCK_BOOTTIME was ahead of it then */
  _Atomic gint64 lost_ns;
} beat;

static gint64
clock_ns (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gint64
time_asleep (void)
{
  return clock_ns (CLOCK_BOOTTIME) - clock_ns (CLOCK_MONOTONIC);
}

/* Counts what was lost between LAST_NS and NOW_NS, unless another thread was faster. */
static void
count (gint64 last_ns, gint64 now_ns)
{
  gint64 lost_ns = MAX (now_ns - last_ns - BEAT_INTERVAL_NS, 0);
  gint64 asleep_ns = time_asleep ();

  if (!atomic_compare_exchange_strong (&beat.last_ns, &last_ns, now_ns))
    return;
  atomic_fetch_add (&beat.lost_ns, lost_ns);
  asleep_ns -= atomic_exchange (&beat.asleep_ns, asleep_ns);
  /* The two clocks are not read at the same moment. */
  beat.late (now_ns, lost_ns, asleep_ns >= BEAT_LATE_NS ? asleep_ns : 0, beat.user);
}

static gboolean
is_late (gint64 last_ns, gint64 now_ns)
{
  return now_ns - last_ns >= BEAT_INTERVAL_NS + BEAT_LATE_NS;
}

gint64
beat_lost_ns (gint64 now_ns)
{
  gint64 last_ns = atomic_load (&beat.last_ns);

  if (atomic_load (&beat.runs) && is_late (last_ns, now_ns))
    count (last_ns, now_ns);
  return atomic_load (&beat.lost_ns);
}

static void *
run (void *data)
{
  static const struct timespec interval = {.tv_nsec = BEAT_INTERVAL_NS };

  for (;;) {
    gint64 last_ns, now_ns;

    clock_nanosleep (CLOCK_MONOTONIC, 0, &interval, NULL);
    last_ns = atomic_load (&beat.last_ns);
    now_ns = deadline_now_ns ();
    if (is_late (last_ns, now_ns) || time_asleep () - beat.asleep_ns >= BEAT_LATE_NS)
      count (last_ns, now_ns);
    /* What the callback took is nobody's stall. */
    atomic_store (&beat.last_ns, deadline_now_ns ());
  }
  return NULL;
}

/* The heart stays behind in the parent. */
static void
forget (void)
{
  atomic_store (&beat.runs, FALSE);
}

gboolean
beat_start (BeatFunc late, gpointer user)
{
  pthread_attr_t attributes;
  sigset_t all, before;
  pthread_t thread;
  gboolean started;

  beat.late = late;
  beat.user = user;
  atomic_store (&beat.last_ns, deadline_now_ns ());
  atomic_store (&beat.asleep_ns, time_asleep ());
  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  started = pthread_create (&thread, &attributes, run, NULL) == 0;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  pthread_attr_destroy (&attributes);
  pthread_atfork (NULL, NULL, forget);
  atomic_store (&beat.runs, started);
  return started;
}
