/* M11. */
#include "config.h"
#include "check/rows.h"

static guint64
round_up (guint64 value, guint64 to)
{
  return value / to * to + (value % to != 0 ? to : 0);
}

/* The least whole pages that hold what was asked for; a prefix may be rounded to the alignment, and
 * what is aligned to more than a page may need that much more. */
static guint64
needed (const CheckRow * row)
{
  guint64 page = check_row_page (row), align = MAX ((guint64) row->ask->ask.align, 7);
  guint64 bytes = round_up (row->ask->ask.prefix, align + 1) + row->ask->size
      + (guint64) row->ask->ask.padding;

  return round_up (MAX (bytes, 1), page) + (align >= page ? align + 1 : 0);
}

static void
look (const CheckRow * row, gpointer user)
{
  g_autofree gchar *asked = NULL;
  guint64 more;

  if (!row->object || !row->backing || row->backing->backing.alone == 0
      || check_row_pretends (row) || check_row_overflows (row))
    return;
  check_looked (user, 1);
  if (row->backing->backing.mapped <= needed (row))
    return;
  asked = check_row_text (row);
  more = row->backing->backing.mapped - needed (row);
  /* One page is known of some; more is told at another event, so that it is not taken for that. */
  check_broken (user, row->ask->role, more > check_row_page (row) ? row->object : row->backing, "%s: %" G_GUINT64_FORMAT
      " bytes are mapped, %" G_GUINT64_FORMAT " would do", asked, row->backing->backing.mapped,
      needed (row));
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "one-page", context);
  if (!check_fails_on (trace, "waste"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_one_page = {
  .id = "M11",
  .name = "one-page",
  .contract = "Rounding to pages never costs more than one page over the request, and nothing for "
      "exact multiples.",
  .source = "MR 11118",
  .seen = "The bytes mapped for a memory alone against the least whole pages that hold what was "
      "asked for.",
  .run = run,
};
