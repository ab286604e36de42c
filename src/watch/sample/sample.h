/* What was read of the watched pools at one moment. Plain data: sources fill it, the store keeps
 * it, judging and views read it. What is not known is absent, never zero. */
#pragma once
#include "watch/sample/quantity.h"

typedef struct
{
  guint64 references;           /* live objects */
  guint64 size;                 /* bytes that it can hold */
  guint64 used;                 /* bytes handed out since it was recycled; may exceed size */
} SampleShard;

/* A process that has the memory of a pool. */
typedef struct
{
  gint pid;
  gchar *name;                  /* NULL: not known */
  guint64 mapped;               /* bytes */
  guint n_fds;
} SampleHolder;

typedef enum
{
  SAMPLE_OWNER_UNKNOWN,         /* the source does not tell */
  SAMPLE_OWNER_ALIVE,
  SAMPLE_OWNER_GONE,            /* what it left is still there */
} SampleOwner;

/* One pool. SOURCE and POOL together name it over time. */
typedef struct
{
  gchar *source;                /* as configured: "rtpengine-proc" */
  gchar *pool;                  /* "table-0", "shared" */
  guint32 known;                /* bit 1 << Quantity: that value is known */
  guint64 values[N_QUANTITIES];
  SampleOwner owner_state;
  gchar *owner;                 /* "pid 216"; NULL: not known */
  gchar *instance;              /* another one means that the pool began anew; NULL: not known */
  gchar *note;                  /* one line for people: what release this is, why a value is absent */
  GArray *shards;               /* SampleShard; NULL: the source does not tell */
  GPtrArray *holders;           /* SampleHolder*; NULL: the source does not tell */
} SampleReading;

/* What could not be read, or was not there. */
typedef struct
{
  gchar *source;
  gchar *pool;                  /* NULL: the whole source */
  gchar *text;                  /* one line: "/proc/rtpengine/0/status: Permission denied" */
  gboolean harmless;            /* said, but nobody need be called: a release without a pin counter */
} SampleTrouble;

typedef struct
{
  gint64 time_us;               /* of the wall clock, since 1970 */
  gint64 boot_us;               /* CLOCK_BOOTTIME */
  gchar *boot_id;               /* NULL: not known (read from a capture) */
  GPtrArray *readings;          /* SampleReading* */
  GPtrArray *troubles;          /* SampleTrouble* */
  GPtrArray *pin_sources;       /* gchar*: sources that tell pins of their pools */
} Sample;

/* An empty one of now. */
Sample *sample_new (void);
void sample_free (Sample * sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sample, sample_free)

/* Appends a reading, which SAMPLE owns; its fields are to be filled in. */
SampleReading *sample_add (Sample * sample, const gchar * source, const gchar * pool);
void sample_reading_free (SampleReading * reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SampleReading, sample_reading_free)

/* Appends a trouble; POOL may be NULL. Control characters and what is not UTF-8 become marks. */
void sample_trouble (Sample * sample, const gchar * source, const gchar * pool,
    gboolean harmless, const gchar * format, ...) G_GNUC_PRINTF (5, 6);

/* SOURCE is one that tells pins of each pool: where they are missing, something went wrong. */
void sample_expect_pins (Sample * sample, const gchar * source);
gboolean sample_expects_pins (const Sample * sample, const gchar * source);

/* NULL: there is none. Borrowed. */
const SampleReading *sample_find (const Sample * sample, const gchar * source,
    const gchar * pool);

void sample_set (SampleReading * reading, Quantity quantity, guint64 value);
gboolean sample_has (const SampleReading * reading, Quantity quantity);
/* FALSE: not known, and *OUT is left alone. */
gboolean sample_get (const SampleReading * reading, Quantity quantity, guint64 * out);

/* Appends a shard. */
void sample_add_shard (SampleReading * reading, guint64 references, guint64 size, guint64 used);
/* Sets the number of shards and the sums over them from the shards. */
void sample_sum_shards (SampleReading * reading);
/* Appends a holder; NAME may be NULL. */
void sample_add_holder (SampleReading * reading, gint pid, const gchar * name, guint64 mapped,
    guint n_fds);

/* A shard that nothing fits into: full, or handed out beyond its end. */
gboolean sample_shard_is_full (const SampleShard * shard);
