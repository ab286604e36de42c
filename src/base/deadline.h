/* A point in time by which something must have happened.
 * Every wait of every program takes one; there is no "wait for ever". Time in which the whole process
 * stood still (base/beat.h) does not count. */
#pragma once
#include <glib.h>

typedef struct
{
  gint64 end_us;                /* microseconds of CLOCK_MONOTONIC, without those that were lost */
} Deadline;

/* Now, in nanoseconds of CLOCK_MONOTONIC: comparable between processes. */
gint64 deadline_now_ns (void);

/* The same, without the time that this process has lost: for durations that are patience. */
gint64 deadline_alive_ns (void);

/* SECONDS from now; negative counts as zero. */
Deadline deadline_in (gdouble seconds);

/* The earlier of the two. */
Deadline deadline_earlier (Deadline a, Deadline b);

gboolean deadline_passed (Deadline deadline);

/* What is left as a poll(2) timeout: 0 when passed, rounded up so that a poll
 * never returns just before the deadline. */
gint deadline_poll_ms (Deadline deadline);

/* What is left in microseconds, 0 when passed. */
gint64 deadline_left_us (Deadline deadline);

/* When it will pass by CLOCK_MONOTONIC in microseconds, if no time is lost from now on: for waits of
 * others, such as g_cond_wait_until(). */
gint64 deadline_end_us (Deadline deadline);
