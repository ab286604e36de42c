/* Picks one number out of a text. Pure.
 *
 * A rule is "/REGEX/", whose one group is the number (^ and $ match at each line), or
 * "json:/POINTER", the place of a number or of a text with one in a JSON document (RFC 6901). */
#pragma once
#include <json-glib/json-glib.h>

/* Whether RULE is one. FALSE with ERROR. */
gboolean pick_check (const gchar * rule, GError ** error);
gboolean pick_is_pointer (const gchar * rule);

/* What RULE picks. FALSE with ERROR: "no match", "no such member: x", "not a number: x". */
gboolean pick_by_pattern (const gchar * text, gsize length, const gchar * rule, guint64 * out,
    GError ** error);
/* DOCUMENT as document_from_json() returns it. */
gboolean pick_by_pointer (JsonNode * document, const gchar * rule, guint64 * out,
    GError ** error);

/* A whole number up to 2^53, with a size unit or without one: "12", "34k", "34 kB", "1 GiB" (all are
 * powers of 1024, as the kernel's are). */
gboolean pick_parse_number (const gchar * text, guint64 * out, GError ** error);
