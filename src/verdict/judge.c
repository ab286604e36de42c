#include "config.h"
#include "verdict/judge.h"

#include "check/life.h"
#include "check/lost.h"
#include "verdict/tally.h"

#include <string.h>

/* How many errors of a case are quoted. */
#define QUOTES_MAX 8

struct Judge
{
  const GPtrArray *issues;
  gboolean allow_known;
  GStringChunk *strings;
  GPtrArray *arrays;            /* GPtrArray* kept for the reports */
  GHashTable *known;            /* KnownIssue* to ReportKnown* */
  KnownTally *tally;
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
  judge->tally = known_tally_new (issues);
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
  known_tally_free (judge->tally);
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

static const TraceEvent *
first_event (const Trace * trace, TraceKind kind)
{
  for (guint i = 0; i < trace->events->len; i++) {
    if (trace_at (trace, i)->kind == kind)
      return trace_at (trace, i);
  }
  return NULL;
}

/* --- what the roles themselves say --- */

static gboolean
is_said (const GPtrArray * lines, const gchar * text)
{
  for (guint i = 0; i < lines->len; i++) {
    if (strstr (g_ptr_array_index (lines, i), text))
      return TRUE;
  }
  return FALSE;
}

static void
quote (GPtrArray * lines, const Trace * trace, const TraceEvent * event)
{
  const TraceRole *role = trace_role (trace, event->role);
  const gdouble seconds = (gdouble) event->time_ns / 1e9;

  if (event->kind == TRACE_EXIT)
    g_ptr_array_add (lines, g_strdup_printf ("%.6f %s (%s %s): died of signal %" G_GINT64_FORMAT
            ": %s", seconds, role->name, role->element, role->version, -event->exit.status,
            event->text));
  else
    g_ptr_array_add (lines, g_strdup_printf ("%.6f %s (%s %s): its error, code %" G_GINT64_FORMAT
            ": %s", seconds, role->name, role->element, role->version, event->exit.status,
            event->text));
}

/* Appends to LINES the error messages and deaths of all roles up to UNTIL (NULL: all), each that
 * LINES do not say yet, once. */
static void
quote_errors (GPtrArray * lines, const Trace * trace, const TraceEvent * until)
{
  guint n_quoted = 0;

  for (guint i = 0; i < trace->events->len && n_quoted < QUOTES_MAX; i++) {
    const TraceEvent *event = trace_at (trace, i);
    const TraceRole *role = trace_role (trace, event->role);

    if (until && event->time_ns > until->time_ns)
      break;
    if (!role || role->side == TRACE_SIDE_TAP || is_said (lines, event->text)
        || !(event->kind == TRACE_BUS_ERROR || check_life_is_death (trace, i)))
      continue;
    quote (lines, trace, event);
    n_quoted++;
  }
}

/* --- one contract --- */

/* What one known issue (or none) explains of a finding. */
typedef struct
{
  const KnownIssue *issue;
  guint n_broken;
  const TraceEvent *last;       /* latest of its breaches; NULL: one has no event */
  GPtrArray *lines;             /* gchar*, the first of them */
} Share;

static void
free_share (gpointer data)
{
  Share *share = data;

  g_ptr_array_unref (share->lines);
  g_free (share);
}

static Share *
share_for (GPtrArray * shares, const KnownIssue * issue)
{
  Share *share;

  for (guint i = 0; i < shares->len; i++) {
    share = g_ptr_array_index (shares, i);
    if (share->issue == issue)
      return share;
  }
  share = g_new0 (Share, 1);
  share->issue = issue;
  share->lines = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (shares, share);
  return share;
}

static void
add_breach (Share * share, const CheckBreach * breach)
{
  if (!breach->at)
    share->last = NULL;
  else if (share->n_broken == 0 || (share->last && breach->at->time_ns > share->last->time_ns))
    share->last = breach->at;
  share->n_broken++;
  if (breach->line && share->lines->len < CHECK_EVIDENCE_MAX)
    g_ptr_array_add (share->lines, g_strdup (breach->line));
}

/* Each breach has to be explained for itself: what one defect does excuses no other. */
static GPtrArray *
share_out (Judge * judge, const Trace * trace, const CheckFinding * finding)
{
  GPtrArray *shares = g_ptr_array_new_with_free_func (free_share);
  const TraceEvent *death = check_life_death (trace, finding->role);
  KnownBreach known = {.trace = trace,.contract = finding->check->name,.role = finding->role };
  gboolean is_of_death = FALSE;

  for (guint i = 0; i < finding->breaches->len; i++)
    is_of_death |= death && g_array_index (finding->breaches, CheckBreach, i).at == death;

  for (guint i = 0; i < finding->breaches->len; i++) {
    const CheckBreach *breach = &g_array_index (finding->breaches, CheckBreach, i);

    known.event = breach->at;
    /* What came before a death was no doing of it; unless it broke the same contract. */
    known.signal = death && (is_of_death || !breach->at || breach->at->time_ns >= death->time_ns)
        ? (gint) - death->exit.status : 0;
    if (breach->at && breach->at->kind == TRACE_EXIT && breach->at->exit.status < 0)
      known.signal = (gint) - breach->at->exit.status;
    add_breach (share_for (shares, known_find (judge->issues, &known)), breach);
  }
  return shares;
}

static void
blame (Judge * judge, ReportResult * result, const TraceRole * role)
{
  const gchar *plugin;
  g_autofree gchar *blamed = NULL;

  if (!role)
    return;
  plugin = trace_role_get (role, "plugin", NULL);
  blamed = g_strdup_printf ("%s %s (%s %s%s%s)", role->element, role->version,
      trace_side_name (role->side), role->name, plugin ? ", " : "", plugin ? plugin : "");
  result->blamed = intern (judge, blamed);
  result->element = intern (judge, role->element);
}

static void
add_share (Judge * judge, ReportCase * report_case, const Trace * trace,
    const CheckFinding * finding, Share * share)
{
  ReportResult *result = add_result (report_case,
      share->issue && judge->allow_known ? REPORT_XFAIL : REPORT_FAIL, finding->check);

  result->looked = finding->looked;
  result->broken = share->n_broken;
  quote_errors (share->lines, trace, share->last);
  result->evidence = share->lines;
  g_ptr_array_add (judge->arrays, g_ptr_array_ref (share->lines));
  blame (judge, result, finding->role >= 0 ? trace_role (trace, finding->role) : NULL);
  if (share->issue) {
    result->known = report_known (judge, share->issue);
    known_tally_seen (judge->tally, share->issue, trace);
  }
}

static void
add_failure (Judge * judge, ReportCase * report_case, const Trace * trace,
    const CheckFinding * finding)
{
  g_autoptr (GPtrArray) shares = share_out (judge, trace, finding);

  for (guint i = 0; i < shares->len; i++)
    add_share (judge, report_case, trace, finding, g_ptr_array_index (shares, i));
}

/* A case that was cut short may not have come so far. */
static void
note_held (Judge * judge, const Check * check, const Trace * trace)
{
  if (!first_event (trace, TRACE_STEP_LATE))
    known_tally_held (judge->tally, check->name, trace);
}

static void
add_pass (Judge * judge, ReportCase * report_case, const Trace * trace,
    const CheckFinding * finding)
{
  ReportResult *result = add_result (report_case, REPORT_PASS, finding->check);

  result->looked = finding->looked;
  note_held (judge, finding->check, trace);
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
add_unexplained (Judge * judge, ReportCase * report_case, const Trace * trace,
    const TraceEvent * late)
{
  GPtrArray *lines;
  ReportResult *result;

  if (!late || explains_a_late_step (report_case))
    return;
  result = add_result (report_case, REPORT_BROKEN, NULL);
  result->message =
      g_strdup_printf ("step failed or late, and no contract of the case says why: %s", late->text);
  lines = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (judge->arrays, lines);
  quote_errors (lines, trace, NULL);
  result->evidence = lines;
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

/* What holds in every case, whether or not it is about it: looked at are breaches alone. */
static void
judge_always (Judge * judge, ReportCase * report_case, const Trace * trace,
    const GPtrArray * judged, const TraceEvent * lost, const CheckSpan * span)
{
  static const gchar *const always[] = { "survivor-lives", "kept", "unharmed" };

  for (gsize i = 0; i < G_N_ELEMENTS (always); i++) {
    const Check *check = check_by_name (always[i]);
    g_autoptr (GPtrArray) findings = NULL;
    gboolean done = FALSE;

    for (guint j = 0; j < judged->len; j++)
      done |= ((const CheckFinding *) g_ptr_array_index (judged, j))->check == check;
    if (done)
      continue;
    findings = check_run (check, trace);
    for (guint j = 0; j < findings->len; j++) {
      const CheckFinding *finding = g_ptr_array_index (findings, j);

      if (finding->outcome == CHECK_FAIL && !comes_of (finding, lost, span))
        add_failure (judge, report_case, trace, finding);
      else if (finding->outcome == CHECK_PASS)
        note_held (judge, check, trace);
    }
  }
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
  judge_always (judge, report_case, trace, findings, lost, &span);
  if (lost && !has_verdict (report_case, REPORT_BROKEN))
    add_stalled (report_case, NULL, lost_ns);
  else if (!lost)
    add_unexplained (judge, report_case, trace, late);
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

  known_tally_begin (judge->tally);
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
  return known_tally_xpass (judge->tally);
}

const GPtrArray *
judge_excess (Judge * judge)
{
  return judge->allow_known ? known_tally_excess (judge->tally) : NULL;
}
