/* Metrics. The text is both OpenMetrics and what the textfile collector of node_exporter reads, to
 * which the last line is a comment: so no time stamps, and gauges only. */
#include "config.h"
#include "watch/view/print.h"

#include <string.h>

/* Each shard is three series: more than that many are counted instead. */
#define MAX_SHARDS 1000

typedef struct
{
  GPtrArray *readings;          /* const SampleReading*, of one name each */
  GPtrArray *labels;            /* gchar* 'source="...",pool="..."', of each */
} Pools;

static void
add_label (const gchar * name, const gchar * value, GString * out)
{
  g_autofree gchar *valid = print_line (value);

  g_string_append_printf (out, "%s=\"", name);
  for (const gchar * at = valid; *at; at++) {
    if (*at == '"' || *at == '\\')
      g_string_append_printf (out, "\\%c", *at);
    else
      g_string_append_c (out, *at);
  }
  g_string_append_c (out, '"');
}

/* A series that came twice would make readers refuse the whole file. */
static Pools
pools_of (const Sample * sample)
{
  Pools self = { g_ptr_array_new (), g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < sample->readings->len; i++) {
    SampleReading *reading = g_ptr_array_index (sample->readings, i);
    GString *label = g_string_new (NULL);

    add_label ("source", reading->source, label);
    g_string_append_c (label, ',');
    add_label ("pool", reading->pool, label);
    if (!g_hash_table_add (seen, label->str)) {
      g_string_free (label, TRUE);
      continue;
    }
    g_ptr_array_add (self.labels, g_string_free (label, FALSE));
    g_ptr_array_add (self.readings, reading);
  }
  return self;
}

static void
add_head (const gchar * metric, const gchar * help, GString * out)
{
  g_string_append_printf (out, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
}

static void
add_quantity (const ViewData * data, const Pools * pools, Quantity quantity, GString * out)
{
  const QuantityInfo *info = quantity_info (quantity);
  gboolean any = FALSE;

  for (guint i = 0; i < pools->readings->len; i++) {
    guint64 value;

    if (!print_get (g_ptr_array_index (pools->readings, i), data->rules, quantity, &value))
      continue;
    if (!any)
      add_head (info->metric, info->help, out);
    any = TRUE;
    g_string_append_printf (out, "%s{%s} %" G_GUINT64_FORMAT "\n", info->metric,
        (const gchar *) g_ptr_array_index (pools->labels, i), value);
  }
}

static void
add_owners (const Pools * pools, GString * out)
{
  gboolean any = FALSE;

  for (guint i = 0; i < pools->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (pools->readings, i);

    if (reading->owner_state == SAMPLE_OWNER_UNKNOWN)
      continue;
    if (!any)
      add_head ("poolwatch_owner_alive", "Whether the owner of the pool is there (1) or gone (0).",
          out);
    any = TRUE;
    g_string_append_printf (out, "poolwatch_owner_alive{%s} %d\n",
        (const gchar *) g_ptr_array_index (pools->labels, i),
        reading->owner_state == SAMPLE_OWNER_ALIVE);
  }
}

/* --- shards --- */

static const struct
{
  const gchar *metric, *help;
  gsize offset;                 /* of a guint64 in SampleShard */
} shard_metrics[] = {
  {"poolwatch_shard_references", "Live objects in the shard.",
      G_STRUCT_OFFSET (SampleShard, references)},
  {"poolwatch_shard_used_bytes", "Bytes handed out since the shard was recycled, live or not.",
      G_STRUCT_OFFSET (SampleShard, used)},
  {"poolwatch_shard_size_bytes", "Bytes that the shard can hold.",
      G_STRUCT_OFFSET (SampleShard, size)},
};

/* Prints one metric of the first MAX_SHARDS shards; returns how many there are in all. */
static guint64
add_shard_metric (const Pools * pools, gsize metric, GString * out)
{
  guint64 n = 0;

  for (guint i = 0; i < pools->readings->len; i++) {
    const GArray *shards = ((SampleReading *) g_ptr_array_index (pools->readings, i))->shards;

    for (guint k = 0; shards && k < shards->len; k++, n++) {
      const SampleShard *shard = &g_array_index (shards, SampleShard, k);

      if (n >= MAX_SHARDS)
        continue;
      if (n == 0)
        add_head (shard_metrics[metric].metric, shard_metrics[metric].help, out);
      g_string_append_printf (out, "%s{%s,shard=\"%u\"} %" G_GUINT64_FORMAT "\n",
          shard_metrics[metric].metric, (const gchar *) g_ptr_array_index (pools->labels, i), k,
          G_STRUCT_MEMBER (guint64, shard, shard_metrics[metric].offset));
    }
  }
  return n;
}

static void
add_shards (const Pools * pools, GString * out)
{
  guint64 n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (shard_metrics); i++)
    n = add_shard_metric (pools, i, out);
  add_head ("poolwatch_shards_left_out", "Shards that are not told one by one: too many.", out);
  g_string_append_printf (out, "poolwatch_shards_left_out %" G_GUINT64_FORMAT "\n",
      n > MAX_SHARDS ? n - MAX_SHARDS : 0);
}

/* --- levels --- */

static void
add_levels (const gchar * metric, const gchar * labels, Level is, GString * out)
{
  for (Level level = LEVEL_OK; level <= LEVEL_UNKNOWN; level++) {
    g_autofree gchar *name = g_ascii_strdown (level_name (level), -1);

    g_string_append_printf (out, "%s{%s%slevel=\"%s\"} %d\n", metric, labels,
        *labels ? "," : "", name, level == is);
  }
}

static void
add_statuses (const ViewData * data, const Pools * pools, GString * out)
{
  if (pools->readings->len > 0)
    add_head ("poolwatch_status", "1 at the level that the pool is at, 0 at the others.", out);
  for (guint i = 0; i < pools->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (pools->readings, i);

    add_levels ("poolwatch_status", g_ptr_array_index (pools->labels, i),
        alert_worst (data->findings, reading->source, reading->pool), out);
  }
  add_head ("poolwatch_overall_status", "1 at the worst level of all, 0 at the others.", out);
  add_levels ("poolwatch_overall_status", "", data->level, out);
}

/* --- the run --- */

static guint
count_troubles (const Sample * sample)
{
  guint n = 0;

  for (guint i = 0; i < sample->troubles->len; i++)
    n += !((const SampleTrouble *) g_ptr_array_index (sample->troubles, i))->harmless;
  return n;
}

static void
add_seconds (const gchar * metric, const gchar * help, gint64 time_us, GString * out)
{
  add_head (metric, help, out);
  g_string_append_printf (out, "%s ", metric);
  print_seconds (time_us, out);
  g_string_append_c (out, '\n');
}

static void
add_run (const ViewData * data, GString * out)
{
  add_head ("poolwatch_troubles", "Things that could not be read, without harmless ones.", out);
  g_string_append_printf (out, "poolwatch_troubles %u\n", count_troubles (data->sample));
  add_seconds ("poolwatch_last_run_timestamp_seconds", "When the pools were read.",
      data->sample->time_us, out);
  if (data->last_success_us > 0)
    add_seconds ("poolwatch_last_success_timestamp_seconds",
        "When the pools were last read without trouble.", (gint64) data->last_success_us, out);
  add_seconds ("poolwatch_run_duration_seconds", "Time that the run took.",
      (gint64) (CLAMP (data->seconds, 0.0, 1e9) * G_USEC_PER_SEC), out);
}

static void
print (const ViewData * data, const ViewStyle * style, GString * out)
{
  Pools pools = pools_of (data->sample);

  for (Quantity i = 0; i < N_QUANTITIES; i++)
    add_quantity (data, &pools, i, out);
  add_owners (&pools, out);
  add_shards (&pools, out);
  add_statuses (data, &pools, out);
  add_run (data, out);
  g_string_append (out, "# EOF\n");
  g_ptr_array_unref (pools.readings);
  g_ptr_array_unref (pools.labels);
}

const View view_openmetrics = {
  .name = "openmetrics",
  .summary = "OpenMetrics, also for the textfile collector",
  .print = print,
};
