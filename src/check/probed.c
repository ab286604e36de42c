#include "config.h"
#include "check/probed.h"

#include <string.h>

gboolean
check_fails_on (const Trace * trace, const gchar * word)
{
  const TraceRole *role = trace_role (trace, 0);
  const gchar *text = role ? trace_role_get (role, "fail-on", NULL) : NULL;
  g_auto (GStrv) words = text ? g_strsplit (text, ",", -1) : NULL;

  return !words || g_strv_contains ((const gchar * const *) words, word);
}

/* The measurement that EVENT is the end of was about CONTRACT; the role is the prober's. */
static gboolean
is_about (const TraceEvent * begin, const gchar * contract)
{
  return begin && g_str_equal (begin->text, contract);
}

void
check_probed (const Trace * trace, const gchar * contract, CheckProbedFunc func, gpointer user)
{
  const TraceEvent *begin = NULL;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_PROBE)
      begin = event;
    if (is_about (begin, contract) && event->seq == begin->seq && event->kind != TRACE_EXIT)
      func (trace, event, user);
  }
}

void
check_crashes (const Trace * trace, const gchar * contract, CheckContext * context)
{
  gboolean counts = check_fails_on (trace, "contract");
  const TraceEvent *begin = NULL;
  gboolean prepares = FALSE;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    /* What comes after the last measurement is not the target's: a library's own leak, say. */
    if (event->kind == TRACE_PROBE || event->kind == TRACE_DONE)
      begin = event->kind == TRACE_PROBE ? event : NULL;
    if (event->kind == TRACE_PROBE || event->kind == TRACE_PREPARE)
      prepares = event->kind == TRACE_PREPARE && event->prepare.done == 0;
    if (prepares || event->kind != TRACE_EXIT || event->exit.status == 0 || !is_about (begin,
        contract))
      continue;
    check_looked (context, 1);
    if (!counts)
      continue;
    if (event->exit.forced != 0)
      check_broken (context, event->role, event, "measurement %" G_GUINT64_FORMAT
          " did not come back, the prober had to be killed", begin->seq);
    else
      check_broken (context, event->role, event, "measurement %" G_GUINT64_FORMAT
          " ended the process: %s", begin->seq, event->text);
  }
}

static void
count_event (const Trace * trace, const TraceEvent * event, gpointer user)
{
  check_looked (user, 1);
}

void
check_contract (const Trace * trace, const gchar * contract, CheckContext * context,
    CheckProbedFunc func, gpointer user)
{
  check_crashes (trace, contract, context);
  if (check_fails_on (trace, "contract"))
    check_probed (trace, contract, func, user);
  else
    check_probed (trace, contract, count_event, context);
}
