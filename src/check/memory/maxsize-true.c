/* M1. */
#include "config.h"
#include "check/rows.h"

typedef struct
{
  CheckContext *context;
  gboolean waste, overrun;      /* what counts */
} Look;

/* At what was touched or mapped: what is known of waste, which is told at the object, is not known of
 * this. */
static void
tell_overrun (const CheckRow * row, CheckContext * context)
{
  g_autofree gchar *asked = check_row_text (row);
  const TraceEvent *touch = check_row_own_touch (row, "last reported");
  guint64 usable = check_row_usable (row);

  check_broken (context, row->ask->role, touch && touch->touch.signal != 0 ? touch
      : row->backing,
      "%s: reports %" G_GUINT64_FORMAT ", there are %" G_GUINT64_FORMAT " (mapped %"
      G_GUINT64_FORMAT "): OVERRUN; its last byte: %s", asked, row->object->object.maxsize, usable,
      row->backing->backing.mapped,
      touch ? check_touch_name (touch->touch.signal) : "not touched");
}

static void
tell_waste (const CheckRow * row, CheckContext * context, guint64 bytes)
{
  g_autofree gchar *asked = check_row_text (row);

  check_broken (context, row->ask->role, row->object, "%s: reports %" G_GUINT64_FORMAT
      ", mapped for it alone are %" G_GUINT64_FORMAT ": WASTED %" G_GUINT64_FORMAT " bytes", asked,
      row->object->object.maxsize, check_row_usable (row), bytes);
}

static void
look (const CheckRow * row, gpointer user)
{
  const Look *self = user;
  const TraceEvent *last = check_row_own_touch (row, "last reported");
  guint64 bytes, usable;

  if (!row->object || !row->backing || check_row_pretends (row))
    return;
  check_looked (self->context, 1);
  usable = check_row_usable (row);
  if (row->object->object.maxsize > usable || (last && last->touch.signal != 0)) {
    if (self->overrun)
      tell_overrun (row, self->context);
  } else if (check_row_verdict (row, &bytes) == CHECK_ROW_WASTED && self->waste) {
    tell_waste (row, self->context, bytes);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  Look self = { context, check_fails_on (trace, "waste"), check_fails_on (trace, "overrun") };

  check_crashes (trace, "maxsize-true", context);
  check_rows (trace, look, &self);
}

const Check check_maxsize_true = {
  .id = "M1",
  .name = "maxsize-true",
  .contract = "Reported maxsize equals the bytes that are mapped and usable: never more (OVERRUN), "
      "and less is WASTED.",
  .source = "MR 11118, issue 4406",
  .seen = "Maxsize against /proc/self/maps and the size of the file; the last byte is touched. Waste "
      "is counted where whole pages are mapped for one memory alone.",
  .run = run,
};
