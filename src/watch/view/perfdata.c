#include "config.h"
#include "watch/view/perfdata.h"

#include "watch/view/print.h"

#include <string.h>

/* Some keepers of such data cut labels there. */
#define LABEL_CHARACTERS 19
/* Of those, what remains beside "~" and four digits. */
#define LABEL_STEM 14

/* What is told, and what its maximum is. */
static const struct
{
  Quantity quantity;
  Quantity maximum;             /* N_QUANTITIES: none */
  const gchar *label;
} rows[] = {
  {QUANTITY_PINS, QUANTITY_LIMIT, "pins"},
  {QUANTITY_MEMORY, QUANTITY_MEMORY_LIMIT, "mem"},
  {QUANTITY_SHARDS, N_QUANTITIES, "shards"},
  {QUANTITY_REFERENCES, N_QUANTITIES, "refs"},
  {QUANTITY_USED, QUANTITY_SIZE, "used"},
  {QUANTITY_SESSIONS, N_QUANTITIES, "sessions"},
  {QUANTITY_TARGETS, N_QUANTITIES, "targets"},
  {QUANTITY_HOLDERS, N_QUANTITIES, "holders"},
  {QUANTITY_UPTIME, N_QUANTITIES, "uptime"},
  {QUANTITY_VALUE, N_QUANTITIES, "value"},
};

typedef struct
{
  const ViewData *data;
  GHashTable *labels;           /* set of gchar* */
  GHashTable *pools;            /* gchar* name of a pool -> how many sources have one */
  GString *out;
} Perfdata;

static GHashTable *
count_pools (const Sample * sample)
{
  GHashTable *pools = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (sample->readings, i);
    guint n = GPOINTER_TO_UINT (g_hash_table_lookup (pools, reading->pool));

    g_hash_table_insert (pools, reading->pool, GUINT_TO_POINTER (n + 1));
  }
  return pools;
}

/* Without what has a meaning in there. */
static gchar *
label_text (const gchar * what, const gchar * pool)
{
  g_autofree gchar *line = print_line (pool);

  g_strdelimit (line, "'=|\"", '_');
  return g_strdup_printf ("%s_%s", what, line);
}

static gchar *
short_label (const gchar * label, guint hash)
{
  g_autofree gchar *stem = g_utf8_substring (label, 0, MIN (LABEL_STEM, g_utf8_strlen (label, -1)));

  return g_strdup_printf ("%s~%04x", stem, hash & 0xffff);
}

/* "pins_table-0". A name that is too long or that several sources have is told apart by a hash of
 * all of it: a number would change with the pools that happen to be there. Owned by SELF. */
static const gchar *
make_label (Perfdata * self, const gchar * what, const gchar * source, const gchar * pool)
{
  gchar *label = label_text (what, pool);
  g_autofree gchar *full = g_strdup_printf ("%s/%s", source, label);
  guint hash = g_str_hash (full);

  if (g_utf8_strlen (label, -1) > LABEL_CHARACTERS
      || GPOINTER_TO_UINT (g_hash_table_lookup (self->pools, pool)) > 1) {
    g_autofree gchar *stem = label;

    label = short_label (stem, hash);
  }
  while (g_hash_table_contains (self->labels, label)) {
    g_autofree gchar *taken = label;

    label = short_label (taken, ++hash);
  }
  g_hash_table_add (self->labels, label);
  return label;
}

static void
add_label (Perfdata * self, const gchar * label)
{
  gboolean plain = TRUE;

  for (const gchar * at = label; *at; at++)
    plain &= g_ascii_isalnum (*at) || strchr ("-_.~/:", *at);
  g_string_append_printf (self->out, plain ? " %s=" : " '%s'=", label);
}

static void
add_range (Perfdata * self, gboolean set, const Range * range)
{
  g_autofree gchar *text = set ? range_text (range) : g_strdup ("");

  g_string_append_printf (self->out, ";%s", text);
}

static gboolean
is_in_trouble (const Sample * sample, const gchar * source, const gchar * pool)
{
  for (guint i = 0; i < sample->troubles->len; i++) {
    const SampleTrouble *trouble = g_ptr_array_index (sample->troubles, i);

    if (!trouble->harmless && g_strcmp0 (trouble->pool, pool) == 0
        && g_str_equal (trouble->source, source))
      return TRUE;
  }
  return FALSE;
}

static void
add_value (Perfdata * self, const SampleReading * reading, gsize row)
{
  Quantity quantity = rows[row].quantity, maximum = rows[row].maximum;
  AlertLimits limits = alert_limits (reading, self->data->rules, quantity);
  guint64 value, most;
  gboolean known = sample_get (reading, quantity, &value);
  gboolean missed = !known && quantity == QUANTITY_PINS
      && sample_expects_pins (self->data->sample, reading->source)
      && is_in_trouble (self->data->sample, reading->source, reading->pool);

  if (!known && !missed)
    return;
  add_label (self, make_label (self, rows[row].label, reading->source, reading->pool));
  if (known)
    g_string_append_printf (self->out, "%" G_GUINT64_FORMAT "%s", value,
        quantity_info (quantity)->unit);
  else
    g_string_append_c (self->out, 'U');
  add_range (self, limits.has_warning, &limits.warning);
  add_range (self, limits.has_critical, &limits.critical);
  g_string_append (self->out, ";0;");
  if (maximum != N_QUANTITIES && print_get (reading, self->data->rules, maximum, &most))
    g_string_append_printf (self->out, "%" G_GUINT64_FORMAT, most);
}

/* Pools of which not even a reading was had. */
static void
add_missed (Perfdata * self)
{
  const Sample *sample = self->data->sample;

  for (guint i = 0; i < sample->troubles->len; i++) {
    const SampleTrouble *trouble = g_ptr_array_index (sample->troubles, i);

    if (!trouble->pool || trouble->harmless || !sample_expects_pins (sample, trouble->source)
        || sample_find (sample, trouble->source, trouble->pool))
      continue;
    add_label (self, make_label (self, "pins", trouble->source, trouble->pool));
    g_string_append_c (self->out, 'U');
  }
}

void
perfdata_print (const ViewData * data, GString * out)
{
  Perfdata self = {.data = data,.out = out,.pools = count_pools (data->sample),
    .labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL)
  };

  for (guint i = 0; i < data->sample->readings->len; i++) {
    for (gsize row = 0; row < G_N_ELEMENTS (rows); row++)
      add_value (&self, g_ptr_array_index (data->sample->readings, i), row);
  }
  add_missed (&self);
  g_hash_table_unref (self.pools);
  g_hash_table_unref (self.labels);
}
