/* M10. */
#include "config.h"
#include "check/rows.h"

static void
look (const CheckRow * row, gpointer user)
{
  g_autofree gchar *verdict = NULL, *asked = NULL;
  guint64 bytes;
  CheckRowVerdict word;

  if (!check_row_pretends (row) || !row->object || !row->backing)
    return;
  check_looked (user, 1);
  word = check_row_verdict (row, &bytes);
  if (word != CHECK_ROW_WASTED && word != CHECK_ROW_OVERRUN)
    return;
  asked = check_row_text (row);
  verdict = check_row_verdict_text (row);
  check_broken (user, row->ask->role, word == CHECK_ROW_OVERRUN ? row->backing : row->object,
      "%s: reports %" G_GUINT64_FORMAT
      ", and %" G_GUINT64_FORMAT " would be mapped: %s", asked, row->object->object.maxsize,
      check_row_usable (row), verdict);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "page-any", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_page_any = {
  .id = "M10",
  .name = "page-any",
  .contract = "Nothing depends on 4096: 16 KiB, 64 KiB and huge pages give true sizes.",
  .source = "MR 11118",
  .seen = "The same allocations while sysconf() and getpagesize() tell of larger pages: what would be "
      "mapped on such a machine against what is reported.",
  .run = run,
};
