#include "config.h"
#include "base/deadline.h"

#include "base/beat.h"

#include <time.h>

gint64
deadline_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

gint64
deadline_alive_ns (void)
{
  gint64 now_ns = deadline_now_ns ();

  return now_ns - beat_lost_ns (now_ns);
}

Deadline
deadline_in (gdouble seconds)
{
  return (Deadline) { deadline_alive_ns () / 1000 + (gint64) (MAX (seconds, 0.0) * 1e6) };
}

Deadline
deadline_earlier (Deadline a, Deadline b)
{
  return a.end_us < b.end_us ? a : b;
}

gint64
deadline_left_us (Deadline deadline)
{
  return MAX (deadline.end_us - deadline_alive_ns () / 1000, 0);
}

gboolean
deadline_passed (Deadline deadline)
{
  return deadline_left_us (deadline) == 0;
}

gint
deadline_poll_ms (Deadline deadline)
{
  return (gint) MIN ((deadline_left_us (deadline) + 999) / 1000, G_MAXINT);
}

gint64
deadline_end_us (Deadline deadline)
{
  return deadline_now_ns () / 1000 + deadline_left_us (deadline);
}
