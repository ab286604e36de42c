/* M6. */
#include "config.h"
#include "check/rows.h"

#include <string.h>

static gboolean
has_word (const gchar * words, const gchar * word)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const gchar * const *) list, word);
}

static void
look_at_fd (const TraceEvent * event, CheckContext * context)
{
  check_looked (context, 1);
  if (has_word (event->text, "write") || has_word (event->text, "future-write"))
    check_broken (context, event->role, event,
        "sealed against writing (%s): a peer that has to write cannot map it", event->text);
  /* "seal" alone: the file was made without sealing. */
  if (!has_word (event->text, "shrink") && !has_word (event->text, "seal")
      && !strstr (event->text, "cannot"))
    check_broken (context, event->role, event,
        "can be sealed and is not sealed against shrinking (%s): whoever holds it can take pages "
        "away from the others", event->text);
}

static void
look (const Trace * trace, const TraceEvent * event, gpointer user)
{
  if (event->kind == TRACE_FD)
    look_at_fd (event, user);
  if (event->kind != TRACE_MAP || !g_str_equal (event->text, "peer read-write"))
    return;
  check_looked (user, 1);
  if (event->map.result != 0)
    check_broken (user, event->role, event, "a peer cannot map it for writing");
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_crashes (trace, "seals", context);
  if (!check_fails_on (trace, "contract"))
    check_tolerate (context);
  check_probed (trace, "seals", look, context);
}

const Check check_seals = {
  .id = "M6",
  .name = "seals",
  .contract = "Seals are those documented; a peer that needs write can map for write.",
  .source = "history of GstShmAllocator",
  .seen = "The seals of the descriptor, and a mapping of it for reading and writing.",
  .run = run,
};
