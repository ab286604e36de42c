/* What a row of the store has in its blob: the numbers of one pool at one moment, or of one hour.
 * Variable-length integers, because a year of them must stay small. Pure. */
#pragma once
#include "watch/sample/sample.h"

/* One number over some samples. */
typedef struct
{
  guint64 n;                    /* samples; 0: nothing is known */
  guint64 low, high;
  gdouble mean;
} Spread;

typedef struct
{
  Spread references, used;
  guint64 size;                 /* the last */
} HourShard;

/* More would be one every microsecond. */
#define HOUR_MAX_SAMPLES G_GUINT64_CONSTANT (3600000000)

/* One pool over the samples of an hour. A value is known when its n is not 0. */
typedef struct
{
  guint64 n;                    /* samples */
  Spread values[N_QUANTITIES];
  GArray *shards;               /* HourShard; NULL: not told */
} Hour;

/* Adds MORE to SPREAD, each by its n. */
void spread_add (Spread * spread, const Spread * more);
/* Of a single value. */
Spread spread_of (guint64 value);
/* The mean as a whole number, never outside low and high. */
guint64 spread_mean (const Spread * spread);

void hour_clear (Hour * hour);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hour, hour_clear)
/* Adds MORE to HOUR. */
void hour_add (Hour * hour, const Hour * more);
/* Adds one moment to HOUR; only the numbers of READING count. */
void hour_add_reading (Hour * hour, const SampleReading * reading);

/* Only the numbers: known, values and shards. Caller frees. */
GByteArray *pack_reading (const SampleReading * reading);
GByteArray *pack_hour (const Hour * hour);

/* Fills OUT, which must be zeroed. FALSE: DATA is not what was packed; OUT may be partly filled and
 * is to be cleared all the same. Shards only WITH_SHARDS. */
gboolean unpack_reading (gconstpointer data, gsize size, gboolean with_shards,
    SampleReading * out);
gboolean unpack_hour (gconstpointer data, gsize size, gboolean with_shards, Hour * out);
