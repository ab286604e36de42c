/* A document that a daemon answers with, as a tree of json-glib: JSON or bencode. Objects, arrays
 * and texts; numbers are kept as the texts they were, since rtpengine writes some as strings, and
 * what is no number (true, null, nan) is null. Pure.
 *
 * The readers are stricter than json-glib's own, which takes comments, hexadecimal numbers and what
 * follows the document, and goes as deep as the document wants: what was damaged on the way must
 * not be read as something else. A document that is cut anywhere, names a member twice or is not
 * UTF-8 is none at all. */
#pragma once
#include <json-glib/json-glib.h>

/* The largest number that is taken for one: JSON's readers agree up to there. */
#define DOCUMENT_MAX_NUMBER (G_GUINT64_CONSTANT (1) << 53)

/* All of TEXT, with nothing behind it but blanks. NULL with ERROR ("not JSON: ends after 120
 * bytes", "not bencode: byte 7: ..."). */
JsonNode *document_from_json (const gchar * text, gsize length, GError ** error);
JsonNode *document_from_bencode (const gchar * text, gsize length, GError ** error);

/* Whether TEXT looks like one of them from its first bytes on. */
gboolean document_is_json (const gchar * text, gsize length);
gboolean document_is_bencode (const gchar * text, gsize length);

/* A whole number without sign or leading zeros, up to DOCUMENT_MAX_NUMBER, and nothing else. */
gboolean document_parse_number (const gchar * text, guint64 * out);

/* The member NAME of OBJECT; NULL: there is none, or it is of another kind. Borrowed. */
JsonObject *document_object (JsonObject * object, const gchar * name);
JsonArray *document_array (JsonObject * object, const gchar * name);
const gchar *document_text (JsonObject * object, const gchar * name);

/* FALSE with ERROR "NAME: missing" or "NAME: not a count: x". */
gboolean document_number (JsonObject * object, const gchar * name, guint64 * out, GError ** error);
