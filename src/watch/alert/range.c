#include "config.h"
#include "watch/alert/range.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

/* Case counts: "m" is a minute, "M" is 2^20. No "MB", which means one thing or another. */
static const struct
{
  const gchar *suffix;
  gdouble factor;
} units[] = {
  {"", 1.0},
  {"B", 1.0},
  {"k", 0x1p10}, {"K", 0x1p10}, {"KiB", 0x1p10},
  {"M", 0x1p20}, {"MiB", 0x1p20},
  {"G", 0x1p30}, {"GiB", 0x1p30},
  {"T", 0x1p40}, {"TiB", 0x1p40},
  {"ms", 0.001}, {"s", 1.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86400.0},
};

/* The C library's reading of numbers takes more than people mean: blanks, hexadecimal, "nan". */
static gboolean
parse_number (const gchar * text, gdouble * out)
{
  gsize sign = text[0] == '-' || text[0] == '+';
  gchar *end = NULL;
  gdouble value;

  if (!g_ascii_isdigit (text[sign]) && text[sign] != '.')
    return FALSE;
  if (text[sign] == '0' && g_ascii_tolower (text[sign + 1]) == 'x')
    return FALSE;
  value = g_ascii_strtod (text, &end);
  for (gsize i = 0; end != text && i < G_N_ELEMENTS (units); i++) {
    if (!g_str_equal (end, units[i].suffix))
      continue;
    *out = value * units[i].factor;
    return isfinite (*out) != 0;
  }
  return FALSE;
}

/* What is left and right of the colon; one of them may be left out, not both. */
static gboolean
parse_bounds (const gchar * start, const gchar * end, Range * out)
{
  out->low = 0.0;
  out->high = INFINITY;
  if (start[0] == '\0' && end[0] == '\0')
    return FALSE;
  if (g_str_equal (start, "~") || g_str_equal (start, "-inf"))
    out->low = -INFINITY;
  else if (start[0] != '\0' && !parse_number (start, &out->low))
    return FALSE;
  return end[0] == '\0' || g_str_equal (end, "inf") || parse_number (end, &out->high);
}

gboolean
range_parse (const gchar * text, Range * out, GError ** error)
{
  const gchar *rest = text[0] == '@' ? text + 1 : text;
  const gchar *colon = strchr (rest, ':');
  g_autofree gchar *start = g_strndup (rest, colon ? (gsize) (colon - rest) : 0);
  Range range = {.inside = text[0] == '@' };

  if (!parse_bounds (start, colon ? colon + 1 : rest, &range))
    return error_input (error, "not a range: %s", text);
  if (range.low > range.high)
    return error_input (error, "start beyond end: %s", text);
  *out = range;
  return TRUE;
}

gboolean
range_alerts (const Range * range, gdouble value)
{
  /* What is no number is not within anything. */
  gboolean within = range->low <= value && value <= range->high;

  return range->inside ? within : !within;
}

/* Digits and a dot, never an exponent, which perfdata does not know; read again it is the same. */
static void
append_number (GString * out, gdouble value)
{
  gchar text[512];

  for (guint digits = 0; digits <= 20; digits++) {
    gchar format[8];

    g_snprintf (format, sizeof format, "%%.%uf", digits);
    g_ascii_formatd (text, sizeof text, format, value == 0.0 ? 0.0 : value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  g_string_append (out, text);
}

gchar *
range_text (const Range * range)
{
  GString *out = g_string_new (range->inside ? "@" : "");
  gboolean is_open = isinf (range->high) != 0;

  if (isinf (range->low)) {
    g_string_append (out, "~:");
  } else if (range->low != 0.0 || is_open) {
    append_number (out, range->low);
    g_string_append_c (out, ':');
  }
  if (!is_open)
    append_number (out, range->high);
  return g_string_free (out, FALSE);
}
