#include "config.h"
#include "watch/source/rtpengine-status.h"

#include "base/parse.h"

#include <string.h>

#define BIT(line) (1u << STATUS_LINE_##line)

static const gchar *const names[N_STATUS_LINES] = {
  [STATUS_LINE_REFCOUNT] = "Refcount",
  [STATUS_LINE_PID] = "Control PID",
  [STATUS_LINE_OPENCOUNT] = "Opencount",
  [STATUS_LINE_TARGETS] = "Targets",
  [STATUS_LINE_SKB_REFS] = "Skb refs",
  [STATUS_LINE_SKB_COPIES] = "Skb copies",
  [STATUS_LINE_PLAYERS] = "Players",
  [STATUS_LINE_PSTREAMS] = "PStreams",
  [STATUS_LINE_PINS] = "Memory pins",
  [STATUS_LINE_MEMORY] = "Memory",
  [STATUS_LINE_RING_BUFS] = "Ring bufs",
};

#define OF_10 (BIT (REFCOUNT) | BIT (PID) | BIT (TARGETS))
#define OF_12 (OF_10 | BIT (PLAYERS) | BIT (PSTREAMS))
#define OF_14 (OF_12 | BIT (PINS) | BIT (MEMORY))
#define OF_26_1 (OF_14 | BIT (RING_BUFS))
#define OF_26_2 ((OF_26_1 & ~BIT (PID)) | BIT (OPENCOUNT) | BIT (SKB_REFS) | BIT (SKB_COPIES))

/* From few lines to many. */
static const StatusLayout layouts[] = {
  {"10.5", OF_10, FALSE},
  {"12.5 to 13.5", OF_12, FALSE},
  {"14.0 to 26.0", OF_14, FALSE},
  {"26.1", OF_26_1, TRUE},
  {"26.2", OF_26_2, TRUE},
};

gboolean
rtpengine_status_has (const TableStatus * status, StatusLine line)
{
  return (status->known & 1u << line) != 0;
}

const gchar *
rtpengine_status_line_name (StatusLine line)
{
  return names[line];
}

static void
complain (GPtrArray * problems, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);

static void
complain (GPtrArray * problems, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (problems, g_strdup_vprintf (format, args));
  va_end (args);
}

/* What is wrong with TEXT as a whole; NULL: nothing. */
static const gchar *
whole_problem (const gchar * text, gsize length)
{
  if (length == 0)
    return "empty";
  if (memchr (text, '\0', length))
    return "a NUL byte in it";
  return NULL;
}

/* Numbers as the kernel prints them: no sign, no zeros in front, nothing behind. */
static gboolean
parse_number (const gchar * text, guint64 * out)
{
  gint64 value;

  if (!g_ascii_isdigit (text[0]) || (text[0] == '0' && text[1] != '\0')
      || !parse_int (text, 0, G_MAXINT64, &value, NULL))
    return FALSE;
  *out = (guint64) value;
  return TRUE;
}

/* Which line LINE is, and its value as text. "Memory:" is not the start of "Memory pins:". */
static gboolean
name_line (const gchar * line, StatusLine * which, const gchar ** value)
{
  const gchar *colon = strchr (line, ':');

  for (StatusLine i = 0; colon && i < N_STATUS_LINES; i++) {
    if (strlen (names[i]) != (gsize) (colon - line)
        || strncmp (names[i], line, (gsize) (colon - line)) != 0)
      continue;
    *which = i;
    *value = colon + 1 + strspn (colon + 1, " ");
    return TRUE;
  }
  return FALSE;
}

static void
take_line (const gchar * line, TableStatus * out, guint32 * seen, GPtrArray * problems)
{
  const gchar *value;
  StatusLine which;

  if (line[0] == ' ' || !name_line (line, &which, &value))
    return;
  if (*seen & 1u << which) {
    complain (problems, "%s: stands there twice", names[which]);
    out->known &= ~(1u << which);
    return;
  }
  *seen |= 1u << which;
  if (parse_number (value, &out->values[which]))
    out->known |= 1u << which;
  else
    complain (problems, "%s: not a number: %.40s", names[which], value);
}

/* The one with the fewest lines that has all of SEEN. */
static const StatusLayout *
find_layout (guint32 seen)
{
  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++) {
    if ((seen & ~layouts[i].lines) == 0)
      return &layouts[i];
  }
  return NULL;
}

static void
name_missing (const TableStatus * status, guint32 seen, GPtrArray * problems)
{
  guint32 wanted = status->layout ? status->layout->lines
      : BIT (TARGETS) | BIT (PINS) | BIT (MEMORY);

  for (StatusLine i = 0; i < N_STATUS_LINES; i++) {
    if ((wanted & ~seen) & 1u << i)
      complain (problems, "%s: missing, though the other lines are those of %s", names[i],
          status->layout ? status->layout->releases : "a release not known here");
  }
}

/* The lines of TEXT up to its last newline; what is behind that has been cut. */
static gchar **
split_lines (const gchar * text, gsize length, GPtrArray * problems)
{
  const gchar *last = g_strrstr_len (text, (gssize) length, "\n");
  g_autofree gchar *whole = last ? g_strndup (text, (gsize) (last - text)) : g_strdup ("");

  if (!last || last + 1 != text + length)
    complain (problems, "cut: no newline at the end");
  return g_strsplit (whole, "\n", -1);
}

void
rtpengine_status_parse (const gchar * text, gsize length, TableStatus * out,
    GPtrArray * problems)
{
  const gchar *problem = whole_problem (text, length);
  g_auto (GStrv) lines = NULL;
  guint32 seen = 0;

  *out = (TableStatus) { 0 };
  if (problem) {
    complain (problems, "%s", problem);
    return;
  }
  lines = split_lines (text, length, problems);
  for (gsize i = 0; lines[i]; i++)
    take_line (lines[i], out, &seen, problems);
  if (seen == 0) {
    complain (problems, "not the status of a table");
    return;
  }
  out->layout = find_layout (seen);
  name_missing (out, seen, problems);
}

/* --- how many pins the kernel grants --- */

#define FIXED_LIMIT 16

/* The limit became dynamic with 42cd2e019: in 26.0.1.8, and in all of 26.1. */
gboolean
rtpengine_status_limit (const TableStatus * status, const gchar * release, guint64 * out,
    const gchar ** note)
{
  *note = NULL;
  if (!status->layout || status->layout->dynamic || !(status->layout->lines & BIT (PINS)))
    return FALSE;
  if (release && parse_compare_versions (release, "26.0.1.8") >= 0)
    return FALSE;
  if (rtpengine_status_has (status, STATUS_LINE_PINS)
      && status->values[STATUS_LINE_PINS] > FIXED_LIMIT) {
    *note = "no limit of 16: there are more (26.0.1.8 or later)";
    return FALSE;
  }
  if (!release)
    *note = "limit of 16 assumed: 26.0.1.8 and later have none (say release=VERSION)";
  *out = FIXED_LIMIT;
  return TRUE;
}

/* --- list --- */

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  return (gint) * (const guint *) a - (gint) * (const guint *) b;
}

static gboolean
has_id (const GArray * ids, guint id)
{
  for (guint i = 0; i < ids->len; i++) {
    if (g_array_index (ids, guint, i) == id)
      return TRUE;
  }
  return FALSE;
}

static void
take_id (const gchar * line, GArray * ids, GPtrArray * problems)
{
  guint64 number;
  guint id;

  if (!parse_number (line, &number) || number > RTPENGINE_MAX_TABLE) {
    complain (problems, "not the id of a table: %.40s", line);
    return;
  }
  id = (guint) number;
  if (!has_id (ids, id))
    g_array_append_val (ids, id);
}

GArray *
rtpengine_list_parse (const gchar * text, gsize length, GPtrArray * problems)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  g_auto (GStrv) lines = NULL;

  if (length == 0)
    return ids;
  if (memchr (text, '\0', length)) {
    complain (problems, "a NUL byte in it");
    return ids;
  }
  lines = split_lines (text, length, problems);
  for (gsize i = 0; lines[i]; i++)
    take_id (lines[i], ids, problems);
  g_array_sort (ids, compare_ids);
  return ids;
}
