#include "config.h"
#include "verdict/tally.h"

/* Of one issue. */
typedef struct
{
  const KnownIssue *issue;
  guint seen, held;             /* cases */
  guint seen_last;              /* number of the last case that was counted as seen */
  gchar *element;               /* "shmsink 1.22.0"; NULL: it has not taken part */
} Count;

struct KnownTally
{
  GPtrArray *counts;            /* Count*, in the order of the table */
  GPtrArray *xpass, *excess;    /* NULL: not asked for yet */
  guint n_cases;
};

static void
free_count (gpointer data)
{
  Count *count = data;

  g_free (count->element);
  g_free (count);
}

static void
free_note (gpointer data)
{
  report_note_free (data);
}

KnownTally *
known_tally_new (const GPtrArray * issues)
{
  KnownTally *tally = g_new0 (KnownTally, 1);

  tally->counts = g_ptr_array_new_with_free_func (free_count);
  for (guint i = 0; issues && i < issues->len; i++) {
    Count *count = g_new0 (Count, 1);

    count->issue = g_ptr_array_index (issues, i);
    g_ptr_array_add (tally->counts, count);
  }
  return tally;
}

void
known_tally_free (KnownTally * tally)
{
  if (!tally)
    return;
  g_ptr_array_unref (tally->counts);
  g_clear_pointer (&tally->xpass, g_ptr_array_unref);
  g_clear_pointer (&tally->excess, g_ptr_array_unref);
  g_free (tally);
}

/* The role of TRACE that COUNT's issue is about; NULL: none. */
static const TraceRole *
find_role (const Count * count, const Trace * trace)
{
  for (guint r = 0; r < trace->roles->len; r++) {
    const TraceRole *role = trace_role (trace, (gint) r);

    if (known_concerns (count->issue, role->element, role->version, trace->name))
      return role;
  }
  return NULL;
}

static void
note_element (Count * count, const TraceRole * role)
{
  if (!count->element)
    count->element = g_strdup_printf ("%s %s", role->element, role->version);
}

void
known_tally_begin (KnownTally * tally)
{
  tally->n_cases++;
}

void
known_tally_seen (KnownTally * tally, const KnownIssue * issue, const Trace * trace)
{
  for (guint i = 0; i < tally->counts->len; i++) {
    Count *count = g_ptr_array_index (tally->counts, i);
    const TraceRole *role = count->issue == issue ? find_role (count, trace) : NULL;

    if (!role || count->seen_last == tally->n_cases)
      continue;
    note_element (count, role);
    count->seen_last = tally->n_cases;
    count->seen++;
  }
}

void
known_tally_held (KnownTally * tally, const gchar * contract, const Trace * trace)
{
  for (guint i = 0; i < tally->counts->len; i++) {
    Count *count = g_ptr_array_index (tally->counts, i);
    const TraceRole *role = g_str_equal (count->issue->contract, contract)
        ? find_role (count, trace) : NULL;

    if (!role)
      continue;
    note_element (count, role);
    count->held++;
  }
}

static gboolean
is_missed (const Count * count)
{
  return count->issue->sure > 0 && count->held >= count->issue->sure && count->seen == 0;
}

/* By more than chance: three standard deviations of what so many cases may show, and one more. */
static gboolean
is_too_often (const Count * count)
{
  gdouble cases = count->seen + count->held, share = count->issue->most / 100.0;
  gdouble usual = share * cases, more = count->seen - usual - 1;

  return count->issue->most < 100 && more > 0 && more * more > 9 * usual * (1 - share);
}

/* "shmsink 1.22.0, shmsrc 1.22.0": all elements of the lines of ID that MISSED holds. */
static gchar *
list_elements (const KnownTally * tally, const gchar * id)
{
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < tally->counts->len; i++) {
    const Count *count = g_ptr_array_index (tally->counts, i);

    if (is_missed (count) && g_str_equal (count->issue->id, id)
        && g_hash_table_add (said, count->element))
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", count->element);
  }
  return g_string_free (list, FALSE);
}

static gboolean
has_note (const GPtrArray * notes, const gchar * id)
{
  for (guint i = 0; i < notes->len; i++) {
    if (g_str_equal (((const ReportNote *) g_ptr_array_index (notes, i))->id, id))
      return TRUE;
  }
  return FALSE;
}

static void
add_xpass (const KnownTally * tally, const KnownIssue * issue, GPtrArray * notes)
{
  g_autofree gchar *elements = list_elements (tally, issue->id);
  g_autofree gchar *text = g_strdup_printf ("%s: listed as broken in %s, but did not show (%s). "
      "Nothing is wrong on your machine: either our table is out of date for this release, or the "
      "distribution has backported the fix", issue->id, elements, issue->summary);

  if (!has_note (notes, issue->id))
    g_ptr_array_add (notes, report_note_new (issue->id, text));
}

const GPtrArray *
known_tally_xpass (KnownTally * tally)
{
  if (tally->xpass)
    return tally->xpass;
  tally->xpass = g_ptr_array_new_with_free_func (free_note);
  for (guint i = 0; i < tally->counts->len; i++) {
    const Count *count = g_ptr_array_index (tally->counts, i);

    if (is_missed (count))
      add_xpass (tally, count->issue, tally->xpass);
  }
  return tally->xpass;
}

const GPtrArray *
known_tally_excess (KnownTally * tally)
{
  if (tally->excess)
    return tally->excess;
  tally->excess = g_ptr_array_new_with_free_func (free_note);
  for (guint i = 0; i < tally->counts->len; i++) {
    const Count *count = g_ptr_array_index (tally->counts, i);
    g_autofree gchar *text = NULL;

    if (!is_too_often (count))
      continue;
    text = g_strdup_printf ("%s: %s of %s was broken in %u of %u cases; the known issue shows in at "
        "most %u of 100, so this is another one, or a worse one", count->issue->id,
        count->issue->contract, count->element, count->seen, count->seen + count->held,
        count->issue->most);
    g_ptr_array_add (tally->excess, report_note_new (count->issue->id, text));
  }
  return tally->excess;
}
