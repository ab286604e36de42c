/* shmcheck-align prove: every planted defect against every check. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "probe/probe.h"
#include "report/table.h"

#include <string.h>

/* What a contract came to for one twin. */
typedef enum
{ NOT_JUDGED, HELD, BROKE } Outcome;

typedef struct
{
  const AlignTarget *target;
  RunProbe *probe;
  gdouble seconds;
  gchar *trouble;               /* it could not be measured; NULL: it could */
  GArray *outcomes;             /* Outcome, in the order of the command's contracts */
  GPtrArray *evidence;          /* gchar*: of the contract that it is for */
} Twin;

static void
twin_free (gpointer data)
{
  Twin *twin = data;

  run_probe_free (twin->probe);
  g_array_unref (twin->outcomes);
  g_ptr_array_unref (twin->evidence);
  g_free (twin->trouble);
  g_free (twin);
}

static gboolean
is_clean (const Twin * twin)
{
  return g_str_equal (twin->target->twin, "-");
}

/* --- running --- */

typedef struct
{
  Align *align;
  GPtrArray *twins;             /* Twin*, in the order of the jobs */
  guint next;
} Proof;

static void
note_finding (Twin * twin, const AlignCommand * command, const CheckFinding * finding)
{
  for (guint i = 0; command->contracts[i]; i++) {
    if (!g_str_equal (command->contracts[i], finding->check->name))
      continue;
    if (finding->outcome == CHECK_PASS || finding->outcome == CHECK_FAIL)
      g_array_index (twin->outcomes, Outcome, i) = finding->outcome == CHECK_FAIL ? BROKE : HELD;
    if (finding->outcome == CHECK_FAIL
        && (is_clean (twin) || g_str_equal (finding->check->name, twin->target->twin))) {
      for (guint e = 0; e < finding->evidence->len; e++)
        g_ptr_array_add (twin->evidence, g_strdup (g_ptr_array_index (finding->evidence, e)));
    }
  }
}

static void
judge_twin (Twin * twin, const AlignCommand * command, const Trace * trace)
{
  GPtrArray *findings = check_run_all (trace);

  for (guint i = 0; i < findings->len; i++)
    note_finding (twin, command, g_ptr_array_index (findings, i));
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_BROKEN && !twin->trouble)
      twin->trouble = g_strdup (event->text);
  }
  g_ptr_array_unref (findings);
}

static gboolean
on_done (gpointer user, const RunJob * job, Trace * take_trace)
{
  Proof *proof = user;
  Twin *twin = g_ptr_array_index (proof->twins, proof->next++);

  /* What was cut short says nothing. */
  if (session_is_interrupted ()) {
    proof->next--;
    trace_free (take_trace);
    return FALSE;
  }
  twin->seconds = job->seconds;
  judge_twin (twin, proof->align->command, take_trace);
  trace_free (take_trace);
  return TRUE;
}

static GPtrArray *
run_twins (Align * align, const GPtrArray * targets)
{
  Proof proof = {.align = align,.twins = g_ptr_array_new_with_free_func (twin_free) };
  g_autoptr (GArray) jobs = g_array_new (FALSE, TRUE, sizeof (RunJob));

  for (guint i = 0; i < targets->len; i++) {
    const AlignTarget *target = g_ptr_array_index (targets, i);
    Twin *twin;

    if (!target->twin)
      continue;
    twin = g_new0 (Twin, 1);
    twin->target = target;
    twin->probe = align_case (align, target->name);
    twin->outcomes = g_array_new (FALSE, TRUE, sizeof (Outcome));
    twin->evidence = g_ptr_array_new_with_free_func (g_free);
    g_array_set_size (twin->outcomes, twin->probe->contracts->len);
    g_ptr_array_add (proof.twins, twin);
    g_array_append_val (jobs, ((RunJob) { twin->probe, align->common.seed, 0.0}));
  }
  run_jobs (&align->context, align_run_job, jobs, (guint) align->common.n_jobs, on_done, NULL, &proof);
  g_ptr_array_set_size (proof.twins, (gint) proof.next);
  return proof.twins;
}

/* --- the matrix --- */

/* Column 0 names the defect, one for each contract, and the last says what is expected. */
static ReportColumn *
make_columns (const AlignCommand * command, guint n_contracts)
{
  ReportColumn *columns = g_new0 (ReportColumn, n_contracts + 2);

  columns[0].name = "defect";
  for (guint i = 0; i < n_contracts; i++)
    columns[i + 1].name = check_by_name (command->contracts[i])->id;
  columns[n_contracts + 1].name = "expected";
  return columns;
}

static Outcome
outcome_of (const Twin * twin, guint contract)
{
  return g_array_index (twin->outcomes, Outcome, contract);
}

/* Caught by its contract; without a defect by none. */
static gboolean
is_proven (const Twin * twin, const AlignCommand * command)
{
  gboolean caught = FALSE, any = FALSE;

  for (guint i = 0; i < twin->outcomes->len; i++) {
    any |= outcome_of (twin, i) == BROKE;
    caught |= outcome_of (twin, i) == BROKE
        && g_str_equal (command->contracts[i], twin->target->twin);
  }
  return !twin->trouble && (is_clean (twin) ? !any : caught);
}

static void
add_to_matrix (ReportTable * matrix, const Twin * twin, const AlignCommand * command)
{
  static const gchar *const marks[] = {[NOT_JUDGED] = "",[HELD] = ".",[BROKE] = "X" };
  gboolean proven = is_proven (twin, command);
  gchar **cells = report_table_add (matrix, proven ? REPORT_PASS : REPORT_FAIL, TRUE)->cells;

  cells[0] = g_strdup (twin->target->name + strlen ("twin:"));
  for (guint i = 0; i < twin->outcomes->len; i++)
    cells[i + 1] = g_strdup (marks[outcome_of (twin, i)]);
  cells[matrix->n_columns - 1] = g_strdup_printf ("%s%s",
      is_clean (twin) ? "nothing" : twin->target->twin, proven ? "" : ": NO");
}

static ReportTable *
make_matrix (const GPtrArray * twins, const AlignCommand * command)
{
  guint n_contracts = g_strv_length ((gchar **) command->contracts);
  g_autofree gchar *title = g_strdup_printf
      ("%s: planted defects against checks (X found, . not found)", command->name);
  g_autofree ReportColumn *columns = make_columns (command, n_contracts);
  ReportTable *matrix = report_table_new (title, columns, n_contracts + 2);

  for (guint i = 0; i < twins->len; i++)
    add_to_matrix (matrix, g_ptr_array_index (twins, i), command);
  return matrix;
}

/* --- the report --- */

static gchar *
explain (const Twin * twin, const AlignCommand * command)
{
  if (twin->trouble)
    return g_strdup (twin->trouble);
  if (is_proven (twin, command))
    return NULL;
  return is_clean (twin) ? g_strdup ("something was found where nothing is wrong")
      : g_strdup ("the planted defect was not found");
}

static ReportCase *
make_case (Align * align, const Twin * twin)
{
  const Check *check = check_by_name (twin->target->twin);
  ReportCase *report_case = report_case_new ();
  ReportResult *result = report_result_new ();

  result->verdict = is_proven (twin, align->command) ? REPORT_PASS
      : twin->trouble ? REPORT_BROKEN : REPORT_FAIL;
  result->message = explain (twin, align->command);
  result->looked = 1;
  result->broken = result->verdict == REPORT_FAIL;
  result->evidence = result->verdict == REPORT_PASS ? NULL : twin->evidence;
  if (check) {
    result->contract = check->name;
    result->contract_id = check->id;
    result->contract_text = check->contract;
  }
  g_ptr_array_add (report_case->results, result);
  report_case->name = twin->probe->name;
  report_case->pair = align->command->kind;
  report_case->seed = align->common.seed;
  report_case->seconds = twin->seconds;
  report_case->reproduce = g_strdup_printf ("%s %s '%s'", command_program, align->command->name,
      twin->target->name);
  return report_case;
}

static gboolean
report_twins (Align * align, const GPtrArray * twins, Session * session)
{
  for (guint i = 0; i < twins->len; i++) {
    ReportCase *report_case = make_case (align, g_ptr_array_index (twins, i));

    if (i + 1 == twins->len && !session_is_interrupted ())
      g_ptr_array_add (report_case->tables, make_matrix (twins, align->command));
    if (!session_report (session, report_case))
      return FALSE;
  }
  return TRUE;
}

static gboolean
prove (const AlignCommand * command, const SessionOptions * options, Session * session,
    Status * status)
{
  Align align = { 0 };
  gchar *argv[] = { (gchar *) command->name, NULL };
  g_autoptr (GPtrArray) targets = NULL, twins = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good = align_parse (&align, command, 1, argv, NULL) && align_open (&align, status);

  if (good) {
    align.common.seed = options->seed;
    g_hash_table_replace (align.config, g_strdup ("brief"), g_strdup ("yes"));
    align.common.n_jobs = options->n_jobs;
    align.context.timeout_factor = options->factor;
    targets = align_find (&align, &error);
    if (targets) {
      twins = run_twins (&align, targets);
      good = report_twins (&align, twins, session);
    } else {
      *status = command_error (STATUS_BROKEN, "prove: %s: %s", command->name, error->message);
      good = FALSE;
    }
  }
  g_clear_pointer (&twins, g_ptr_array_unref);
  align_clear (&align);
  return good;
}

static const AlignCommand *
find_command (const gchar * name)
{
  for (gsize i = 0; align_commands[i]; i++) {
    if (g_str_equal (align_commands[i]->name, name))
      return align_commands[i];
  }
  return NULL;
}

static Status
prove_all (const SessionOptions * options, gint argc, gchar ** argv)
{
  Session session = {.options = options,.command = "prove" };
  g_autoptr (GError) error = NULL;
  Status status = STATUS_USAGE;
  gboolean good;

  if (options->record || options->replay)
    return command_error (STATUS_USAGE, "prove: --%s: is for commands that probe; name a twin there",
        options->record ? "record" : "replay");
  for (gint i = 1; i < argc; i++) {
    if (!find_command (argv[i]))
      return command_error (STATUS_USAGE, "prove: no such command with twins: %s", argv[i]);
  }
  good = session_init (&session, &error) && session_begin (&session, "twins", 0, 0);
  if (error)
    command_error (STATUS_USAGE, "%s", error->message);
  for (gsize i = 0; good && align_commands[i] && !session_is_interrupted (); i++) {
    if (argc == 1 && !probe_by_name (align_commands[i]->kind))
      continue;                 /* built without GStreamer */
    if (argc == 1 || g_strv_contains ((const gchar * const *) argv + 1, align_commands[i]->name))
      good = prove (align_commands[i], options, &session, &status);
  }
  session.interrupted = session_is_interrupted ();
  if (good)
    status = session_end (&session);
  session_clear (&session);
  return status;
}

Status
command_prove (gint argc, gchar ** argv)
{
  SessionOptions options = { 0 };
  const GOptionEntry none[] = { {NULL} };
  Status status = STATUS_USAGE;

  if (session_parse (&options, &argc, &argv, "prove", "[COMMAND...]",
          "shows that each check finds the defect that it is for", none))
    status = prove_all (&options, argc, argv);
  session_clear_options (&options);
  session_end_interrupted ();
  return status;
}
