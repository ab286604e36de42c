/* M9. */
#include "config.h"
#include "check/rows.h"

static void
look (const CheckRow * row, gpointer user)
{
  g_autofree gchar *asked = NULL;

  if (!check_row_overflows (row) || row->exit)
    return;
  check_looked (user, 1);
  if (!row->object)
    return;
  asked = check_row_text (row);
  check_broken (user, row->ask->role, row->object, "%s: accepted, and given %" G_GUINT64_FORMAT
      " bytes", asked, row->object->object.maxsize);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "overflow", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_overflow = {
  .id = "M9",
  .name = "overflow",
  .contract = "Sizes whose sum overflows are refused.",
  .source = "arithmetic",
  .seen = "Allocations whose size, prefix, padding and align do not fit into a gsize together.",
  .run = run,
};
