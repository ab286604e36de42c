/* Looks at schedules of a model until one breaks a property, or as many as were asked for. */
#pragma once
#include "explore/engine.h"

typedef enum
{
  SEARCH_ROTATE,                /* random 20 %, PCT 60 %, bounded 20 % */
  SEARCH_RANDOM,
  SEARCH_PCT,
  SEARCH_BOUNDED,
} SearchStrategy;

typedef struct
{
  SearchStrategy strategy;
  gdouble seconds;
  guint64 n_schedules;          /* 0: as long as there is time */
  guint preemptions;            /* where the bounded search ends, which begins with none */
  gboolean unreduced;           /* the bounded search looks at equivalent schedules, too */
  guint64 seed;
  gboolean (*is_cancelled) (void);      /* may be NULL */
} SearchLimits;

typedef struct
{
  guint64 n_schedules;
  guint64 n_skipped;            /* branches, as all that they have was seen in another order */
} SearchCount;

typedef struct
{
  guint64 n_schedules, n_points;
  guint64 n_by[ENGINE_REPLAY];  /* schedules, by EngineStrategy */
  gdouble seconds;
  guint64 n_distinct;           /* schedules, at least */
  guint n_switches;             /* (place left, place entered) pairs */
  guint longest;                /* steps */
  gint bound;                   /* all with up to so many preemptions; -1: not even with none */
  SearchCount bounded;          /* of the search with that bound */
  gboolean exhausted;           /* all schedules there are */
  gboolean cancelled;
  gboolean found;               /* the last run of the engine is it */
} SearchResult;

/* NULL-terminated names, in the order of SearchStrategy. */
extern const gchar *const search_strategies[];

void search_run (Engine * engine, const SearchLimits * limits, SearchResult * result);
