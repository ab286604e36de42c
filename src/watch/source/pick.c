#include "config.h"
#include "watch/source/pick.h"

#include "base/error.h"
#include "watch/source/document.h"

#include <string.h>

#define POINTER "json:"
#define QUOTED 40               /* bytes of a text that are repeated in a complaint */

static gboolean
fail (GError ** error, const gchar * problem, const gchar * value)
{
  return error_input (error, "%s: %.*s", problem, QUOTED, value);
}

/* --- numbers --- */

static gboolean
unit_shift (const gchar * unit, guint * out)
{
  static const gchar letters[] = "KMGT";
  const gchar *letter;

  *out = 0;
  if (*unit == '\0' || g_str_equal (unit, "B"))
    return TRUE;
  letter = strchr (letters, g_ascii_toupper (*unit));
  if (!letter)
    return FALSE;
  *out = 10 * (guint) (letter - letters + 1);
  unit++;
  return *unit == '\0' || g_str_equal (unit, "B") || g_str_equal (unit, "iB");
}

gboolean
pick_parse_number (const gchar * text, guint64 * out, GError ** error)
{
  gsize n = strspn (text, "0123456789");
  g_autofree gchar *digits = g_strndup (text, n);
  const gchar *unit = text + n + strspn (text + n, " \t");
  guint64 value;
  guint shift;

  if (!document_parse_number (digits, &value) || !unit_shift (unit, &shift)
      || value > DOCUMENT_MAX_NUMBER >> shift)
    return fail (error, "not a number", text);
  *out = value << shift;
  return TRUE;
}

/* --- patterns --- */

static GRegex *
compile (const gchar * rule, GError ** error)
{
  gsize length = strlen (rule);
  g_autofree gchar *pattern = g_strndup (rule + 1, length - 2);
  GRegex *regex = g_regex_new (pattern, G_REGEX_RAW | G_REGEX_MULTILINE, 0, error);

  if (!regex || g_regex_get_capture_count (regex) == 1)
    return regex;
  error_input (error, "%d groups, not one: %s", g_regex_get_capture_count (regex), rule);
  g_regex_unref (regex);
  return NULL;
}

gboolean
pick_by_pattern (const gchar * text, gsize length, const gchar * rule, guint64 * out,
    GError ** error)
{
  g_autoptr (GRegex) regex = compile (rule, error);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GError) why = NULL;
  g_autofree gchar *found = NULL;

  if (!regex)
    return FALSE;
  if (!g_regex_match_full (regex, text, (gssize) length, 0, 0, &match, &why)) {
    if (!why)
      return error_input (error, "no match: %s", rule);
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  found = g_match_info_fetch (match, 1);
  return pick_parse_number (found ? found : "", out, error);
}

/* --- pointers --- */

gboolean
pick_is_pointer (const gchar * rule)
{
  return g_str_has_prefix (rule, POINTER);
}

/* "~1" is a slash, "~0" a tilde. */
static gchar *
unescape (const gchar * token)
{
  GString *plain = g_string_new (token);

  g_string_replace (plain, "~1", "/", 0);
  g_string_replace (plain, "~0", "~", 0);
  return g_string_free (plain, FALSE);
}

/* NULL: there is nothing of that name. Borrowed. */
static JsonNode *
child_of (JsonNode * node, const gchar * token)
{
  g_autofree gchar *name = unescape (token);
  JsonArray *array;
  guint64 i;

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_member (json_node_get_object (node), name);
  if (!JSON_NODE_HOLDS_ARRAY (node) || !document_parse_number (name, &i))
    return NULL;
  array = json_node_get_array (node);
  return i < json_array_get_length (array) ? json_array_get_element (array, (guint) i) : NULL;
}

gboolean
pick_by_pointer (JsonNode * document, const gchar * rule, guint64 * out, GError ** error)
{
  g_auto (GStrv) tokens = g_strsplit (rule + strlen (POINTER), "/", -1);
  JsonNode *node = document;

  for (gsize i = 1; tokens[0] && tokens[i]; i++) {
    node = child_of (node, tokens[i]);
    if (!node)
      return fail (error, "no such member", tokens[i]);
  }
  if (!JSON_NODE_HOLDS_VALUE (node))
    return fail (error, "not a number", json_node_type_name (node));
  return pick_parse_number (json_node_get_string (node), out, error);
}

/* --- rules --- */

gboolean
pick_check (const gchar * rule, GError ** error)
{
  gsize length = strlen (rule);
  g_autoptr (GRegex) regex = NULL;

  if (g_str_has_prefix (rule, POINTER "/"))
    return TRUE;
  if (length < 2 || rule[0] != '/' || rule[length - 1] != '/')
    return error_input (error, "neither /REGEX/ nor json:/POINTER: %s", rule);
  regex = compile (rule, error);
  return regex != NULL;
}
