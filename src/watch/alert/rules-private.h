/* What the files of the rules share. */
#pragma once
#include "watch/alert/rules.h"

/* All that a rule may look at. */
typedef struct
{
  const Sample *sample;
  const AlertRules *rules;
  const GArray *before;         /* AlertBefore; NULL: none */
  GPtrArray *findings;
} RuleContext;

/* Appends what it finds about READING. */
typedef void (*RuleFunc) (const RuleContext * context, const SampleReading * reading);

/* All of them, NULL at the end. */
const RuleFunc *rule_list (void);

void rule_add (const RuleContext * context, Level level, const gchar * source, const gchar * pool,
    const gchar * rule, const gchar * format, ...) G_GNUC_PRINTF (6, 7);

/* The last threshold that fits; NULL: none does. */
const AlertThreshold *rule_threshold (const AlertRules * rules, const SampleReading * reading,
    Quantity quantity, gboolean rate, Level level);
/* The ones of both levels, without defaults. */
AlertLimits rule_thresholds (const AlertRules * rules, const SampleReading * reading,
    Quantity quantity, gboolean rate);
/* Fills in the defaults of what is unset in LIMITS. */
void rule_defaults (const AlertRules * rules, const SampleReading * reading, Quantity quantity,
    AlertLimits * limits);
/* The range that VALUE is to be alerted for, and at which level; NULL: OK. */
const Range *rule_level (const AlertLimits * limits, gdouble value, Level * level);

/* "memory": the name of QUANTITY without its unit. Caller frees. */
gchar *rule_quantity_name (Quantity quantity);
/* "1.2 GiB", "12", "90 s". Caller frees. */
gchar *rule_amount (Quantity quantity, gdouble value);
/* "over 12", "under 3", "outside 3:5", "inside 3:5". Caller frees. */
gchar *rule_crossed (Quantity quantity, const Range * range);
