/* Ranges of monitoring plug-ins: "12", "10:20", "~:5", "@3:4", "10:". Pure. */
#pragma once
#include <glib.h>

typedef struct
{
  gdouble low, high;            /* both inclusive; infinite where open */
  gboolean inside;              /* "@": alerts inside instead of outside */
} Range;

/* Numbers may have a unit: a size (k, M, G) or a duration (s, m, h, d). FALSE with ERROR
 * ("not a range: x", "start beyond end: x"). */
gboolean range_parse (const gchar * text, Range * out, GError ** error);

/* Whether VALUE is to be alerted about. */
gboolean range_alerts (const Range * range, gdouble value);

/* As perfdata shows it. Caller frees. */
gchar *range_text (const Range * range);
