/* The text of a trace is read strictly: what is not understood is an error with its line, so that
 * nothing is ever judged that was not meant. */
#include "config.h"
#include "trace/text.h"

#include "base/error.h"

#include <string.h>

/* What the next line must be; roles may go on, events may follow. */
typedef enum
{ AT_HEADER, AT_CASE, AT_PAIR, AT_SEED, AT_TAP, AT_CONTRACTS, AT_ROLES, AT_EVENTS } Place;

typedef struct
{
  Place place;
  Trace *trace;                 /* being read; NULL between two traces */
  GPtrArray *traces;
} Parser;

/* NULL when WORD is escaped wrongly or is no text. */
static gchar *
unescape (const gchar * word)
{
  g_autofree gchar *text = g_uri_unescape_string (word, NULL);

  return text && g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : NULL;
}

static gchar *
unescape_word (const gchar * word)
{
  if (*word == '\0')
    return NULL;
  return g_str_equal (word, "-") ? g_strdup ("") : unescape (word);
}

static gboolean
parse_words (const gchar * text, GPtrArray * words)
{
  g_auto (GStrv) split = NULL;

  if (*text == '\0')
    return TRUE;
  split = g_strsplit (text, " ", -1);
  for (guint i = 0; split[i]; i++) {
    gchar *word = unescape_word (split[i]);

    if (!word)
      return FALSE;
    g_ptr_array_add (words, word);
  }
  return TRUE;
}

static gboolean
parse_setting (TraceRole * role, const gchar * word)
{
  const gchar *equals = strchr (word, '=');
  g_autofree gchar *raw_key = NULL, *key = NULL, *value = NULL;

  if (!equals || equals == word)
    return FALSE;
  raw_key = g_strndup (word, (gsize) (equals - word));
  key = unescape (raw_key);
  value = unescape (equals + 1);
  if (!key || !value || g_hash_table_contains (role->config, key))
    return FALSE;
  return g_hash_table_insert (role->config, g_steal_pointer (&key), g_steal_pointer (&value));
}

static gboolean
parse_role (Trace * trace, const gchar * text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autofree gchar *name = NULL, *element = NULL, *version = NULL;
  TraceSide side;
  TraceRole *role;

  if (g_strv_length (words) < 4 || !trace_side_from_name (words[1], &side))
    return FALSE;
  name = unescape_word (words[0]);
  element = unescape_word (words[2]);
  version = unescape_word (words[3]);
  if (!name || *name == '\0' || !element || !version)
    return FALSE;
  if (trace->roles->len >= G_MAXINT16 || trace_find_role (trace, name) >= 0)
    return FALSE;
  role = trace_add_role (trace, name, side, element, version);
  for (guint i = 4; words[i]; i++) {
    if (!parse_setting (role, words[i]))
      return FALSE;
  }
  return TRUE;
}

/* "12.000000001", nine digits after the point or fewer; no sign. */
static gboolean
parse_time (const gchar * text, gint64 * time_ns)
{
  const gchar *point = strchr (text, '.');
  gsize digits = point ? strlen (point + 1) : 0;
  g_autofree gchar *whole = NULL;
  guint64 seconds, part;

  if (!point || digits == 0 || digits > 9 || !g_ascii_isdigit (text[0]))
    return FALSE;
  whole = g_strndup (text, (gsize) (point - text));
  if (!g_ascii_string_to_unsigned (whole, 10, 0, G_MAXINT64 / NSEC - 1, &seconds, NULL)
      || !g_ascii_string_to_unsigned (point + 1, 10, 0, NSEC - 1, &part, NULL))
    return FALSE;
  for (; digits < 9; digits++)
    part *= 10;
  *time_ns = (gint64) (seconds * NSEC + part);
  return TRUE;
}

static gboolean
parse_number (const gchar * text, const TraceField * field, guint place, TraceEvent * event)
{
  gint64 number;
  guint64 bits;
  gboolean good, hex = field->unit >= TRACE_UNIT_FLAGS;

  if (hex && !g_str_has_prefix (text, "0x"))
    return FALSE;
  if (hex)
    good = g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT64, &bits, NULL);
  else if (!trace_field_is_signed (place))
    good = g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &bits, NULL);
  else
    good = g_ascii_string_to_signed (text, 10, place == 0 ? 0 : G_MININT64,
        place == 0 ? G_MAXINT32 : G_MAXINT64, &number, NULL);
  if (!good)
    return FALSE;
  if (hex || !trace_field_is_signed (place))
    number = (gint64) bits;
  trace_event_set_number (event, place, number);
  return field->unit != TRACE_UNIT_YESNO || number == 0 || number == 1;
}

/* "prefix=16", of a kind that has it, and once. */
static gboolean
parse_field (const gchar * word, TraceEvent * event, guint * seen)
{
  const gchar *equals = strchr (word, '=');
  g_autofree gchar *name = equals ? g_strndup (word, (gsize) (equals - word)) : NULL;
  gint place = name ? trace_kind_find_field (event->kind, name) : -1;

  if (place < 0 || *seen & (1u << place))
    return FALSE;
  *seen |= 1u << place;
  return parse_number (equals + 1, &trace_kind_info (event->kind)->fields[place], (guint) place,
      event);
}

/* TEXT begins after the first quote. A text that would not be written like this is refused. */
static gboolean
parse_text (const gchar * text, TraceEvent * event)
{
  gsize length = strlen (text);
  g_autofree gchar *raw = NULL, *plain = NULL;

  if (length < 2 || strchr (text, '"') != text + length - 1)
    return FALSE;
  raw = g_strndup (text, length - 1);
  plain = unescape (raw);
  if (!plain)
    return FALSE;
  trace_event_set_text (event, plain);
  return g_str_equal (event->text, plain);
}

static gboolean
parse_who (const Trace * trace, const gchar * word, TraceEvent * event)
{
  g_autofree gchar *name = unescape_word (word);

  if (!name)
    return FALSE;
  event->role = *name == '\0' ? -1 : (gint16) trace_find_role (trace, name);
  return *name == '\0' || event->role >= 0;
}

/* Returns what is wrong with the event line, NULL when nothing is. */
static const gchar *
parse_event (Trace * trace, const gchar * text)
{
  const gchar *quote = strstr (text, " \"");
  g_autofree gchar *plain = quote ? g_strndup (text, (gsize) (quote - text))
      : g_strdup (text);
  g_auto (GStrv) words = g_strsplit (plain, " ", -1);
  TraceEvent event = trace_event (TRACE_NOTE);
  TraceKind kind;
  guint seen = 0;

  if (g_strv_length (words) < 3 || !parse_time (words[0], &event.time_ns))
    return "not a trace event";
  if (!parse_who (trace, words[1], &event))
    return "not a role of this trace";
  if (!trace_kind_from_name (words[2], &kind))
    return "not a trace event";
  event.kind = (guint16) kind;
  for (guint i = 3; words[i]; i++) {
    if (!parse_field (words[i], &event, &seen))
      return "not a trace event";
  }
  if (quote && !parse_text (quote + 2, &event))
    return "not a trace event";
  if (trace->events->len > 0
      && event.time_ns < trace_at (trace, trace->events->len - 1)->time_ns)
    return "earlier than the event before";
  g_array_append_val (trace->events, event);
  trace->n_stalls += kind == TRACE_STALL;
  return NULL;
}

static const gchar *
parse_header_line (Parser * parser, const gchar * word, const gchar * rest)
{
  static const gchar *const words[] = {
    [AT_CASE] = "case",[AT_PAIR] = "pair",[AT_SEED] = "seed",[AT_TAP] = "tap",
    [AT_CONTRACTS] = "contracts",
  };
  Trace *trace = parser->trace;
  gboolean good = FALSE;

  if (!g_str_equal (word, words[parser->place]))
    return "not the line that a trace has here";
  switch (parser->place) {
    case AT_CASE:
      g_free (trace->name);
      good = (trace->name = unescape_word (rest)) != NULL;
      break;
    case AT_PAIR:
      g_free (trace->pair);
      good = (trace->pair = unescape_word (rest)) != NULL;
      break;
    case AT_SEED:
      good = g_ascii_string_to_unsigned (rest, 10, 0, G_MAXUINT64, &trace->seed, NULL);
      break;
    case AT_TAP:
      trace->tap = g_str_equal (rest, "true");
      good = trace->tap || g_str_equal (rest, "false");
      break;
    case AT_CONTRACTS:
      good = parse_words (rest, trace->contracts);
      break;
    case AT_HEADER:
    case AT_ROLES:
    case AT_EVENTS:
      break;
  }
  parser->place++;
  return good ? NULL : "wrong value";
}

/* Returns what is wrong with the line, NULL when nothing is. */
static const gchar *
parse_line (Parser * parser, const gchar * line)
{
  const gchar *space = strchr (line, ' ');
  g_autofree gchar *word = space ? g_strndup (line, (gsize) (space - line))
      : g_strdup (line);
  const gchar *rest = space ? space + 1 : "";

  if (parser->place == AT_HEADER) {
    if (g_str_equal (line, TRACE_HEADER_1))
      return "a trace of format 1, which had no names for its numbers; record it again";
    if (!g_str_equal (line, TRACE_HEADER))
      return "not the start of a trace (" TRACE_HEADER ")";
    parser->trace = trace_new (NULL, NULL, 0);
    parser->place = AT_CASE;
    return NULL;
  }
  if (parser->place < AT_ROLES)
    return parse_header_line (parser, word, rest);
  if (g_str_equal (line, "end")) {
    g_ptr_array_add (parser->traces, g_steal_pointer (&parser->trace));
    parser->place = AT_HEADER;
    return NULL;
  }
  if (g_str_equal (word, "event")) {
    parser->place = AT_EVENTS;
    return parse_event (parser->trace, rest);
  }
  if (g_str_equal (word, "role") && parser->place == AT_ROLES)
    return parse_role (parser->trace, rest) ? NULL : "not a role";
  return "not a line of a trace";
}

static gboolean
check_complete (const Parser * parser, const gchar * name, GError ** error)
{
  if (parser->trace)
    error_input (error, "%s: trace is cut off: %s", name,
        parser->trace->name ? parser->trace->name : "");
  else if (parser->traces->len == 0)
    error_input (error, "%s: no trace in it", name);
  else
    return TRUE;
  return FALSE;
}

static void
trace_destroy (gpointer data)
{
  trace_free (data);
}

GPtrArray *
trace_parse (const gchar * text, const gchar * name, GError ** error)
{
  g_autoptr (GPtrArray) traces = g_ptr_array_new_with_free_func (trace_destroy);
  Parser parser = { AT_HEADER, NULL, traces };
  gboolean good = TRUE;

  for (guint number = 1; good && *text != '\0'; number++) {
    gsize length = strcspn (text, "\n");
    g_autofree gchar *line = g_strndup (text, length);
    const gchar *wrong = NULL;

    text += text[length] == '\n' ? length + 1 : length;
    if (!g_utf8_validate (line, -1, NULL))
      wrong = "not UTF-8";
    else if (line[0] != '\0' && line[0] != '#')
      wrong = parse_line (&parser, line);
    if (wrong) {
      g_autofree gchar *shown = g_utf8_make_valid (line, -1);

      error_input (error, "%s:%u: %s: %s", name, number, wrong, shown);
      good = FALSE;
    }
  }
  good = good && check_complete (&parser, name, error);
  trace_free (parser.trace);
  return good ? g_steal_pointer (&traces) : NULL;
}
