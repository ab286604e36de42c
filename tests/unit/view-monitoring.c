/* How checked samples are said to monitoring systems: performance data and metrics. */
#include "config.h"
#include "view-fake.h"

#include "base/child.h"
#include "watch/view/print.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

static gchar *
shown (const gchar * format, const Sample * sample, const GPtrArray * findings)
{
  const ViewStyle style = {.width = 80 };
  const ViewData data = fake_data (sample, findings);
  GString *out = g_string_new (NULL);

  view_by_name (format)->print (&data, &style, out);
  return g_string_free (out, FALSE);
}

static gchar *
shown_sample (const gchar * format, const Sample * sample)
{
  g_autoptr (GPtrArray) findings = fake_findings (sample);

  return shown (format, sample, findings);
}

static void
assert_has (const gchar * text, const gchar * wanted)
{
  if (!strstr (text, wanted))
    g_error ("no \"%s\" in: %s", wanted, text);
}

/* --- plug-ins --- */

static void
test_nagios (void)
{
  g_autoptr (Sample) sample = fake_daemon ();
  g_autofree gchar *text = shown_sample ("nagios", sample);

  g_assert_cmpstr (text, ==,
      "POOLWATCH WARNING - table-0: 12 of 16 pins |"
      " pins_table-0=12;11;12;0;16 mem_table-0=201326592B;;;0; targets_table-0=8;;;0;"
      " uptime_table-0=200000s;;;0; shards_shared=3;;;0; refs_shared=523;;;0;"
      " used_shared=41943132B;;;0;50331624 sessions_shared=0;;;0; holders_shared=1;;;0;\n"
      "WARNING rtpengine-proc/table-0: 12 of 16 pins\n");
}

static void
test_nagios_missing (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autofree gchar *text = NULL;

  sample_expect_pins (sample, "rtpengine-proc");
  sample_add (sample, "rtpengine-proc", "table-1");
  sample_trouble (sample, "rtpengine-proc", "table-1", FALSE, "status: truncated");
  sample_trouble (sample, "rtpengine-proc", "table-2", FALSE, "status: Permission denied");
  sample_trouble (sample, "rtpengine-proc", "table-3", TRUE, "no pin counter in this release");
  text = shown_sample ("nagios", sample);
  g_assert_cmpstr (text, ==,
      "POOLWATCH UNKNOWN - table-1: status: truncated (+1 more) |"
      " pins_table-1=U;;;0; pins_table-2=U\n"
      "UNKNOWN rtpengine-proc/table-1: status: truncated\n"
      "UNKNOWN rtpengine-proc/table-2: status: Permission denied\n");
}

/* What never has pins is not one whose pins are missing. */
static void
test_nagios_no_pins (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autofree gchar *text = NULL;

  sample_expect_pins (sample, "rtpengine-proc");
  sample_add (sample, "gst-shm", "shmpipe.9.0");
  sample_trouble (sample, "gst-shm", "shmpipe.9.0", FALSE, "creator not known");
  sample_trouble (sample, "memlock", "daemon", FALSE, "Permission denied");
  text = shown_sample ("nagios", sample);
  g_assert_null (strstr (text, "pins_"));
}

static void
test_nagios_none (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autofree gchar *text = shown_sample ("nagios", sample);

  g_assert_cmpstr (text, ==, "POOLWATCH OK - no pools\n");
}

static void
test_nagios_first_line (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autoptr (GPtrArray) findings = fake_findings (sample);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) parts = NULL;

  sample_add (sample, "s", "p");
  for (guint i = 0; i < 200; i++)
    fake_find (findings, LEVEL_CRITICAL, "s", i % 2 ? "p" : NULL,
        "日本語の長い行 | with\na bar and much more than a pager can show in its line");
  text = shown ("nagios", sample, findings);
  parts = g_strsplit (text, "\n", 2);
  g_assert_cmpuint (print_columns (parts[0]), <=, 80);
  g_assert_null (strchr (text, '|'));
  assert_has (parts[0], "~ (+199 more)");
}

/* Every label by its first 19 characters, as some keepers have it. */
static void
assert_labels_unique (const gchar * perfdata)
{
  g_auto (GStrv) fields = g_strsplit (perfdata, " ", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; fields[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (fields[i], "=", 2);

    if (!g_hash_table_add (seen, g_strndup (parts[0], 19)))
      g_error ("twice: %s", fields[i]);
  }
}

static void
test_nagios_labels (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autofree gchar *text = NULL;
  g_auto (GStrv) halves = NULL;

  for (guint i = 0; i < 40; i++) {
    g_autofree gchar *pool = g_strdup_printf ("shmpipe.a-rather-long-name.%u", i / 2);

    sample_set (sample_add (sample, i % 2 ? "a" : "b", pool), QUANTITY_PINS, i);
  }
  /* Names that no other source has, but that begin alike. */
  for (guint i = 0; i < 40; i++) {
    g_autofree gchar *pool = g_strdup_printf ("another-rather-long-name.%u", i);

    sample_set (sample_add (sample, "a", pool), QUANTITY_PINS, i);
  }
  sample_set (sample_add (sample, "a", "it's \"x=y\" | z"), QUANTITY_PINS, 1);
  text = shown_sample ("nagios", sample);
  halves = g_strsplit (text, " |", 2);
  assert_has (text, "'pins_it_s _x_y_ _ z'=1;;;0;");
  g_assert_nonnull (halves[1]);
  g_strdelimit (halves[1], "\n", '\0');
  *strstr (halves[1], " 'pins_it_s") = '\0';
  assert_labels_unique (halves[1] + 1);
}

/* --- metrics --- */

/* What promtool finds wrong with TEXT, where it is installed. */
static void
assert_promtool_likes (const gchar * text)
{
  static const gchar *const argv[] = { "promtool", "check", "metrics", NULL };
  const ChildRequest request = {.argv = argv,.input = text,.max_output = 1 << 20 };
  g_auto (ChildResult) result = { 0 };
  g_autofree gchar *tool = g_find_program_in_path (argv[0]);
  g_autoptr (GError) error = NULL;

  if (!tool) {
    g_test_skip ("no promtool here");
    return;
  }
  child_run (&request, deadline_in (60), &result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (result.output, ==, "");
  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
}

static void
test_metrics (void)
{
  g_autoptr (Sample) sample = fake_daemon ();
  g_autofree gchar *text = shown_sample ("openmetrics", sample);

  assert_has (text,
      "# HELP poolwatch_memory_pins Areas of memory that are pinned.\n"
      "# TYPE poolwatch_memory_pins gauge\n"
      "poolwatch_memory_pins{source=\"rtpengine-proc\",pool=\"table-0\"} 12\n"
      "# HELP poolwatch_memory_pins_limit ");
  assert_has (text, "\npoolwatch_shard_references{source=\"rtpengine-json\",pool=\"shared\","
      "shard=\"1\"} 3\n");
  assert_has (text, "\npoolwatch_status{source=\"rtpengine-proc\",pool=\"table-0\","
      "level=\"warning\"} 1\n");
  assert_has (text, "\npoolwatch_overall_status{level=\"ok\"} 0\n");
  assert_has (text, "\npoolwatch_last_run_timestamp_seconds 1795562100.000000\n");
  assert_has (text, "\npoolwatch_last_success_timestamp_seconds 1795562040.000000\n");
  g_assert_true (g_str_has_suffix (text, "\npoolwatch_run_duration_seconds 0.002500\n# EOF\n"));
  assert_promtool_likes (text);
}

static void
test_metrics_none (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autofree gchar *text = NULL;

  sample_trouble (sample, "rtpengine-proc", NULL, FALSE, "nothing there");
  sample_trouble (sample, "rtpengine-proc", "table-0", TRUE, "no pin counter");
  text = shown_sample ("openmetrics", sample);
  assert_has (text, "\npoolwatch_troubles 1\n");
  g_assert_null (strstr (text, "poolwatch_memory_pins"));
  assert_promtool_likes (text);
}

static void
test_metrics_hostile (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  g_autofree gchar *text = NULL;

  sample_set (sample_add (sample, "s", "a\"b\\c\nd é\xff"), QUANTITY_PINS, G_MAXUINT64);
  /* The same series: only one of them may be told. */
  sample_set (sample_add (sample, "s", "a\"b\\c\nd é\xfe"), QUANTITY_PINS, 1);
  text = shown_sample ("openmetrics", sample);
  assert_has (text, "{source=\"s\",pool=\"a\\\"b\\\\c d é?\"} 18446744073709551615\n");
  g_assert_null (strstr (strstr (text, "poolwatch_memory_pins{") + 1, "poolwatch_memory_pins{"));
  assert_promtool_likes (text);
}

static void
test_metrics_many_shards (void)
{
  g_autoptr (Sample) sample = fake_sample ();
  SampleReading *reading = sample_add (sample, "s", "p");
  g_autofree gchar *text = NULL;

  for (guint i = 0; i < 1500; i++)
    sample_add_shard (reading, 1, 2, 3);
  text = shown_sample ("openmetrics", sample);
  assert_has (text, "shard=\"999\"} 3\n");
  g_assert_null (strstr (text, "shard=\"1000\""));
  assert_has (text, "\npoolwatch_shards_left_out 500\n");
  assert_promtool_likes (text);
}

gint
main (gint argc, gchar ** argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view/nagios/usual", test_nagios);
  g_test_add_func ("/view/nagios/missing", test_nagios_missing);
  g_test_add_func ("/view/nagios/no-pins", test_nagios_no_pins);
  g_test_add_func ("/view/nagios/none", test_nagios_none);
  g_test_add_func ("/view/nagios/first-line", test_nagios_first_line);
  g_test_add_func ("/view/nagios/labels", test_nagios_labels);
  g_test_add_func ("/view/metrics/usual", test_metrics);
  g_test_add_func ("/view/metrics/none", test_metrics_none);
  g_test_add_func ("/view/metrics/hostile", test_metrics_hostile);
  g_test_add_func ("/view/metrics/many-shards", test_metrics_many_shards);
  return g_test_run ();
}
