/* What the files of the store share. */
#pragma once
#include "watch/store/pack.h"
#include "watch/store/place.h"
#include "watch/store/sql.h"

/* The file never has more pages than these, 64 MiB in all. */
#define STORE_PAGE_SIZE 4096
#define STORE_MAX_PAGES (64 * 1024 * 1024 / STORE_PAGE_SIZE)

#define STORE_HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

struct Store
{
  Place place;
  SqlBase base;
  StoreMode mode;
  gchar *notice;
  gint64 raw_us, rolled_us;     /* how long each is kept */
  gint64 max_pages;
  gboolean in_haste;            /* nothing is durable: for benchmarks that fill a store */
  gboolean gathers;             /* many jobs make one transaction */
  guint n_gathered;             /* jobs in the open one */
};

/* store_open() with another bound on the size, or IN_HASTE. */
Store *store_open_bounded (const gchar * dir, StoreMode mode, gint64 max_pages,
    gboolean in_haste, GError ** error);

/* --- schema.c --- */

/* Makes the tables of a new file, or brings those of an older release up to date. */
gboolean schema_prepare (Store * store, GError ** error);

/* --- run.c --- */

/* Does something to the database; must be repeatable from its start. */
typedef gboolean (*StoreJob) (Store * store, gpointer data, GError ** error);

/* Runs JOB in a transaction: all of it is there afterwards, durably, or nothing. Where the file
 * turns out to be damaged, it is set aside and JOB is run again on a new one; where the bound on
 * the size is met, the oldest goes. ERROR is of ShmdiagError. */
gboolean store_run (Store * store, StoreJob job, gpointer data, GError ** error);
/* Ends the transaction that several jobs make. */
gboolean store_gather_end (Store * store, GError ** error);
/* Sets a damaged file aside and begins a new one. WHY is for people. */
gboolean store_begin_anew (Store * store, const gchar * why, GError ** error);

/* --- segment.c --- */

/* What is known of the last sample of a segment. */
typedef struct
{
  gint64 id;                    /* 0: there is none */
  gint64 began_us, last_us, boot_us;
  gchar *boot_id, *instance;    /* NULL: not known */
  gint64 uptime, pins;          /* -1: not known */
} Segment;

void segment_clear (Segment * segment);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Segment, segment_clear)

/* Whether READING of SAMPLE can be compared with what SEGMENT says was before. Pure. */
gboolean segment_continues (const Segment * segment, const Sample * sample,
    const SampleReading * reading);
/* Takes over what READING says, unless it is older. Pure. */
void segment_note (Segment * segment, gint64 time_us, const Sample * sample,
    const SampleReading * reading);

gboolean segment_series (Store * store, const gchar * source, const gchar * pool, gint64 * series,
    GError ** error);
/* The one that samples of now go on with; id 0: there is none. */
gboolean segment_current (Store * store, gint64 series, Segment * out, GError ** error);
/* The one that began at BEGAN_US; id 0: there is none. */
gboolean segment_find (Store * store, gint64 series, gint64 began_us, Segment * out,
    GError ** error);
/* Adds it (id 0) or updates it. */
gboolean segment_save (Store * store, gint64 series, Segment * segment, GError ** error);

/* --- append.c --- */

/* A row of READING at TIME_US. One that is there already stays. */
gboolean append_row (Store * store, gint64 time_us, gint64 series, gint64 segment, gint64 boot_us,
    const SampleReading * reading, GError ** error);
/* TIME_US within what can be kept. */
gint64 append_time (gint64 time_us);

/* --- rollup.c --- */

/* Whether rollup_job() has anything to do at NOW_US. */
gboolean rollup_is_due (Store * store, gint64 now_us, gboolean * due, GError ** error);
/* A StoreJob, DATA being gint64* now: makes hours of samples that are too old, drops hours that
 * are; a bounded piece of it. */
gboolean rollup_job (Store * store, gpointer data, GError ** error);
/* A StoreJob: makes room where the bound on the size is near. */
gboolean rollup_shrink_job (Store * store, gpointer data, GError ** error);
gboolean rollup_is_full (Store * store, gboolean * full, GError ** error);
gint64 rollup_hour (gint64 time_us);
