/* A store in a directory of its own, and samples of times that nobody has to wait for. */
#pragma once
#include "watch/store/store.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)
#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define DAY_US (24 * HOUR_US)
/* The start of an hour in 2025. */
#define START_US (G_GINT64_CONSTANT (1750003200) * G_USEC_PER_SEC)

typedef struct
{
  gchar *top;                   /* a temporary directory */
  gchar *dir;                   /* of the store, below it */
} Fixture;

void fixture_set_up (Fixture * fixture, gconstpointer data);
void fixture_tear_down (Fixture * fixture, gconstpointer data);
/* Fails the test when it cannot be opened. */
Store *fixture_open (const Fixture * fixture, StoreMode mode);
gchar *fixture_path (const Fixture * fixture, const gchar * name);
/* Files below the directory whose name begins with PREFIX. */
guint fixture_count (const Fixture * fixture, const gchar * prefix);

/* A sample of TIME_US (boot "boot", whose clock says the same less START_US and some) without
 * readings. */
Sample *fixture_sample (gint64 time_us);
/* Adds a pool of PINS pins with N_SHARDS shards. */
SampleReading *fixture_reading (Sample * sample, const gchar * pool, guint64 pins,
    guint n_shards);
/* Appends a sample of pool "p" with PINS; fails the test when that fails. */
void fixture_append (Store * store, gint64 time_us, guint64 pins);
/* The only series of the store, or NULL. Shards, too. */
StoreSeries *fixture_series (Store * store, gint64 since_us);
