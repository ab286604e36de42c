#include "config.h"
#include "watch/view/view.h"

#include <math.h>

#define X(name) extern const View view_##name;
#include "watch/view/view-list.h"
#undef X

static const View *const views[] = {
#define X(name) &view_##name,
#include "watch/view/view-list.h"
#undef X
  NULL
};

const View *const *
view_list (void)
{
  return views;
}

const View *
view_by_name (const gchar * name)
{
  for (gsize i = 0; views[i]; i++) {
    if (g_str_equal (views[i]->name, name))
      return views[i];
  }
  return NULL;
}

gchar *
view_bytes (guint64 bytes)
{
  static const gchar *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  gdouble value = (gdouble) bytes;
  guint unit = 0, tenths;

  /* What would be rounded to 1024 is one of the next. */
  while (value >= 1023.5 && unit < G_N_ELEMENTS (units) - 1) {
    value /= 1024;
    unit++;
  }
  tenths = (guint) (value * 10 + 0.5);
  if (tenths < 100 && tenths % 10 != 0)
    return g_strdup_printf ("%u.%u %s", tenths / 10, tenths % 10, units[unit]);
  return g_strdup_printf ("%u %s", (tenths + 5) / 10, units[unit]);
}

/* How many of N parts are filled: none only at 0, all only at 1. */
static guint
filled_parts (gdouble share, guint n)
{
  if (isnan (share) || share <= 0)
    return 0;
  if (share >= 1)
    return n;
  return MAX (1, (guint) (share * n));
}

void
view_bar (gdouble share, guint width, gboolean utf8, GString * out)
{
  static const gchar *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
  guint parts = filled_parts (share, utf8 ? width * 8 : width);
  guint whole = utf8 ? parts / 8 : parts;
  const gchar *rest = utf8 ? eighths[parts % 8] : "";

  for (guint i = 0; i < whole; i++)
    g_string_append (out, utf8 ? "█" : "#");
  g_string_append (out, rest);
  for (guint i = whole + (*rest != '\0'); i < width; i++)
    g_string_append_c (out, utf8 ? ' ' : '.');
}
