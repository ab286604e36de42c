#include "config.h"
#include "scenario/value.h"

#include <string.h>

/* --- one item --- */

static gboolean
is_bare (gchar c)
{
  return c != '\0' && (g_ascii_isalnum (c) || strchr ("_-+/:.", c) != NULL);
}

static const gchar *
skip_blanks (const gchar * c)
{
  while (g_ascii_isspace (*c))
    c++;
  return c;
}

static gboolean
is_octal (gchar c)
{
  return c >= '0' && c <= '7';
}

/* Adds what the escape at C (behind its backslash) stands for. NULL: half an octal number. */
static const gchar *
read_escape (const gchar * c, GString * item)
{
  if (c[0] < '0' || c[0] > '3') {
    g_string_append_c (item, *c);
    return c + 1;
  }
  if (!is_octal (c[1]) || !is_octal (c[2]))
    return NULL;
  g_string_append_c (item, (gchar) ((c[0] - '0') << 6 | (c[1] - '0') << 3 | (c[2] - '0')));
  return c + 3;
}

/* Text in quotes: C is behind the first. Returns what is behind the last; NULL: no such text. */
static const gchar *
read_quoted (const gchar * c, GString * item)
{
  while (c && *c != '\0' && *c != '"') {
    if (*c != '\\')
      g_string_append_c (item, *c++);
    else if (c[1] != '\0')
      c = read_escape (c + 1, item);
    else
      return NULL;
  }
  if (!c || *c == '\0' || !g_utf8_validate (item->str, (gssize) item->len, NULL))
    return NULL;
  return c + 1;
}

static const gchar *
read_item (const gchar * c, gboolean may_be_quoted, GString * item)
{
  gsize length = 0;

  g_string_truncate (item, 0);
  if (*c == '"' && may_be_quoted)
    return read_quoted (c + 1, item);
  while (is_bare (c[length]))
    length++;
  g_string_append_len (item, c, (gssize) length);
  return length > 0 ? c + length : NULL;
}

/* --- types: each returns what the item stands for, NULL when it is not of the type --- */

static gchar *
as_string (const gchar * item)
{
  return g_strdup (item);
}

static gchar *
as_int (const gchar * item)
{
  gchar *end;
  gint64 number = g_ascii_strtoll (item, &end, 0);

  if (*end != '\0' || number < G_MININT32 || number > G_MAXINT32)
    return NULL;
  return g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

static gchar *
as_double (const gchar * item)
{
  gchar *end;

  g_ascii_strtod (item, &end);
  return *end == '\0' ? g_strdup (item) : NULL;
}

static gchar *
as_boolean (const gchar * item)
{
  static const gchar *const words[][2] = {
    {"true", "false"}, {"yes", "no"}, {"t", "f"}, {"1", "0"}
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    for (gsize is_false = 0; is_false < 2; is_false++) {
      if (g_ascii_strcasecmp (item, words[i][is_false]) == 0)
        return g_strdup (words[0][is_false]);
    }
  }
  return NULL;
}

typedef struct
{
  const gchar *name;
  gchar *(*convert) (const gchar * item);
} Type;

static const Type types[] = {
  {"(string)", as_string}, {"(int)", as_int}, {"(double)", as_double}, {"(boolean)", as_boolean}
};

/* The type at C, which moves behind it. Left to guess, GStreamer reads 0640 as 416 and 1.20 as
 * 1.2; what declares no type is a string here. */
static const Type *
read_type (const gchar ** c)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_str_has_prefix (*c, types[i].name)) {
      *c = skip_blanks (*c + strlen (types[i].name));
      return &types[i];
    }
  }
  return &types[0];
}

/* --- the value --- */

/* Reads the item at C and adds it to ITEMS. Returns what comes behind it and blanks, or NULL. */
static const gchar *
take_item (const gchar * c, const Type * type, GStrvBuilder * items)
{
  g_autoptr (GString) item = g_string_new (NULL);
  g_autofree gchar *converted = NULL;

  c = read_item (c, type->convert == as_string, item);
  converted = c ? type->convert (item->str) : NULL;
  if (!converted)
    return NULL;
  g_strv_builder_add (items, converted);
  return skip_blanks (c);
}

/* A list up to END; C is behind its bracket. A comma too many at either end is no item. */
static const gchar *
take_list (const gchar * c, gchar end, const Type * type, GStrvBuilder * items)
{
  c = skip_blanks (c);
  if (*c == ',')
    c = skip_blanks (c + 1);
  while (c && *c != end) {
    c = take_item (c, type, items);
    if (c && *c == ',')
      c = skip_blanks (c + 1);
    else if (c && *c != end)
      return NULL;
  }
  return c ? c + 1 : NULL;
}

GStrv
scenario_value_read (const gchar * text, gboolean * is_list)
{
  g_autoptr (GStrvBuilder) items = g_strv_builder_new ();
  const gchar *c = skip_blanks (text);
  const Type *type = read_type (&c);

  *is_list = *c == '{' || *c == '<';
  c = *is_list ? take_list (c + 1, *c == '{' ? '}' : '>', type, items)
      : take_item (c, type, items);
  return c && *skip_blanks (c) == '\0' ? g_strv_builder_end (items) : NULL;
}
