/* Values in words. Not by printf's locale: what is said goes into machines, too. */
#include "config.h"
#include "watch/alert/rules-private.h"

#include <math.h>
#include <string.h>

static gboolean
is_bytes (Quantity quantity)
{
  return g_str_equal (quantity_info (quantity)->unit, "B");
}

gchar *
rule_quantity_name (Quantity quantity)
{
  static const gchar *const units[] = { "_bytes", "_seconds" };
  const gchar *name = quantity_info (quantity)->name;

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
    if (g_str_has_suffix (name, units[i]))
      return g_strndup (name, strlen (name) - strlen (units[i]));
  }
  return g_strdup (name);
}

/* One digit after the dot below 10, unless it is 0. */
static gchar *
short_number (gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];
  gdouble tenths = round (value * 10.0);
  gboolean is_whole = fabs (value) >= 9.95 || fmod (tenths, 10.0) == 0.0;

  /* Never "-0". */
  g_ascii_formatd (text, sizeof text, is_whole ? "%.0f" : "%.1f", tenths == 0.0 ? 0.0 : value);
  return g_strdup (text);
}

gchar *
rule_amount (Quantity quantity, gdouble value)
{
  static const gchar *const prefixes[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  g_autofree gchar *number = NULL;
  gsize i = 0;

  while (is_bytes (quantity) && i + 1 < G_N_ELEMENTS (prefixes) && fabs (value) >= 1023.5) {
    value /= 1024.0;
    i++;
  }
  number = short_number (value);
  if (is_bytes (quantity))
    return g_strdup_printf ("%s %s", number, prefixes[i]);
  if (g_str_equal (quantity_info (quantity)->unit, "s"))
    return g_strdup_printf ("%s s", number);
  return g_steal_pointer (&number);
}

gchar *
rule_crossed (Quantity quantity, const Range * range)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *bound = NULL;
  gboolean from_below = range->low == 0.0 || isinf (range->low);

  if (!range->inside && from_below && !isinf (range->high)) {
    bound = rule_amount (quantity, range->high);
    return g_strdup_printf ("over %s", bound);
  }
  if (!range->inside && isinf (range->high)) {
    bound = rule_amount (quantity, range->low);
    return g_strdup_printf ("under %s", bound);
  }
  text = range_text (range);
  return g_strdup_printf ("%s %s", range->inside ? "inside" : "outside",
      text + (range->inside ? 1 : 0));
}
