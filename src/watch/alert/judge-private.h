/* What the files of the judge share. */
#pragma once
#include "watch/alert/judge.h"

/* All that a rule may look at. */
typedef struct
{
  const Sample *sample;
  const AlertRules *rules;
  const GArray *before;         /* AlertBefore; NULL: none */
  GPtrArray *findings;
} JudgeCase;

/* Appends what it finds about READING. */
typedef void (*JudgeRule) (const JudgeCase * judge, const SampleReading * reading);

/* All of them, NULL at the end. */
const JudgeRule *judge_rules (void);

void judge_add (const JudgeCase * judge, Level level, const gchar * source, const gchar * pool,
    const gchar * rule, const gchar * format, ...) G_GNUC_PRINTF (6, 7);

/* The last threshold that fits; NULL: none does. */
const AlertThreshold *judge_threshold (const AlertRules * rules, const SampleReading * reading,
    Quantity quantity, gboolean rate, Level level);
/* The ones of both levels, without defaults. */
AlertLimits judge_thresholds (const AlertRules * rules, const SampleReading * reading,
    Quantity quantity, gboolean rate);
/* Fills in the defaults of what is unset in LIMITS. */
void judge_defaults (const AlertRules * rules, const SampleReading * reading, Quantity quantity,
    AlertLimits * limits);
/* The range that VALUE is to be alerted for, and at which level; NULL: OK. */
const Range *judge_level (const AlertLimits * limits, gdouble value, Level * level);

/* "memory": the name of QUANTITY without its unit. Caller frees. */
gchar *judge_quantity_name (Quantity quantity);
/* "1.2 GiB", "12", "90 s". Caller frees. */
gchar *judge_amount (Quantity quantity, gdouble value);
/* "over 12", "under 3", "outside 3:5", "inside 3:5". Caller frees. */
gchar *judge_crossed (Quantity quantity, const Range * range);
