/* Ranges of monitoring plug-ins: "12", "10:20", "~:5", "@3:4", "10:". Pure. */
#pragma once
#include <glib.h>

typedef struct
{
  gdouble low, high;            /* both inclusive; infinite where open */
  gboolean inside;              /* "@": alerts inside instead of outside */
} Range;

/* "[@][START:][END]": without START it is 0, "~" is no lower bound, "START:" has no end. Numbers
 * may have a unit: a size (k, M, G, T, also KiB ...; powers of 1024) or a duration (ms, s, m, h,
 * d). No locale counts. FALSE with ERROR ("not a range: x", "start beyond end: x") and *OUT left
 * alone. */
gboolean range_parse (const gchar * text, Range * out, GError ** error);

/* Whether VALUE is to be alerted about: outside the range, both ends belonging to it, or inside
 * where that was asked for. */
gboolean range_alerts (const Range * range, gdouble value);

/* As perfdata shows it, and as range_parse() reads it back. Caller frees. */
gchar *range_text (const Range * range);
