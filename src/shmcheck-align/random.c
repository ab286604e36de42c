/* shmcheck-align allocators --random: many rows by chance, what breaks shrunk to the least. */
#include "config.h"
#include "shmcheck-align/memory.h"

#include <string.h>

/* Rows that one prober measures, and one case has. */
#define BATCH 2000
/* Shrinking ends: every step makes a number smaller, and there are not that many. */
#define STEPS_MAX 400

static const gchar *const contracts[] = {
  "maxsize-true", "offset-size", "params", "peer-map", "one-page", "enough", NULL
};

typedef struct
{
  Align *align;
  GHashTable *shrunk;           /* set of gchar*: "target contract" */
} Random;

/* --- shrinking --- */

/* Measures ROWS of the target of TRACE again. */
static Trace *
measure (Align * align, const Trace * trace, const GArray * rows)
{
  const gchar *target = trace_role_get (trace_role (trace, 0), "target", "");
  g_autoptr (RunProbe) probe = align_case (align, target);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++) {
    g_autofree gchar *row = probe_row_text (&g_array_index (rows, ProbeRow, i));

    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", row);
  }
  run_probe_set (probe, "rows", text->str);
  return run_probe (&align->context, probe, trace->seed);
}

/* Makes ROW simpler until nothing simpler breaks CONTRACT. Returns how often it could. */
static guint
shrink (Align * align, const Trace * trace, const gchar * contract, ProbeRow * row)
{
  guint steps = 0;

  while (steps < STEPS_MAX && !session_is_interrupted ()) {
    g_autoptr (GArray) simpler = probe_rows_simpler (row);
    g_autoptr (Trace) tried = NULL;

    if (simpler->len == 0)
      break;
    tried = measure (align, trace, simpler);
    if (!align_find_broken (tried, contract, row))
      break;
    steps++;
  }
  return steps;
}

/* Says in RESULT what the least is. */
static void
explain (Random * self, const Trace * trace, ReportCase * report_case, ReportResult * result)
{
  const gchar *target = trace_role_get (trace_role (trace, 0), "target", "");
  g_autofree gchar *key = g_strdup_printf ("%s %s", target, result->contract);
  g_autofree gchar *text = NULL;
  ProbeRow row;
  guint steps;

  if (g_hash_table_contains (self->shrunk, key)
      || !align_find_broken (trace, result->contract, &row))
    return;
  g_hash_table_add (self->shrunk, g_steal_pointer (&key));
  steps = shrink (self->align, trace, result->contract, &row);
  text = probe_row_text (&row);
  result->message = g_strdup_printf ("the least that breaks it (after %u steps): --rows=%s", steps,
      text);
  if (!report_case->listing)
    report_case->listing = align_snippet (trace, result->contract, &row);
}

static void
add_tables (gpointer user, const Trace * trace, ReportCase * report_case)
{
  for (guint i = 0; i < report_case->results->len; i++) {
    ReportResult *result = g_ptr_array_index (report_case->results, i);

    if (result->contract
        && (result->verdict == REPORT_FAIL || result->verdict == REPORT_XFAIL))
      explain (user, trace, report_case, result);
  }
}

/* --- the run --- */

static void
add_batches (Align * align, GPtrArray * cases, const gchar * target, guint64 count)
{
  for (guint64 from = 0; from < count; from += BATCH) {
    RunProbe *probe = align_case (align, target);
    g_autofree gchar *first = g_strdup_printf ("%" G_GUINT64_FORMAT, from);
    g_autofree gchar *n = g_strdup_printf ("%" G_GUINT64_FORMAT, MIN (count - from, BATCH));
    g_autofree gchar *name = g_strdup_printf ("%s/random/%s", probe->name, first);

    g_free (probe->name);
    probe->name = g_steal_pointer (&name);
    run_probe_set (probe, "random-from", first);
    run_probe_set (probe, "random-count", n);
    g_ptr_array_set_size (probe->contracts, 0);
    for (gsize i = 0; contracts[i]; i++) {
      if (!align->contracts
          || g_strv_contains ((const gchar * const *) align->contracts, contracts[i]))
        g_ptr_array_add (probe->contracts, g_strdup (contracts[i]));
    }
    g_ptr_array_add (cases, probe);
  }
}

Status
align_random (Align * align, guint64 count)
{
  Random self = {.align = align };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) targets = align_find (align, &error);
  g_autoptr (GPtrArray) selected = targets ? align_select (align, targets) : NULL;
  g_autoptr (GPtrArray) cases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) run_probe_free);
  Status status;

  if (!targets)
    return command_error (STATUS_BROKEN, "allocators: %s", error->message);
  if (!selected)
    return STATUS_USAGE;
  for (guint i = 0; i < selected->len; i++) {
    const AlignTarget *target = g_ptr_array_index (selected, i);

    if (!target->reason)
      add_batches (align, cases, target->name, count);
  }
  self.shrunk = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  align->add_tables = add_tables;
  align->user = &self;
  status = align_report (align, selected, cases, targets->len);
  align->add_tables = NULL;
  g_hash_table_unref (self.shrunk);
  return status;
}
