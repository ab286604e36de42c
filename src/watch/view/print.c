#include "config.h"
#include "watch/view/print.h"

#include "base/text.h"

gchar *
print_line (const gchar * text)
{
  return text_line (text);
}

static guint
columns_of (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

guint
print_columns (const gchar * text)
{
  guint columns = 0;

  for (const gchar * at = text; *at; at = g_utf8_next_char (at))
    columns += columns_of (g_utf8_get_char (at));
  return columns;
}

gchar *
print_clip (const gchar * text, guint columns)
{
  const gchar *at = text;
  guint taken = 0;

  if (print_columns (text) <= columns)
    return g_strdup (text);
  if (columns == 0)
    return g_strdup ("");
  while (taken + columns_of (g_utf8_get_char (at)) <= columns - 1) {
    taken += columns_of (g_utf8_get_char (at));
    at = g_utf8_next_char (at);
  }
  return g_strdup_printf ("%.*s~", (gint) (at - text), text);
}

void
print_padded (const gchar * text, guint columns, GString * out)
{
  g_autofree gchar *clipped = print_clip (text, columns);

  g_string_append (out, clipped);
  for (guint i = print_columns (clipped); i < columns; i++)
    g_string_append_c (out, ' ');
}

gchar *
print_time (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  /* NULL: beyond the year 9999. */
  return time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
}

void
print_seconds (gint64 time_us, GString * out)
{
  g_string_append_printf (out, "%" G_GINT64_FORMAT ".%06d", time_us / G_USEC_PER_SEC,
      (gint) (ABS (time_us) % G_USEC_PER_SEC));
}

gchar *
print_duration (gint64 duration_us)
{
  static const struct
  {
    gint64 seconds;
    const gchar *unit;
  } units[] = {
    {2 * 86400, "d"}, {2 * 3600, "h"}, {2 * 60, "m"}, {0, "s"}
  };
  static const gint64 sizes[] = { 86400, 3600, 60, 1 };
  gint64 seconds = MAX (duration_us, 0) / G_USEC_PER_SEC;
  guint i = 0;

  while (seconds < units[i].seconds)
    i++;
  return g_strdup_printf ("%" G_GINT64_FORMAT "%s", seconds / sizes[i], units[i].unit);
}

gchar *
print_subject (const gchar * source, const gchar * pool)
{
  g_autofree gchar *both = pool ? g_strconcat (source, "/", pool, NULL) : g_strdup (source);

  return print_line (both);
}

gboolean
print_get (const SampleReading * reading, const AlertRules * rules, Quantity quantity,
    guint64 * out)
{
  if (quantity != QUANTITY_LIMIT)
    return sample_get (reading, quantity, out);
  return sample_has (reading, QUANTITY_PINS) && alert_pin_limit (reading, rules, out);
}

gboolean
print_share (const SampleReading * reading, const AlertRules * rules, gdouble * out)
{
  static const struct
  {
    Quantity part, whole;
  } pairs[] = {
    {QUANTITY_PINS, QUANTITY_LIMIT},
    {QUANTITY_MEMORY, QUANTITY_MEMORY_LIMIT},
    {QUANTITY_USED, QUANTITY_SIZE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    guint64 part, whole;

    if (!print_get (reading, rules, pairs[i].part, &part)
        || !print_get (reading, rules, pairs[i].whole, &whole) || whole == 0)
      continue;
    *out = (gdouble) part / (gdouble) whole;
    return TRUE;
  }
  return FALSE;
}

gchar *
print_pins (const SampleReading * reading, const AlertRules * rules)
{
  guint64 pins, limit;

  if (!sample_get (reading, QUANTITY_PINS, &pins))
    return g_strdup ("-");
  if (!print_get (reading, rules, QUANTITY_LIMIT, &limit))
    return g_strdup_printf ("%" G_GUINT64_FORMAT, pins);
  return g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, pins, limit);
}

const gchar *
print_shard_state (const SampleShard * shard)
{
  if (sample_shard_is_full (shard))
    return shard->references > 0 ? "full" : "lost?";
  return shard->references > 0 ? "filling" : "idle";
}

const gchar *
print_owner_state (SampleOwner state)
{
  switch (state) {
    case SAMPLE_OWNER_ALIVE:
      return "alive";
    case SAMPLE_OWNER_GONE:
      return "gone";
    case SAMPLE_OWNER_UNKNOWN:
      break;
  }
  return NULL;
}
