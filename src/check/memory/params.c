/* M3. */
#include "config.h"
#include "check/rows.h"

typedef struct
{
  CheckContext *context;
  gboolean misaligned, unzeroed, contract;      /* what counts */
} Look;

static void
look_at_address (const CheckRow * row, const Look * self, const gchar * asked)
{
  if (self->misaligned && !check_row_is_aligned (row))
    check_broken (self->context, row->ask->role, row->address, "%s: data at 0x%"
        G_GINT64_MODIFIER "x, %" G_GUINT64_FORMAT " bytes off: MISALIGNED", asked,
        row->address->address.address,
        row->address->address.address & (guint64) row->address->address.align);
}

static void
look_at_room (const CheckRow * row, const Look * self, const gchar * asked)
{
  const TraceEvent *object = row->object;
  guint64 prefix = row->ask->ask.prefix, padding = (guint64) row->ask->ask.padding;
  guint64 end = object->offset + (guint64) object->object.size;

  if (object->offset < prefix)
    check_broken (self->context, row->ask->role, object, "%s: only %" G_GUINT64_FORMAT
        " bytes before the data", asked, object->offset);
  if (end > object->object.maxsize || object->object.maxsize - end < padding)
    check_broken (self->context, row->ask->role, object, "%s: only %" G_GINT64_FORMAT
        " bytes behind the data", asked, (gint64) (object->object.maxsize - end));
  else if (row->backing && end + padding > check_row_usable (row))
    check_broken (self->context, row->ask->role, object, "%s: the padding ends at %"
        G_GUINT64_FORMAT ", what can be touched at %" G_GUINT64_FORMAT, asked, end + padding,
        check_row_usable (row));
}

static void
look_at_zeros (const CheckRow * row, const Look * self, const gchar * asked)
{
  const TraceEvent *dirt = check_row_dirt (row);

  if (self->unzeroed && dirt)
    check_broken (self->context, row->ask->role, dirt, "%s: byte %" G_GINT64_FORMAT
        " of the %s is not zero: UNZEROED", asked, dirt->bytes.set_at, dirt->text);
}

static void
look (const CheckRow * row, gpointer user)
{
  const Look *self = user;
  g_autofree gchar *asked = NULL;

  if (!row->object || check_row_overflows (row) || check_row_pretends (row))
    return;
  check_looked (self->context, 1);
  asked = check_row_text (row);
  if (row->address)
    look_at_address (row, self, asked);
  if (self->contract)
    look_at_room (row, self, asked);
  look_at_zeros (row, self, asked);
}

static gboolean
is_absent (const Trace * trace)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_ABSENT && g_str_has_prefix (event->text, "params: "))
      return TRUE;
  }
  return FALSE;
}

static void
run (const Trace * trace, CheckContext * context)
{
  Look self = { context, check_fails_on (trace, "misaligned"), check_fails_on (trace, "unzeroed"),
    check_fails_on (trace, "contract")
  };

  check_crashes (trace, "params", context);
  if (!is_absent (trace))
    check_rows (trace, look, &self);
}

const Check check_params = {
  .id = "M3",
  .name = "params",
  .contract = "align, prefix, padding and zero flags of GstAllocationParams are honoured and lie "
      "inside the mapping.",
  .source = "GStreamer documentation: gst_allocator_alloc()",
  .seen = "The address of the data, the room before and behind it, and the bytes that should be zero, "
      "in memory that was dirtied before.",
  .run = run,
};
