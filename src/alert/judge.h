/* What a sample means: findings with a level. Pure: the sample, what was before, the rules. */
#pragma once
#include "alert/level.h"
#include "alert/range.h"
#include "sample/sample.h"

/* Thresholds of one quantity for the pools that a glob selects. */
typedef struct
{
  gchar *pool;                  /* glob over "SOURCE/POOL" or "POOL"; NULL: all */
  Quantity quantity;
  gboolean rate;                /* of the change an hour instead of the value */
  Level level;                  /* WARNING or CRITICAL */
  Range range;
} AlertThreshold;

typedef struct
{
  GArray *thresholds;           /* AlertThreshold; of several that fit a pool the last counts */
  gint limit;                   /* pins: 0 what the source says; -1 none; else that many */
  guint threads;                /* workers that may pin at once; 0: what the source says, else as
                                 * many as there are processors, at least 4 */
  guint64 memory_total;         /* bytes of RAM; 0: not known */
  gdouble memory_share;         /* of RAM that pins may take where there is no limit: WARNING; twice
                                 * as much: CRITICAL */
  Level absent;                 /* of a release that does not tell its pins: OK or UNKNOWN */
} AlertRules;

/* One pool as it was before, in the same segment. */
typedef struct
{
  const gchar *source, *pool;   /* borrowed */
  gint64 time_us;
  const guint64 *values;        /* N_QUANTITIES */
  guint32 known;
} AlertBefore;

typedef struct
{
  Level level;
  gchar *source, *pool;         /* pool NULL: the whole source */
  gchar *rule;                  /* "pins", "memory-rate", "stale-table", "source": one word */
  gchar *text;                  /* "12 of 16 pins" */
} AlertFinding;

void alert_finding_free (AlertFinding * finding);

/* The thresholds that count for a value of a pool, as perfdata shows them; either may be unset. */
typedef struct
{
  gboolean has_warning, has_critical;
  Range warning, critical;
} AlertLimits;

/* AlertFinding*, also those that are OK: at least one for each pool and each trouble. BEFORE are
 * AlertBefore; may be NULL. */
GPtrArray *alert_judge (const Sample * sample, const AlertRules * rules, const GArray * before);

AlertLimits alert_limits (const SampleReading * reading, const AlertRules * rules,
    Quantity quantity);

/* Pins that the pool may have, by the rules and by what the source says. FALSE: no limit. */
gboolean alert_pin_limit (const SampleReading * reading, const AlertRules * rules, guint64 * out);

/* The worst level; of pool (SOURCE, POOL) alone unless NULL. */
Level alert_worst (const GPtrArray * findings, const gchar * source, const gchar * pool);
