/* The heart of a process: a thread that does nothing but look at the clock. Only the system can stop
 * it (SIGSTOP, a cgroup freezer, a machine that is paused), so a beat that comes late is time that
 * nobody in the process had. Deadlines (base/deadline.h) are put off by that time. */
#pragma once
#include <glib.h>

/* So often it looks, and by so much more a beat has to be late to count. */
#define BEAT_INTERVAL_NS 50000000
#define BEAT_LATE_NS 100000000

/* Called at the late beat, in any thread of the process: until END_NS (CLOCK_MONOTONIC) LOST_NS of
 * that clock went by without a beat, and the machine slept for ASLEEP_NS besides (CLOCK_BOOTTIME),
 * of which no deadline knows. It must not wait for a deadline. */
typedef void (*BeatFunc) (gint64 end_ns, gint64 lost_ns, gint64 asleep_ns, gpointer user);

/* Starts the heart, once a process; LATE and USER must live as long as it. A process that is forked
 * off has none. FALSE: there was no thread to be had, and no time is ever lost. */
gboolean beat_start (BeatFunc late, gpointer user);

/* Nanoseconds of CLOCK_MONOTONIC that this process has lost so far, up to NOW_NS: who wakes before
 * the heart does counts them too. Never goes back. Async-signal-safe but for the callback. */
gint64 beat_lost_ns (gint64 now_ns);
