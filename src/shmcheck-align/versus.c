/* shmcheck-align allocators --vs and --style=seed: rows side by side, and as the plain lines of a
 * bug report. */
#include "config.h"
#include "shmcheck-align/memory.h"

#include "check/life.h"
#include "report/table.h"

#include <string.h>

#define N(value) g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) (value))

GPtrArray *
align_cases (Align * align, const GPtrArray * targets, const gchar * path)
{
  GPtrArray *cases = g_ptr_array_new_with_free_func ((GDestroyNotify) run_probe_free);

  for (guint i = 0; i < targets->len; i++) {
    const AlignTarget *target = g_ptr_array_index (targets, i);
    RunProbe *probe;

    if (target->reason && !path)
      continue;
    probe = align_case (align, target->name);
    if (path && g_file_test (path, G_FILE_TEST_IS_DIR))
      run_probe_set (probe, "gst-path", path);
    else if (path)
      run_probe_set (probe, "plugins", path);
    if (path)                   /* another build need not have all that this one has */
      run_probe_set (probe, "may-lack", "true");
    g_ptr_array_add (cases, probe);
  }
  return cases;
}

/* --- traces kept by target --- */

static gboolean
keep_trace (gpointer user, const RunJob * job, Trace * take_trace)
{
  const RunProbe *probe = job->plan;

  g_hash_table_replace (user, g_strdup (g_hash_table_lookup (probe->config, "target")),
      take_trace);
  return !session_is_interrupted ();
}

/* The traces of CASES (gchar* target to Trace*). */
static GHashTable *
run_cases (Align * align, const GPtrArray * cases)
{
  GHashTable *traces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) trace_free);
  g_autoptr (GArray) jobs = g_array_new (FALSE, TRUE, sizeof (RunJob));

  for (guint i = 0; i < cases->len; i++) {
    RunJob job = { g_ptr_array_index (cases, i), align->common.seed, 0.0 };

    g_array_append_val (jobs, job);
  }
  run_jobs (&align->context, align_run_job, jobs, (guint) align->common.n_jobs, keep_trace, NULL,
      traces);
  return traces;
}

/* --- side by side --- */

static const ReportColumn columns[] = {
  {"size", TRUE, REPORT_FOR_PEOPLE},
  {"params", FALSE},
  {"size", TRUE, REPORT_FOR_MACHINES},
  {"before_maxsize", TRUE, REPORT_FOR_MACHINES},
  {"before", FALSE},
  {"after_maxsize", TRUE, REPORT_FOR_MACHINES},
  {"after", FALSE},
};

typedef struct
{
  GHashTable *before;           /* gchar* target to Trace* */
  GHashTable *texts;            /* gchar* row to gchar* what it came to, of one trace */
  ReportTable *table;
} Versus;

static gchar *
outcome_text (const CheckRow * row)
{
  g_autofree gchar *verdict = check_row_verdict_text (row);

  return !row->object ? g_steal_pointer (&verdict)
      : g_strdup_printf ("%" G_GUINT64_FORMAT " %s", row->object->object.maxsize, verdict);
}

static void
note_before (const CheckRow * row, gpointer user)
{
  Versus *self = user;
  ProbeRow spec = align_row_spec (row);

  if (align_row_is_of_sweep (row))
    g_hash_table_replace (self->texts, probe_row_text (&spec), outcome_text (row));
}

static void
add_after (const CheckRow * row, gpointer user)
{
  Versus *self = user;
  ProbeRow spec = align_row_spec (row);
  g_autofree gchar *key = probe_row_text (&spec);
  g_autofree gchar *before = g_strdup (g_hash_table_lookup (self->texts, key));
  g_autofree gchar *after = outcome_text (row);
  gboolean differs = g_strcmp0 (before, after) != 0;
  guint64 bytes;
  CheckRowVerdict verdict = check_row_verdict (row, &bytes);
  gchar **cells;

  if (!align_row_is_of_sweep (row))
    return;
  cells = report_table_add (self->table, verdict == CHECK_ROW_OK
      || verdict == CHECK_ROW_REFUSED ? REPORT_PASS : REPORT_FAIL, differs)->cells;
  cells[0] = align_size_text (row->ask->size);
  cells[1] = align_params_text (row);
  cells[2] = N (row->ask->size);
  if (before && g_ascii_isdigit (before[0]))
    cells[3] = g_strndup (before, strcspn (before, " "));
  cells[4] = g_steal_pointer (&before);
  cells[6] = g_steal_pointer (&after);
  if (row->object)
    cells[5] = N (row->object->object.maxsize);
}

static void
add_tables (gpointer user, const Trace * trace, ReportCase * report_case)
{
  Versus *self = user;
  const gchar *target = trace_role_get (trace_role (trace, 0), "target", "");
  const Trace *before = g_hash_table_lookup (self->before, target);
  const TraceRole *old = before ? trace_role (before, 0) : NULL;
  const TraceRole *new = trace_role (trace, 0);
  g_autofree gchar *title = NULL;

  /* Skipped: nothing was probed. */
  if (!new || check_life_next (trace, 0, TRACE_TARGET, 0) == trace->events->len)
    return;
  title = g_strdup_printf ("%s: BEFORE %s %s, AFTER %s %s", trace->name, old ? old->element : "-",
      old ? old->version : "", new->element, new->version);
  self->table = report_table_new (title, columns, G_N_ELEMENTS (columns));
  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (before)
    check_rows (before, note_before, self);
  check_rows (trace, add_after, self);
  g_clear_pointer (&self->texts, g_hash_table_unref);
  g_ptr_array_add (report_case->tables, self->table);
}

Status
align_versus (Align * align, const gchar * path)
{
  Versus self = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) targets = align_find (align, &error);
  g_autoptr (GPtrArray) selected = targets ? align_select (align, targets) : NULL;
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  Status status;

  if (!targets)
    return command_error (STATUS_BROKEN, "allocators: %s", error->message);
  if (!selected)
    return STATUS_USAGE;
  before = align_cases (align, selected, NULL);
  after = align_cases (align, selected, path);
  self.before = run_cases (align, before);
  align->add_tables = add_tables;
  align->user = &self;
  status = align_report (align, selected, after, targets->len);
  align->add_tables = NULL;
  g_hash_table_unref (self.before);
  return status;
}

/* --- as lines --- */

typedef struct
{
  guint n_rows, n_bad;
} Lines;

static void
print_row (const CheckRow * row, gpointer user)
{
  Lines *lines = user;
  guint64 page = row->page, bytes;
  CheckRowVerdict verdict = check_row_verdict (row, &bytes);
  g_autofree gchar *text = check_row_verdict_text (row);
  const TraceEvent *object = row->object;

  lines->n_rows++;
  lines->n_bad += verdict != CHECK_ROW_OK && verdict != CHECK_ROW_REFUSED;
  if (!object)
    g_print ("size=%" G_GUINT64_FORMAT " %s\n", row->ask->size, text);
  else
    g_print ("size=%" G_GUINT64_FORMAT " maxsize=%" G_GUINT64_FORMAT " page_ceil=%"
        G_GUINT64_FORMAT " %s\n", row->ask->size, object->object.maxsize,
        (object->object.maxsize + page - 1) / page * page, text);
}

static void
print_traces (const gchar * heading, const GPtrArray * targets, GHashTable * traces,
    gboolean named, Lines * lines)
{
  if (heading)
    g_print ("%s:\n", heading);
  for (guint i = 0; i < targets->len; i++) {
    const AlignTarget *target = g_ptr_array_index (targets, i);
    const Trace *trace = g_hash_table_lookup (traces, target->name);

    if (named)
      g_print ("%s:%s%s\n", target->name, target->reason && !trace ? " " : "",
          target->reason && !trace ? target->reason : "");
    if (trace)
      check_rows (trace, print_row, lines);
    else if (!named && target->reason)
      command_error (STATUS_SKIP, "allocators: %s: %s", target->name, target->reason);
  }
}

/* The pair that tells the story: as it was before the fix, and after it. */
static Status
print_story (Align * align)
{
  static const gchar *const names[] = { "twin:unrounded-maxsize", "ref-memfd" };
  static const gchar *const headings[] = { "BEFORE", "AFTER" };
  Lines lines = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    AlignTarget target = {.name = (gchar *) names[i] };
    g_autoptr (GPtrArray) targets = g_ptr_array_new ();
    g_autoptr (GPtrArray) cases = NULL;
    g_autoptr (GHashTable) traces = NULL;

    lines.n_bad = 0;
    g_ptr_array_add (targets, &target);
    cases = align_cases (align, targets, NULL);
    traces = run_cases (align, cases);
    print_traces (headings[i], targets, traces, FALSE, &lines);
  }
  return lines.n_rows == 0 ? STATUS_BROKEN : lines.n_bad > 0 ? STATUS_FAIL : STATUS_PASS;
}

Status
align_seed_style (Align * align, const gchar * path)
{
  Lines lines = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) targets = align_find (align, &error);
  g_autoptr (GPtrArray) selected = NULL, cases = NULL, other_cases = NULL;
  g_autoptr (GHashTable) traces = NULL, other = NULL;

  if (!targets)
    return command_error (STATUS_BROKEN, "allocators: %s", error->message);
  if (!g_hash_table_contains (align->config, "rows"))
    g_hash_table_replace (align->config, g_strdup ("rows"), g_strdup ("100,5000"));
  if (align->globs->len == 0 && !path)
    return print_story (align);
  if (!(selected = align_select (align, targets)))
    return STATUS_USAGE;
  cases = align_cases (align, selected, NULL);
  traces = run_cases (align, cases);
  print_traces (path ? "BEFORE" : NULL, selected, traces, selected->len > 1, &lines);
  if (path) {
    lines = (Lines) { 0 };
    other_cases = align_cases (align, selected, path);
    other = run_cases (align, other_cases);
    print_traces ("AFTER", selected, other, selected->len > 1, &lines);
  }
  return lines.n_rows == 0 ? STATUS_SKIP : lines.n_bad > 0 ? STATUS_FAIL : STATUS_PASS;
}
