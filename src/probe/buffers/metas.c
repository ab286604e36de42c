/* One metadata from its making to its end. */
#include "config.h"
#include "probe/buffers/metas.h"

#include "probe/elements/element.h"

#include <malloc.h>
#include <string.h>

#define BUFFER_BYTES 64
/* References of our own: an object that is freed once too often must not go. */
#define SPARE_REFS 8

/* What fresh memory is filled with; whatever has it both times was set by nobody. */
#define FILL_A 0xa5
#define FILL_B 0x5a

/* --- memory that tells whether it was set --- */

static void
leave_slices (gsize size, gint fill)
{
  gpointer blocks[16];

  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    blocks[i] = memset (g_slice_alloc (size), fill, size);
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_slice_free1 (size, blocks[i]);
}

/* The next blocks of about SIZE bytes will be full of FILL, from malloc() and from slices. */
static void
fill_fresh_memory (gsize size, gint fill)
{
  mallopt (M_PERTURB, fill ^ 0xff);
  for (gsize more = 0; more <= 64; more += 8)
    leave_slices (size + more, fill);
}

static gboolean
is_filled (const guint8 * bytes, gint fill)
{
  for (gsize i = 0; i < sizeof (guint64); i++) {
    if (bytes[i] != fill)
      return FALSE;
  }
  return TRUE;
}

/* Whole words only: smaller holes can be those that the compiler leaves between members. */
static guint64
first_unset (const GstMeta * a, const GstMeta * b, gsize size)
{
  for (gsize i = sizeof (GstMeta); i + sizeof (guint64) <= size; i += sizeof (guint64)) {
    if (is_filled ((const guint8 *) a + i, FILL_A) && is_filled ((const guint8 *) b + i, FILL_B))
      return i;
  }
  return G_MAXUINT64;
}

/* --- making --- */

static GstMeta *
add (const MetaKind * kind, GstBuffer * buffer, GstMiniObject * held, gint fill)
{
  const GstMetaInfo *info = kind->info ();

  fill_fresh_memory (info->size, fill);
  return kind->add ? kind->add (buffer, held) : gst_buffer_add_meta (buffer, info, NULL);
}

static GstBuffer *
make_buffer (void)
{
  return gst_buffer_new_allocate (NULL, BUFFER_BYTES, NULL);
}

static guint64
content_of (const MetaKind * kind, const GstMeta * meta)
{
  guint64 sum = 5381;

  if (kind->content_size == 0 || !meta)
    return 0;
  for (gsize i = 0; i < kind->content_size; i++)
    sum = sum * 33 + ((const guint8 *) meta)[kind->content + i];
  return sum;
}

/* --- telling --- */

static void
tell_meta (Actor * actor, const MetaKind * kind, GstMeta * meta, gint must, guint64 unset,
    const gchar * after)
{
  TraceEvent event = actor_event (actor, TRACE_META);

  event.meta.there = meta != NULL;
  event.meta.due = must;
  event.meta.hash = content_of (kind, meta);
  event.size = kind->info ()->size;
  event.meta.unset = unset;
  actor_emit (actor, &event, "%s: %s", kind->name, after);
}

static void
tell_copy (Actor * actor, const MetaKind * kind, GstBuffer * copy, gint must, const gchar * after)
{
  tell_meta (actor, kind, gst_buffer_get_meta (copy, kind->info ()->api), must, G_MAXUINT64,
      after);
}

static gboolean
has_tag (const MetaKind * kind, const gchar * tag)
{
  return gst_meta_api_type_has_tag (kind->info ()->api, g_quark_from_string (tag));
}

static guint
refs_of (GstMiniObject * held)
{
  return held ? (guint) GST_MINI_OBJECT_REFCOUNT_VALUE (held) : 0;
}

/* --- measuring --- */

static void
measure_making (Actor * actor, const MetaKind * kind, GstMiniObject * held)
{
  GstBuffer *a = make_buffer (), *b = make_buffer ();
  GstMeta *first = add (kind, a, held, FILL_A);
  GstMeta *second = add (kind, b, held, FILL_B);
  gsize end = kind->private_at ? kind->private_at : kind->info ()->size;
  guint64 unset = first && second ? first_unset (first, second, end) : G_MAXUINT64;

  tell_meta (actor, kind, first, 1, unset, "made");
  gst_buffer_unref (a);
  gst_buffer_unref (b);
}

/* A copy of a part has lost what depends on the layout of the memory, a deep copy also what depends
 * on the memory itself. */
static void
measure_copies (Actor * actor, const MetaKind * kind, GstBuffer * original)
{
  gint must = kind->copies ? 1 : -1;
  gboolean of_memory = has_tag (kind, GST_META_TAG_MEMORY_STR);
  gboolean of_reference = has_tag (kind, "memory-reference");
  GstBuffer *copy = gst_buffer_copy (original);
  GstBuffer *deep = gst_buffer_copy_deep (original);
  GstBuffer *part = gst_buffer_copy_region (original,
      GST_BUFFER_COPY_META | GST_BUFFER_COPY_MEMORY, 0, BUFFER_BYTES / 2);

  tell_copy (actor, kind, copy, must, "copied");
  tell_copy (actor, kind, deep, of_reference ? 0 : must, "deeply copied");
  tell_copy (actor, kind, part, of_memory ? 0 : -1, "copied in part");
  gst_buffer_unref (original);
  fill_fresh_memory (kind->info ()->size, FILL_A);
  tell_copy (actor, kind, copy, must, "copied, and the original has gone");
  gst_buffer_unref (copy);
  gst_buffer_unref (deep);
  gst_buffer_unref (part);
}

void
metas_measure (Actor * actor, const MetaKind * kind)
{
  GstMiniObject *held = kind->hold ? kind->hold () : NULL;
  GstBuffer *buffer = make_buffer ();
  TraceEvent event;
  guint before, during;

  for (guint i = 0; held && i < SPARE_REFS; i++)
    gst_mini_object_ref (held);
  before = refs_of (held);
  measure_making (actor, kind, held);
  add (kind, buffer, held, FILL_A);
  during = refs_of (held);
  measure_copies (actor, kind, buffer);
  event = actor_event (actor, TRACE_META_REFS);
  event.meta_refs.before = before;
  event.meta_refs.during = during;
  event.meta_refs.after = refs_of (held);
  actor_emit (actor, &event, "%s: with its copies freed", kind->name);
  mallopt (M_PERTURB, 0);
}

void
metas_run (Actor * actor)
{
  for (const MetaKind * kind = metas_known; kind->name; kind++) {
    if (probe_begin (actor, "meta"))
      metas_measure (actor, kind);
  }
}

/* --- what elements propose --- */

static gboolean
is_known (GType api)
{
  for (const MetaKind * kind = metas_known; kind->name; kind++) {
    if (kind->info ()->api == api)
      return TRUE;
  }
  return FALSE;
}

/* By convention an API "FooMetaAPI" has an implementation "FooMeta". */
static const GstMetaInfo *
implementation_of (GType api)
{
  g_autofree gchar *name = g_strdup (g_type_name (api));

  if (!g_str_has_suffix (name, "API"))
    return NULL;
  name[strlen (name) - strlen ("API")] = '\0';
  return gst_meta_get_info (name);
}

static void
measure_foreign (Actor * actor, const GstMetaInfo * info)
{
  GstBuffer *buffer = make_buffer ();
  TraceEvent event = actor_event (actor, TRACE_META);
  GstMeta *meta = gst_buffer_add_meta (buffer, info, NULL);

  event.meta.there = meta != NULL;
  event.meta.due = -1;
  event.size = info->size;
  event.meta.unset = G_MAXUINT64;
  actor_emit (actor, &event, "%s: made", g_type_name (info->type));
  gst_buffer_unref (gst_buffer_copy (buffer));
  gst_buffer_unref (buffer);
}

gboolean
metas_measure_offers (Actor * actor, GstQuery * query)
{
  gboolean any = FALSE;

  for (guint i = 0; i < gst_query_get_n_allocation_metas (query); i++) {
    GType api = gst_query_parse_nth_allocation_meta (query, i, NULL);
    const GstMetaInfo *info = element_is_meta_api (api) && !is_known (api)
        ? implementation_of (api) : NULL;

    if (!info)
      continue;
    measure_foreign (actor, info);
    any = TRUE;
  }
  return any;
}
