/* M5. */
#include "config.h"
#include "check/rows.h"

#include <string.h>

static void
look_at_touch (const CheckRow * row, const TraceEvent * event, CheckContext * context)
{
  g_autofree gchar *asked = NULL;

  check_looked (context, 1);
  if (event->value == 0)
    return;
  asked = check_row_text (row);
  if (g_str_equal (event->text, "content"))
    check_broken (context, event->role, event, "%s: what is written to the memory is not in the file "
        "that a peer maps", asked);
  else
    check_broken (context, event->role, event, "%s: %s byte, at %" G_GUINT64_FORMAT ": %s", asked,
        event->text, event->offset, check_touch_name (event->value));
}

static void
look_at_map (const CheckRow * row, const TraceEvent * event, CheckContext * context)
{
  g_autofree gchar *asked = NULL;

  check_looked (context, 1);
  if (event->value == 0)
    return;
  asked = check_row_text (row);
  check_broken (context, event->role, event, "%s: a peer cannot map its %" G_GUINT64_FORMAT
      " bytes: %s", asked, event->size, event->text);
}

static void
look (const CheckRow * row, gpointer user)
{
  const TraceEvent *begin = trace_at (row->trace, row->first);

  if (!g_str_equal (begin->text, "maxsize-true") || check_row_overflows (row))
    return;
  for (guint i = row->first; i < row->end; i++) {
    const TraceEvent *event = trace_at (row->trace, i);

    if (event->kind == TRACE_TOUCH && event->client == 1)
      look_at_touch (row, event, user);
    else if (event->kind == TRACE_MAP && g_str_has_prefix (event->text, "peer "))
      look_at_map (row, event, user);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "peer-map", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_peer_map = {
  .id = "M5",
  .name = "peer-map",
  .contract = "A peer that maps the fd by its own knowledge can touch all that it was promised.",
  .source = "MR 11118",
  .seen = "A second process maps the descriptor, as long as was reported, and touches both ends.",
  .run = run,
};
