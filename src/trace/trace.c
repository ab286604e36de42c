/* The trace in memory and as text. The text is read strictly: what is not understood is an
 * error with its line, so that nothing is ever judged that was not meant. */
#include "config.h"
#include "trace/trace.h"

#include "base/parse.h"
#include "base/text.h"

#include <string.h>

#define HEADER "shmdiag-trace 1"
#define NSEC G_GINT64_CONSTANT (1000000000)

G_DEFINE_QUARK (shmdiag-trace-error, trace_error)

static const gchar *const kind_names[] = {
#define X(id, word, doc) [TRACE_##id] = word,
  TRACE_KINDS (X)
#undef X
};

static const gchar *const side_names[] = {
  [TRACE_SIDE_PRODUCER] = "producer",
  [TRACE_SIDE_CONSUMER] = "consumer",
  [TRACE_SIDE_TAP] = "tap",
  [TRACE_SIDE_TARGET] = "target",
};

typedef enum
{ FIELD_CLIENT, FIELD_SIGNED, FIELD_UNSIGNED, FIELD_HEX } FieldType;

/* The numbers of an event line. */
static const struct
{
  const gchar *key;
  FieldType type;
  gsize place;
} fields[] = {
  {"client", FIELD_CLIENT, G_STRUCT_OFFSET (TraceEvent, client)},
  {"area", FIELD_SIGNED, G_STRUCT_OFFSET (TraceEvent, area)},
  {"offset", FIELD_UNSIGNED, G_STRUCT_OFFSET (TraceEvent, offset)},
  {"size", FIELD_UNSIGNED, G_STRUCT_OFFSET (TraceEvent, size)},
  {"seq", FIELD_UNSIGNED, G_STRUCT_OFFSET (TraceEvent, seq)},
  {"sum", FIELD_HEX, G_STRUCT_OFFSET (TraceEvent, sum)},
  {"value", FIELD_SIGNED, G_STRUCT_OFFSET (TraceEvent, value)},
};

/* --- the trace --- */

static void
role_free (gpointer data)
{
  TraceRole *role = data;

  g_free (role->name);
  g_free (role->element);
  g_free (role->version);
  g_hash_table_unref (role->config);
  g_free (role);
}

Trace *
trace_new (const gchar * name, const gchar * pair, guint64 seed)
{
  Trace *trace = g_new0 (Trace, 1);

  trace->name = g_strdup (name);
  trace->pair = g_strdup (pair);
  trace->seed = seed;
  trace->contracts = g_ptr_array_new_with_free_func (g_free);
  trace->roles = g_ptr_array_new_with_free_func (role_free);
  trace->events = g_array_new (FALSE, FALSE, sizeof (TraceEvent));
  return trace;
}

void
trace_free (Trace * trace)
{
  if (trace == NULL)
    return;
  g_free (trace->name);
  g_free (trace->pair);
  g_ptr_array_unref (trace->contracts);
  g_ptr_array_unref (trace->roles);
  g_array_unref (trace->events);
  g_free (trace);
}

TraceRole *
trace_add_role (Trace * trace, const gchar * name, TraceSide side, const gchar * element,
    const gchar * version)
{
  TraceRole *role = g_new0 (TraceRole, 1);

  role->name = g_strdup (name);
  role->side = side;
  role->element = g_strdup (element);
  role->version = g_strdup (version);
  role->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (trace->roles, role);
  return role;
}

gint
trace_find_role (const Trace * trace, const gchar * name)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (g_strcmp0 (trace_role (trace, (gint) i)->name, name) == 0)
      return (gint) i;
  }
  return -1;
}

const TraceRole *
trace_role (const Trace * trace, gint index)
{
  if (index < 0 || (guint) index >= trace->roles->len)
    return NULL;
  return g_ptr_array_index (trace->roles, index);
}

const gchar *
trace_role_get (const TraceRole * role, const gchar * key, const gchar * def)
{
  const gchar *value = role != NULL ? g_hash_table_lookup (role->config, key) : NULL;

  return value != NULL ? value : def;
}

gint64
trace_role_int (const TraceRole * role, const gchar * key, gint64 def)
{
  const gchar *text = trace_role_get (role, key, NULL);
  gint64 value;
  guint64 size;

  if (text == NULL)
    return def;
  if (parse_int (text, G_MININT64, G_MAXINT64, &value, NULL))
    return value;
  if (parse_size (text, &size, NULL) && size <= G_MAXINT64)
    return (gint64) size;
  return def;
}

gboolean
trace_role_bool (const TraceRole * role, const gchar * key, gboolean def)
{
  const gchar *text = trace_role_get (role, key, NULL);
  gboolean value;

  return text != NULL && parse_bool (text, &value, NULL) ? value : def;
}

/* --- events --- */

TraceEvent
trace_event (TraceKind kind)
{
  TraceEvent event;

  memset (&event, 0, sizeof event);
  event.kind = (guint16) kind;
  event.role = -1;
  event.client = -1;
  return event;
}

TraceEvent
trace_stall (gint role, gint64 end_ns, gint64 lost_ns, gint64 asleep_ns)
{
  TraceEvent event = trace_event (TRACE_STALL);

  event.role = (gint16) role;
  event.time_ns = end_ns;
  event.value = lost_ns;
  event.size = (guint64) asleep_ns;
  return event;
}

void
trace_event_set_text (TraceEvent * event, const gchar * text)
{
  gchar clean[TRACE_TEXT_SIZE];

  text_copy_line (clean, sizeof clean, text != NULL ? text : "");
  memcpy (event->text, clean, sizeof clean);
}

/* An event can come from a process that went mad: what is kept can always be written and read. */
void
trace_append (Trace * trace, const TraceEvent * event)
{
  TraceEvent copy = *event;

  copy.text[TRACE_TEXT_SIZE - 1] = '\0';
  if (copy.kind >= TRACE_N_KINDS) {
    copy = trace_event (TRACE_BROKEN);
    copy.time_ns = event->time_ns;
    g_snprintf (copy.text, sizeof copy.text, "an event of unknown kind %u came", event->kind);
  }
  copy.time_ns = MAX (copy.time_ns, 0);
  copy.client = MAX (copy.client, -1);
  trace_event_set_text (&copy, copy.text);
  g_array_append_val (trace->events, copy);
  trace->n_stalls += copy.kind == TRACE_STALL;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const TraceEvent *left = a, *right = b;

  return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

void
trace_finish (Trace * trace)
{
  gint64 start;

  if (trace->events->len == 0)
    return;
  g_array_sort (trace->events, compare_times);
  start = trace_at (trace, 0)->time_ns;
  for (guint i = 0; i < trace->events->len; i++)
    g_array_index (trace->events, TraceEvent, i).time_ns -= start;
}

const TraceEvent *
trace_at (const Trace * trace, guint index)
{
  return &g_array_index (trace->events, TraceEvent, index);
}

const gchar *
trace_kind_name (TraceKind kind)
{
  return (guint) kind < TRACE_N_KINDS ? kind_names[kind] : "?";
}

gboolean
trace_kind_from_name (const gchar * name, TraceKind * kind)
{
  for (guint i = 0; i < TRACE_N_KINDS; i++) {
    if (g_str_equal (kind_names[i], name)) {
      *kind = (TraceKind) i;
      return TRUE;
    }
  }
  return FALSE;
}

const gchar *
trace_side_name (TraceSide side)
{
  return (guint) side < G_N_ELEMENTS (side_names) ? side_names[side] : "?";
}

static gboolean
side_from_name (const gchar * name, TraceSide * side)
{
  for (guint i = 0; i < G_N_ELEMENTS (side_names); i++) {
    if (g_str_equal (side_names[i], name)) {
      *side = (TraceSide) i;
      return TRUE;
    }
  }
  return FALSE;
}

/* --- writing --- */

/* Control characters, '%' and what SPECIAL names become %XX; bytes that are no UTF-8 become '?'. */
static void
append_escaped (GString * out, const gchar * text, const gchar * special)
{
  g_autofree gchar *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  for (const gchar * p = valid; *p != '\0'; p++) {
    guchar c = (guchar) * p;

    if (c < 0x20 || c == 0x7f || c == '%' || strchr (special, c) != NULL)
      g_string_append_printf (out, "%%%02X", c);
    else
      g_string_append_c (out, (gchar) c);
  }
}

/* A word that is never empty: "-" stands for nothing. */
static void
append_word (GString * out, const gchar * text)
{
  if (text == NULL || *text == '\0')
    g_string_append_c (out, '-');
  else if (g_str_equal (text, "-"))
    g_string_append (out, "%2D");
  else
    append_escaped (out, text, " ");
}

static void
append_field (GString * out, const TraceEvent * event, guint i)
{
  gconstpointer place = G_STRUCT_MEMBER_P (event, fields[i].place);
  gint64 number = 0;

  if (fields[i].type != FIELD_CLIENT)
    number = *(const gint64 *) place;
  switch (fields[i].type) {
    case FIELD_CLIENT:
      if (event->client != -1)
        g_string_append_printf (out, " client=%d", event->client);
      break;
    case FIELD_SIGNED:
      if (number != 0)
        g_string_append_printf (out, " %s=%" G_GINT64_FORMAT, fields[i].key, number);
      break;
    case FIELD_UNSIGNED:
      if (number != 0)
        g_string_append_printf (out, " %s=%" G_GUINT64_FORMAT, fields[i].key, (guint64) number);
      break;
    case FIELD_HEX:
      if (number != 0)
        g_string_append_printf (out, " %s=0x%" G_GINT64_MODIFIER "x", fields[i].key,
            (guint64) number);
      break;
  }
}

static void
append_event (GString * out, const Trace * trace, const TraceEvent * event)
{
  gint64 time_ns = MAX (event->time_ns, 0);
  const TraceRole *role = trace_role (trace, event->role);

  g_string_append_printf (out, "%" G_GINT64_FORMAT ".%09d ", time_ns / NSEC,
      (gint) (time_ns % NSEC));
  append_word (out, role != NULL ? role->name : NULL);
  g_string_append_printf (out, " %s", trace_kind_name (event->kind));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    append_field (out, event, i);
  if (event->text[0] != '\0') {
    g_string_append (out, " \"");
    append_escaped (out, event->text, "\"");
    g_string_append_c (out, '"');
  }
}

gchar *
trace_event_line (const Trace * trace, const TraceEvent * event)
{
  GString *line = g_string_new (NULL);

  append_event (line, trace, event);
  return g_string_free (line, FALSE);
}

static void
append_role (GString * out, const TraceRole * role)
{
  GList *keys = g_list_sort (g_hash_table_get_keys (role->config), (GCompareFunc) strcmp);

  g_string_append (out, "role ");
  append_word (out, role->name);
  g_string_append_printf (out, " %s ", trace_side_name (role->side));
  append_word (out, role->element);
  g_string_append_c (out, ' ');
  append_word (out, role->version);
  for (GList * key = keys; key != NULL; key = key->next) {
    g_string_append_c (out, ' ');
    append_escaped (out, key->data, " =");
    g_string_append_c (out, '=');
    append_escaped (out, trace_role_get (role, key->data, ""), " ");
  }
  g_string_append_c (out, '\n');
  g_list_free (keys);
}

void
trace_write (const Trace * trace, GString * out)
{
  g_string_append (out, HEADER "\ncase ");
  append_word (out, trace->name);
  g_string_append (out, "\npair ");
  append_word (out, trace->pair);
  g_string_append_printf (out, "\nseed %" G_GUINT64_FORMAT "\ntap %s\ncontracts", trace->seed,
      trace->tap ? "true" : "false");
  for (guint i = 0; i < trace->contracts->len; i++) {
    g_string_append_c (out, ' ');
    append_word (out, g_ptr_array_index (trace->contracts, i));
  }
  g_string_append_c (out, '\n');
  for (guint i = 0; i < trace->roles->len; i++)
    append_role (out, g_ptr_array_index (trace->roles, i));
  for (guint i = 0; i < trace->events->len; i++) {
    g_string_append (out, "event ");
    append_event (out, trace, trace_at (trace, i));
    g_string_append_c (out, '\n');
  }
  g_string_append (out, "end\n");
}

/* --- reading --- */

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

  return text != NULL && g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : NULL;
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
  for (guint i = 0; split[i] != NULL; i++) {
    gchar *word = unescape_word (split[i]);

    if (word == NULL)
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

  if (equals == NULL || equals == word)
    return FALSE;
  raw_key = g_strndup (word, (gsize) (equals - word));
  key = unescape (raw_key);
  value = unescape (equals + 1);
  if (key == NULL || value == NULL || g_hash_table_contains (role->config, key))
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

  if (g_strv_length (words) < 4 || !side_from_name (words[1], &side))
    return FALSE;
  name = unescape_word (words[0]);
  element = unescape_word (words[2]);
  version = unescape_word (words[3]);
  if (name == NULL || *name == '\0' || element == NULL || version == NULL)
    return FALSE;
  if (trace->roles->len >= G_MAXINT16 || trace_find_role (trace, name) >= 0)
    return FALSE;
  role = trace_add_role (trace, name, side, element, version);
  for (guint i = 4; words[i] != NULL; i++) {
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
  gsize digits = point != NULL ? strlen (point + 1) : 0;
  g_autofree gchar *whole = NULL;
  guint64 seconds, part;

  if (point == NULL || digits == 0 || digits > 9 || !g_ascii_isdigit (text[0]))
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
parse_number (const gchar * text, guint i, TraceEvent * event)
{
  gpointer place = G_STRUCT_MEMBER_P (event, fields[i].place);
  gint64 client;

  switch (fields[i].type) {
    case FIELD_CLIENT:
      if (!g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, &client, NULL))
        return FALSE;
      event->client = (gint32) client;
      return TRUE;
    case FIELD_SIGNED:
      return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, place, NULL);
    case FIELD_UNSIGNED:
      return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, place, NULL);
    case FIELD_HEX:
      return g_str_has_prefix (text, "0x")
          && g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT64, place, NULL);
  }
  return FALSE;
}

static gboolean
parse_field (const gchar * word, TraceEvent * event, guint * seen)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    gsize length = strlen (fields[i].key);

    if (strncmp (word, fields[i].key, length) != 0 || word[length] != '=')
      continue;
    if (*seen & (1u << i))
      return FALSE;
    *seen |= 1u << i;
    return parse_number (word + length + 1, i, event);
  }
  return FALSE;
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
  if (plain == NULL)
    return FALSE;
  trace_event_set_text (event, plain);
  return g_str_equal (event->text, plain);
}

static gboolean
parse_who (const Trace * trace, const gchar * word, TraceEvent * event)
{
  g_autofree gchar *name = unescape_word (word);

  if (name == NULL)
    return FALSE;
  event->role = *name == '\0' ? -1 : (gint16) trace_find_role (trace, name);
  return *name == '\0' || event->role >= 0;
}

/* Returns what is wrong with the event line, NULL when nothing is. */
static const gchar *
parse_event (Trace * trace, const gchar * text)
{
  const gchar *quote = strstr (text, " \"");
  g_autofree gchar *plain = quote != NULL ? g_strndup (text, (gsize) (quote - text))
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
  for (guint i = 3; words[i] != NULL; i++) {
    if (!parse_field (words[i], &event, &seen))
      return "not a trace event";
  }
  if (quote != NULL && !parse_text (quote + 2, &event))
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
  g_autofree gchar *word = space != NULL ? g_strndup (line, (gsize) (space - line))
      : g_strdup (line);
  const gchar *rest = space != NULL ? space + 1 : "";

  if (parser->place == AT_HEADER) {
    if (!g_str_equal (line, HEADER))
      return "not the start of a trace (" HEADER ")";
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
  if (parser->trace != NULL)
    g_set_error (error, TRACE_ERROR, 0, "%s: trace is cut off: %s", name,
        parser->trace->name != NULL ? parser->trace->name : "");
  else if (parser->traces->len == 0)
    g_set_error (error, TRACE_ERROR, 0, "%s: no trace in it", name);
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
    if (wrong != NULL) {
      g_autofree gchar *shown = g_utf8_make_valid (line, -1);

      g_set_error (error, TRACE_ERROR, 0, "%s:%u: %s: %s", name, number, wrong, shown);
      good = FALSE;
    }
  }
  good = good && check_complete (&parser, name, error);
  trace_free (parser.trace);
  return good ? g_steal_pointer (&traces) : NULL;
}
