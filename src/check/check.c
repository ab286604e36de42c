/* The list of checks, and what running one comes to. */
#include "config.h"
#include "check/check.h"

#include "check/lost.h"

#define X(name) extern const Check check_##name;
#include "check/check-list.h"
#undef X

struct CheckContext
{
  const Check *check;
  const Trace *trace;
  guint looked;
  gboolean tolerant;
  GPtrArray *broken;            /* CheckFinding*, one for each role blamed */
  CheckFinding *stalled;        /* what would be broken had the machine not stood still; or NULL */
};

void
check_finding_free (CheckFinding * finding)
{
  if (!finding)
    return;
  g_ptr_array_unref (finding->evidence);
  g_ptr_array_unref (finding->lines);
  g_array_unref (finding->breaches);
  g_free (finding);
}

static void
finding_destroy (gpointer data)
{
  check_finding_free (data);
}

static CheckFinding *
finding_new (const Check * check, CheckOutcome outcome, gint role)
{
  CheckFinding *finding = g_new0 (CheckFinding, 1);

  finding->check = check;
  finding->outcome = outcome;
  finding->role = role;
  finding->since_ns = G_MAXINT64;
  finding->evidence = g_ptr_array_new ();
  finding->lines = g_ptr_array_new_with_free_func (g_free);
  finding->breaches = g_array_new (FALSE, FALSE, sizeof (CheckBreach));
  return finding;
}

static CheckFinding *
finding_for (CheckContext * context, gint role)
{
  CheckFinding *finding;

  for (guint i = 0; i < context->broken->len; i++) {
    finding = g_ptr_array_index (context->broken, i);
    if (finding->role == role)
      return finding;
  }
  finding = finding_new (context->check, CHECK_FAIL, role);
  g_ptr_array_add (context->broken, finding);
  return finding;
}

void
check_tolerate (CheckContext * context)
{
  context->tolerant = TRUE;
}

void
check_looked (CheckContext * context, guint count)
{
  context->looked += count;
}

static gchar *
evidence_line (const TraceRole * role, const TraceEvent * at, const gchar * message)
{
  GString *line = g_string_new (NULL);

  if (at)
    g_string_append_printf (line, "%" G_GINT64_FORMAT ".%06d ", at->time_ns / 1000000000,
        (gint) (at->time_ns % 1000000000 / 1000));
  if (role)
    g_string_append_printf (line, "%s: ", role->name);
  g_string_append (line, message);
  return g_string_free (line, FALSE);
}

static void
add_breach (CheckFinding * finding, const TraceEvent * at, gchar * take_line)
{
  const CheckBreach breach = { at, take_line };

  finding->broken++;
  if (at)
    finding->since_ns = MIN (finding->since_ns, at->time_ns);
  g_array_append_val (finding->breaches, breach);
  if (!take_line)
    return;
  g_ptr_array_add (finding->lines, take_line);
  if (finding->evidence->len < CHECK_EVIDENCE_MAX)
    g_ptr_array_add (finding->evidence, take_line);
}

G_GNUC_PRINTF (4, 0)
static void
add_evidence (CheckFinding * finding, const TraceRole * blamed, const TraceEvent * at,
    const gchar * format, va_list args)
{
  g_autofree gchar *message = NULL;

  if (finding->lines->len < CHECK_LINES_MAX)
    message = g_strdup_vprintf (format, args);
  add_breach (finding, at, message ? evidence_line (blamed, at, message) : NULL);
}

/* SPAN is lost: not a breach, as long as that is all. */
G_GNUC_PRINTF (5, 0)
static void
add_stalled (CheckContext * context, const TraceRole * role, const TraceEvent * at,
    const CheckSpan * span, const gchar * format, va_list args)
{
  if (!context->stalled)
    context->stalled = finding_new (context->check, CHECK_STALLED, -1);
  context->stalled->lost_ns = MAX (context->stalled->lost_ns,
      check_lost_ns (context->trace, span->from_ns, span->to_ns));
  add_evidence (context->stalled, role, at, format, args);
}

G_GNUC_PRINTF (5, 0)
static void
add_broken (CheckContext * context, gint role, const TraceEvent * at, const CheckSpan * span,
    const gchar * format, va_list args)
{
  const TraceRole *blamed = trace_role (context->trace, role);

  if (context->tolerant)
    return;
  if (span && check_span_is_lost (context->trace, span))
    add_stalled (context, blamed, at, span, format, args);
  else
    add_evidence (finding_for (context, blamed ? role : -1), blamed, at, format, args);
}

void
check_broken (CheckContext * context, gint role, const TraceEvent * at, const gchar * format, ...)
{
  CheckSpan span;
  va_list args;

  va_start (args, format);
  add_broken (context, role, at, check_span_of (context->trace, at, &span) ? &span : NULL, format,
      args);
  va_end (args);
}

void
check_late (CheckContext * context, gint role, const TraceEvent * at, const CheckSpan * span,
    const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  add_broken (context, role, at, span, format, args);
  va_end (args);
}

const Check *const *
check_list (void)
{
  static const Check *const list[] = {
#define X(name) &check_##name,
#include "check/check-list.h"
#undef X
    NULL
  };

  return list;
}

const Check *
check_by_name (const gchar * name_or_id)
{
  for (const Check * const *check = check_list (); *check; check++) {
    if (g_str_equal ((*check)->name, name_or_id) || g_str_equal ((*check)->id, name_or_id))
      return *check;
  }
  return NULL;
}

static gint
compare_roles (gconstpointer a, gconstpointer b)
{
  const CheckFinding *const *left = a, *const *right = b;

  return (*left)->role - (*right)->role;
}

GPtrArray *
check_run (const Check * check, const Trace * trace)
{
  CheckContext context = {
    .check = check,
    .trace = trace,
    .broken = g_ptr_array_new_with_free_func (finding_destroy),
  };

  check->run (trace, &context);
  if (context.broken->len == 0 && context.stalled)
    g_ptr_array_add (context.broken, g_steal_pointer (&context.stalled));
  if (context.broken->len == 0)
    g_ptr_array_add (context.broken,
        finding_new (check, context.looked > 0 ? CHECK_PASS : CHECK_VACUOUS, -1));
  for (guint i = 0; i < context.broken->len; i++) {
    CheckFinding *finding = g_ptr_array_index (context.broken, i);

    finding->looked = MAX (context.looked, finding->broken);
  }
  check_finding_free (context.stalled);
  g_ptr_array_sort (context.broken, compare_roles);
  return context.broken;
}

static gboolean
is_wanted (const Trace * trace, const Check * check)
{
  for (guint i = 0; i < trace->contracts->len; i++) {
    const gchar *wanted = g_ptr_array_index (trace->contracts, i);

    if (g_str_equal (wanted, check->name) || g_str_equal (wanted, check->id))
      return TRUE;
  }
  return FALSE;
}

GPtrArray *
check_run_all (const Trace * trace)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (finding_destroy);

  for (const Check * const *check = check_list (); *check; check++) {
    if (is_wanted (trace, *check))
      g_ptr_array_extend_and_steal (all, check_run (*check, trace));
  }
  return all;
}
