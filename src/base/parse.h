/* Numbers, sizes, durations and versions as people write them. Pure. */
#pragma once
#include <glib.h>

/* A decimal integer within [MIN, MAX], nothing after it. Message: "not a number: x"
 * or "out of range MIN..MAX: x". */
gboolean parse_int (const gchar * text, gint64 min, gint64 max,
    gint64 * out, GError ** error);

/* A size in bytes: a decimal number and an optional k, M or G (powers of 1024). */
gboolean parse_size (const gchar * text, guint64 * out, GError ** error);

/* Seconds: "2", "0.5", "500ms", "2s", "1m", "4h", "7d". Never negative, never infinite. */
gboolean parse_seconds (const gchar * text, gdouble * out, GError ** error);

/* "true"/"false", "yes"/"no", "1"/"0". */
gboolean parse_bool (const gchar * text, gboolean * out, GError ** error);

/* Compares dotted versions number by number, missing parts are 0: "1.28.2" > "1.9". */
gint parse_compare_versions (const gchar * a, const gchar * b);
