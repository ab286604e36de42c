/* What a sample means: findings with a level. Pure: the sample, what was before, the rules.
 *
 * A value is judged by thresholds; where somebody set none, by these:
 *
 * pins, where a limit is known. N threads that all find the pool full pin one area each at once, so
 * some room must be left for such a herd, but never more than half of the limit: with many threads
 * every healthy pool would be critical. With integers, 0 or more each:
 *   critical from  limit - min (max (2, threads - 1), (limit - 1) / 2)
 *   warning from   limit - max (min (4, limit / 2), limit - critical + 1)
 * both at least 1. Limit 16 and 4 threads: 12, 13. 16 and 16: 8, 9. 4 and 4: 2, 3. Limit 1: 1, 1.
 *
 * memory, where there is a limit of memory (RLIMIT_MEMLOCK) and none of pins: warning from 90 % of
 * it, critical when no further page of 4 KiB can be locked. Where there is neither limit: the share
 * of RAM in the rules. */
#pragma once
#include "watch/alert/level.h"
#include "watch/alert/range.h"
#include "watch/sample/sample.h"

/* Thresholds of one quantity for the pools that a glob selects. */
typedef struct
{
  gchar *pool;                  /* glob over "SOURCE/POOL" or "POOL"; NULL: all */
  Quantity quantity;
  gboolean rate;                /* of the change an hour instead of the value */
  Level level;                  /* WARNING or CRITICAL */
  Range range;
} AlertThreshold;

/* The limit of the pools that a glob selects. */
typedef struct
{
  gchar *pool;                  /* as in AlertThreshold */
  gint limit;                   /* as in AlertRules */
} AlertPoolLimit;

typedef struct
{
  GArray *thresholds;           /* AlertThreshold; of several that fit a pool the last counts; may
                                 * be NULL */
  gint limit;                   /* pins: 0 what the source says; -1 none; else that many */
  GArray *pool_limits;          /* AlertPoolLimit: count before that limit, the last that fits; may be
                                 * NULL */
  guint threads;                /* workers that may pin at once; 0: what the source says, else as
                                 * many as there are processors, at least 4 */
  guint64 memory_total;         /* bytes of RAM; 0: not known */
  gdouble memory_share;         /* of RAM that pins may take where there is no limit: WARNING; twice
                                 * as much: CRITICAL; 0: that is not judged */
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

/* A shorter time says nothing about a change an hour: one herd would look like a flood. */
#define ALERT_RATE_MIN_US (5 * 60 * G_GINT64_CONSTANT (1000000))

typedef struct
{
  Level level;
  gchar *source, *pool;         /* pool NULL: the whole source */
  gchar *rule;                  /* one word: below */
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
 * AlertBefore; may be NULL. Caller unrefs. The rules:
 *   source       what could not be read: UNKNOWN; OK when it is harmless, or rules->absent when it
 *                is why the pins of that very pool are not known
 *   stale-table  the owner is gone and pins are kept, which nobody can swap out and only a new
 *                daemon or an administrator frees: CRITICAL
 *   orphan       the owner is gone and left memory that is not pinned: WARNING
 *   QUANTITY     without its unit ("pins", "memory"): by thresholds, else as above
 *   QUANTITY-rate  by thresholds: the change an hour since the oldest of BEFORE that is at least
 *                ALERT_RATE_MIN_US old. Where the range starts at 0, falling is no reason to alert.
 *   pool         nothing of the above could be said: OK
 * A threshold on what is not told is UNKNOWN, "pins: not told", when its glob names the pool;
 * without a glob (or with "*") only when no pool tells that quantity. */
GPtrArray *alert_evaluate (const Sample * sample, const AlertRules * rules, const GArray * before);

AlertLimits alert_limits (const SampleReading * reading, const AlertRules * rules,
    Quantity quantity);

/* Pins that the pool may have, by the rules and by what the source says. FALSE: no limit. */
gboolean alert_pin_limit (const SampleReading * reading, const AlertRules * rules, guint64 * out);

/* The worst level; of pool (SOURCE, POOL) alone, of all pools of SOURCE when POOL is NULL, of all
 * when both are. OK when there is no finding. */
Level alert_worst (const GPtrArray * findings, const gchar * source, const gchar * pool);
