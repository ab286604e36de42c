/* For people: a row and a bar for each pool, then what is wrong. */
#include "config.h"
#include "watch/view/print.h"

#include <libsmartcols.h>
#include <stdlib.h>

#define BAR_COLUMNS 12

/* Names as libsmartcols has them. */
static const gchar *const colors[] = {
  [LEVEL_OK] = "green",
  [LEVEL_WARNING] = "brown",
  [LEVEL_CRITICAL] = "red",
  [LEVEL_UNKNOWN] = "magenta",
};

typedef struct
{
  const gchar *name;
  gdouble width;                /* as a hint for libsmartcols */
  gint flags;
} Column;

static const Column pool_columns[] = {
  {"POOL", 1, SCOLS_FL_TRUNC},
  {"STATUS", 8, 0},
  {"PINS", 2, SCOLS_FL_RIGHT},
  {"FILL", BAR_COLUMNS, 0},
  {"MEMORY", 8, SCOLS_FL_RIGHT},
  {"SHARDS", 6, SCOLS_FL_RIGHT},
  {"REFS", 4, SCOLS_FL_RIGHT},
  {"CALLS", 5, SCOLS_FL_RIGHT},
  {NULL}
};

static const Column shard_columns[] = {
  {"SHARD", 5, SCOLS_FL_RIGHT},
  {"FILL", BAR_COLUMNS, 0},
  {"USED", 8, SCOLS_FL_RIGHT},
  {"SIZE", 8, SCOLS_FL_RIGHT},
  {"REFS", 6, SCOLS_FL_RIGHT},
  {"STATE", 7, 0},
  {NULL}
};

static const Column holder_columns[] = {
  {"PID", 7, SCOLS_FL_RIGHT},
  {"HOLDER", 16, SCOLS_FL_TRUNC},
  {"MAPPED", 8, SCOLS_FL_RIGHT},
  {"FDS", 3, SCOLS_FL_RIGHT},
  {NULL}
};

static struct libscols_table *
new_table (const ViewStyle * style, const Column * columns)
{
  struct libscols_table *table = scols_new_table ();

  scols_table_enable_colors (table, style->color);
  scols_table_set_termforce (table, SCOLS_TERMFORCE_ALWAYS);
  scols_table_set_termwidth (table, style->width);
  for (; columns->name; columns++)
    scols_table_new_column (table, columns->name, columns->width, columns->flags);
  return table;
}

/* Appends TABLE, and drops it. */
static void
end_table (struct libscols_table *table, GString * out)
{
  gchar *text = NULL;

  if (scols_table_get_nlines (table) > 0 && scols_print_table_to_string (table, &text) == 0)
    g_string_append_printf (out, "%s\n", text);
  free (text);
  scols_unref_table (table);
}

static void
set_number (struct libscols_line *line, gsize column, gboolean known, guint64 value)
{
  g_autofree gchar *text = known ? g_strdup_printf ("%" G_GUINT64_FORMAT, value) : g_strdup ("-");

  scols_line_set_data (line, column, text);
}

static void
set_bytes (struct libscols_line *line, gsize column, gboolean known, guint64 value)
{
  g_autofree gchar *text = known ? view_bytes (value) : g_strdup ("-");

  scols_line_set_data (line, column, text);
}

static void
set_bar (struct libscols_line *line, gsize column, gdouble share, gboolean utf8)
{
  g_autoptr (GString) bar = g_string_new (utf8 ? "▕" : "[");

  view_bar (share, BAR_COLUMNS - 2, utf8, bar);
  g_string_append (bar, utf8 ? "▏" : "]");
  scols_line_set_data (line, column, bar->str);
}

static void
add_pool (struct libscols_table *table, const ViewData * data, const ViewStyle * style,
    const SampleReading * reading)
{
  static const Quantity numbers[] = { QUANTITY_SHARDS, QUANTITY_REFERENCES, QUANTITY_SESSIONS };
  struct libscols_line *line = scols_table_new_line (table, NULL);
  g_autofree gchar *name = print_subject (reading->source, reading->pool);
  g_autofree gchar *pins = print_pins (reading, data->rules);
  Level level = alert_worst (data->findings, reading->source, reading->pool);
  gdouble share;
  guint64 value;
  gboolean known;

  scols_line_set_data (line, 0, name);
  scols_line_set_data (line, 1, level_name (level));
  scols_cell_set_color (scols_line_get_cell (line, 1), colors[level]);
  scols_line_set_data (line, 2, pins);
  if (print_share (reading, data->rules, &share))
    set_bar (line, 3, share, style->utf8);
  else
    scols_line_set_data (line, 3, "-");
  known = sample_get (reading, QUANTITY_MEMORY, &value);
  set_bytes (line, 4, known, known ? value : 0);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    known = sample_get (reading, numbers[i], &value);
    set_number (line, 5 + i, known, known ? value : 0);
  }
}

/* --- more about one pool --- */

static void
add_shards (const SampleReading * reading, const ViewStyle * style, GString * out)
{
  struct libscols_table *table = new_table (style, shard_columns);

  for (guint i = 0; i < reading->shards->len; i++) {
    const SampleShard *shard = &g_array_index (reading->shards, SampleShard, i);
    struct libscols_line *line = scols_table_new_line (table, NULL);

    set_number (line, 0, TRUE, i);
    set_bar (line, 1, shard->size ? (gdouble) shard->used / (gdouble) shard->size : 0, style->utf8);
    set_bytes (line, 2, TRUE, shard->used);
    set_bytes (line, 3, TRUE, shard->size);
    set_number (line, 4, TRUE, shard->references);
    scols_line_set_data (line, 5, print_shard_state (shard));
  }
  end_table (table, out);
}

static void
add_holders (const SampleReading * reading, const ViewStyle * style, GString * out)
{
  struct libscols_table *table = new_table (style, holder_columns);

  for (guint i = 0; i < reading->holders->len; i++) {
    const SampleHolder *holder = g_ptr_array_index (reading->holders, i);
    struct libscols_line *line = scols_table_new_line (table, NULL);
    g_autofree gchar *name = print_line (holder->name ? holder->name : "-");

    set_number (line, 0, TRUE, (guint64) MAX (holder->pid, 0));
    scols_line_set_data (line, 1, name);
    set_bytes (line, 2, TRUE, holder->mapped);
    set_number (line, 3, TRUE, holder->n_fds);
  }
  end_table (table, out);
}

/* "rtpengine-proc/table-0  owner pid 216 (alive), up 3d; release 26.0". */
static void
add_title (const SampleReading * reading, GString * out)
{
  g_autofree gchar *name = print_subject (reading->source, reading->pool);
  g_autofree gchar *owner = print_line (reading->owner), *note = print_line (reading->note);
  const gchar *state = print_owner_state (reading->owner_state);
  guint64 uptime;

  g_string_append_printf (out, "\n%s", name);
  if (*owner || state)
    g_string_append_printf (out, "  owner%s%s%s%s%s", *owner ? " " : "", owner, state ? " (" : "",
        state ? state : "", state ? ")" : "");
  if (sample_get (reading, QUANTITY_UPTIME, &uptime)) {
    g_autofree gchar *text = print_duration ((gint64) MIN (uptime, G_MAXINT32) * G_USEC_PER_SEC);

    g_string_append_printf (out, "  up %s", text);
  }
  g_string_append_printf (out, "%s%s\n", *note ? "  " : "", note);
}

static void
add_details (const SampleReading * reading, const ViewStyle * style, GString * out)
{
  add_title (reading, out);
  if (reading->shards && reading->shards->len > 0)
    add_shards (reading, style, out);
  if (reading->holders && reading->holders->len > 0)
    add_holders (reading, style, out);
}

/* --- all --- */

/* Findings about pools; those that are OK are the table already. */
static void
add_findings (const ViewData * data, GString * out)
{
  const gchar *before = "\n";

  for (guint i = 0; i < data->findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (data->findings, i);
    g_autofree gchar *subject = print_subject (finding->source, finding->pool);
    g_autofree gchar *text = print_line (finding->text);

    if (finding->level == LEVEL_OK)
      continue;
    g_string_append_printf (out, "%s%-8s %s: %s\n", before, level_name (finding->level), subject,
        text);
    before = "";
  }
}

static void
print (const ViewData * data, const ViewStyle * style, GString * out)
{
  struct libscols_table *table = new_table (style, pool_columns);
  const GPtrArray *readings = data->sample->readings;

  for (guint i = 0; i < readings->len; i++)
    add_pool (table, data, style, g_ptr_array_index (readings, i));
  end_table (table, out);
  if (readings->len == 0)
    g_string_append (out, "no pools\n");
  add_findings (data, out);
  for (guint i = 0; style->verbose && i < readings->len; i++)
    add_details (g_ptr_array_index (readings, i), style, out);
}

const View view_table = {
  .name = "table",
  .summary = "a table for people",
  .print = print,
};
