#include "config.h"
#include "base/deadline.h"

#include <time.h>

gint64
deadline_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

Deadline
deadline_in (gdouble seconds)
{
  gint64 now_us = deadline_now_ns () / 1000;

  return (Deadline) { now_us + (gint64) (MAX (seconds, 0.0) * 1e6) };
}

Deadline
deadline_earlier (Deadline a, Deadline b)
{
  return a.end_us < b.end_us ? a : b;
}

gboolean
deadline_passed (Deadline deadline)
{
  return deadline_now_ns () / 1000 >= deadline.end_us;
}

gint
deadline_poll_ms (Deadline deadline)
{
  gint64 left_us = deadline.end_us - deadline_now_ns () / 1000;

  if (left_us <= 0)
    return 0;
  return (gint) MIN ((left_us + 999) / 1000, G_MAXINT);
}
