/* Text of others (a peer, a plugin, a process, a file) on its way to people. It must not move their
 * cursor, name their window, turn the direction of a line or pretend to be another line. */
#pragma once
#include <glib.h>

/* TEXT as one line of printable UTF-8: blanks of any kind become spaces, all else that is not
 * printable (control, format and unassigned characters, bytes that are no UTF-8) question marks.
 * NULL counts as empty. Caller frees. */
gchar *text_line (const gchar * text);

/* The same, but ends of lines stay. Caller frees. */
gchar *text_lines (const gchar * text);

/* text_line() into OUT of SIZE bytes (at least 1): as many whole characters as fit, and zeros up to
 * its end. Allocates nothing. */
void text_copy_line (gchar * out, gsize size, const gchar * text);

/* JSON, with every character in its strings that is not printable as \uXXXX: it says the same.
 * Caller frees. */
gchar *text_json (const gchar * json);
