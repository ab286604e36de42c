/* The report for people: what broke, with its evidence, then a table of contracts by pairs. */
#include "config.h"
#include "report/report.h"

#include "report/table.h"
#include "report/matrix.h"

#include <string.h>

#define WIDTH_MIN 40
/* How verdicts look, and which are told while the run goes on, when they are new. */
static const struct
{
  const gchar *escape;
  gboolean told_at_once;
} looks[REPORT_N_VERDICTS] = {
  [REPORT_PASS] = {"\033[32m", FALSE},
  [REPORT_FAIL] = {"\033[1;31m", TRUE},
  [REPORT_XFAIL] = {"\033[33m", FALSE},
  [REPORT_XPASS] = {"\033[1;35m", TRUE},
  [REPORT_SKIP] = {"\033[36m", FALSE},
  [REPORT_BROKEN] = {"\033[1;35m", TRUE},
};

/* Results that say the same thing. */
typedef struct
{
  ReportVerdict verdict;
  const ReportResult *result;   /* the first of them, and its case */
  const ReportCase *first_case;
  const ReportCase *last_case;
  guint n_cases;
  GArray *per_pair;             /* guint cases, by index of the pair */
} Group;

typedef struct
{
  const ReportRun *run;
  ReportStyle style;
  guint n_cases;
  GPtrArray *groups;            /* Group* */
  GHashTable *group_by_key;
  GHashTable *stacks_told;      /* set of GPtrArray* */
  ReportMatrix *matrix;
} Text;

static void
group_free (gpointer data)
{
  Group *group = data;

  g_array_unref (group->per_pair);
  g_free (group);
}

/* --- lines --- */

static guint
char_columns (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

/* How many bytes of LINE go into COLUMNS: all, up to a space after some word, or as many as fit. */
static gsize
fitting_bytes (const gchar * line, guint columns)
{
  const gchar *p, *space = NULL;
  gboolean word = FALSE;
  guint used = 0;

  for (p = line; *p != '\0'; p = g_utf8_next_char (p)) {
    if (*p == ' ' && word)
      space = p;
    word |= *p != ' ';
    used += char_columns (g_utf8_get_char (p));
    if (used > columns)
      break;
  }
  if (*p == '\0')
    return (gsize) (p - line);
  return (gsize) ((space ? space : p) - line);
}

/* Appends LINE behind INDENT spaces, and what does not fit on further lines behind HANG spaces. */
static void
append_wrapped (const Text * self, GString * out, guint indent, guint hang, const gchar * line)
{
  do {
    gsize bytes = fitting_bytes (line, self->style.width - indent);

    g_string_append_printf (out, "%*s", (gint) indent, "");
    g_string_append_len (out, line, (gssize) bytes);
    while (out->len > 0 && out->str[out->len - 1] == ' ')
      g_string_truncate (out, out->len - 1);
    g_string_append_c (out, '\n');
    line += bytes;
    while (*line == ' ')
      line++;
    indent = hang;
  } while (*line != '\0');
}

G_GNUC_PRINTF (5, 6)
static void
append_line (const Text * self, GString * out, guint indent, guint hang, const gchar * format, ...)
{
  g_autofree gchar *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  append_wrapped (self, out, indent, hang, line);
}

/* Colours LENGTH bytes of what already stands at START. */
static void
paint (const Text * self, GString * out, gsize start, gsize length, ReportVerdict verdict)
{
  if (!self->style.colour)
    return;
  g_string_insert (out, (gssize) (start + length), "\033[0m");
  g_string_insert (out, (gssize) start, looks[verdict].escape);
}

static const gchar *
cases_word (guint n)
{
  return n == 1 ? "case" : "cases";
}

/* --- while the run goes on --- */

static gpointer
text_begin (const ReportRun * run, const ReportStyle * style, GString * out)
{
  Text *self = g_new0 (Text, 1);

  self->run = run;
  self->style = *style;
  self->style.width = MAX (style->width, WIDTH_MIN);
  self->stacks_told = g_hash_table_new (NULL, NULL);
  self->groups = g_ptr_array_new_with_free_func (group_free);
  self->group_by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->matrix = report_matrix_new ();

  append_line (self, out, 0, 2, "%s %s, seed %" G_GUINT64_FORMAT ", %u %s", run->program,
      run->version, run->seed, run->n_cases, cases_word (run->n_cases));
  append_line (self, out, 0, 8, "target: %s", run->target);
  append_line (self, out, 0, 8, "host:   %s", run->host);
  return self;
}

static void
text_free (Text * self)
{
  g_hash_table_unref (self->group_by_key);
  g_ptr_array_unref (self->groups);
  report_matrix_free (self->matrix);
  g_hash_table_unref (self->stacks_told);
  g_free (self);
}

static const gchar *
or_nothing (const gchar * text)
{
  return text ? text : "";
}

/* Clean texts hold no control character, so it can stand between them. */
static gchar *
group_key (const ReportResult * result)
{
  const gchar *message = or_nothing (result->message);

  if (result->verdict == REPORT_SKIP)
    return g_strdup_printf ("%d\n%s", result->verdict, message);
  return g_strdup_printf ("%d\n%s\n%s\n%s\n%s", result->verdict,
      or_nothing (result->contract), or_nothing (result->element),
      result->known ? result->known->id : "", !result->contract ? message : "");
}

/* Returns the group if RESULT is the first of it. */
static const Group *
count_in_group (Text * self, const ReportCase * report_case, const ReportResult * result)
{
  g_autofree gchar *key = group_key (result);
  Group *group = g_hash_table_lookup (self->group_by_key, key);
  guint pair = report_matrix_pair (self->matrix, report_case->pair);
  gboolean is_new = !group;

  if (is_new) {
    group = g_new0 (Group, 1);
    group->verdict = result->verdict;
    group->result = result;
    group->first_case = report_case;
    group->per_pair = g_array_new (FALSE, TRUE, sizeof (guint));
    g_hash_table_insert (self->group_by_key, g_steal_pointer (&key), group);
    g_ptr_array_add (self->groups, group);
  }
  if (group->last_case == report_case)
    return NULL;
  group->last_case = report_case;
  group->n_cases++;
  if (group->per_pair->len <= pair)
    g_array_set_size (group->per_pair, pair + 1);
  g_array_index (group->per_pair, guint, pair)++;
  return is_new ? group : NULL;
}

static void
stream_case (Text * self, const ReportCase * report_case, GString * out)
{
  ReportVerdict verdict = report_case_verdict (report_case);
  g_autofree gchar *seconds = report_seconds (report_case->seconds);
  gsize start = out->len;

  append_line (self, out, 0, 18, "%-6s  %-8s  %s  %s s", report_verdict_name (verdict),
      report_case->pair, report_case->name, seconds);
  paint (self, out, start, strlen (report_verdict_name (verdict)), verdict);
}

static void
stream_group (Text * self, const Group * group, GString * out)
{
  const ReportResult *result = group->result;
  const gchar *name = report_verdict_name (group->verdict);
  gsize start = out->len;

  append_line (self, out, 0, 18, "%-6s  %-8s  %s: %s", name, group->first_case->pair,
      group->first_case->name,
      result->contract ? result->contract : REPORT_MATRIX_WHOLE_CASE);
  paint (self, out, start, strlen (name), group->verdict);
}

static void
text_result (gpointer state, const ReportCase * report_case, GString * out)
{
  Text *self = state;

  self->n_cases++;
  if (self->style.verbose)
    stream_case (self, report_case, out);
  for (guint i = 0; i < report_case->tables->len; i++)
    report_table_print (g_ptr_array_index (report_case->tables, i), &self->style, out);
  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);
    const Group *new_group = NULL;

    report_matrix_add (self->matrix, report_case, result);
    if (result->verdict != REPORT_PASS)
      new_group = count_in_group (self, report_case, result);
    if (new_group && looks[result->verdict].told_at_once && !self->style.verbose)
      stream_group (self, new_group, out);
  }
}

/* --- what was found, group by group --- */

static gint
compare_groups (gconstpointer a, gconstpointer b)
{
  const Group *first = *(const Group * const *) a;
  const Group *second = *(const Group * const *) b;

  if (first->verdict != second->verdict)
    return report_verdict_worst (first->verdict, second->verdict) == first->verdict ? -1 : 1;
  return report_matrix_compare_ids (or_nothing (first->result->contract_id),
      or_nothing (second->result->contract_id));
}

static void
append_head (const Text * self, GString * out, const Group * group)
{
  const ReportResult *result = group->result;
  const gchar *name = report_verdict_name (group->verdict);
  gsize start = out->len;

  if (!result->contract)
    append_line (self, out, 0, 2, "%s: %s", name,
        result->message ? result->message : "no reason given");
  else
    append_line (self, out, 0, 2, "%s %s (%s)%s%s", name, result->contract,
        result->contract_id ? result->contract_id : "-",
        result->contract_text ? ": " : "", or_nothing (result->contract_text));
  paint (self, out, start, strlen (name), group->verdict);
}

/* "shmsrc 1.22.0 (consumer c1): 3 cases (gst:gst 2, ref:gst 1)" */
static void
append_where (const Text * self, GString * out, const Group * group)
{
  const gchar *blamed = group->result->blamed;
  g_autoptr (GString) pairs = g_string_new (NULL);

  for (guint i = 0; i < group->per_pair->len; i++) {
    guint n = g_array_index (group->per_pair, guint, i);

    if (n > 0)
      g_string_append_printf (pairs, "%s%s %u", pairs->len > 0 ? ", " : "",
          report_matrix_pair_name (self->matrix, i), n);
  }
  if (!blamed)
    blamed = group->result->element;
  if (!blamed && group->verdict == REPORT_FAIL)
    blamed = "nobody can be named";
  append_line (self, out, 2, 4, "%s%s%u %s (%s)", or_nothing (blamed),
      blamed ? ": " : "", group->n_cases, cases_word (group->n_cases), pairs->str);
}

static void
append_first_case (const Text * self, GString * out, const Group * group)
{
  const ReportResult *result = group->result;
  const GPtrArray *evidence = result->evidence;

  append_line (self, out, 2, 4, "first in %s, %s", group->first_case->name,
      group->first_case->pair);
  if (result->broken > 0)
    append_line (self, out, 2, 4, "%u of %u observations broke it:", result->broken,
        result->looked);
  if (result->message && result->contract)
    append_wrapped (self, out, 4, 6, result->message);
  for (guint i = 0; evidence && i < evidence->len; i++)
    append_wrapped (self, out, 4, 6, g_ptr_array_index (evidence, i));
}

static void
append_known (const Text * self, GString * out, const Group * group)
{
  const ReportKnown *known = group->result->known;
  g_autofree gchar *line = report_known_line (known);

  if (group->verdict == REPORT_BROKEN)
    return;
  if (group->verdict == REPORT_XPASS)
    append_wrapped (self, out, 2, 4, "listed as broken for this version, but held");
  append_line (self, out, 2, 4, "%s%s", known ? "known: " : "", line);
  if (known && *known->proof != '\0')
    append_line (self, out, 2, 4, "proof: %s", known->proof);
}

/* Long, and the same for every contract of a case: said once. */
static void
append_stack (const Text * self, GString * out, const ReportCase * report_case)
{
  const GPtrArray *stack = report_case->stack;

  if (!stack || !g_hash_table_add (self->stacks_told, (gpointer) stack))
    return;
  append_wrapped (self, out, 2, 4, "stack:");
  for (guint i = 0; i < stack->len; i++)
    append_wrapped (self, out, 4, 6, g_ptr_array_index (stack, i));
}

static void
append_reproduce (const Text * self, GString * out, const ReportCase * report_case)
{
  append_stack (self, out, report_case);
  if (report_case->reproduce)
    g_string_append_printf (out, "  reproduce: %s\n", report_case->reproduce);
  if (!report_case->listing)
    return;
  append_wrapped (self, out, 2, 4, "a program that shows it:");
  for (guint i = 0; i < report_case->listing->len; i++)
    g_string_append_printf (out, "%s\n",
        (const gchar *) g_ptr_array_index (report_case->listing, i));
}

static void
append_details (const Text * self, GString * out, const Group * group)
{
  append_head (self, out, group);
  append_where (self, out, group);
  append_first_case (self, out, group);
  append_known (self, out, group);
  append_reproduce (self, out, group->first_case);
}

/* "xfail K2 ack-area shmsrc 1.22.0: 14 cases; fixed in 1.29.2 (MR 11162)" */
static void
append_xfail (const Text * self, GString * out, const Group * group)
{
  const ReportResult *result = group->result;
  const gchar *blamed = or_nothing (result->blamed ? result->blamed : result->element);
  g_autofree gchar *element = g_strndup (blamed, strcspn (blamed, "("));
  g_autofree gchar *fixed = NULL;
  gsize start = out->len;

  g_strchomp (element);
  if (!result->known)
    fixed = report_known_line (NULL);
  else
    fixed = report_known_fixed (result->known);
  append_line (self, out, 0, 2, "xfail %s %s %s: %u %s; %s%s%s%s",
      result->known ? result->known->id : "-",
      result->contract ? result->contract : REPORT_MATRIX_WHOLE_CASE,
      *element != '\0' ? element : "-", group->n_cases, cases_word (group->n_cases), fixed,
      result->known ? " (" : "", result->known ? result->known->reference : "",
      result->known ? ")" : "");
  paint (self, out, start, strlen ("xfail"), REPORT_XFAIL);
  if (result->known)
    append_line (self, out, 2, 4, "%s", result->known->summary);
  if (group->first_case->reproduce)
    g_string_append_printf (out, "  reproduce: %s\n", group->first_case->reproduce);
}

static void
append_skip (const Text * self, GString * out, const Group * group)
{
  const gchar *reason = group->result->message;
  gsize start = out->len;

  append_line (self, out, 0, 2, "skip: %s: %u %s", reason ? reason : "no reason given",
      group->n_cases, cases_word (group->n_cases));
  paint (self, out, start, strlen ("skip"), REPORT_SKIP);
}

/* Details stand apart, what takes one line stands together. */
static void
append_groups (const Text * self, GString * out)
{
  gboolean in_list = FALSE;

  g_ptr_array_sort (self->groups, compare_groups);
  for (guint i = 0; i < self->groups->len; i++) {
    const Group *group = g_ptr_array_index (self->groups, i);
    gboolean brief = group->verdict == REPORT_SKIP
        || (group->verdict == REPORT_XFAIL && !self->style.verbose);

    if (!brief || !in_list)
      g_string_append_c (out, '\n');
    in_list = brief;
    if (!brief)
      append_details (self, out, group);
    else if (group->verdict == REPORT_SKIP)
      append_skip (self, out, group);
    else
      append_xfail (self, out, group);
  }
}

static void
append_notes (const Text * self, GString * out, const GPtrArray * notes, ReportVerdict verdict)
{
  const gchar *name = report_verdict_name (verdict);

  if (notes)
    g_string_append_c (out, '\n');
  for (guint i = 0; notes && i < notes->len; i++) {
    const ReportNote *note = g_ptr_array_index (notes, i);
    gsize start = out->len;

    append_line (self, out, 0, 2, "%s: %s", name, note->text);
    paint (self, out, start, strlen (name), verdict);
  }
}

/* --- the last lines --- */

static ReportVerdict
overall (const ReportTotals * totals)
{
  ReportVerdict worst = REPORT_SKIP;

  for (guint i = 0; i < REPORT_N_VERDICTS; i++) {
    if (totals->counts[i] > 0)
      worst = report_verdict_worst (worst, i);
  }
  if (totals->xpass || totals->interrupted)
    worst = report_verdict_worst (worst, REPORT_XPASS);
  if (totals->excess)
    worst = report_verdict_worst (worst, REPORT_FAIL);
  return worst;
}

static void
append_counts (const Text * self, GString * out, const ReportTotals * totals)
{
  const guint *counts = totals->counts;
  guint xpass = counts[REPORT_XPASS] + (totals->xpass ? totals->xpass->len : 0);
  gchar seconds[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree gchar *of = NULL;
  gsize start = out->len;

  if (self->n_cases < self->run->n_cases)
    of = g_strdup_printf (" of %u", self->run->n_cases);
  g_ascii_formatd (seconds, sizeof (seconds), "%.1f", MIN (totals->seconds, 1e12));
  append_line (self, out, 0, 2, "%s%u%s %s, %u contracts judged: %u pass, %u FAIL, %u xfail, "
      "%u XPASS; not judged: %u BROKEN, %u skip; %u cases not selected; %s s of cases",
      totals->interrupted ? "interrupted: " : "", self->n_cases, or_nothing (of),
      cases_word (of ? self->run->n_cases : self->n_cases),
      counts[REPORT_PASS] + counts[REPORT_FAIL] + counts[REPORT_XFAIL] + counts[REPORT_XPASS],
      counts[REPORT_PASS], counts[REPORT_FAIL], counts[REPORT_XFAIL], xpass,
      counts[REPORT_BROKEN], counts[REPORT_SKIP], self->run->n_not_selected, seconds);
  paint (self, out, start, out->len - start - 1, overall (totals));
}

/* The verdict, on one line however long: for people, and for tail(1). */
static void
append_result (const Text * self, GString * out, const ReportTotals * totals)
{
  gsize start = out->len;

  g_string_append_printf (out, "%s\n", totals->result);
  paint (self, out, start, out->len - start - 1, overall (totals));
}

static void
text_end (gpointer state, const ReportTotals * totals, GString * out)
{
  Text *self = state;

  append_groups (self, out);
  append_notes (self, out, totals->excess, REPORT_FAIL);
  append_notes (self, out, totals->xpass, REPORT_XPASS);
  report_matrix_print (self->matrix, &self->style, out);
  g_string_append_c (out, '\n');
  append_counts (self, out, totals);
  append_result (self, out, totals);
  text_free (self);
}

const Reporter reporter_text = {
  .name = "text",
  .summary = "for people: what broke, with evidence, and a table of contracts",
  .begin = text_begin,
  .result = text_result,
  .end = text_end,
};
