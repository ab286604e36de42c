/* A point in time by which something must have happened.
 * Every wait of every program takes one; there is no "wait for ever". */
#pragma once
#include <glib.h>

typedef struct
{
  gint64 end_us;                /* CLOCK_MONOTONIC, microseconds */
} Deadline;

/* Now, in nanoseconds of CLOCK_MONOTONIC: comparable between processes. */
gint64 deadline_now_ns (void);

/* SECONDS from now; negative counts as zero. */
Deadline deadline_in (gdouble seconds);

/* The earlier of the two. */
Deadline deadline_earlier (Deadline a, Deadline b);

gboolean deadline_passed (Deadline deadline);

/* What is left as a poll(2) timeout: 0 when passed, rounded up so that a poll
 * never returns just before the deadline. */
gint deadline_poll_ms (Deadline deadline);
