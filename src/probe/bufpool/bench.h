/* A pool on the bench: what is done to it in a measurement is told as events, and nothing that it
 * does can hold up the measurement for longer than a deadline. */
#pragma once
#include "probe/bufpool/counting.h"
#include "probe/bufpool/target.h"

#include <gst/gst.h>
#include <gst/video/video.h>

typedef struct BenchWaiter BenchWaiter;

/* How many of something there are. Lives as long as anything of it. */
typedef struct
{
  gint alive, made;             /* atomic */
} BenchCount;

/* The configuration that a measurement wants. */
typedef struct
{
  guint min, max;
  gboolean own_allocator;       /* the one of ours that counts */
  const GstAllocationParams *params;    /* NULL: the pool's own */
  const gchar *option;          /* NULL: none */
} BenchConfig;

typedef struct
{
  Actor *actor;
  const BufpoolTarget *target;
  gdouble patience_s;           /* in which what is due must come */
  BufpoolSample sample;            /* the pool; it is dropped with bench_drop_pool() */
  GstAllocator *allocator;      /* ours; NULL until it is needed */
  GPtrArray *held;              /* GstBuffer* that were acquired and not returned */
  GstBuffer *copy;              /* of one of them; NULL */
  GstMemory *foreign;           /* one that no buffer of the pool may bear; NULL */
  BenchCount *buffers;          /* those that were ever acquired */
  gboolean is_late;             /* something did not come back in time: the rest may be left out */
} Bench;

/* A pool of TARGET. FALSE: it cannot be made, which was told. To be closed in any case. */
gboolean bench_open (Bench * bench, Actor * actor, const BufpoolTarget * target);
void bench_close (Bench * bench);
/* Drops our reference. */
void bench_drop_pool (Bench * bench);

/* Sets CONFIG, then what the pool has made of it if it refuses that. FALSE: it takes neither. */
gboolean bench_configure (Bench * bench, const BenchConfig * config);
/* Sets its own configuration with one buffer more as the maximum and, when it is larger, twice the
 * size, and reads back what came of it. WHY is for the reader. */
void bench_reconfigure (Bench * bench, const gchar * why);
/* Tells the configuration as it reads back. */
void bench_read (Bench * bench);
/* The alignment that comes with the option of video alignment. */
void bench_alignment (GstVideoAlignment * align);
/* Tells allocator and parameters, as asked for by CONFIG or as they read back. */
void bench_tell_params (Bench * bench, GstStructure * config, gboolean asked);

gboolean bench_activate (Bench * bench, gboolean active);
void bench_flush (Bench * bench, gboolean flushing);
/* bench_configure() and bench_activate(). */
gboolean bench_start (Bench * bench, const BenchConfig * config);

/* Acquires a buffer; WAIT FALSE: one that must not wait. NULL: none came in time. Borrowed. */
GstBuffer *bench_acquire (Bench * bench, gboolean wait);
/* Drops the reference to BUFFER that an acquire gave; WHAT was done to it, "" for nothing. */
void bench_return (Bench * bench, GstBuffer * buffer, const gchar * what);
/* Drops the copy, and with it the last reference to ORIGINAL. FALSE: it holds none, and stays. */
gboolean bench_drop_copy (Bench * bench, GstBuffer * original);

/* The number of BUFFER; 0: it was never acquired. */
guint bench_number (GstBuffer * buffer);
/* Tells what BUFFER is and bears. */
void bench_look (Bench * bench, GstBuffer * buffer, const gchar * when);
/* Counts the memory of our allocator, if the pool uses it, and the buffers. */
void bench_count (Bench * bench, const gchar * when);

/* --- several that wait --- */

/* An acquire in a thread of its own, NUMBER among several. */
BenchWaiter *bench_wait_begin (Bench * bench, gint number, gboolean wait);
/* Until its thread sleeps, or is back: not longer than a second. */
void bench_wait_settle (BenchWaiter * waiter);
/* Tells that it came back, or that it has not in time. The buffer is the last in bench->held. */
gboolean bench_wait_end (Bench * bench, BenchWaiter * waiter);
/* Gives it some moments; tells that it came back, or that it has not yet. */
gboolean bench_wait_look (Bench * bench, BenchWaiter * waiter);
/* The same for COUNT of them, all in one patience, those first that have a buffer; frees them. */
void bench_wait_end_all (Bench * bench, BenchWaiter ** waiters, guint count);
/* Of two, waits until one is back: 0 or 1, or -1 for none in time, which is told. */
gint bench_wait_either (Bench * bench, BenchWaiter ** waiters);
/* Whoever waits still is given up. */
void bench_wait_free (BenchWaiter * waiter);
