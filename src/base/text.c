#include "config.h"
#include "base/text.h"

#include <string.h>

/* Reads one character of *TEXT, and tells what is to be shown for it. */
static gunichar
next_shown (const gchar ** text)
{
  gunichar c = g_utf8_get_char_validated (*text, -1);

  if (c == (gunichar) - 1 || c == (gunichar) - 2) {
    (*text)++;
    return '?';
  }
  *text = g_utf8_next_char (*text);
  if (g_unichar_isspace (c))
    return ' ';
  return g_unichar_isprint (c) ? c : '?';
}

static gchar *
make_shown (const gchar * text, gboolean keep_lines)
{
  GString *shown = g_string_new (NULL);

  while (text && *text) {
    gboolean is_end = *text == '\n';
    gunichar c = next_shown (&text);

    g_string_append_unichar (shown, is_end && keep_lines ? '\n' : c);
  }
  return g_string_free (shown, FALSE);
}

gchar *
text_line (const gchar * text)
{
  return make_shown (text, FALSE);
}

gchar *
text_lines (const gchar * text)
{
  return make_shown (text, TRUE);
}

void
text_copy_line (gchar * out, gsize size, const gchar * text)
{
  gsize used = 0;

  while (*text) {
    gchar bytes[6];
    gsize length = (gsize) g_unichar_to_utf8 (next_shown (&text), bytes);

    if (used + length >= size)
      break;
    memcpy (out + used, bytes, length);
    used += length;
  }
  memset (out + used, 0, size - used);
}

/* Outside of its strings JSON is ASCII, and there no control character but ends of lines comes. */
gchar *
text_json (const gchar * json)
{
  g_autofree gchar *valid = g_utf8_make_valid (json, -1);
  GString *out = g_string_new (NULL);

  for (const gchar * at = valid; *at; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (c == '\n' || (g_unichar_isprint (c) && (c == ' ' || !g_unichar_isspace (c))))
      g_string_append_unichar (out, c);
    else if (c < 0x10000)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
          0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  return g_string_free (out, FALSE);
}
