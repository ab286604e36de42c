/* P10. */
#include "config.h"
#include "check/probed.h"

#include <string.h>

#define MAX_PLANES 4

/* Who can give an account of the planes of one buffer. */
typedef enum
{
  BY_META,                      /* GstVideoMeta of the buffer, the plane heights from it */
  BY_INFO,                      /* gst_video_info_align_full() with the alignment of the meta */
  BY_FRAME,                     /* gst_video_frame_map() */
  BY_CONSUMER,                  /* what a consumer's hardware needs */
  BY_PRODUCER,                  /* what a producer has taken from the negotiation */
  N_ACCOUNTS
} Account;

static const gchar *const account_names[N_ACCOUNTS] = {
  "meta", "info", "frame", "consumer", "producer",
};

/* Accounts that must be the same, and whether they tell the sizes of planes. */
static const struct
{
  Account a, b;
  gboolean sizes;
} pairs[] = {
  {BY_META, BY_INFO, TRUE},
  {BY_META, BY_FRAME, FALSE},
  {BY_CONSUMER, BY_PRODUCER, TRUE},
};

typedef struct
{
  CheckContext *context;
  const TraceEvent *layout;     /* the buffer that is told of; NULL: none */
  const TraceEvent *planes[N_ACCOUNTS][MAX_PLANES];
  const TraceEvent *pictures[MAX_PLANES];
} Layout;

/* --- one plane --- */

static void
look_at_bounds (Layout * self, const TraceEvent * plane)
{
  guint64 end;

  check_looked (self->context, 1);
  if ((guint64) plane->plane.before > plane->offset) {
    check_broken (self->context, plane->role, plane, "%s: plane %d begins at %" G_GUINT64_FORMAT
        ", its padding of %" G_GINT64_FORMAT " bytes before that lies outside of the memory",
        self->layout->text, plane->plane.plane, plane->offset, plane->plane.before);
    return;
  }
  if (g_uint64_checked_add (&end, plane->offset - (guint64) plane->plane.before, plane->size)
      && end <= self->layout->size)
    return;
  check_broken (self->context, plane->role, plane, "%s: plane %d (by %s: offset %"
      G_GUINT64_FORMAT ", stride %" G_GINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes) ends behind "
      "the memory of %" G_GUINT64_FORMAT " bytes", self->layout->text, plane->plane.plane,
      plane->text, plane->offset, plane->plane.stride, plane->size, self->layout->size);
}

static void
look_at_stride (Layout * self, const TraceEvent * plane)
{
  check_looked (self->context, 1);
  if (((guint64) plane->plane.stride & plane->plane.align) != 0)
    check_broken (self->context, plane->role, plane, "%s: plane %d has the stride %"
        G_GINT64_FORMAT ", not a multiple of %" G_GUINT64_FORMAT " as asked for",
        self->layout->text, plane->plane.plane, plane->plane.stride, plane->plane.align + 1);
}

/* The first pixel's address keeps what all strides keep: any line of it can be the first. */
static void
look_at_address (Layout * self, const TraceEvent * plane, guint64 mask)
{
  guint64 address = self->layout->sum + plane->offset;

  check_looked (self->context, 1);
  if ((address & mask) != 0)
    check_broken (self->context, plane->role, plane, "%s: plane %d begins at the address 0x%"
        G_GINT64_MODIFIER "x, not a multiple of %" G_GUINT64_FORMAT " as asked for",
        self->layout->text, plane->plane.plane, address, mask + 1);
}

/* --- planes together --- */

static void
look_at_overlap (Layout * self, const TraceEvent * a, const TraceEvent * b)
{
  guint64 a_begin = a->offset - (guint64) a->plane.before,
      b_begin = b->offset - (guint64) b->plane.before;

  check_looked (self->context, 1);
  if (a->size == 0 || b->size == 0 || a_begin >= b_begin + b->size || b_begin >= a_begin + a->size)
    return;
  check_broken (self->context, b->role, b, "%s: plane %d (%" G_GUINT64_FORMAT " bytes from %"
      G_GUINT64_FORMAT ") and plane %d (%" G_GUINT64_FORMAT " bytes from %" G_GUINT64_FORMAT
      ") overlap", self->layout->text, a->plane.plane, a->size, a_begin, b->plane.plane, b->size,
      b_begin);
}

static void
look_at_account (Layout * self, Account account)
{
  const TraceEvent *const *planes = self->planes[account];
  guint64 mask = G_MAXUINT64;

  for (guint i = 0; i < MAX_PLANES; i++) {
    if (!planes[i])
      continue;
    mask &= planes[i]->plane.align;
    look_at_bounds (self, planes[i]);
    for (guint j = 0; j < i && planes[j]; j++)
      look_at_overlap (self, planes[j], planes[i]);
  }
  for (guint i = 0; i < MAX_PLANES && planes[i]; i++) {
    if (planes[i]->plane.align != 0)
      look_at_stride (self, planes[i]);
    if (account == BY_META)
      look_at_address (self, planes[i], mask);
  }
}

static void
look_at_pair (Layout * self, const TraceEvent * a, const TraceEvent * b, gboolean sizes)
{
  check_looked (self->context, 1);
  if (a->offset == b->offset && a->plane.stride == b->plane.stride && (!sizes
      || a->size == b->size))
    return;
  check_broken (self->context, b->role, b, "%s: plane %d by %s: offset %" G_GUINT64_FORMAT
      ", stride %" G_GINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes; by %s: offset %"
      G_GUINT64_FORMAT ", stride %" G_GINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes",
      self->layout->text, b->plane.plane, a->text, a->offset, a->plane.stride, a->size, b->text,
      b->offset,
      b->plane.stride, b->size);
}

static void
look_at_pairs (Layout * self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    for (guint plane = 0; plane < MAX_PLANES; plane++) {
      const TraceEvent *a = self->planes[pairs[i].a][plane];
      const TraceEvent *b = self->planes[pairs[i].b][plane];

      if (a && b)
        look_at_pair (self, a, b, pairs[i].sizes);
    }
  }
}

/* --- what is seen of a plane --- */

static void
look_at_picture (Layout * self, const TraceEvent * picture, const TraceEvent * plane)
{
  guint64 begin = plane->offset - (guint64) plane->plane.before, end;

  check_looked (self->context, 1);
  if (!g_uint64_checked_add (&end, picture->offset, picture->size)
      || picture->offset < begin || end > begin + plane->size)
    check_broken (self->context, picture->role, picture, "%s: the picture in plane %d (%"
        G_GUINT64_FORMAT " bytes from %" G_GUINT64_FORMAT ") ends behind the plane (%"
        G_GUINT64_FORMAT " bytes from %" G_GUINT64_FORMAT ")", self->layout->text,
        picture->picture.plane, picture->size, picture->offset, plane->size, begin);
  else if (picture->picture.line > picture->picture.stride)
    check_broken (self->context, picture->role, picture, "%s: a line of plane %d takes %"
        G_GINT64_FORMAT " bytes with the padding to its left, the stride is %" G_GINT64_FORMAT,
        self->layout->text, picture->picture.plane, picture->picture.line, picture->picture.stride);
}

static void
look_at_pictures (Layout * self)
{
  for (guint i = 0; i < MAX_PLANES; i++) {
    const TraceEvent *plane = self->planes[BY_INFO][i];

    if (self->pictures[i] && plane && plane->size > 0)
      look_at_picture (self, self->pictures[i], plane);
  }
}

/* --- the buffer as a whole --- */

static void
look_at_memory (Layout * self)
{
  const TraceEvent *layout = self->layout;

  check_looked (self->context, 1);
  if (layout->layout.mapped < 0)
    check_broken (self->context, layout->role, layout, "%s: no buffer of that layout is to be had",
        layout->text);
  if (layout->layout.mapped == 0)
    check_broken (self->context, layout->role, layout, "%s: the buffer of %" G_GUINT64_FORMAT
        " bytes cannot be mapped as a frame", layout->text, layout->size);
  if (layout->layout.small_paddings > 0)
    check_broken (self->context, layout->role, layout, "%s: %d of the paddings in its meta are "
        "smaller than asked for", layout->text, layout->layout.small_paddings);
  if (layout->size < layout->layout.due)
    check_broken (self->context, layout->role, layout, "%s: a memory of %" G_GUINT64_FORMAT
        " bytes, the layout takes %" G_GUINT64_FORMAT, layout->text, layout->size,
        layout->layout.due);
}

static void
finish (Layout * self)
{
  if (self->layout) {
    look_at_memory (self);
    look_at_account (self, BY_META);
    look_at_account (self, BY_INFO);
    look_at_account (self, BY_PRODUCER);
    look_at_pairs (self);
    look_at_pictures (self);
  }
  self->layout = NULL;
  memset (self->planes, 0, sizeof self->planes);
  memset (self->pictures, 0, sizeof self->pictures);
}

static void
take_plane (Layout * self, const TraceEvent * plane)
{
  if (plane->plane.plane < 0 || plane->plane.plane >= MAX_PLANES)
    return;
  for (gsize i = 0; i < N_ACCOUNTS; i++) {
    if (g_str_equal (account_names[i], plane->text))
      self->planes[i][plane->plane.plane] = plane;
  }
}

static void
look (const Trace * trace, const TraceEvent * event, gpointer user)
{
  Layout *self = user;

  if (event->kind == TRACE_PROBE || event->kind == TRACE_LAYOUT)
    finish (self);
  if (event->kind == TRACE_LAYOUT)
    self->layout = event;
  else if (event->kind == TRACE_PLANE)
    take_plane (self, event);
  else if (event->kind == TRACE_PICTURE && event->client >= 0 && event->client < MAX_PLANES)
    self->pictures[event->client] = event;
}

static void
run (const Trace * trace, CheckContext * context)
{
  Layout self = {.context = context };

  check_contract (trace, "layout", context, look, &self);
  finish (&self);
}

const Check check_layout = {
  .id = "P10",
  .name = "layout",
  .contract = "Stride, offset and padding in GstVideoMeta match the memory, and the alignment "
      "asked for, on import and export.",
  .source = "GStreamer plugin guide: exact layout of video buffers",
  .seen = "Every raw format in odd sizes: what the meta, gst_video_info_align_full(), the mapped "
      "frame, a producer and a consumer say of each plane; first and last bytes are touched.",
  .run = run,
};
