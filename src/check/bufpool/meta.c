/* P11. */
#include "config.h"
#include "check/probed.h"

static void
look_at_meta (CheckContext * context, const TraceEvent * meta)
{
  check_looked (context, 1);
  if (meta->meta.due == 1 && meta->meta.there == 0)
    check_broken (context, meta->role, meta, "%s: it is not there, it should be", meta->text);
  if (meta->meta.due == 0 && meta->meta.there == 1)
    check_broken (context, meta->role, meta, "%s: it is there, it should not be", meta->text);
  if (meta->meta.unset != G_MAXUINT64)
    check_broken (context, meta->role, meta, "%s: byte %" G_GUINT64_FORMAT " of its %"
        G_GUINT64_FORMAT " is what the memory had before, nobody has set it", meta->text,
        meta->meta.unset, meta->size);
}

static void
look_at_refs (CheckContext * context, const TraceEvent * refs)
{
  check_looked (context, 1);
  if (refs->meta_refs.after > (guint64) refs->meta_refs.before)
    check_broken (context, refs->role, refs, "%s: %" G_GUINT64_FORMAT " references are left on "
        "what it holds, %" G_GINT64_FORMAT " before", refs->text, refs->meta_refs.after,
        refs->meta_refs.before);
  if (refs->meta_refs.after < (guint64) refs->meta_refs.before)
    check_broken (context, refs->role, refs, "%s: freed more than once: %" G_GUINT64_FORMAT
        " references are left on what it holds, %" G_GINT64_FORMAT " before", refs->text,
        refs->meta_refs.after, refs->meta_refs.before);
}

typedef struct
{
  CheckContext *context;
  const TraceEvent *original;   /* the metadata as it was made */
} Meta;

/* A copy says what its original said, also when that is gone. */
static void
look_at_content (Meta * self, const TraceEvent * meta)
{
  const TraceEvent *original = self->original;

  if (!original) {
    self->original = meta;
    return;
  }
  if (meta->meta.there == 0 || original->sum == 0)
    return;
  check_looked (self->context, 1);
  if (meta->meta.hash != original->sum)
    check_broken (self->context, meta->role, meta, "%s: its content is no longer that of the "
        "original", meta->text);
}

static void
look (const Trace * trace, const TraceEvent * event, gpointer user)
{
  Meta *self = user;

  if (event->kind == TRACE_PROBE) {
    self->original = NULL;
  } else if (event->kind == TRACE_META) {
    look_at_meta (self->context, event);
    look_at_content (self, event);
  } else if (event->kind == TRACE_META_REFS) {
    look_at_refs (self->context, event);
  } else if (event->kind == TRACE_CRITICAL) {
    check_looked (self->context, 1);
    check_broken (self->context, event->role, event, "a critical warning where none is due: %s",
        event->text);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  Meta self = {.context = context };

  check_contract (trace, "meta", context, look, &self);
}

const Check check_meta = {
  .id = "P11",
  .name = "meta",
  .contract = "Registered metas are initialised, transformed and freed as declared.",
  .source = "GStreamer plugin guide: GstMeta",
  .seen = "Each is put on a buffer whose memory was filled before, copied whole and in part, and "
      "freed; what it holds is counted.",
  .run = run,
};
