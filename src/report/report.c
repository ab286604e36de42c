/* Counts what cases came to, keeps them, and hands them to one format. */
#include "config.h"
#include "report/report.h"

#include "base/fd.h"
#include "base/text.h"
#include "report/table.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct Report
{
  const Reporter *reporter;
  gpointer state;               /* the reporter's; NULL once it has ended */
  ReportRun run;
  ReportStyle style;
  ReportTotals totals;
  gchar *result;                /* the line; what totals show */
  gboolean ended;

  GPtrArray *cases;             /* ReportCase* */
  GPtrArray *lists;             /* GPtrArray*: evidence and stacks of the cases */
  GPtrArray *knowns;            /* ReportKnown* */
  GStringChunk *texts;          /* everything const that they point to */

  gint fd;
  GString *out;
  gint failure;                 /* errno of the first failed write; 0 */
  gboolean failure_told;
};

#define X(id) extern const Reporter reporter_##id;
#include "report/reporter-list.h"
#undef X

static const Reporter *const reporters[] = {
#define X(id) &reporter_##id,
#include "report/reporter-list.h"
#undef X
  NULL
};

/* The higher rank is the worse. */
static const struct
{
  const gchar *name;
  guint rank;
} verdicts[REPORT_N_VERDICTS] = {
  [REPORT_PASS] = {"pass", 1},
  [REPORT_FAIL] = {"FAIL", 5},
  [REPORT_XFAIL] = {"xfail", 2},
  [REPORT_XPASS] = {"XPASS", 3},
  [REPORT_SKIP] = {"skip", 0},
  [REPORT_BROKEN] = {"BROKEN", 4},
};

const Reporter *const *
reporter_list (void)
{
  return reporters;
}

const Reporter *
reporter_by_name (const gchar * name)
{
  for (guint i = 0; reporters[i]; i++) {
    if (g_str_equal (reporters[i]->name, name))
      return reporters[i];
  }
  return NULL;
}

const gchar *
report_verdict_name (ReportVerdict verdict)
{
  g_return_val_if_fail (verdict < REPORT_N_VERDICTS, "?");
  return verdicts[verdict].name;
}

ReportVerdict
report_verdict_worst (ReportVerdict a, ReportVerdict b)
{
  return verdicts[a].rank >= verdicts[b].rank ? a : b;
}

ReportVerdict
report_case_verdict (const ReportCase * report_case)
{
  ReportVerdict worst = REPORT_SKIP;

  if (report_case->results->len == 0)
    return REPORT_BROKEN;
  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);

    worst = report_verdict_worst (worst, result->verdict);
  }
  return worst;
}

gchar *
report_known_fixed (const ReportKnown * known)
{
  if (!known->fixed || g_str_equal (known->fixed, "none"))
    return g_strdup ("not fixed in any release");
  return g_strconcat ("fixed in ", known->fixed, NULL);
}

gchar *
report_known_line (const ReportKnown * known)
{
  g_autofree gchar *fixed = NULL;

  if (!known)
    return g_strdup ("not in the table of known issues");
  fixed = report_known_fixed (known);
  return g_strdup_printf ("%s (%s), %s: %s", known->id, known->reference, fixed,
      known->summary);
}

gchar *
report_seconds (gdouble seconds)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  /* Beyond this %f needs more digits than the buffer has, and nobody waits so long. */
  return g_strdup (g_ascii_formatd (text, sizeof (text), "%.3f", MIN (seconds, 1e12)));
}

ReportNote *
report_note_new (const gchar * id, const gchar * text)
{
  ReportNote *note = g_new0 (ReportNote, 1);

  note->id = g_strdup (id);
  note->text = g_strdup (text);
  return note;
}

void
report_note_free (ReportNote * note)
{
  if (!note)
    return;
  g_free (note->id);
  g_free (note->text);
  g_free (note);
}

ReportResult *
report_result_new (void)
{
  return g_new0 (ReportResult, 1);
}

static void
result_free (gpointer data)
{
  ReportResult *result = data;

  g_free (result->message);
  g_free (result);
}

ReportCase *
report_case_new (void)
{
  ReportCase *report_case = g_new0 (ReportCase, 1);

  report_case->results = g_ptr_array_new_with_free_func (result_free);
  report_case->tables = g_ptr_array_new_with_free_func ((GDestroyNotify) report_table_free);
  return report_case;
}

void
report_case_free (ReportCase * report_case)
{
  if (!report_case)
    return;
  g_free (report_case->reproduce);
  g_ptr_array_unref (report_case->results);
  g_ptr_array_unref (report_case->tables);
  g_clear_pointer (&report_case->listing, g_ptr_array_unref);
  g_free (report_case);
}

/* No blanks at its end. */
static gchar *
clean_line (const gchar * text)
{
  return g_strchomp (text_line (text));
}

static const gchar *
keep_text (Report * report, const gchar * text, const gchar * otherwise)
{
  g_autofree gchar *clean = NULL;

  if (!text)
    return otherwise;
  clean = clean_line (text);
  return g_string_chunk_insert_const (report->texts, clean);
}

static void
clean_owned (gchar ** text)
{
  gchar *clean;

  if (!*text)
    return;
  clean = clean_line (*text);
  g_free (*text);
  *text = clean;
}

static const GPtrArray *
keep_list (Report * report, const GPtrArray * list)
{
  GPtrArray *kept;

  if (!list || list->len == 0)
    return NULL;
  kept = g_ptr_array_new_full (list->len, NULL);
  for (guint i = 0; i < list->len; i++)
    g_ptr_array_add (kept, (gpointer) keep_text (report, g_ptr_array_index (list, i), ""));
  g_ptr_array_add (report->lists, kept);
  return kept;
}

static void
free_note (gpointer data)
{
  report_note_free (data);
}

static const GPtrArray *
keep_notes (Report * report, const GPtrArray * notes)
{
  GPtrArray *kept;

  if (!notes || notes->len == 0)
    return NULL;
  kept = g_ptr_array_new_with_free_func (free_note);
  for (guint i = 0; i < notes->len; i++) {
    const ReportNote *note = g_ptr_array_index (notes, i);
    g_autofree gchar *id = clean_line (note->id);
    g_autofree gchar *text = clean_line (note->text);

    g_ptr_array_add (kept, report_note_new (id, text));
  }
  g_ptr_array_add (report->lists, kept);
  return kept;
}

static void
keep_table (ReportTable * table)
{
  clean_owned (&table->title);
  for (guint i = 0; i < table->rows->len; i++) {
    ReportRow *row = g_ptr_array_index (table->rows, i);

    for (guint c = 0; c < table->n_columns; c++)
      clean_owned (&row->cells[c]);
  }
}

static const ReportKnown *
keep_known (Report * report, const ReportKnown * known)
{
  ReportKnown *kept;

  if (!known)
    return NULL;
  kept = g_new0 (ReportKnown, 1);
  kept->id = keep_text (report, known->id, "?");
  kept->reference = keep_text (report, known->reference, "no reference");
  kept->fixed = keep_text (report, known->fixed, "none");
  kept->summary = keep_text (report, known->summary, "");
  kept->proof = keep_text (report, known->proof, "");
  g_ptr_array_add (report->knowns, kept);
  return kept;
}

/* JSON has no word for what is not finite. */
static gdouble
clean_seconds (gdouble seconds)
{
  return isfinite (seconds) && seconds > 0 ? seconds : 0;
}

static void
keep_result (Report * report, ReportResult * result)
{
  result->contract = keep_text (report, result->contract, NULL);
  result->contract_id = keep_text (report, result->contract_id, NULL);
  result->contract_text = keep_text (report, result->contract_text, NULL);
  result->blamed = keep_text (report, result->blamed, NULL);
  result->element = keep_text (report, result->element, NULL);
  result->evidence = keep_list (report, result->evidence);
  result->known = keep_known (report, result->known);
  clean_owned (&result->message);
}

static void
keep_case (Report * report, ReportCase * kept)
{
  if (kept->results->len == 0) {
    ReportResult *nothing = report_result_new ();

    nothing->verdict = REPORT_BROKEN;
    nothing->message = g_strdup ("nothing was judged");
    g_ptr_array_add (kept->results, nothing);
  }
  kept->name = keep_text (report, kept->name, "unnamed");
  kept->pair = keep_text (report, kept->pair, "-");
  kept->seconds = clean_seconds (kept->seconds);
  kept->stack = keep_list (report, kept->stack);
  for (guint i = 0; kept->listing && i < kept->listing->len; i++)
    clean_owned ((gchar **) & g_ptr_array_index (kept->listing, i));
  clean_owned (&kept->reproduce);
  for (guint i = 0; i < kept->tables->len; i++)
    keep_table (g_ptr_array_index (kept->tables, i));
  for (guint i = 0; i < kept->results->len; i++)
    keep_result (report, g_ptr_array_index (kept->results, i));
  g_ptr_array_add (report->cases, kept);
}

static void
keep_run (Report * report, const ReportRun * run)
{
  report->run = *run;
  report->run.program = keep_text (report, run->program, PACKAGE_NAME);
  report->run.version = keep_text (report, run->version, PACKAGE_VERSION);
  report->run.target = keep_text (report, run->target, "unknown");
  report->run.host = keep_text (report, run->host, "unknown");
}

static void
flush (Report * report)
{
  if (report->failure == 0 && !fd_write_all (report->fd, report->out->str, report->out->len))
    report->failure = errno;
  g_string_truncate (report->out, 0);
}

static gboolean
flush_and_tell (Report * report, GError ** error)
{
  flush (report);
  if (report->failure == 0 || report->failure_told)
    return TRUE;
  report->failure_told = TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (report->failure),
      "output: %s", g_strerror (report->failure));
  return FALSE;
}

Report *
report_new (const Reporter * reporter, const ReportRun * run, const ReportStyle * style, gint fd)
{
  static const ReportStyle plain = {.width = 80 };
  Report *report = g_new0 (Report, 1);

  report->reporter = reporter;
  report->style = style ? *style : plain;
  if (report->style.width == 0)
    report->style.width = plain.width;
  report->cases = g_ptr_array_new_with_free_func ((GDestroyNotify) report_case_free);
  report->lists = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  report->knowns = g_ptr_array_new_with_free_func (g_free);
  report->texts = g_string_chunk_new (4096);
  report->fd = fd;
  report->out = g_string_new (NULL);
  keep_run (report, run);
  report->state = reporter->begin (&report->run, &report->style, report->out);
  flush (report);
  return report;
}

static void
count_case (Report * report, const ReportCase * counted)
{
  for (guint i = 0; i < counted->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (counted->results, i);

    report->totals.counts[result->verdict]++;
  }
  report->totals.cases[report_case_verdict (counted)]++;
  report->totals.seconds += counted->seconds;
}

gboolean
report_add (Report * report, ReportCase * take_case, GError ** error)
{
  g_return_val_if_fail (!report->ended, TRUE);

  keep_case (report, take_case);
  count_case (report, take_case);
  report->reporter->result (report->state, take_case, report->out);
  return flush_and_tell (report, error);
}

static void
end_reporter (Report * report)
{
  if (report->ended)
    return;
  report->ended = TRUE;
  report->totals.result = report->result = report_result_line (report->cases, &report->totals);
  report->reporter->end (g_steal_pointer (&report->state), &report->totals, report->out);
}

gboolean
report_end (Report * report, const ReportTotals * whole, GError ** error)
{
  g_return_val_if_fail (!report->ended, TRUE);

  if (whole) {
    report->totals.interrupted = whole->interrupted;
    report->totals.strict = whole->strict;
    report->totals.xpass = keep_notes (report, whole->xpass);
    report->totals.excess = keep_notes (report, whole->excess);
  }
  end_reporter (report);
  return flush_and_tell (report, error);
}

gboolean
report_fails (const ReportTotals * totals)
{
  return totals->counts[REPORT_FAIL] > 0 || (totals->excess && totals->excess->len > 0)
      || (totals->strict && (totals->counts[REPORT_XPASS] > 0
              || (totals->xpass && totals->xpass->len > 0)));
}

const ReportTotals *
report_totals (const Report * report)
{
  return &report->totals;
}

const ReportStyle *
report_style (const Report * report)
{
  return &report->style;
}

void
report_free (Report * report)
{
  if (!report)
    return;
  end_reporter (report);
  g_string_free (report->out, TRUE);
  g_free (report->result);
  g_ptr_array_unref (report->cases);
  g_ptr_array_unref (report->lists);
  g_ptr_array_unref (report->knowns);
  g_string_chunk_free (report->texts);
  g_free (report);
}
