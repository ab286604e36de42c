/* Schedules: taken from a run, made small, written as a token and read back. */
#pragma once
#include "explore/engine.h"

#define SCHEDULE_TOKEN_MAX 200

/* The schedule of the last run. Array of EngineSegment. */
GArray *schedule_of_run (const Engine * engine);

/* Runs SCHEDULE. TRUE: nothing broke. */
gboolean schedule_run (Engine * engine, const GArray * schedule);

/* The smallest schedule found that breaks the same property as the last run did: by delta
 * debugging, then by a search with few preemptions for at most SECONDS. The last run of the engine
 * is that of the result, recorded. Caller unrefs. */
GArray *schedule_minimise (Engine * engine, gdouble seconds);

/* SCHEDULE of ENGINE's model, threads and memory. NULL: longer than a token may be. Caller
 * frees. */
gchar *schedule_to_token (const GArray * schedule, const Engine * engine, guint32 build);

typedef struct
{
  guint32 build;
  guint16 model;                /* see schedule_model_hash() */
  guint n_threads;
  EngineMemory memory;
  GArray *schedule;
} ScheduleToken;

/* FALSE: this is no token. */
gboolean schedule_from_token (const gchar * text, ScheduleToken * token);
void schedule_token_clear (ScheduleToken * token);
guint16 schedule_model_hash (const ShmdiagModel * model);
