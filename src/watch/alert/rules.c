#include "config.h"
#include "watch/alert/rules-private.h"

void
alert_finding_free (AlertFinding * finding)
{
  if (!finding)
    return;
  g_free (finding->source);
  g_free (finding->pool);
  g_free (finding->rule);
  g_free (finding->text);
  g_free (finding);
}

void
rule_add (const RuleContext * context, Level level, const gchar * source, const gchar * pool,
    const gchar * rule, const gchar * format, ...)
{
  AlertFinding *finding = g_new0 (AlertFinding, 1);
  va_list args;

  finding->level = level;
  finding->source = g_strdup (source);
  finding->pool = g_strdup (pool);
  finding->rule = g_strdup (rule);
  va_start (args, format);
  finding->text = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (context->findings, finding);
}

/* Whether TROUBLE is that the pins of its pool are not told. Where memory is judged instead, it is
 * of something else: what is open in a process of somebody else. */
static gboolean
is_about_pins (const Sample * sample, const SampleTrouble * trouble)
{
  const SampleReading *reading = trouble->pool
      ? sample_find (sample, trouble->source, trouble->pool) : NULL;

  return reading && !sample_has (reading, QUANTITY_PINS)
      && !sample_has (reading, QUANTITY_MEMORY);
}

static void
check_trouble (const RuleContext * context, const SampleTrouble * trouble)
{
  Level level = LEVEL_UNKNOWN;

  if (trouble->harmless)
    level = is_about_pins (context->sample, trouble) ? context->rules->absent : LEVEL_OK;
  rule_add (context, level, trouble->source, trouble->pool, "source", "%s", trouble->text);
}

static void
check_reading (const RuleContext * context, const SampleReading * reading)
{
  guint n_before = context->findings->len;

  for (const RuleFunc * rule = rule_list (); *rule; rule++)
    (*rule) (context, reading);
  if (context->findings->len == n_before)
    rule_add (context, LEVEL_OK, reading->source, reading->pool, "pool", "%s",
        reading->note ? reading->note : "there");
}

GPtrArray *
alert_evaluate (const Sample * sample, const AlertRules * rules, const GArray * before)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) alert_finding_free);
  const RuleContext context = {
    .sample = sample,.rules = rules,.before = before,.findings = findings,
  };

  for (guint i = 0; i < sample->troubles->len; i++)
    check_trouble (&context, g_ptr_array_index (sample->troubles, i));
  for (guint i = 0; i < sample->readings->len; i++)
    check_reading (&context, g_ptr_array_index (sample->readings, i));
  return findings;
}

Level
alert_worst (const GPtrArray * findings, const gchar * source, const gchar * pool)
{
  Level worst = LEVEL_OK;

  for (guint i = 0; i < findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (findings, i);

    if ((!source || g_str_equal (source, finding->source))
        && (!pool || g_strcmp0 (pool, finding->pool) == 0))
      worst = level_worse (worst, finding->level);
  }
  return worst;
}
