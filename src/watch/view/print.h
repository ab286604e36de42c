/* What several formats print alike. */
#pragma once
#include "watch/view/view.h"

/* TEXT as one line of valid UTF-8: control characters become blanks. NULL: "". Caller frees. */
gchar *print_line (const gchar * text);

/* Columns that TEXT (UTF-8) takes on a terminal. */
guint print_columns (const gchar * text);

/* The first COLUMNS columns of TEXT; its last is "~" when something was left out. Caller frees. */
gchar *print_clip (const gchar * text, guint columns);

/* As print_clip(), and filled with blanks to exactly that many columns. Appends to OUT. */
void print_padded (const gchar * text, guint columns, GString * out);

/* "2026-11-24T23:15:00Z". Caller frees. */
gchar *print_time (gint64 time_us);

/* "1764026100.000000", whatever the locale. Appends to OUT. */
void print_seconds (gint64 time_us, GString * out);

/* "2.5s", "3m", "5h", "12d": the two leading digits or so, for people. Caller frees. */
gchar *print_duration (gint64 duration_us);

/* "SOURCE/POOL", or SOURCE where POOL is NULL. One line. Caller frees. */
gchar *print_subject (const gchar * source, const gchar * pool);

/* As sample_get(), but the limit of pins is the one that RULES make of it. */
gboolean print_get (const SampleReading * reading, const AlertRules * rules, Quantity quantity,
    guint64 * out);

/* How full the pool is: pins of the limit, else memory of its limit, else used of the size. FALSE:
 * nothing of that is known. May be above 1. */
gboolean print_share (const SampleReading * reading, const AlertRules * rules, gdouble * out);

/* "12/16", "12", or "-". Caller frees. */
gchar *print_pins (const SampleReading * reading, const AlertRules * rules);

/* "filling", "full", "idle" (nothing lives in it, and it has room) or "lost?" (nothing lives in it,
 * and it has no room: it should have been recycled at once). */
const gchar *print_shard_state (const SampleShard * shard);

/* "alive", "gone"; NULL: not known. */
const gchar *print_owner_state (SampleOwner state);
