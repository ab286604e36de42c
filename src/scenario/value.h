/* The value of one field of a line, as it was written.
 *
 *   VALUE  = [ TYPE ] ( ITEM | "{" [ ITEM { "," ITEM } ] "}" | "<" [ ITEM { "," ITEM } ] ">" )
 *   TYPE   = "(string)" | "(int)" | "(double)" | "(boolean)"
 *   ITEM   = letters, digits and _-+/:. of ASCII, or any text in double quotes
 *
 * A list may begin and end with a comma. In quotes, \OOO (octal, up to 377) is a byte, a
 * backslash before anything else stands for that.
 *
 * It is the form of a serialized GstStructure, read as gst_structure_from_string() reads it when
 * each field is declared a string. On purpose it differs in this: bytes written in octal must
 * give a text (UTF-8, no zero); (int) takes no number beyond 32 bits with a sign (there
 * 3000000000 turns negative); the words min, max, little_endian and such are no numbers; a
 * semicolon does not end a value. Only strings may be in quotes. */
#pragma once
#include <glib.h>

/* The items of TEXT: one, or those of a list. Sets IS_LIST. An (int) becomes decimal, a
 * (boolean) true or false, all else stays as it was written. Reads TEXT once and does not recurse: lists in lists
 * are no values. NULL: not a value. Free with g_strfreev(). */
GStrv scenario_value_read (const gchar * text, gboolean * is_list);
