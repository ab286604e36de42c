/* Ranges of bytes in areas, for the question which of them a range overlaps. All costs are near to
 * logarithmic, also when large and small ranges lie side by side. */
#pragma once
#include <glib.h>

typedef struct CheckSpans CheckSpans;

CheckSpans *check_spans_new (void);
void check_spans_free (CheckSpans * spans);

/* ITEM is what the range belongs to, not owned. A range of no bytes overlaps nothing. */
void check_spans_add (CheckSpans * spans, gint64 area, guint64 offset, guint64 size,
    gpointer item);
/* Says the same as when it was added. */
void check_spans_remove (CheckSpans * spans, gint64 area, guint64 offset, guint64 size,
    gpointer item);

/* Calls WANTED for the items that overlap until it answers TRUE, and returns that; else NULL. */
typedef gboolean (*CheckSpansFunc) (gpointer item, gpointer user);
gpointer check_spans_find (const CheckSpans * spans, gint64 area, guint64 offset, guint64 size,
    CheckSpansFunc wanted, gpointer user);
