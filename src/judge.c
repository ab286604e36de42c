#include "config.h"
#include "judge.h"

#include "check/lost.h"
#include "scenario/known.h"

#include <string.h>

struct Judge
{
  const GPtrArray *issues;
  gboolean allow_known;
  GStringChunk *strings;
  GPtrArray *arrays;            /* GPtrArray* kept for the reports */
  GHashTable *known;            /* KnownIssue* to ReportKnown* */
  GHashTable *seen;             /* set of KnownIssue*: those that showed */
  GHashTable *held;             /* KnownIssue* to guint: cases in which its contract held */
  GPtrArray *xpass;
};

Judge *
judge_new (const GPtrArray * issues, gboolean allow_known)
{
  Judge *judge = g_new0 (Judge, 1);

  judge->issues = issues;
  judge->allow_known = allow_known;
  judge->strings = g_string_chunk_new (4096);
  judge->arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  judge->known = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  judge->seen = g_hash_table_new (NULL, NULL);
  judge->held = g_hash_table_new (NULL, NULL);
  return judge;
}

void
judge_free (Judge * judge)
{
  if (!judge)
    return;
  g_string_chunk_free (judge->strings);
  g_ptr_array_unref (judge->arrays);
  g_hash_table_unref (judge->known);
  g_hash_table_unref (judge->seen);
  g_hash_table_unref (judge->held);
  g_clear_pointer (&judge->xpass, g_ptr_array_unref);
  g_free (judge);
}

static const ReportKnown *
report_known (Judge * judge, const KnownIssue * issue)
{
  ReportKnown *known = g_hash_table_lookup (judge->known, issue);

  if (known)
    return known;
  known = g_new0 (ReportKnown, 1);
  known->id = issue->id;
  known->reference = issue->reference;
  known->fixed = issue->fixed;
  known->summary = issue->summary;
  known->proof = issue->proof;
  g_hash_table_insert (judge->known, (gpointer) issue, known);
  return known;
}

static ReportResult *
add_result (ReportCase * report_case, ReportVerdict verdict, const Check * check)
{
  ReportResult *result = report_result_new ();

  result->verdict = verdict;
  if (check) {
    result->contract = check->name;
    result->contract_id = check->id;
    result->contract_text = check->contract;
  }
  g_ptr_array_add (report_case->results, result);
  return result;
}

static const gchar *
intern (Judge * judge, const gchar * text)
{
  return g_string_chunk_insert_const (judge->strings, text);
}

/* --- one contract --- */

static void
add_failure (Judge * judge, ReportCase * report_case, const Trace * trace,
    const CheckFinding * finding)
{
  const TraceRole *role = finding->role >= 0 ? trace_role (trace, finding->role) : NULL;
  const KnownIssue *issue = role ? known_find (judge->issues, finding->check->name,
      role->element, role->version, trace->name) : NULL;
  ReportResult *result = add_result (report_case,
      issue && judge->allow_known ? REPORT_XFAIL : REPORT_FAIL, finding->check);

  result->looked = finding->looked;
  result->broken = finding->broken;
  result->evidence = finding->evidence;
  if (role) {
    const gchar *plugin = trace_role_get (role, "plugin", NULL);
    g_autofree gchar *blamed = g_strdup_printf ("%s %s (%s %s%s%s)", role->element, role->version,
        trace_side_name (role->side), role->name, plugin ? ", " : "", plugin ? plugin : "");

    result->blamed = intern (judge, blamed);
    result->element = intern (judge, role->element);
  }
  if (issue) {
    result->known = report_known (judge, issue);
    g_hash_table_add (judge->seen, (gpointer) issue);
  }
}

static const TraceEvent *
first_event (const Trace * trace, TraceKind kind)
{
  for (guint i = 0; i < trace->events->len; i++) {
    if (trace_at (trace, i)->kind == kind)
      return trace_at (trace, i);
  }
  return NULL;
}

/* Known issues of this contract, of elements that took part, did not show here. A case that was
 * cut short may not have come so far. */
static void
note_held (Judge * judge, const Trace * trace, const Check * check)
{
  if (first_event (trace, TRACE_STEP_LATE))
    return;
  for (guint i = 0; judge->issues && i < judge->issues->len; i++) {
    const KnownIssue *issue = g_ptr_array_index (judge->issues, i);

    guint held = GPOINTER_TO_UINT (g_hash_table_lookup (judge->held, issue));

    if (!g_str_equal (issue->contract, check->name))
      continue;
    for (guint r = 0; r < trace->roles->len; r++) {
      const TraceRole *role = trace_role (trace, (gint) r);

      if (known_concerns (issue, role->element, role->version, trace->name))
        g_hash_table_insert (judge->held, (gpointer) issue, GUINT_TO_POINTER (held + 1));
    }
  }
}

static void
add_pass (Judge * judge, ReportCase * report_case, const Trace * trace,
    const CheckFinding * finding)
{
  ReportResult *result = add_result (report_case, REPORT_PASS, finding->check);

  result->looked = finding->looked;
  note_held (judge, trace, finding->check);
}

/* --- the case as a whole --- */

static gboolean
has_verdict (const ReportCase * report_case, ReportVerdict verdict)
{
  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);

    if (result->verdict == verdict)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_breach (const ReportResult * result)
{
  return result->verdict == REPORT_FAIL || result->verdict == REPORT_XFAIL;
}

/* Who breaks the wire's contracts leaves others without anything that could be followed. */
static gboolean
has_broken_wire (const ReportCase * report_case)
{
  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);

    if (is_breach (result) && result->contract_id && result->contract_id[0] == 'W')
      return TRUE;
  }
  return FALSE;
}

/* A pipeline of the user's own need not do what a contract is about: its buffers have no numbers. */
static gboolean
has_own_pipeline (const Trace * trace)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (trace_role_get (trace_role (trace, (gint) i), "pipeline", NULL))
      return TRUE;
  }
  return FALSE;
}

/* Why the target has nothing to show of CONTRACT, if its prober said so; else NULL. */
static const gchar *
absence_of (const Trace * trace, const gchar * contract)
{
  gsize length = strlen (contract);

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_ABSENT && g_str_has_prefix (event->text, contract)
        && g_str_has_prefix (event->text + length, ": "))
      return event->text + length + 2;
  }
  return NULL;
}

/* A contract with nothing to look at is a measurement that failed; unless what is reported already
 * explains it: a breach, or the step that failed. It never counts as held. */
static void
add_vacuous (ReportCase * report_case, const Trace * trace, const Check * check,
    const TraceEvent * late)
{
  gboolean breach = has_verdict (report_case, REPORT_FAIL)
      || has_verdict (report_case, REPORT_XFAIL);
  gboolean own = has_own_pipeline (trace);
  const gchar *absence = absence_of (trace, check->name);
  gboolean explained = own || late || absence || has_broken_wire (report_case);
  ReportResult *result = add_result (report_case, explained ? REPORT_SKIP : REPORT_BROKEN, check);

  if (!explained)
    result->message = g_strdup ("nothing to look at");
  else if (absence)
    result->message = g_strdup (absence);
  else if (own && !late && !breach)
    result->message = g_strdup ("the given pipeline shows nothing of it");
  else
    result->message = g_strdup (breach ? "not reached: another contract of the case was broken"
        : "not reached: a step of the case failed");
}

/* Noise at a stop (L1) comes after every step that could have been late: it explains none. */
static gboolean
explains_a_late_step (const ReportCase * report_case)
{
  for (guint i = 0; i < report_case->results->len; i++) {
    const ReportResult *result = g_ptr_array_index (report_case->results, i);

    if (is_breach (result) && g_strcmp0 (result->contract_id, "L1") != 0)
      return TRUE;
  }
  return FALSE;
}

static void
add_unexplained (Judge * judge, ReportCase * report_case, const TraceEvent * late)
{
  if (!late || explains_a_late_step (report_case))
    return;
  add_result (report_case, REPORT_BROKEN, NULL)->message =
      g_strdup_printf ("step failed or late, and no contract of the case says why: %s", late->text);
}

static void
add_stack (Judge * judge, ReportCase * report_case, const Trace * trace)
{
  GPtrArray *stack = NULL;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind != TRACE_STACK)
      continue;
    if (!stack) {
      stack = g_ptr_array_new ();
      g_ptr_array_add (judge->arrays, stack);
    }
    g_ptr_array_add (stack, (gpointer) intern (judge, event->text));
  }
  report_case->stack = stack;
}

/* A machine that stood still is nobody's fault, nor is what came of it. */
static void
add_stalled (ReportCase * report_case, const CheckFinding * finding, gint64 lost_ns)
{
  ReportResult *result = add_result (report_case, REPORT_BROKEN, finding ? finding->check : NULL);

  result->message = g_strdup_printf ("this machine stood still for %.1f s", (gdouble) lost_ns / 1e9);
  if (finding) {
    result->looked = finding->looked;
    result->evidence = finding->evidence;
  }
}

/* Whether FINDING, a FAIL, rests on nothing from before the step that LOST tells of. */
static gboolean
comes_of (const CheckFinding * finding, const TraceEvent * lost, const CheckSpan * span)
{
  return lost && finding->since_ns >= span->from_ns;
}

static void
judge_contracts (Judge * judge, ReportCase * report_case, const Trace * trace)
{
  GPtrArray *findings = check_run_all (trace);
  const TraceEvent *late = first_event (trace, TRACE_STEP_LATE);
  CheckSpan span = { 0 };
  const TraceEvent *lost = check_lost_late (trace, &span);
  gint64 lost_ns = lost ? check_lost_ns (trace, span.from_ns, span.to_ns) : 0;

  g_ptr_array_add (judge->arrays, findings);
  for (guint i = 0; i < findings->len; i++) {
    const CheckFinding *finding = g_ptr_array_index (findings, i);

    if (finding->outcome == CHECK_STALLED)
      add_stalled (report_case, finding, finding->lost_ns);
    else if (finding->outcome == CHECK_FAIL && comes_of (finding, lost, &span))
      add_stalled (report_case, finding, lost_ns);
    else if (finding->outcome == CHECK_FAIL)
      add_failure (judge, report_case, trace, finding);
    else if (finding->outcome == CHECK_PASS)
      add_pass (judge, report_case, trace, finding);
  }
  if (lost && !has_verdict (report_case, REPORT_BROKEN))
    add_stalled (report_case, NULL, lost_ns);
  else if (!lost)
    add_unexplained (judge, report_case, late);
  for (guint i = 0; i < findings->len; i++) {
    const CheckFinding *finding = g_ptr_array_index (findings, i);

    if (finding->outcome == CHECK_VACUOUS)
      add_vacuous (report_case, trace, finding->check, late);
  }
}

ReportCase *
judge_case (Judge * judge, const Trace * trace, gdouble seconds, const gchar * reproduce)
{
  ReportCase *report_case = report_case_new ();
  const TraceEvent *skip = first_event (trace, TRACE_SKIP);
  const TraceEvent *broken = first_event (trace, TRACE_BROKEN);

  report_case->name = intern (judge, trace->name);
  report_case->pair = intern (judge, trace->pair);
  report_case->seed = trace->seed;
  report_case->seconds = seconds;
  report_case->reproduce = g_strdup (reproduce);
  add_stack (judge, report_case, trace);
  if (skip)
    add_result (report_case, REPORT_SKIP, NULL)->message = g_strdup (skip->text);
  else if (broken)
    add_result (report_case, REPORT_BROKEN, NULL)->message = g_strdup (broken->text);
  else
    judge_contracts (judge, report_case, trace);
  return report_case;
}

const GPtrArray *
judge_xpass (Judge * judge)
{
  GHashTableIter iter;
  gpointer key, count;

  if (judge->xpass)
    return judge->xpass;
  judge->xpass = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, judge->held);
  while (g_hash_table_iter_next (&iter, &key, &count)) {
    const KnownIssue *issue = key;

    if (issue->sure > 0 && GPOINTER_TO_UINT (count) >= issue->sure
        && !g_hash_table_contains (judge->seen, issue))
      g_ptr_array_add (judge->xpass, issue->id);
  }
  return judge->xpass;
}
