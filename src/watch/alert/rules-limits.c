/* Which thresholds count for which value. */
#include "config.h"
#include "watch/alert/rules-private.h"

#include <fnmatch.h>
#include <math.h>

/* What is normally the smallest amount that can be locked. Where pages are larger, limits are
 * multiples of those, and the same comes out. */
#define PAGE_BYTES 4096.0

static gboolean
fits_pool (const gchar * glob, const SampleReading * reading)
{
  g_autofree gchar *both = NULL;

  if (!glob)
    return TRUE;
  if (fnmatch (glob, reading->pool, 0) == 0)
    return TRUE;
  both = g_strdup_printf ("%s/%s", reading->source, reading->pool);
  return fnmatch (glob, both, 0) == 0;
}

const AlertThreshold *
rule_threshold (const AlertRules * rules, const SampleReading * reading, Quantity quantity,
    gboolean rate, Level level)
{
  for (guint i = rules->thresholds ? rules->thresholds->len : 0; i > 0; i--) {
    const AlertThreshold *threshold = &g_array_index (rules->thresholds, AlertThreshold, i - 1);

    if (threshold->quantity == quantity && !threshold->rate == !rate && threshold->level == level
        && fits_pool (threshold->pool, reading))
      return threshold;
  }
  return NULL;
}

AlertLimits
rule_thresholds (const AlertRules * rules, const SampleReading * reading, Quantity quantity,
    gboolean rate)
{
  const AlertThreshold *warning =
      rule_threshold (rules, reading, quantity, rate, LEVEL_WARNING);
  const AlertThreshold *critical =
      rule_threshold (rules, reading, quantity, rate, LEVEL_CRITICAL);
  AlertLimits limits = {.has_warning = warning != NULL,.has_critical = critical != NULL };

  if (warning)
    limits.warning = warning->range;
  if (critical)
    limits.critical = critical->range;
  return limits;
}

static gint
limit_for (const AlertRules * rules, const SampleReading * reading)
{
  for (guint i = rules->pool_limits ? rules->pool_limits->len : 0; i > 0; i--) {
    const AlertPoolLimit *one = &g_array_index (rules->pool_limits, AlertPoolLimit, i - 1);

    if (fits_pool (one->pool, reading))
      return one->limit;
  }
  return rules->limit;
}

gboolean
alert_pin_limit (const SampleReading * reading, const AlertRules * rules, guint64 * out)
{
  gint limit = limit_for (rules, reading);

  if (limit < 0 || !sample_has (reading, QUANTITY_PINS))
    return FALSE;
  if (limit == 0)
    return sample_get (reading, QUANTITY_LIMIT, out);
  *out = (guint64) limit;
  return TRUE;
}

/* Sets what is unset: alert beyond those. */
static void
set_defaults (AlertLimits * limits, gdouble warning, gdouble critical)
{
  if (!limits->has_warning)
    limits->warning = (Range) {0.0, MIN (warning, critical), FALSE };
  if (!limits->has_critical)
    limits->critical = (Range) {0.0, critical, FALSE };
  limits->has_warning = limits->has_critical = TRUE;
}

static guint64
count_threads (const AlertRules * rules, const SampleReading * reading)
{
  guint64 threads;

  if (rules->threads > 0)
    return rules->threads;
  if (sample_get (reading, QUANTITY_THREADS, &threads))
    return threads;
  return MAX (g_get_num_processors (), 4);
}

/* The formula in rules.h. */
static void
default_pins (const AlertRules * rules, const SampleReading * reading, AlertLimits * limits)
{
  guint64 limit, threads, herd, room, early;

  if (!alert_pin_limit (reading, rules, &limit))
    return;
  threads = count_threads (rules, reading);
  herd = threads > 3 ? threads - 1 : 2;
  room = MIN (herd, limit > 0 ? (limit - 1) / 2 : 0);
  early = MAX (MIN (4, limit / 2), room + 1);
  set_defaults (limits, limit > early ? (gdouble) (limit - early) - 1.0 : 0.0,
      limit > room ? (gdouble) (limit - room) - 1.0 : 0.0);
}

static void
default_memory (const AlertRules * rules, const SampleReading * reading, AlertLimits * limits)
{
  gdouble total = (gdouble) rules->memory_total;
  guint64 limit;

  if (alert_pin_limit (reading, rules, &limit))
    return;
  if (sample_get (reading, QUANTITY_MEMORY_LIMIT, &limit))
    set_defaults (limits, MAX (ceil (0.9 * (gdouble) limit) - 1.0, 0.0),
        MAX ((gdouble) limit - PAGE_BYTES, 0.0));
  else if (total > 0.0 && rules->memory_share > 0.0)
    set_defaults (limits, floor (rules->memory_share * total),
        floor (2.0 * rules->memory_share * total));
}

void
rule_defaults (const AlertRules * rules, const SampleReading * reading, Quantity quantity,
    AlertLimits * limits)
{
  if (quantity == QUANTITY_PINS)
    default_pins (rules, reading, limits);
  else if (quantity == QUANTITY_MEMORY)
    default_memory (rules, reading, limits);
}

AlertLimits
alert_limits (const SampleReading * reading, const AlertRules * rules, Quantity quantity)
{
  AlertLimits limits = rule_thresholds (rules, reading, quantity, FALSE);

  rule_defaults (rules, reading, quantity, &limits);
  return limits;
}

const Range *
rule_level (const AlertLimits * limits, gdouble value, Level * level)
{
  *level = LEVEL_CRITICAL;
  if (limits->has_critical && range_alerts (&limits->critical, value))
    return &limits->critical;
  *level = LEVEL_WARNING;
  if (limits->has_warning && range_alerts (&limits->warning, value))
    return &limits->warning;
  *level = LEVEL_OK;
  return NULL;
}
