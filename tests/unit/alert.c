/* Ranges, and what a sample means by thresholds, limits and owners. */
#include "config.h"

#include "watch/alert/rules.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define MINUTE (60 * G_GINT64_CONSTANT (1000000))

/* --- ranges --- */

static void
test_range_parse (void)
{
  static const struct
  {
    const gchar *text;
    gdouble low, high;
    gboolean inside;
    const gchar *again;         /* as range_text() says it */
  } rows[] = {
    {"12", 0, 12, FALSE, "12"},
    {"0", 0, 0, FALSE, "0"},
    {"-0", 0, 0, FALSE, "0"},
    {"10:", 10, INFINITY, FALSE, "10:"},
    {"0:", 0, INFINITY, FALSE, "0:"},
    {"~:10", -INFINITY, 10, FALSE, "~:10"},
    {"~:", -INFINITY, INFINITY, FALSE, "~:"},
    {":10", 0, 10, FALSE, "10"},
    {"10:20", 10, 20, FALSE, "10:20"},
    {"-20:-10", -20, -10, FALSE, "-20:-10"},
    {"@10:20", 10, 20, TRUE, "@10:20"},
    {"@5", 0, 5, TRUE, "@5"},
    {"@~:5", -INFINITY, 5, TRUE, "@~:5"},
    {"-inf:inf", -INFINITY, INFINITY, FALSE, "~:"},
    {"0.5:1.25", 0.5, 1.25, FALSE, "0.5:1.25"},
    {"1e3", 0, 1000, FALSE, "1000"},
    {"+3", 0, 3, FALSE, "3"},
    {"4k", 0, 4096, FALSE, "4096"},
    {"16MiB", 0, 16777216, FALSE, "16777216"},
    {"512M:1G", 536870912, 1073741824, FALSE, "536870912:1073741824"},
    {"2TiB", 0, 2199023255552, FALSE, "2199023255552"},
    {"64B", 0, 64, FALSE, "64"},
    {"5m", 0, 300, FALSE, "300"},
    {"3600s:", 3600, INFINITY, FALSE, "3600:"},
    {"2h:1d", 7200, 86400, FALSE, "7200:86400"},
    {"500ms", 0, 0.5, FALSE, "0.5"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *again = NULL;
    Range range;

    g_test_message ("\"%s\"", rows[i].text);
    g_assert_true (range_parse (rows[i].text, &range, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat (range.low, ==, rows[i].low);
    g_assert_cmpfloat (range.high, ==, rows[i].high);
    g_assert_cmpint (range.inside, ==, rows[i].inside);
    again = range_text (&range);
    g_assert_cmpstr (again, ==, rows[i].again);
  }
}

static void
test_range_refused (void)
{
  static const gchar *const texts[] = {
    "", ":", "@", "@:", "~", "@~", "x", "12x", "x:12", "12:x", "1:2:3", "::", " 12", "12 ", "1 2",
    "10 :20", "nan", "nan:", "~:nan", "inf:", ":-inf", "0x10", "-0x10", "1,5", "1.5.5", "--1",
    "1e999", "12MB", "12kb", "12 M", "M", "-", "+", ".", "~5", "~5:", "@@1", "1@", "5mins",
    "1e308T",
  };
  g_autofree gchar *expected = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    Range range = {.low = 42.0 };

    g_test_message ("\"%s\"", texts[i]);
    g_assert_false (range_parse (texts[i], &range, &error));
    g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT);
    g_free (expected);
    expected = g_strdup_printf ("not a range: %s", texts[i]);
    g_assert_cmpstr (error->message, ==, expected);
    g_assert_cmpfloat (range.low, ==, 42.0);
  }
}

static void
test_range_reversed (void)
{
  static const gchar *const texts[] = { "20:10", "-5", "@3:2", "1G:1M", "1h:5m" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    Range range;

    g_assert_false (range_parse (texts[i], &range, &error));
    g_assert_true (g_str_has_prefix (error->message, "start beyond end: "));
  }
}

static void
test_range_alerts (void)
{
  static const struct
  {
    const gchar *text;
    gdouble value;
    gboolean alerts;
  } rows[] = {
    {"11", 11, FALSE}, {"11", 12, TRUE}, {"11", 11.5, TRUE}, {"11", 0, FALSE}, {"11", -1, TRUE},
    {"10:", 10, FALSE}, {"10:", 9, TRUE}, {"10:", 1e300, FALSE},
    {"~:10", -1e300, FALSE}, {"~:10", 10, FALSE}, {"~:10", 11, TRUE},
    {"10:20", 9, TRUE}, {"10:20", 10, FALSE}, {"10:20", 20, FALSE}, {"10:20", 21, TRUE},
    {"@10:20", 9, FALSE}, {"@10:20", 10, TRUE}, {"@10:20", 20, TRUE}, {"@10:20", 21, FALSE},
    {"~:", 5, FALSE}, {"5", NAN, TRUE}, {"@5", NAN, FALSE}, {"0:", INFINITY, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    Range range;

    g_test_message ("\"%s\" and %g", rows[i].text, rows[i].value);
    g_assert_true (range_parse (rows[i].text, &range, NULL));
    g_assert_cmpint (range_alerts (&range, rows[i].value), ==, rows[i].alerts);
  }
}

/* Whatever comes, a range that is taken is told as one that is taken and the same. */
static void
test_range_random (void)
{
  static const gchar letters[] = "@~:-+.0123459eEkKMGTiBsmhdnaf x";
  guint n_taken = 0;

  for (guint i = 0; i < 200000; i++) {
    gchar text[9] = "";
    g_autofree gchar *said = NULL;
    Range range, again;

    for (gint k = g_test_rand_int_range (0, 9) - 1; k >= 0; k--)
      text[k] = letters[g_test_rand_int_range (0, sizeof letters - 1)];
    if (!range_parse (text, &range, NULL))
      continue;
    n_taken++;
    g_assert_true (range.low <= range.high);
    said = range_text (&range);
    if (fabs (range.high) < 1e-15 || fabs (range.low) < 1e-15)
      continue;
    g_assert_true (range_parse (said, &again, NULL));
    g_assert_cmpfloat (again.low, ==, range.low);
    g_assert_cmpfloat (again.high, ==, range.high);
    g_assert_cmpint (again.inside, ==, range.inside);
  }
  g_assert_cmpuint (n_taken, >, 1000);
}

/* --- samples --- */

static AlertRules
rules_of (const gchar * const *thresholds)
{
  AlertRules rules = {.threads = 4,.memory_total = 8192 * MIB,.memory_share = 0.25 };

  rules.thresholds = g_array_new (FALSE, TRUE, sizeof (AlertThreshold));
  /* "w POOL QUANTITY[-rate] RANGE" */
  for (; thresholds && *thresholds; thresholds++) {
    g_auto (GStrv) words = g_strsplit (*thresholds, " ", -1);
    gboolean rate = g_str_has_suffix (words[2], "-rate");
    g_autofree gchar *name = g_strndup (words[2], strlen (words[2]) - (rate ? 5 : 0));
    AlertThreshold one = {.rate = rate };

    one.pool = g_str_equal (words[1], "-") ? NULL : g_strdup (words[1]);
    one.level = words[0][0] == 'w' ? LEVEL_WARNING : LEVEL_CRITICAL;
    g_assert_true (quantity_by_name (name, &one.quantity));
    g_assert_true (range_parse (words[3], &one.range, NULL));
    g_array_append_val (rules.thresholds, one);
  }
  return rules;
}

static void
rules_clear (AlertRules * rules)
{
  for (guint i = 0; i < rules->thresholds->len; i++)
    g_free (g_array_index (rules->thresholds, AlertThreshold, i).pool);
  g_clear_pointer (&rules->thresholds, g_array_unref);
}

/* "LEVEL source/pool rule: text" of all, one a line. */
static gchar *
describe (const GPtrArray * findings)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (findings, i);

    g_string_append_printf (out, "%s%s %s/%s %s: %s", i > 0 ? "\n" : "",
        level_name (finding->level), finding->source, finding->pool ? finding->pool : "",
        finding->rule, finding->text);
  }
  return g_string_free (out, FALSE);
}

static void
assert_findings (const Sample * sample, const AlertRules * rules, const GArray * before,
    const gchar * expected)
{
  g_autoptr (GPtrArray) findings = alert_evaluate (sample, rules, before);
  g_autofree gchar *text = describe (findings);

  g_assert_cmpstr (text, ==, expected);
}

static SampleReading *
add_table (Sample * sample, guint64 pins, guint64 limit)
{
  SampleReading *reading = sample_add (sample, "proc", "table-0");

  sample_set (reading, QUANTITY_PINS, pins);
  sample_set (reading, QUANTITY_MEMORY, pins * 16 * MIB);
  if (limit > 0)
    sample_set (reading, QUANTITY_LIMIT, limit);
  return reading;
}

/* Where WARNING and CRITICAL begin; neither is stricter than it must be for a herd. */
static void
test_rules_formula (void)
{
  static const struct
  {
    guint64 limit;
    guint threads;
    guint warning, critical;
  } rows[] = {
    {1, 4, 1, 1}, {2, 4, 1, 2}, {3, 4, 1, 2}, {4, 4, 2, 3}, {5, 4, 2, 3}, {6, 4, 3, 4},
    {8, 4, 4, 5}, {16, 1, 12, 14}, {16, 3, 12, 14}, {16, 4, 12, 13}, {16, 5, 11, 12},
    {16, 8, 8, 9}, {16, 16, 8, 9}, {16, 64, 8, 9}, {32, 8, 24, 25}, {64, 32, 32, 33},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    for (guint64 pins = 0; pins <= rows[i].limit + 2; pins++) {
      g_autoptr (Sample) sample = sample_new ();
      AlertRules rules = rules_of (NULL);
      g_autoptr (GPtrArray) findings = NULL;
      Level expected = pins >= rows[i].critical ? LEVEL_CRITICAL
          : pins >= rows[i].warning ? LEVEL_WARNING : LEVEL_OK;

      g_test_message ("%u of %u pins, %u threads", (guint) pins, (guint) rows[i].limit,
          rows[i].threads);
      rules.threads = rows[i].threads;
      add_table (sample, pins, rows[i].limit);
      findings = alert_evaluate (sample, &rules, NULL);
      g_assert_cmpint (alert_worst (findings, NULL, NULL), ==, expected);
      rules_clear (&rules);
    }
  }
}

/* The limit of a pool counts before that of all; of several the last one. */
static void
test_pool_limits (void)
{
  const AlertPoolLimit rows[] = { {(gchar *) "*", 40}, {(gchar *) "table-*", 50},
    {(gchar *) "proc/table-0", -1}, {(gchar *) "other", 60}
  };
  g_autoptr (GArray) limits = g_array_new (FALSE, FALSE, sizeof (AlertPoolLimit));
  AlertRules rules = {.limit = 16,.pool_limits = limits };
  g_autoptr (Sample) sample = sample_new ();
  const SampleReading *reading = add_table (sample, 3, 20);
  guint64 limit = 0;

  g_assert_true (alert_pin_limit (reading, &rules, &limit));
  g_assert_cmpuint (limit, ==, 16);
  g_array_append_vals (limits, rows, 2);
  g_assert_true (alert_pin_limit (reading, &rules, &limit));
  g_assert_cmpuint (limit, ==, 50);
  g_array_append_vals (limits, rows + 2, 2);
  g_assert_false (alert_pin_limit (reading, &rules, &limit));
}

/* For all limits and threads: warned before critical, both within the limit, no pin is fine. */
static void
test_rules_formula_all (void)
{
  for (guint64 limit = 0; limit < 300; limit++) {
    for (guint threads = 1; threads < 70; threads++) {
      g_autoptr (Sample) sample = sample_new ();
      SampleReading *reading = add_table (sample, 1, 0);
      AlertRules rules = rules_of (NULL);
      AlertLimits limits;

      sample_set (reading, QUANTITY_LIMIT, limit);
      rules.threads = threads;
      limits = alert_limits (reading, &rules, QUANTITY_PINS);
      g_assert_true (limits.has_warning && limits.has_critical);
      g_assert_cmpfloat (limits.warning.high, <=, limits.critical.high);
      g_assert_cmpfloat (limits.critical.high, <=, (gdouble) MAX (limit, 1) - 1.0);
      g_assert_cmpfloat (limits.warning.high, >=, 0.0);
      g_assert_false (range_alerts (&limits.warning, 0.0));
      rules_clear (&rules);
    }
  }
}

static void
test_rules_pins (void)
{
  static const struct
  {
    guint64 pins, limit;
    gint rule_limit;
    const gchar *thresholds[5];
    const gchar *expected;
  } rows[] = {
    {2, 16, 0, {NULL}, "OK proc/table-0 pins: 2 of 16 pins"},
    {12, 16, 0, {NULL}, "WARNING proc/table-0 pins: 12 of 16 pins"},
    {13, 16, 0, {NULL}, "CRITICAL proc/table-0 pins: 13 of 16 pins"},
    {13, 16, 32, {NULL}, "OK proc/table-0 pins: 13 of 32 pins"},
    {13, 0, 16, {NULL}, "CRITICAL proc/table-0 pins: 13 of 16 pins"},
    {13, 16, 0, {"w - pins 13", "c - pins 14"}, "OK proc/table-0 pins: 13 of 16 pins"},
    {14, 16, 0, {"w - pins 13", "c - pins 14"}, "WARNING proc/table-0 pins: 14 of 16 pins"},
    {15, 16, 0, {"w - pins 13", "c - pins 14"}, "CRITICAL proc/table-0 pins: 15 of 16 pins"},
    {5, 16, 0, {"w - pins 3", "w table-* pins 6"}, "OK proc/table-0 pins: 5 of 16 pins"},
    {5, 16, 0, {"w table-* pins 6", "w - pins 3"}, "WARNING proc/table-0 pins: 5 of 16 pins"},
    {5, 16, 0, {"w proc/table-0 pins 3"}, "WARNING proc/table-0 pins: 5 of 16 pins"},
    {5, 16, 0, {"w other/* pins 3", "w table-1 pins 3"}, "OK proc/table-0 pins: 5 of 16 pins"},
    {0, 16, 0, {"c - pins 1:"}, "CRITICAL proc/table-0 pins: 0 of 16 pins"},
    {13, 16, -1, {NULL},
        "OK proc/table-0 pins: 13 pins\nOK proc/table-0 memory: memory 208 MiB of 8 GiB RAM"},
    {128, 0, 0, {NULL},
        "OK proc/table-0 pins: 128 pins\nOK proc/table-0 memory: memory 2 GiB of 8 GiB RAM"},
    {129, 0, 0, {NULL},
        "OK proc/table-0 pins: 129 pins\nWARNING proc/table-0 memory: memory 2 GiB of 8 GiB RAM"},
    {257, 0, 0, {NULL},
        "OK proc/table-0 pins: 257 pins\nCRITICAL proc/table-0 memory: memory 4 GiB of 8 GiB RAM"},
    {13, 16, -1, {"w - pins 10", "c - memory 100M"},
        "WARNING proc/table-0 pins: 13 pins over 10\n"
        "CRITICAL proc/table-0 memory: memory 208 MiB over 100 MiB"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Sample) sample = sample_new ();
    AlertRules rules = rules_of (rows[i].thresholds);

    rules.limit = rows[i].rule_limit;
    add_table (sample, rows[i].pins, rows[i].limit);
    assert_findings (sample, &rules, NULL, rows[i].expected);
    rules_clear (&rules);
  }
}

static void
test_rules_memlock (void)
{
  static const struct
  {
    guint64 kib, limit_kib;
    const gchar *expected;
  } rows[] = {
    {0, 8192, "OK memlock/pid-7 memory: memory 0 B of 8 MiB"},
    {7372, 8192, "OK memlock/pid-7 memory: memory 7.2 MiB of 8 MiB"},
    {7376, 8192, "WARNING memlock/pid-7 memory: memory 7.2 MiB of 8 MiB"},
    {8188, 8192, "WARNING memlock/pid-7 memory: memory 8 MiB of 8 MiB"},
    {8192, 8192, "CRITICAL memlock/pid-7 memory: memory 8 MiB of 8 MiB"},
    {0, 0, "OK memlock/pid-7 memory: memory 0 B"},
    {4, 0, "CRITICAL memlock/pid-7 memory: memory 4 KiB"},
    {0, 4, "OK memlock/pid-7 memory: memory 0 B of 4 KiB"},
    {4, 4, "CRITICAL memlock/pid-7 memory: memory 4 KiB of 4 KiB"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Sample) sample = sample_new ();
    SampleReading *reading = sample_add (sample, "memlock", "pid-7");
    AlertRules rules = rules_of (NULL);

    sample_set (reading, QUANTITY_MEMORY, rows[i].kib * 1024);
    sample_set (reading, QUANTITY_MEMORY_LIMIT, rows[i].limit_kib * 1024);
    assert_findings (sample, &rules, NULL, rows[i].expected);
    rules_clear (&rules);
  }
}

static void
test_rules_owner (void)
{
  g_autoptr (Sample) sample = sample_new ();
  SampleReading *table = add_table (sample, 3, 16);
  SampleReading *area = sample_add (sample, "gst-shm", "shmpipe.9.0");
  AlertRules rules = rules_of (NULL);

  rules.memory_total = 0;
  sample_set (area, QUANTITY_MEMORY, 12 * MIB);
  table->owner_state = area->owner_state = SAMPLE_OWNER_GONE;
  assert_findings (sample, &rules, NULL,
      "OK proc/table-0 pins: 3 of 16 pins\n"
      "CRITICAL proc/table-0 stale-table: stale table: no daemon, 3 pins, 48 MiB kept\n"
      "WARNING gst-shm/shmpipe.9.0 orphan: orphan: creator gone, 12 MiB kept");
  sample_set (table, QUANTITY_PINS, 1);
  sample_set (table, QUANTITY_MEMORY, 0);
  assert_findings (sample, &rules, NULL,
      "OK proc/table-0 pins: 1 of 16 pins\n"
      "CRITICAL proc/table-0 stale-table: stale table: no daemon, 1 pin kept\n"
      "WARNING gst-shm/shmpipe.9.0 orphan: orphan: creator gone, 12 MiB kept");
  sample_set (table, QUANTITY_PINS, 0);
  table->owner = g_strdup ("pid 216");
  area->owner_state = SAMPLE_OWNER_ALIVE;
  assert_findings (sample, &rules, NULL,
      "OK proc/table-0 pins: 0 of 16 pins\n"
      "OK proc/table-0 stale-table: owner gone, nothing kept\nOK gst-shm/shmpipe.9.0 orphan: owner alive");
  table->owner_state = SAMPLE_OWNER_ALIVE;
  area->owner_state = SAMPLE_OWNER_UNKNOWN;
  assert_findings (sample, &rules, NULL,
      "OK proc/table-0 pins: 0 of 16 pins\n"
      "OK proc/table-0 stale-table: pid 216 alive\nOK gst-shm/shmpipe.9.0 pool: there");
  rules_clear (&rules);
}

static void
test_rules_trouble (void)
{
  g_autoptr (Sample) sample = sample_new (), other = sample_new ();
  AlertRules rules = rules_of (NULL);

  sample_add (sample, "proc", "table-0");
  sample_trouble (sample, "proc", "table-0", TRUE, "no pin counter");
  sample_trouble (sample, "proc", NULL, FALSE, "list: Permission denied");
  sample_trouble (sample, "json", NULL, TRUE, "no pools in this release");
  assert_findings (sample, &rules, NULL,
      "OK proc/table-0 source: no pin counter\nUNKNOWN proc/ source: list: Permission denied\n"
      "OK json/ source: no pools in this release\nOK proc/table-0 pool: there");
  rules.absent = LEVEL_UNKNOWN;
  assert_findings (sample, &rules, NULL,
      "UNKNOWN proc/table-0 source: no pin counter\nUNKNOWN proc/ source: list: Permission denied\n"
      "OK json/ source: no pools in this release\nOK proc/table-0 pool: there");
  sample_set (sample_add (other, "memlock", "cat"), QUANTITY_MEMORY, 0);
  sample_trouble (other, "memlock", "cat", TRUE, "memfds are not known");
  assert_findings (other, &rules, NULL,
      "OK memlock/cat source: memfds are not known\nOK memlock/cat memory: memory 0 B of 8 GiB RAM");
  rules_clear (&rules);
}

/* What somebody minds and nobody tells is no good news. */
static void
test_rules_untold (void)
{
  static const struct
  {
    const gchar *threshold;
    const gchar *expected;
  } rows[] = {
    {"w json/shared pins 3", "UNKNOWN json/shared pins: pins: not told"},
    {"c shared pins-rate 3", "UNKNOWN json/shared pins-rate: pins: not told"},
    {"w - sessions 3", "UNKNOWN json/shared sessions: sessions: not told"},
    {"w * sessions 3", "UNKNOWN json/shared sessions: sessions: not told"},
    {"w other pins 3", "OK json/shared pool: there"},
  };
  g_autoptr (Sample) both = sample_new ();
  static const gchar *const all[] = { "w - pins 3", NULL };
  AlertRules rules = rules_of (all);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const gchar *const thresholds[] = { rows[i].threshold, NULL };
    g_autoptr (Sample) sample = sample_new ();
    AlertRules own = rules_of (thresholds);

    sample_add (sample, "json", "shared");
    assert_findings (sample, &own, NULL, rows[i].expected);
    rules_clear (&own);
  }
  add_table (both, 4, 16);
  sample_add (both, "json", "shared");
  assert_findings (both, &rules, NULL,
      "WARNING proc/table-0 pins: 4 of 16 pins\nOK json/shared pool: there");
  rules_clear (&rules);
}

static void
test_rules_rate (void)
{
  static const struct
  {
    gint64 minutes;             /* ago */
    guint64 then, now;          /* MiB */
    const gchar *range;
    const gchar *expected;
  } rows[] = {
    {60, 900, 1200, "100M",
        "WARNING s/p memory-rate: memory 1.2 GiB grows 300 MiB/h, over 100 MiB"},
    {60, 900, 1200, "300M", "OK s/p memory-rate: memory 1.2 GiB grows 300 MiB/h"},
    {30, 900, 1200, "500M",
        "WARNING s/p memory-rate: memory 1.2 GiB grows 600 MiB/h, over 500 MiB"},
    {60, 1200, 900, "100M", "OK s/p memory-rate: memory 900 MiB shrinks 300 MiB/h"},
    {60, 1200, 900, "-100M:",
        "WARNING s/p memory-rate: memory 900 MiB shrinks 300 MiB/h, under -100 MiB"},
    {60, 900, 900, "0", "OK s/p memory-rate: memory 900 MiB, unchanged"},
    {4, 900, 1200, "1M", "OK s/p memory-rate: memory: no rate yet"},
    {-60, 900, 1200, "1M", "OK s/p memory-rate: memory: no rate yet"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *threshold = g_strconcat ("w - memory-rate ", rows[i].range, NULL);
    const gchar *const thresholds[] = { threshold, NULL };
    g_autoptr (Sample) sample = sample_new ();
    g_autoptr (GArray) all = g_array_new (FALSE, TRUE, sizeof (AlertBefore));
    AlertRules rules = rules_of (thresholds);
    guint64 values[N_QUANTITIES] = {[QUANTITY_MEMORY] = rows[i].then * MIB };
    guint64 others[N_QUANTITIES] = { 0 };
    AlertBefore before = {.source = "s",.pool = "p",.values = values };
    AlertBefore other = {.source = "s",.pool = "q",.values = others,.known = G_MAXUINT32 };

    rules.memory_total = 0;
    other.time_us = sample->time_us - 90 * MINUTE;
    g_array_append_val (all, other);
    before.time_us = sample->time_us - rows[i].minutes * MINUTE;
    before.known = 1u << QUANTITY_MEMORY;
    g_array_append_val (all, before);
    sample_set (sample_add (sample, "s", "p"), QUANTITY_MEMORY, rows[i].now * MIB);
    assert_findings (sample, &rules, all, rows[i].expected);
    rules_clear (&rules);
  }
}

static void
test_rules_words (void)
{
  static const gchar *const thresholds[] = {
    "w - references 10", "c - sessions 5:", "w - uptime 1h:", "w - value @3:5", "w - targets 2:3",
    NULL
  };
  g_autoptr (Sample) sample = sample_new ();
  SampleReading *reading = sample_add (sample, "s", "p");
  AlertRules rules = rules_of (thresholds);

  sample_set (reading, QUANTITY_REFERENCES, 1200);
  sample_set (reading, QUANTITY_SESSIONS, 3);
  sample_set (reading, QUANTITY_UPTIME, 90);
  sample_set (reading, QUANTITY_VALUE, 4);
  sample_set (reading, QUANTITY_TARGETS, 1);
  assert_findings (sample, &rules, NULL,
      "WARNING s/p references: references 1200 over 10\n"
      "CRITICAL s/p sessions: sessions 3 under 5\n"
      "WARNING s/p targets: targets 1 outside 2:3\n"
      "WARNING s/p uptime: uptime 90 s under 3600 s\n"
      "WARNING s/p value: value 4 inside 3:5");
  rules_clear (&rules);
}

static void
test_rules_worst (void)
{
  g_autoptr (Sample) sample = sample_new ();
  AlertRules rules = rules_of (NULL);
  g_autoptr (GPtrArray) findings = NULL;

  add_table (sample, 13, 16);
  sample_add (sample, "proc", "table-1");
  sample_trouble (sample, "json", NULL, FALSE, "refused");
  findings = alert_evaluate (sample, &rules, NULL);
  g_assert_cmpint (alert_worst (findings, NULL, NULL), ==, LEVEL_CRITICAL);
  g_assert_cmpint (alert_worst (findings, "proc", NULL), ==, LEVEL_CRITICAL);
  g_assert_cmpint (alert_worst (findings, "proc", "table-0"), ==, LEVEL_CRITICAL);
  g_assert_cmpint (alert_worst (findings, "proc", "table-1"), ==, LEVEL_OK);
  g_assert_cmpint (alert_worst (findings, "json", NULL), ==, LEVEL_UNKNOWN);
  rules_clear (&rules);
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alert/range/parse", test_range_parse);
  g_test_add_func ("/alert/range/refused", test_range_refused);
  g_test_add_func ("/alert/range/reversed", test_range_reversed);
  g_test_add_func ("/alert/range/alerts", test_range_alerts);
  g_test_add_func ("/alert/range/random", test_range_random);
  g_test_add_func ("/alert/rules/formula", test_rules_formula);
  g_test_add_func ("/alert/rules/pool-limits", test_pool_limits);
  g_test_add_func ("/alert/rules/formula-all", test_rules_formula_all);
  g_test_add_func ("/alert/rules/pins", test_rules_pins);
  g_test_add_func ("/alert/rules/memlock", test_rules_memlock);
  g_test_add_func ("/alert/rules/owner", test_rules_owner);
  g_test_add_func ("/alert/rules/trouble", test_rules_trouble);
  g_test_add_func ("/alert/rules/untold", test_rules_untold);
  g_test_add_func ("/alert/rules/rate", test_rules_rate);
  g_test_add_func ("/alert/rules/words", test_rules_words);
  g_test_add_func ("/alert/rules/worst", test_rules_worst);
  return g_test_run ();
}
