/* JSON as RFC 8259 has it, plus nan and inf, which printf() makes of the averages of nothing. */
#include "config.h"
#include "watch/source/document-private.h"

#include <string.h>

static JsonNode *read_value (DocumentReader * reader);

/* Goes past C, and blanks before it. */
static gboolean
take (DocumentReader * reader, gchar c)
{
  document_skip_blanks (reader);
  if (document_peek (reader) != c)
    return FALSE;
  reader->at++;
  return TRUE;
}

static gboolean
skip_escape (DocumentReader * reader)
{
  gchar c = document_peek (reader);

  reader->at += c != '\0';
  if (c != 'u')
    return c != '\0' && strchr ("\"\\/bfnrt", c);
  for (guint i = 0; i < 4; i++) {
    if (!g_ascii_isxdigit (document_peek (reader)))
      return FALSE;
    reader->at++;
  }
  return TRUE;
}

/* A string as it is written: escapes are checked and kept, as no name or number that counts here
 * has one. Caller frees; NULL with a problem. */
static gchar *
read_string (DocumentReader * reader)
{
  const gchar *start;

  if (!take (reader, '"'))
    return document_fail (reader, "no string");
  start = reader->at;
  while (document_peek (reader) != '"') {
    gchar c = document_peek (reader);

    if ((guchar) c < ' ')
      return document_fail (reader, "a control character in a string");
    reader->at++;
    if (c == '\\' && !skip_escape (reader))
      return document_fail (reader, "not an escape");
  }
  reader->at++;
  return g_strndup (start, (gsize) (reader->at - 1 - start));
}

static void
skip_digits (DocumentReader * reader)
{
  if (!g_ascii_isdigit (document_peek (reader)))
    document_fail (reader, "not a number");
  while (reader->at < reader->end && g_ascii_isdigit (*reader->at))
    reader->at++;
}

static gboolean
skip_one_of (DocumentReader * reader, const gchar * set)
{
  if (reader->at >= reader->end || !strchr (set, *reader->at))
    return FALSE;
  reader->at++;
  return TRUE;
}

static JsonNode *
read_number (DocumentReader * reader)
{
  const gchar *start = reader->at;

  skip_one_of (reader, "-");
  if (!skip_one_of (reader, "0"))
    skip_digits (reader);
  if (skip_one_of (reader, "."))
    skip_digits (reader);
  if (skip_one_of (reader, "eE")) {
    skip_one_of (reader, "+-");
    skip_digits (reader);
  }
  return reader->problem ? NULL : document_new_text (start, (gsize) (reader->at - start));
}

/* NULL without a problem: no word. */
static JsonNode *
read_word (DocumentReader * reader)
{
  static const gchar *const words[] = { "true", "false", "null", "nan", "-nan", "inf", "-inf" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize length = strlen (words[i]);

    if ((gsize) (reader->end - reader->at) < length || memcmp (reader->at, words[i], length) != 0)
      continue;
    reader->at += length;
    return json_node_init_null (json_node_alloc ());
  }
  return NULL;
}

static gboolean
read_member (DocumentReader * reader, JsonObject * object)
{
  g_autofree gchar *name = read_string (reader);
  JsonNode *node;

  if (!name)
    return FALSE;
  if (!take (reader, ':')) {
    document_fail (reader, "no colon after a name");
    return FALSE;
  }
  node = read_value (reader);
  return node && document_add (reader, object, name, node);
}

static JsonNode *
read_object (DocumentReader * reader)
{
  g_autoptr (JsonObject) object = json_object_new ();

  if (!take (reader, '}')) {
    do {
      if (!read_member (reader, object))
        return NULL;
    } while (take (reader, ','));
    if (!take (reader, '}'))
      return document_fail (reader, "no comma or brace after a member");
  }
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
read_array (DocumentReader * reader)
{
  g_autoptr (JsonArray) array = json_array_new ();

  if (!take (reader, ']')) {
    do {
      JsonNode *node = read_value (reader);

      if (!node)
        return NULL;
      json_array_add_element (array, node);
    } while (take (reader, ','));
    if (!take (reader, ']'))
      return document_fail (reader, "no comma or bracket after an element");
  }
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
read_text (DocumentReader * reader)
{
  g_autofree gchar *text = read_string (reader);

  return text ? document_new_text (text, strlen (text)) : NULL;
}

static JsonNode *
read_value (DocumentReader * reader)
{
  JsonNode *word;

  document_skip_blanks (reader);
  switch (document_peek (reader)) {
    case '{':
      return document_read_nested (reader, read_object);
    case '[':
      return document_read_nested (reader, read_array);
    case '"':
      return read_text (reader);
    default:
      word = read_word (reader);
      return word ? word : read_number (reader);
  }
}

JsonNode *
document_from_json (const gchar * text, gsize length, GError ** error)
{
  return document_read (text, length, "JSON", read_value, error);
}

gboolean
document_is_json (const gchar * text, gsize length)
{
  return length > 0 && text[0] == '{';
}
