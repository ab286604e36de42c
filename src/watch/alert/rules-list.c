/* The rules: what each finds about one pool. */
#include "config.h"
#include "watch/alert/rules-private.h"

#include <math.h>

/* --- who owns it --- */

/* "16 pins, 256 MiB": what is known of what is kept. NULL: nothing is kept, or none knows. */
static gchar *
describe_kept (const SampleReading * reading)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 pins = 0, memory = 0;

  if (sample_get (reading, QUANTITY_PINS, &pins) && pins > 0)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT " pin%s", pins, pins > 1 ? "s" : "");
  if (sample_get (reading, QUANTITY_MEMORY, &memory) && memory > 0) {
    g_autofree gchar *amount = rule_amount (QUANTITY_MEMORY, (gdouble) memory);

    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", amount);
  }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

/* Only a table of a kernel module tells pins: nobody can swap them out, and its daemon is down.
 * What lies in /dev/shm can be swapped, and whoever has it mapped may still be at work with it. */
static void
rule_owner (const RuleContext * context, const SampleReading * reading)
{
  gboolean is_table = sample_has (reading, QUANTITY_PINS);
  const gchar *rule = is_table ? "stale-table" : "orphan";
  g_autofree gchar *kept = NULL;

  if (reading->owner_state == SAMPLE_OWNER_UNKNOWN)
    return;
  if (reading->owner_state == SAMPLE_OWNER_ALIVE) {
    rule_add (context, LEVEL_OK, reading->source, reading->pool, rule, "%s alive",
        reading->owner ? reading->owner : "owner");
    return;
  }
  kept = describe_kept (reading);
  if (!kept)
    rule_add (context, LEVEL_OK, reading->source, reading->pool, rule, "owner gone, nothing kept");
  else if (is_table)
    rule_add (context, LEVEL_CRITICAL, reading->source, reading->pool, rule,
        "stale table: no daemon, %s kept", kept);
  else
    rule_add (context, LEVEL_WARNING, reading->source, reading->pool, rule,
        "orphan: creator gone, %s kept", kept);
}

/* --- values --- */

/* What bounds a quantity by itself, for its text; 0: nothing that is known. */
static gdouble
find_bound (const RuleContext * context, const SampleReading * reading, Quantity quantity)
{
  guint64 bound = 0;
  gboolean has_limit = alert_pin_limit (reading, context->rules, &bound);

  if (quantity == QUANTITY_PINS)
    return (gdouble) bound;
  if (quantity != QUANTITY_MEMORY)
    return 0.0;
  if (sample_get (reading, QUANTITY_MEMORY_LIMIT, &bound))
    return (gdouble) bound;
  if (has_limit || context->rules->memory_share <= 0.0)
    return 0.0;
  return (gdouble) context->rules->memory_total;
}

/* " of 16", " of 8 GiB RAM", or "". */
static gchar *
describe_bound (const RuleContext * context, const SampleReading * reading, Quantity quantity)
{
  gdouble bound = find_bound (context, reading, quantity);
  gboolean is_ram =
      quantity == QUANTITY_MEMORY && !sample_has (reading, QUANTITY_MEMORY_LIMIT);
  g_autofree gchar *amount = rule_amount (quantity, bound);

  return bound > 0.0 ? g_strdup_printf (" of %s%s", amount, is_ram ? " RAM" : "") : g_strdup ("");
}

/* "12 of 16 pins", "12 pins over 10", "memory 3 GiB of 8 GiB RAM", "sessions 12 over 10". CROSSED
 * is what somebody set and the value does not keep; NULL: none. */
static gchar *
describe_value (const RuleContext * context, const SampleReading * reading, Quantity quantity,
    const Range * crossed)
{
  guint64 value = reading->values[quantity];
  g_autofree gchar *amount = rule_amount (quantity, (gdouble) value);
  g_autofree gchar *bound = describe_bound (context, reading, quantity);
  g_autofree gchar *name = rule_quantity_name (quantity);
  g_autofree gchar *words = crossed ? rule_crossed (quantity, crossed) : NULL;

  if (quantity == QUANTITY_PINS && (bound[0] != '\0' || !words))
    return g_strdup_printf ("%s%s %s", amount, bound,
        value == 1 && bound[0] == '\0' ? "pin" : "pins");
  if (quantity == QUANTITY_PINS)
    return g_strdup_printf ("%s %s %s", amount, value == 1 ? "pin" : "pins", words);
  return words ? g_strdup_printf ("%s %s %s", name, amount, words)
      : g_strdup_printf ("%s %s%s", name, amount, bound);
}

static void
check_known (const RuleContext * context, const SampleReading * reading, Quantity quantity,
    const AlertLimits * limits)
{
  Level level;
  const Range *crossed = rule_level (limits, (gdouble) reading->values[quantity], &level);
  g_autofree gchar *name = rule_quantity_name (quantity);
  g_autofree gchar *text = NULL;

  /* A default is told by what it was made from. */
  if (!rule_threshold (context->rules, reading, quantity, FALSE, level))
    crossed = NULL;
  text = describe_value (context, reading, quantity, crossed);
  rule_add (context, level, reading->source, reading->pool, name, "%s", text);
}

/* Whether READING was said, harmlessly, to be one that cannot tell. */
static gboolean
is_excused (const RuleContext * context, const SampleReading * reading)
{
  for (guint i = 0; i < context->sample->troubles->len; i++) {
    const SampleTrouble *trouble = g_ptr_array_index (context->sample->troubles, i);

    if (trouble->harmless && g_str_equal (trouble->source, reading->source)
        && g_strcmp0 (trouble->pool, reading->pool) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_told_by_any (const Sample * sample, Quantity quantity)
{
  for (guint i = 0; i < sample->readings->len; i++) {
    if (sample_has (g_ptr_array_index (sample->readings, i), quantity))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_for_all (const AlertThreshold * threshold)
{
  return !threshold->pool || g_str_equal (threshold->pool, "*");
}

/* "-w 12" is meant for the pools that have pins, not against all others. */
static gboolean
must_tell (const RuleContext * context, const SampleReading * reading, Quantity quantity,
    gboolean rate, Level level)
{
  const AlertThreshold *threshold =
      rule_threshold (context->rules, reading, quantity, rate, level);

  if (!threshold)
    return FALSE;
  return !is_for_all (threshold)
      || (!is_told_by_any (context->sample, quantity) && !is_excused (context, reading));
}

static void
check_untold (const RuleContext * context, const SampleReading * reading, Quantity quantity,
    gboolean rate)
{
  g_autofree gchar *name = rule_quantity_name (quantity);
  g_autofree gchar *rule = g_strconcat (name, rate ? "-rate" : NULL, NULL);

  if (must_tell (context, reading, quantity, rate, LEVEL_WARNING)
      || must_tell (context, reading, quantity, rate, LEVEL_CRITICAL))
    rule_add (context, LEVEL_UNKNOWN, reading->source, reading->pool, rule, "%s: not told", name);
}

static void
rule_values (const RuleContext * context, const SampleReading * reading)
{
  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    AlertLimits limits = alert_limits (reading, context->rules, i);
    /* Also without any threshold: pins are what all this is about. */
    gboolean wanted = limits.has_warning || limits.has_critical || i == QUANTITY_PINS;

    if (wanted && sample_has (reading, i))
      check_known (context, reading, i, &limits);
    else if (wanted)
      check_untold (context, reading, i, FALSE);
  }
}

/* --- changes --- */

/* The oldest point of that pool that tells QUANTITY and is old enough; NULL: none is. */
static const AlertBefore *
find_before (const RuleContext * context, const SampleReading * reading, Quantity quantity)
{
  const AlertBefore *oldest = NULL;

  for (guint i = 0; context->before && i < context->before->len; i++) {
    const AlertBefore *before = &g_array_index (context->before, AlertBefore, i);

    if (!g_str_equal (before->source, reading->source)
        || !g_str_equal (before->pool, reading->pool) || (before->known & 1u << quantity) == 0
        || before->time_us > context->sample->time_us - ALERT_RATE_MIN_US)
      continue;
    if (!oldest || before->time_us < oldest->time_us)
      oldest = before;
  }
  return oldest;
}

static gdouble
change_per_hour (const RuleContext * context, const SampleReading * reading, Quantity quantity,
    const AlertBefore * before)
{
  gdouble hours =
      (gdouble) (context->sample->time_us - before->time_us) / (3600.0 * G_USEC_PER_SEC);
  guint64 now = reading->values[quantity], then = before->values[quantity];

  /* Two large numbers may differ by less than a double can hold of them. */
  return (now >= then ? (gdouble) (now - then) : -(gdouble) (then - now)) / hours;
}

/* Who says "300M an hour" minds growth, not that it fell. */
static Range
without_falls (const Range * range)
{
  Range open = *range;

  if (!open.inside && open.low == 0.0)
    open.low = -INFINITY;
  return open;
}

static gchar *
describe_rate (const SampleReading * reading, Quantity quantity, gdouble rate,
    const Range * crossed)
{
  g_autofree gchar *name = rule_quantity_name (quantity);
  g_autofree gchar *amount = rule_amount (quantity, (gdouble) reading->values[quantity]);
  g_autofree gchar *speed = rule_amount (quantity, ABS (rate));
  g_autofree gchar *bound = crossed ? rule_crossed (quantity, crossed) : NULL;

  if (rate == 0.0)
    return g_strdup_printf ("%s %s, unchanged", name, amount);
  return g_strdup_printf ("%s %s %s %s/h%s%s", name, amount, rate > 0.0 ? "grows" : "shrinks",
      speed, bound ? ", " : "", bound ? bound : "");
}

static void
check_rate (const RuleContext * context, const SampleReading * reading, Quantity quantity,
    const AlertLimits * limits)
{
  const AlertBefore *before = find_before (context, reading, quantity);
  AlertLimits growth = *limits;
  const Range *crossed;
  Level level;
  gdouble rate;
  g_autofree gchar *name = rule_quantity_name (quantity);
  g_autofree gchar *rule = g_strconcat (name, "-rate", NULL);
  g_autofree gchar *text = NULL;

  if (!before) {
    rule_add (context, LEVEL_OK, reading->source, reading->pool, rule, "%s: no rate yet", name);
    return;
  }
  growth.warning = without_falls (&limits->warning);
  growth.critical = without_falls (&limits->critical);
  rate = change_per_hour (context, reading, quantity, before);
  crossed = rule_level (&growth, rate, &level);
  text = describe_rate (reading, quantity, rate, crossed);
  rule_add (context, level, reading->source, reading->pool, rule, "%s", text);
}

static void
rule_rates (const RuleContext * context, const SampleReading * reading)
{
  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    AlertLimits limits = rule_thresholds (context->rules, reading, i, TRUE);

    if (!limits.has_warning && !limits.has_critical)
      continue;
    if (sample_has (reading, i))
      check_rate (context, reading, i, &limits);
    else
      check_untold (context, reading, i, TRUE);
  }
}

static const RuleFunc rules[] = {
  rule_values,
  rule_rates,
  rule_owner,
  NULL,
};

const RuleFunc *
rule_list (void)
{
  return rules;
}
