#include "config.h"
#include "base/parse.h"

#include "base/error.h"

#include <math.h>

gboolean
parse_int (const gchar * text, gint64 min, gint64 max, gint64 * out,
    GError ** error)
{
  gchar *end = NULL;
  gint64 value;

  errno = 0;
  value = g_ascii_strtoll (text, &end, 10);
  if (end == text || *end != '\0' || g_ascii_isspace (text[0]))
    return error_input (error, "not a number: %s", text);
  if (errno == ERANGE || value < min || value > max)
    return error_input (error, "out of range %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT ": %s", min,
        max, text);
  *out = value;
  return TRUE;
}

gboolean
parse_size (const gchar * text, guint64 * out, GError ** error)
{
  gchar *end = NULL;
  guint64 value;
  guint shift = 0;

  errno = 0;
  value = g_ascii_strtoull (text, &end, 10);
  if (end == text || !g_ascii_isdigit (text[0]))
    return error_input (error, "not a size: %s", text);
  switch (*end) {
    case 'k':
    case 'K':
      shift = 10;
      break;
    case 'M':
      shift = 20;
      break;
    case 'G':
      shift = 30;
      break;
    case '\0':
      break;
    default:
      return error_input (error, "not a size: %s", text);
  }
  if (shift != 0 && end[1] != '\0')
    return error_input (error, "not a size: %s", text);
  if (errno == ERANGE || value > (G_MAXUINT64 >> shift))
    return error_input (error, "size too large: %s", text);
  *out = value << shift;
  return TRUE;
}

gboolean
parse_seconds (const gchar * text, gdouble * out, GError ** error)
{
  static const struct
  {
    const gchar *suffix;
    gdouble factor;
  } units[] = { {"", 1.0}, {"ms", 0.001}, {"s", 1.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86400.0} };
  gchar *end = NULL;
  gdouble value = g_ascii_strtod (text, &end);

  if (end != text && value >= 0.0) {
    for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
      if (g_str_equal (end, units[i].suffix) && isfinite (value * units[i].factor)) {
        *out = value * units[i].factor;
        return TRUE;
      }
    }
  }
  return error_input (error, "not a duration: %s", text);
}

gboolean
parse_bool (const gchar * text, gboolean * out, GError ** error)
{
  static const struct
  {
    const gchar *word;
    gboolean value;
  } words[] = {
    {"true", TRUE}, {"yes", TRUE}, {"1", TRUE},
    {"false", FALSE}, {"no", FALSE}, {"0", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (text, words[i].word)) {
      *out = words[i].value;
      return TRUE;
    }
  }
  return error_input (error, "not true or false: %s", text);
}

gint
parse_compare_versions (const gchar * a, const gchar * b)
{
  while (*a != '\0' || *b != '\0') {
    gchar *a_end, *b_end;
    guint64 a_part = g_ascii_strtoull (a, &a_end, 10);
    guint64 b_part = g_ascii_strtoull (b, &b_end, 10);

    if (a_part != b_part)
      return a_part < b_part ? -1 : 1;
    /* What is no number counts as the end: "1.22.0-rc1" equals "1.22.0". */
    a = *a_end == '.' ? a_end + 1 : "";
    b = *b_end == '.' ? b_end + 1 : "";
  }
  return 0;
}
