/* M12. */
#include "config.h"
#include "check/rows.h"

/* The file as it is, not the pages that are mapped of it: what hides behind the size that is told. */
static gchar *
hidden (const CheckRow * row)
{
  guint64 file = row->backing ? row->backing->backing.file : G_MAXUINT64;

  return file == G_MAXUINT64 ? g_strdup ("")
      : g_strdup_printf (", its file has %" G_GUINT64_FORMAT, file);
}

static void
look (const CheckRow * row, gpointer user)
{
  g_autofree gchar *asked = NULL, *there = NULL;

  if (!row->object || check_row_overflows (row))
    return;
  check_looked (user, 1);
  if (!check_row_is_short (row))
    return;
  asked = check_row_text (row);
  there = hidden (row);
  check_broken (user, row->ask->role, row->object, "%s: asked %" G_GUINT64_FORMAT ", got %"
      G_GINT64_FORMAT "%s: SHORT", asked, row->ask->size, row->object->object.size, there);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "enough", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_rows (trace, look, context);
}

const Check check_enough = {
  .id = "M12",
  .name = "enough",
  .contract = "A memory has at least the size that was asked for, or is refused.",
  .source = "GStreamer documentation: gst_allocator_alloc()",
  .seen = "The size of each memory right after its allocation, and of the file behind it.",
  .run = run,
};
