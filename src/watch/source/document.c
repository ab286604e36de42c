#include "config.h"
#include "watch/source/document-private.h"

#include "base/error.h"

#include <string.h>

gpointer
document_fail (DocumentReader * reader, const gchar * problem)
{
  if (!reader->problem)
    reader->problem = problem;
  return NULL;
}

gchar
document_peek (DocumentReader * reader)
{
  if (reader->at < reader->end)
    return *reader->at;
  document_fail (reader, "cut");
  return '\0';
}

JsonNode *
document_read_nested (DocumentReader * reader, DocumentReadFunc read)
{
  JsonNode *node;

  if (reader->depth >= DOCUMENT_MAX_DEPTH)
    return document_fail (reader, "nested too deeply");
  reader->depth++;
  reader->at++;
  node = read (reader);
  reader->depth--;
  return node;
}

JsonNode *
document_new_text (const gchar * text, gsize length)
{
  g_autofree gchar *copy = g_strndup (text, length);

  return json_node_init_string (json_node_alloc (), copy);
}

gboolean
document_add (DocumentReader * reader, JsonObject * object, const gchar * name,
    JsonNode * take_node)
{
  if (!json_object_has_member (object, name)) {
    json_object_set_member (object, name, take_node);
    return TRUE;
  }
  json_node_unref (take_node);
  document_fail (reader, "a member twice");
  return FALSE;
}

static void
set_error (const DocumentReader * reader, const gchar * kind, GError ** error)
{
  gsize place = (gsize) (reader->at - reader->start);

  if (reader->at >= reader->end)
    error_input (error, "not %s: cut after %" G_GSIZE_FORMAT " bytes", kind, place);
  else
    error_input (error, "not %s: byte %" G_GSIZE_FORMAT ": %s", kind, place, reader->problem);
}

void
document_skip_blanks (DocumentReader * reader)
{
  while (reader->at < reader->end && strchr (" \t\r\n", *reader->at))
    reader->at++;
}

JsonNode *
document_read (const gchar * text, gsize length, const gchar * kind, DocumentReadFunc read,
    GError ** error)
{
  DocumentReader reader = {.at = text,.start = text,.end = text + length };
  g_autoptr (JsonNode) node = NULL;

  /* This also finds any NUL: from here on texts end with one. */
  if (!g_utf8_validate (text, (gssize) length, &reader.at)) {
    document_fail (&reader, "not UTF-8");
    set_error (&reader, kind, error);
    return NULL;
  }
  reader.at = text;
  document_skip_blanks (&reader);
  node = read (&reader);
  document_skip_blanks (&reader);
  if (node && reader.at < reader.end)
    document_fail (&reader, "more after the end");
  if (!node || reader.problem) {
    set_error (&reader, kind, error);
    return NULL;
  }
  return g_steal_pointer (&node);
}

gboolean
document_parse_number (const gchar * text, guint64 * out)
{
  guint64 value;
  gsize n = strspn (text, "0123456789");

  if (n == 0 || n > 16 || text[n] != '\0' || (text[0] == '0' && n > 1))
    return FALSE;
  value = g_ascii_strtoull (text, NULL, 10);
  if (value > DOCUMENT_MAX_NUMBER)
    return FALSE;
  *out = value;
  return TRUE;
}

JsonObject *
document_object (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
document_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

const gchar *
document_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
}

gboolean
document_number (JsonObject * object, const gchar * name, guint64 * out, GError ** error)
{
  const gchar *text = document_text (object, name);

  if (text && document_parse_number (text, out))
    return TRUE;
  if (!json_object_has_member (object, name))
    return error_input (error, "%s: missing", name);
  return error_input (error, "%s: not a count: %.40s", name, text ? text : "?");
}
