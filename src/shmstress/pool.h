/* Scenarios on the real pool, as tables and functions. */
#pragma once
#include <glib.h>
#include <stdio.h>

#include "pool/shards.h"

/* What happened in a scenario, in one of its processes. */
typedef struct
{
  FILE *series;                 /* one line an interval, or NULL */
  guint limit;                  /* most shards of a load */
  GString *facts;               /* what was seen, for people; one line */
  GString *broken;              /* "S6 refused-pin: ..." lines; empty: all held */
} PoolRun;

typedef struct
{
  const gchar *name, *summary;
  void (*run) (PoolRun * run, gconstpointer data);
  gconstpointer data;
  guint n_processes;            /* that do the same at the same time; 0: 1 */
} PoolScenario;

extern const PoolScenario pool_scenarios[];     /* a NULL name ends them */

/* Notes that CONTRACT ("S5 pins-bounded") is broken unless HOLDS. */
void pool_run_check (PoolRun * run, gboolean holds, const gchar * contract, const gchar * format,
    ...) G_GNUC_PRINTF (4, 5);

/* The statistics of POOL at SECONDS with N_SESSIONS, in the form that poolwatch reads. */
void pool_run_record (PoolRun * run, Shards * pool, guint seconds, guint n_sessions);

/* Virtual calls: blocks for each, until they end. LOAD: PoolLoad. */
void pool_run_load (PoolRun * run, gconstpointer load);

/* A load. Times are virtual seconds. */
typedef struct
{
  guint seconds, rate;          /* how long; calls a second */
  guint life, delay;            /* of a call; until its blocks are released */
  guint branches;               /* of a call, which fail at once and are kept for DELAY */
  guint longs, long_life;       /* of 1000 calls, so many live longer */
  guint leaks;                  /* of 1000 calls, so many never release a block */
} PoolLoad;

/* Runs SCENARIO in processes of its own, so that a pool that crashes or hangs is a failure and
 * limits that a scenario sets are its own. FACTS and BROKEN as in PoolRun. FALSE: no process could
 * be made, with errno. */
gboolean pool_process_run (const PoolScenario * scenario, guint limit, FILE * series,
    GString * facts, GString * broken);
