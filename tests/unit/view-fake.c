/* Also stands in for the rules of alert/: 16 pins at most, WARNING from 12, CRITICAL from 15. */
#include "config.h"
#include "view-fake.h"

#include <math.h>

#define SHARD_BYTES 16777208

Sample *
fake_sample (void)
{
  Sample *sample = sample_new ();

  sample->time_us = G_GINT64_CONSTANT (1795562100) * G_USEC_PER_SEC;
  return sample;
}

Sample *
fake_daemon (void)
{
  Sample *sample = fake_sample ();
  SampleReading *table = sample_add (sample, "rtpengine-proc", "table-0");
  SampleReading *shared = sample_add (sample, "rtpengine-json", "shared");

  sample_set (table, QUANTITY_PINS, 12);
  sample_set (table, QUANTITY_LIMIT, 16);
  sample_set (table, QUANTITY_MEMORY, 12 * 16777216);
  sample_set (table, QUANTITY_TARGETS, 8);
  sample_set (table, QUANTITY_UPTIME, 200000);
  table->owner_state = SAMPLE_OWNER_ALIVE;
  table->owner = g_strdup ("pid 216");
  sample_add_shard (shared, 520, SHARD_BYTES, 8388604);
  sample_add_shard (shared, 3, SHARD_BYTES, SHARD_BYTES + 40);
  sample_add_shard (shared, 0, SHARD_BYTES, SHARD_BYTES + 72);
  sample_sum_shards (shared);
  sample_set (shared, QUANTITY_SESSIONS, 0);
  sample_add_holder (shared, 216, "rtpengine", 2 * 16777216, 1);
  return sample;
}

void
fake_find (GPtrArray * findings, Level level, const gchar * source, const gchar * pool,
    const gchar * text)
{
  AlertFinding *finding = g_new0 (AlertFinding, 1);

  finding->level = level;
  finding->source = g_strdup (source);
  finding->pool = g_strdup (pool);
  finding->rule = g_strdup ("pins");
  finding->text = g_strdup (text);
  g_ptr_array_add (findings, finding);
}

GPtrArray *
fake_findings (const Sample * sample)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) alert_finding_free);

  for (guint i = 0; i < sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (sample->readings, i);
    gboolean bad = g_str_equal (reading->pool, "table-0");

    fake_find (findings, bad ? LEVEL_WARNING : LEVEL_OK, reading->source, reading->pool,
        bad ? "12 of 16 pins" : "nothing wrong");
  }
  for (guint i = 0; i < sample->troubles->len; i++) {
    const SampleTrouble *trouble = g_ptr_array_index (sample->troubles, i);

    fake_find (findings, trouble->harmless ? LEVEL_OK : LEVEL_UNKNOWN, trouble->source,
        trouble->pool, trouble->text);
  }
  return findings;
}

ViewData
fake_data (const Sample * sample, const GPtrArray * findings)
{
  /* Of 16 pins 12 are a WARNING, 13 CRITICAL, however many processors there are. */
  static const AlertRules rules = {.threads = 4 };

  return (ViewData) {
  .sample = sample,.findings = findings,.rules = &rules,.seconds = 0.0025,
        .level = alert_worst (findings, NULL, NULL),.last_success_us =
        1795562040 * (guint64) G_USEC_PER_SEC};
}
