#include "config.h"
#include "trace/pattern.h"

#include "base/error.h"
#include "base/parse.h"

#include <string.h>

#define ARROW_BACK " <- "
#define ARROW_ON " -> "

/* What stands for "an observation without an event". */
#define NO_EVENT TRACE_N_KINDS

typedef enum
{ ANY_CLIENT, SAME_CLIENT, OLDER_CLIENT, NEWER_CLIENT } Client;

typedef enum
{ ANYBODY, BLAMED, SAME_ROLE, OTHER_ROLE, A_PRODUCER, A_CONSUMER } Who;

typedef struct
{
  gint kind;                    /* TraceKind or NO_EVENT */
  gchar relations[TRACE_N_FIELDS];      /* '=', '<', '>'; 0: any */
  gint64 numbers[TRACE_N_FIELDS];       /* in the order of the kind's fields */
  gboolean newest_area;
  gboolean last;                /* only the nearest event of this kind counts */
  gboolean later;               /* looked for after the link before, not before it */
  Client client;
  Who who;
  gint64 within_ns;             /* -1: any time before */
  gchar *text;                  /* glob; NULL: any */
} Link;

/* The first link is the event itself. */
struct TracePattern
{
  GPtrArray *chains;            /* GPtrArray* of Link* */
};

/* --- reading --- */

static void
free_link (gpointer data)
{
  Link *link = data;

  g_free (link->text);
  g_free (link);
}

static gboolean
fail (GError ** error, const gchar * problem, const gchar * value)
{
  return error_input (error, "evidence: %s: %s", problem, value);
}

/* Index of WORD in WORDS; -1: it is none of them. */
static gint
find_word (const gchar * const *words, const gchar * word)
{
  for (gint i = 0; words[i]; i++) {
    if (g_str_equal (words[i], word))
      return i;
  }
  return -1;
}

static gboolean
set_number (Link * link, gint field, gchar relation, const gchar * value, const gchar * word,
    GError ** error)
{
  if (!parse_int (value, G_MININT64, G_MAXINT64, &link->numbers[field], NULL))
    return fail (error, "not a number", word);
  link->relations[field] = relation;
  return TRUE;
}

static gboolean
set_word (Link * link, const gchar * key, const gchar * value, const gchar * word, GError ** error)
{
  static const gchar *const clients[] = { "", "same", "older", "newer", NULL };
  static const gchar *const whos[] = { "", "blamed", "same", "other", "producer", "consumer", NULL };
  gdouble seconds;
  gint found;

  if (g_str_equal (key, "within")) {
    if (!parse_seconds (value, &seconds, NULL))
      return fail (error, "not seconds", word);
    link->within_ns = (gint64) (seconds * 1e9);
    return TRUE;
  }
  if (!g_str_equal (key, "client") && !g_str_equal (key, "who"))
    return fail (error, "unknown key", word);
  found = find_word (*key == 'c' ? clients : whos, value);
  if (found <= 0)
    return fail (error, "unknown value", word);
  if (*key == 'c')
    link->client = (Client) found;
  else
    link->who = (Who) found;
  return TRUE;
}

static gboolean
set_key (Link * link, const gchar * word, GError ** error)
{
  gsize length = strcspn (word, "=<>");
  g_autofree gchar *key = g_strndup (word, length);
  gint field = link->kind == NO_EVENT ? -1 : trace_kind_find_field ((TraceKind) link->kind, key);

  if (g_str_equal (word, "last"))
    return link->last = TRUE;
  if (word[length] == '\0')
    return fail (error, "not KEY=VALUE", word);
  if (field >= 0 && g_str_equal (word + length, "=newest") && g_str_equal (key, "area"))
    return link->newest_area = TRUE;
  /* client=older is a relation, client=3 and client>0 are numbers */
  if (field >= 0 && !(g_str_equal (key, "client") && g_ascii_isalpha (word[length + 1])))
    return set_number (link, field, word[length], word + length + 1, word, error);
  return set_word (link, key, word + length + 1, word, error);
}

static gboolean
set_kind (Link * link, const gchar * word, GError ** error)
{
  TraceKind kind;

  if (g_str_equal (word, "none")) {
    link->kind = NO_EVENT;
    return TRUE;
  }
  if (!trace_kind_from_name (word, &kind))
    return fail (error, "no kind of event", word);
  link->kind = (gint) kind;
  return TRUE;
}

static Link *
parse_link (const gchar * text, GError ** error)
{
  const gchar *glob = strstr (text, " text=");
  g_autofree gchar *head = g_strndup (text, glob ? (gsize) (glob - text) : strlen (text));
  g_auto (GStrv) words = g_strsplit (g_strstrip (head), " ", -1);
  Link *link = g_new0 (Link, 1);
  gboolean good;

  link->within_ns = -1;
  if (glob)
    link->text = g_strstrip (g_strdup (glob + strlen (" text=")));
  good = set_kind (link, words[0] ? words[0] : "", error);
  for (guint i = 1; good && words[0] && words[i]; i++)
    good = words[i][0] == '\0' || set_key (link, words[i], error);
  if (good)
    return link;
  free_link (link);
  return NULL;
}

/* Where the link that begins at TEXT ends: at an arrow or the end. */
static gsize
link_length (const gchar * text)
{
  for (gsize i = 0; text[i] != '\0'; i++) {
    if (g_str_has_prefix (text + i, ARROW_BACK) || g_str_has_prefix (text + i, ARROW_ON))
      return i;
  }
  return strlen (text);
}

static GPtrArray *
parse_chain (const gchar * text, GError ** error)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (free_link);
  gboolean later = FALSE;

  for (;;) {
    gsize length = link_length (text);
    g_autofree gchar *part = g_strndup (text, length);
    Link *link = parse_link (part, error);

    if (!link)
      return NULL;
    link->later = later;
    g_ptr_array_add (chain, link);
    if (text[length] == '\0')
      return g_steal_pointer (&chain);
    later = g_str_has_prefix (text + length, ARROW_ON);
    text += length + strlen (ARROW_ON);
  }
}

TracePattern *
trace_pattern_parse (const gchar * text, GError ** error)
{
  g_autoptr (TracePattern) pattern = g_new0 (TracePattern, 1);
  g_auto (GStrv) parts = g_strsplit (text, " | ", -1);

  pattern->chains = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; i == 0 || (parts[0] && parts[i]); i++) {
    GPtrArray *chain = parse_chain (parts[0] ? parts[i] : "", error);

    if (!chain)
      return NULL;
    g_ptr_array_add (pattern->chains, chain);
  }
  return g_steal_pointer (&pattern);
}

void
trace_pattern_free (TracePattern * pattern)
{
  if (!pattern)
    return;
  g_ptr_array_unref (pattern->chains);
  g_free (pattern);
}

/* --- looking --- */

typedef struct
{
  const Trace *trace;
  const TraceEvent *first;      /* what is to be believed; NULL: no event */
  gint blamed;
} Look;

gint
trace_event_about (const Trace * trace, const TraceEvent * event)
{
  if (!event || event->role >= 0 || event->client < 0)
    return event ? event->role : -1;
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *open = trace_at (trace, i);

    if (open->kind == TRACE_CLIENT_OPEN && open->client == event->client)
      return open->role;
  }
  return -1;
}

static guint
index_of (const Trace * trace, const TraceEvent * event)
{
  return (guint) (event - trace_at (trace, 0));
}

static gboolean
is_newest_area (const Trace * trace, const TraceEvent * event)
{
  for (guint i = index_of (trace, event); i-- > 0;) {
    const TraceEvent *area = trace_at (trace, i);

    if (area->kind == TRACE_NEW_AREA && area->client == event->client)
      return area->area == event->area;
  }
  return FALSE;
}

static gboolean
fits_number (gchar relation, gint64 wanted, gint64 number)
{
  return relation == 0 || (relation == '=' && number == wanted)
      || (relation == '<' && number < wanted) || (relation == '>' && number > wanted);
}

static gboolean
fits_numbers (const Link * link, const Trace * trace, const TraceEvent * event)
{
  for (guint i = 0; i < TRACE_N_FIELDS; i++) {
    if (!fits_number (link->relations[i], link->numbers[i], trace_event_number (event, i)))
      return FALSE;
  }
  return !link->newest_area || is_newest_area (trace, event);
}

static gboolean
fits_client (const Link * link, const TraceEvent * event, const TraceEvent * before)
{
  if (link->client == ANY_CLIENT)
    return TRUE;
  if (!before || before->client < 0 || event->client < 0)
    return FALSE;
  if (link->client == SAME_CLIENT)
    return event->client == before->client;
  return link->client == OLDER_CLIENT ? event->client < before->client
      : event->client > before->client;
}

static gboolean
fits_who (const Link * link, const Look * look, const TraceEvent * event)
{
  gint about, first;
  const TraceRole *role, *other;

  if (link->who == ANYBODY)
    return TRUE;
  about = trace_event_about (look->trace, event);
  first = trace_event_about (look->trace, look->first);
  role = trace_role (look->trace, about);
  other = trace_role (look->trace, first);
  if (!role)
    return FALSE;
  if (link->who == BLAMED)
    return about == look->blamed;
  if (link->who == SAME_ROLE)
    return about == first;
  if (link->who == OTHER_ROLE)
    return about != first && other && other->side == role->side;
  return role->side == (link->who == A_PRODUCER ? TRACE_SIDE_PRODUCER : TRACE_SIDE_CONSUMER);
}

static gboolean
fits (const Link * link, const Look * look, const TraceEvent * event, const TraceEvent * before)
{
  if (!event)
    return link->kind == NO_EVENT;
  return event->kind == link->kind && fits_numbers (link, look->trace, event)
      && fits_client (link, event, before)
      && (!link->text || g_pattern_match_simple (link->text, event->text))
      && fits_who (link, look, event);
}

/* The event after (or before, as LINK says) the one at index FROM; NULL: there is no more. */
static const TraceEvent *
step (const Link * link, const Trace * trace, guint * from)
{
  if (link->later ? *from + 1 >= trace->events->len : *from == 0)
    return NULL;
  *from = link->later ? *from + 1 : *from - 1;
  return trace_at (trace, *from);
}

/* Whether the links of CHAIN from AT on are found, the first of them seen from BEFORE. */
static gboolean
find_rest (const GPtrArray * chain, guint at, const Look * look, const TraceEvent * before)
{
  const Link *link;
  const TraceEvent *event;
  guint from = before ? index_of (look->trace, before) : look->trace->events->len;

  if (at == chain->len)
    return TRUE;
  link = g_ptr_array_index (chain, at);
  while ((event = step (link, look->trace, &from))) {
    if (before && link->within_ns >= 0
        && ABS (before->time_ns - event->time_ns) > link->within_ns)
      return FALSE;
    if (event->kind != link->kind)
      continue;
    if (fits (link, look, event, before) && find_rest (chain, at + 1, look, event))
      return TRUE;
    if (link->last)
      return FALSE;
  }
  return FALSE;
}

gboolean
trace_pattern_matches (const TracePattern * pattern, const Trace * trace, const TraceEvent * event,
    gint blamed)
{
  const Look look = { trace, event, blamed };

  for (guint i = 0; i < pattern->chains->len; i++) {
    const GPtrArray *chain = g_ptr_array_index (pattern->chains, i);

    if (fits (g_ptr_array_index (chain, 0), &look, event, NULL)
        && find_rest (chain, 1, &look, event))
      return TRUE;
  }
  return FALSE;
}
