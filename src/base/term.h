/* The terminal that output goes to, as every program takes it. */
#pragma once
#include <glib.h>

/* Whether FD gets colours. CHOICE "always" and "never" say so; NULL or "auto": a terminal that is not
 * dumb, and NO_COLOR unset or empty. */
gboolean term_wants_colour (const gchar * choice, gint fd);

/* Columns: those of $COLUMNS, else of the terminal FD, when it is 40 to 1000; else 80. */
guint term_width (gint fd);
