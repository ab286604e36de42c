/* Bencode: i20e, 4:text, l...e, d NAME VALUE ...e. Names come in any order, as rtpengine's do. */
#include "config.h"
#include "watch/source/document-private.h"

#include <string.h>

static JsonNode *read_value (DocumentReader * reader);

/* The end of a number that CLOSE ends, with the reader left behind that; NULL with a problem. */
static const gchar *
find_close (DocumentReader * reader, gchar close)
{
  const gchar *start = reader->at;

  if (document_peek (reader) == '-')
    reader->at++;
  while (g_ascii_isdigit (document_peek (reader)))
    reader->at++;
  if (reader->at == start || document_peek (reader) != close)
    return document_fail (reader, "not a number");
  return reader->at++;
}

static JsonNode *
read_integer (DocumentReader * reader)
{
  const gchar *start = ++reader->at;
  const gchar *close = find_close (reader, 'e');

  return close ? document_new_text (start, (gsize) (close - start)) : NULL;
}

/* Caller frees. */
static gchar *
read_string (DocumentReader * reader)
{
  const gchar *start = reader->at;
  const gchar *close = find_close (reader, ':');
  g_autofree gchar *digits = close ? g_strndup (start, (gsize) (close - start)) : NULL;
  guint64 length;

  if (!digits)
    return NULL;
  if (!document_parse_number (digits, &length))
    return document_fail (reader, "not a length");
  if (length > (guint64) (reader->end - reader->at)) {
    reader->at = reader->end;
    return document_fail (reader, "cut");
  }
  start = reader->at;
  reader->at += length;
  return g_strndup (start, length);
}

static JsonNode *
read_text (DocumentReader * reader)
{
  g_autofree gchar *text = read_string (reader);

  return text ? document_new_text (text, strlen (text)) : NULL;
}

static JsonNode *
read_object (DocumentReader * reader)
{
  g_autoptr (JsonObject) object = json_object_new ();

  while (document_peek (reader) != 'e') {
    g_autofree gchar *name = read_string (reader);
    JsonNode *node = name ? read_value (reader) : NULL;

    if (!node || !document_add (reader, object, name, node))
      return NULL;
  }
  reader->at++;
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
read_array (DocumentReader * reader)
{
  g_autoptr (JsonArray) array = json_array_new ();

  while (document_peek (reader) != 'e') {
    JsonNode *node = read_value (reader);

    if (!node)
      return NULL;
    json_array_add_element (array, node);
  }
  reader->at++;
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
read_value (DocumentReader * reader)
{
  switch (document_peek (reader)) {
    case 'd':
      return document_read_nested (reader, read_object);
    case 'l':
      return document_read_nested (reader, read_array);
    case 'i':
      return read_integer (reader);
    default:
      return read_text (reader);
  }
}

JsonNode *
document_from_bencode (const gchar * text, gsize length, GError ** error)
{
  return document_read (text, length, "bencode", read_value, error);
}

gboolean
document_is_bencode (const gchar * text, gsize length)
{
  return length > 1 && text[0] == 'd' && g_ascii_isdigit (text[1]);
}
