/* M5. */
#include "config.h"
#include "check/region.h"
#include "check/rows.h"

#include <string.h>

/* --- of an allocator --- */

static void
look_at_touch (const CheckRow * row, const TraceEvent * event, CheckContext * context)
{
  g_autofree gchar *asked = NULL;

  check_looked (context, 1);
  if (event->touch.signal == 0)
    return;
  asked = check_row_text (row);
  if (g_str_equal (event->text, "content"))
    check_broken (context, event->role, event, "%s: what is written to the memory is not in the file "
        "that a peer maps", asked);
  else
    check_broken (context, event->role, event, "%s: %s byte, at %" G_GUINT64_FORMAT ": %s", asked,
        event->text, event->touch.distance, check_touch_name (event->touch.signal));
}

static void
look_at_map (const CheckRow * row, const TraceEvent * event, CheckContext * context)
{
  g_autofree gchar *asked = NULL;

  check_looked (context, 1);
  if (event->map.result == 0)
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

/* --- in a running process --- */

typedef struct
{
  CheckContext *context;
  gboolean overrun, waste;      /* whether those are breaches */
} Looking;

static void
tell_overrun (const TraceEvent * region, CheckContext * context)
{
  check_broken (context, region->role, region, "%" G_GUINT64_FORMAT
      " bytes mapped from offset %" G_GUINT64_FORMAT " on, the file has %" G_GINT64_FORMAT
      ": SIGBUS in the last %" G_GUINT64_FORMAT " of them; every mapped page should have a part of "
      "the file: %s", region->region.mapped, region->region.from, region->region.file,
      check_region_beyond (region),
      region->text);
}

static void
tell_waste (const TraceEvent * region, CheckContext * context)
{
  check_broken (context, region->role, region, "%" G_GUINT64_FORMAT
      " bytes mapped from offset %" G_GUINT64_FORMAT " on, the file has %" G_GINT64_FORMAT
      ": a peer that goes by the size of the file cannot know of the %" G_GUINT64_FORMAT
      " bytes behind it; the file should be whole pages: %s", region->region.mapped,
      region->region.from,
      region->region.file, check_region_tail (region), region->text);
}

/* What is mapped is promised, and all that there is to keep it is the file. */
static void
look_at_region (const Trace * trace, const TraceEvent * event, gpointer user)
{
  const Looking *looking = user;

  if (event->kind != TRACE_REGION || !check_region_is_judged (event))
    return;
  check_looked (looking->context, 1);
  if (check_region_beyond (event) > 0 && looking->overrun)
    tell_overrun (event, looking->context);
  else if (check_region_tail (event) > 0 && looking->waste)
    tell_waste (event, looking->context);
}

/* --- the check --- */

static void
run (const Trace * trace, CheckContext * context)
{
  Looking looking = { context, check_fails_on (trace, "overrun"), check_fails_on (trace, "waste") };

  check_crashes (trace, "peer-map", context);
  check_probed (trace, "peer-map", look_at_region, &looking);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_peer_map = {
  .id = "M5",
  .name = "peer-map",
  .contract = "A peer that maps the fd by its own knowledge can touch all that it was promised.",
  .source = "MR 11118",
  .seen = "A second process maps the descriptor, as long as was reported, and touches both ends. "
      "In a running process: each mapping of a shared object against the size of its file.",
  .run = run,
};
