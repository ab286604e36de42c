/* M7. */
#include "config.h"
#include "check/rows.h"

typedef struct
{
  CheckContext *context;
  const TraceEvent *before;
} Look;

static void
compare (const TraceEvent * before, const TraceEvent * after, CheckContext * context)
{
  check_looked (context, 1);
  if (after->count.fds > before->count.fds)
    check_broken (context, after->role, after, "%" G_GINT64_FORMAT " descriptors were open, %"
        G_GINT64_FORMAT " are after %" G_GUINT64_FORMAT " objects: LEAK", before->count.fds,
        after->count.fds, after->count.objects);
  if (after->count.mappings > before->count.mappings)
    check_broken (context, after->role, after, "%" G_GUINT64_FORMAT " mappings were there, %"
        G_GUINT64_FORMAT " are after %" G_GUINT64_FORMAT " objects: LEAK", before->count.mappings,
        after->count.mappings, after->count.objects);
}

static void
look (const Trace * trace, const TraceEvent * event, gpointer user)
{
  Look *self = user;

  if (event->kind == TRACE_COUNT && g_str_equal (event->text, "before")) {
    self->before = event;
  } else if (event->kind == TRACE_COUNT && self->before) {
    compare (self->before, event, self->context);
  } else if (event->kind == TRACE_FD) {
    check_looked (self->context, 1);
    if (event->fd.cloexec != 1)
      check_broken (self->context, event->role, event,
          "its descriptor is not close-on-exec: children inherit it");
  } else if (event->kind == TRACE_MAP) {
    check_looked (self->context, 1);
    if (event->map.result != 0)
      check_broken (self->context, event->role, event, "%s: it was not so", event->text);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  Look self = { context, NULL };

  check_crashes (trace, "fds", context);
  if (!check_fails_on (trace, "leak"))
    check_tolerate (context);
  check_probed (trace, "fds", look, &self);
}

const Check check_fds = {
  .id = "M7",
  .name = "fds",
  .contract = "fds are close-on-exec; none is leaked, none closed twice.",
  .source = "history of GstShmAllocator",
  .seen = "Descriptors and mappings before and after 10,000 objects; the flags of one; calls of close() "
      "for what is not open.",
  .run = run,
};
