#include "config.h"
#include "poolwatch/plot-script.h"

#include "watch/view/print.h"

#include <math.h>
#include <string.h>

/* More do not show in a picture of that width. */
#define MAX_POINTS 4000
#define MAX_SHARDS 64
/* Shards that the legend names. */
#define MAX_NAMES 16
#define PANEL_PIXELS 230
/* The two lines of times below all, the title above, and one between two panels. */
#define BOTTOM_PIXELS 48
#define TOP_PIXELS 28
#define GAP_PIXELS 32
#define TERMINAL_ROWS 20
/* Columns of the data before those of the shards: time, pins, memory; then two a shard. */
#define SHARD_COLUMN 4

/* Okabe and Ito's palette: told apart with any colour vision. Yellow is left out: too pale on
 * white. */
static const gchar *const colors[] = {
  "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000"
};

#define WARNING_COLOR "#E69F00"
#define CRITICAL_COLOR "#D55E00"
#define LIMIT_COLOR "#000000"

typedef struct
{
  const GPtrArray *series;      /* StoreSeries* */
  const AlertRules *rules;
  PlotKind kind;
  guint width;
  guint n_panels, panel;
  GString *script;
} Plot;

void
plot_quote (const gchar * text, GString * script)
{
  g_autofree gchar *line = print_line (text);

  /* A backquote would run a program, a backslash may continue the line. */
  g_strdelimit (line, "`", '"');
  g_strdelimit (line, "\\", '/');
  g_string_append_c (script, '\'');
  for (const gchar * at = line; *at; at++) {
    if (*at == '\'')
      g_string_append_c (script, '\'');
    g_string_append_c (script, *at);
  }
  g_string_append_c (script, '\'');
}

/* --- data --- */

/* gnuplot knows no time zones: local time, as if it were UTC. */
static gint64
local_seconds (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  return time_us / G_USEC_PER_SEC + (time ? g_date_time_get_utc_offset (time) / G_USEC_PER_SEC : 0);
}

static const StorePoint *
point_at (const StoreSeries * series, guint i)
{
  return &g_array_index (series->points, StorePoint, i);
}

static guint
count_shards (const StoreSeries * series)
{
  guint n = 0;

  for (guint i = 0; i < series->points->len; i++) {
    const StorePoint *point = point_at (series, i);

    n = MAX (n, point->shards ? point->shards->len : 0);
  }
  return MIN (n, MAX_SHARDS);
}

static gboolean
ever_known (const StoreSeries * series, Quantity quantity)
{
  for (guint i = 0; i < series->points->len; i++) {
    if (point_at (series, i)->known & 1u << quantity)
      return TRUE;
  }
  return FALSE;
}

/* Whether the line is interrupted before point I: another life of the pool, or nobody looked. */
static gboolean
breaks_before (const StoreSeries * series, guint i)
{
  const StorePoint *point = point_at (series, i);
  const StorePoint *before = i > 0 ? point_at (series, i - 1) : NULL;
  gint64 step, usual;

  if (!before)
    return FALSE;
  if (before->segment != point->segment)
    return TRUE;
  step = point->time_us - before->time_us;
  usual = i > 1 ? before->time_us - point_at (series, i - 2)->time_us : step;
  return step > G_GINT64_CONSTANT (3) * 3600 * G_USEC_PER_SEC
      || (!before->rolled && step > G_GINT64_CONSTANT (600) * G_USEC_PER_SEC && step > 5 * usual);
}

static void
add_value (const StorePoint * point, Quantity quantity, guint64 unit, GString * script)
{
  if (point->known & 1u << quantity) {
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd (text, sizeof text, "%.10g",
        (gdouble) point->values[quantity] / (gdouble) unit);
    g_string_append_printf (script, " %s", text);
  } else {
    g_string_append (script, " ?");
  }
}

static void
add_shard (const StorePoint * point, guint i, GString * script)
{
  const SampleShard *shard;
  gchar used[G_ASCII_DTOSTR_BUF_SIZE];

  if (!point->shards || i >= point->shards->len) {
    g_string_append (script, " ? ?");
    return;
  }
  shard = &g_array_index (point->shards, SampleShard, i);
  g_ascii_formatd (used, sizeof used, "%.10g", (gdouble) shard->used / (1024 * 1024));
  g_string_append_printf (script, " %" G_GUINT64_FORMAT " %s", shard->references, used);
}

/* "$p0 << E": a line for each point that is drawn. */
static void
add_data (const Plot * self, guint number)
{
  const StoreSeries *series = g_ptr_array_index (self->series, number);
  guint n_shards = count_shards (series), stride = series->points->len / MAX_POINTS + 1;

  g_string_append_printf (self->script, "$p%u << E\n", number);
  for (guint i = 0; i < series->points->len; i++) {
    const StorePoint *point = point_at (series, i);
    gboolean breaks = breaks_before (series, i);

    if (i % stride != 0 && !breaks && i + 1 < series->points->len)
      continue;
    if (breaks)
      g_string_append_c (self->script, '\n');
    g_string_append_printf (self->script, "%" G_GINT64_FORMAT, local_seconds (point->time_us));
    add_value (point, QUANTITY_PINS, 1, self->script);
    add_value (point, QUANTITY_MEMORY, 1024 * 1024, self->script);
    for (guint k = 0; k < n_shards; k++)
      add_shard (point, k, self->script);
    g_string_append_c (self->script, '\n');
  }
  g_string_append (self->script, "E\n");
}

/* --- the frame of a panel --- */

/* The first and the last time of all series. */
static void
time_range (const Plot * self, gint64 * first, gint64 * last)
{
  *first = G_MAXINT64;
  *last = 0;
  for (guint i = 0; i < self->series->len; i++) {
    const StoreSeries *series = g_ptr_array_index (self->series, i);

    if (series->points->len == 0)
      continue;
    *first = MIN (*first, point_at (series, 0)->time_us);
    *last = MAX (*last, point_at (series, series->points->len - 1)->time_us);
  }
  *last = MAX (*last, *first + G_USEC_PER_SEC);
}

static void
add_restarts (const Plot * self, const StoreSeries * series)
{
  for (guint i = 1; i < series->points->len; i++) {
    const StorePoint *point = point_at (series, i);
    gint64 time = local_seconds (point->time_us);

    if (point_at (series, i - 1)->segment != point->segment)
      g_string_append_printf (self->script, "set arrow from %" G_GINT64_FORMAT ", graph 0 to %"
          G_GINT64_FORMAT ", graph 1 nohead back lt 1 dt 3 lc rgb '#808080'\n", time, time);
  }
}

/* Begins a panel; ONLY is the series whose restarts are marked, NULL: all. */
static void
begin_panel (Plot * self, const StoreSeries * only, const gchar * title, const gchar * axis)
{
  gboolean last = ++self->panel == self->n_panels;

  g_string_append_printf (self->script, "unset arrow\nset %s ",
      self->kind == PLOT_TERMINAL ? "title" : "label 1");
  plot_quote (title, self->script);
  if (self->kind != PLOT_TERMINAL)
    g_string_append (self->script, " at graph 0, graph 1.06 left font ',12'");
  g_string_append (self->script, "\nset ylabel ");
  plot_quote (axis, self->script);
  if (self->kind == PLOT_TERMINAL)
    last = TRUE;
  g_string_append_printf (self->script, "\nset format x \"%s\"\nset format y '%%.10g'\n",
      last ? "%d %b\\n%H:%M" : "");
  for (guint i = 0; i < self->series->len; i++) {
    const StoreSeries *series = g_ptr_array_index (self->series, i);

    if (!only || only == series)
      add_restarts (self, series);
  }
}

static void
add_line (const Plot * self, gdouble value, const gchar * name, const gchar * color,
    const gchar * dash)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    return;
  g_ascii_formatd (text, sizeof text, "%.10g", value);
  g_string_append_printf (self->script, ", %s with lines lw 1.5 dt %s lc rgb '%s' title '%s'", text,
      dash, color, name);
}

/* What counts for SERIES, by how it was last. */
static void
add_limits (const Plot * self, const StoreSeries * series, Quantity quantity, gdouble unit)
{
  const StorePoint *last = point_at (series, series->points->len - 1);
  SampleReading reading = {.source = series->source,.pool = series->pool,.known = last->known };
  AlertLimits limits;
  guint64 most;

  memcpy (reading.values, last->values, sizeof reading.values);
  limits = alert_limits (&reading, self->rules, quantity);
  if (limits.has_warning && !limits.warning.inside)
    add_line (self, limits.warning.high / unit, "warning above", WARNING_COLOR, "2");
  if (limits.has_critical && !limits.critical.inside)
    add_line (self, limits.critical.high / unit, "critical above", CRITICAL_COLOR, "2");
  if (quantity == QUANTITY_PINS && print_get (&reading, self->rules, QUANTITY_LIMIT, &most))
    add_line (self, (gdouble) most, "limit", LIMIT_COLOR, "1");
}

/* --- panels --- */

static guint
count_known (const Plot * self, Quantity quantity)
{
  guint n = 0;

  for (guint i = 0; i < self->series->len; i++)
    n += ever_known (g_ptr_array_index (self->series, i), quantity) ? 1 : 0;
  return n;
}

/* All pools that know QUANTITY, in one panel; lines of limits where there is only one. */
static void
add_quantity_panel (Plot * self, Quantity quantity, const gchar * title, const gchar * axis,
    guint column, gdouble unit)
{
  guint n = 0, n_known = count_known (self, quantity);

  if (n_known == 0)
    return;
  begin_panel (self, NULL, title, axis);
  for (guint i = 0; i < self->series->len; i++) {
    const StoreSeries *series = g_ptr_array_index (self->series, i);
    g_autofree gchar *name = print_subject (series->source, series->pool);

    if (!ever_known (series, quantity))
      continue;
    g_string_append_printf (self->script, "%s$p%u using 1:%u with steps lw 2 lc rgb '%s' title ",
        n == 0 ? "plot [] [0:*] " : ", ", i, column, colors[n % G_N_ELEMENTS (colors)]);
    n++;
    plot_quote (name, self->script);
    if (n_known == 1)
      add_limits (self, series, quantity, unit);
  }
  g_string_append_c (self->script, '\n');
}

static void
add_shard_panel (Plot * self, guint number, const gchar * what, const gchar * axis, guint offset)
{
  const StoreSeries *series = g_ptr_array_index (self->series, number);
  g_autofree gchar *name = print_subject (series->source, series->pool);
  g_autofree gchar *title = g_strdup_printf ("%s: %s", name, what);
  guint n = count_shards (series);

  begin_panel (self, series, title, axis);
  for (guint i = 0; i < n; i++) {
    g_string_append_printf (self->script, "%s$p%u using 1:%u with lines lw 1.5 lc rgb '%s' dt %u ",
        i == 0 ? "plot [] [0:*] " : ", ", number, SHARD_COLUMN + 2 * i + offset,
        colors[i % G_N_ELEMENTS (colors)], 1 + i / (guint) G_N_ELEMENTS (colors) % 4);
    if (i < MAX_NAMES)
      g_string_append_printf (self->script, "title 'shard %u'", i);
    else
      g_string_append (self->script, "notitle");
  }
  g_string_append_c (self->script, '\n');
}

static guint
count_panels (const Plot * self)
{
  guint n = MIN (count_known (self, QUANTITY_PINS), 1)
      + MIN (count_known (self, QUANTITY_MEMORY), 1);

  for (guint i = 0; i < self->series->len; i++)
    n += count_shards (g_ptr_array_index (self->series, i)) > 0 ? 2 : 0;
  return n;
}

static guint
picture_height (const Plot * self)
{
  return self->n_panels * PANEL_PIXELS + BOTTOM_PIXELS + TOP_PIXELS;
}

/* PIXELS of the height, as gnuplot has them. */
static void
add_share (const Plot * self, guint pixels, GString * out)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.5f", (gdouble) pixels / picture_height (self));
  g_string_append (out, text);
}

static void
add_layout (const Plot * self)
{
  g_string_append_printf (self->script, "set multiplot layout %u,1 margins screen 0.07,0.82,",
      self->n_panels);
  add_share (self, BOTTOM_PIXELS, self->script);
  g_string_append_c (self->script, ',');
  add_share (self, picture_height (self) - TOP_PIXELS, self->script);
  g_string_append (self->script, " spacing screen ");
  add_share (self, GAP_PIXELS, self->script);
  g_string_append_c (self->script, '\n');
}

static void
add_head (const Plot * self)
{
  guint height = picture_height (self);

  switch (self->kind) {
    case PLOT_PNG:
      g_string_append_printf (self->script, "set terminal pngcairo noenhanced size %u,%u"
          " font 'DejaVu Sans,10' background rgb 'white'\n", self->width, height);
      break;
    case PLOT_SVG:
      g_string_append_printf (self->script, "set terminal svg noenhanced size %u,%u"
          " font 'DejaVu Sans,12' background rgb 'white'\n", self->width, height);
      break;
    case PLOT_TERMINAL:
      g_string_append_printf (self->script, "set terminal dumb noenhanced size %u,%u\n",
          self->width, TERMINAL_ROWS);
      break;
  }
}

static void
add_settings (const Plot * self)
{
  gint64 first, last;

  time_range (self, &first, &last);
  g_string_append_printf (self->script, "set encoding utf8\nset datafile missing '?'\n"
      "set xdata time\nset timefmt '%%s'\nset xrange [%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT "]\n"
      "set border 3\nset tics nomirror\n",
      local_seconds (first), local_seconds (last));
  if (self->kind == PLOT_TERMINAL) {
    g_string_append (self->script, "set key below\n");
    return;
  }
  g_string_append (self->script, "set grid lc rgb '#d8d8d8' lt 1\n"
      "set key at screen 0.825, graph 1 left top Left reverse samplen 2 spacing 0.95\n"
      "set lmargin 11\nset rmargin 32\nset tmargin 1.6\nset bmargin 1.4\n");
  add_layout (self);
}

gboolean
plot_script (const GPtrArray * series, const AlertRules * rules, PlotKind kind, guint width,
    GString * script)
{
  Plot self = {.series = series,.rules = rules,.kind = kind,.width = width,.script = script };

  self.n_panels = count_panels (&self);
  if (self.n_panels == 0)
    return FALSE;
  add_head (&self);
  for (guint i = 0; i < series->len; i++)
    add_data (&self, i);
  add_settings (&self);
  add_quantity_panel (&self, QUANTITY_PINS, "Pins", "pins", 2, 1);
  add_quantity_panel (&self, QUANTITY_MEMORY, "Memory", "MiB", 3, 1024 * 1024);
  for (guint i = 0; i < series->len; i++) {
    if (count_shards (g_ptr_array_index (series, i)) == 0)
      continue;
    add_shard_panel (&self, i, "references of each shard", "references", 0);
    add_shard_panel (&self, i, "used of each shard", "MiB", 1);
  }
  return TRUE;
}
