/* Metadata of our own: a clean one, and one for each defect. */
#include "config.h"
#include "probe/twins/meta.h"

#include "probe/buffers/metas.h"

#include <string.h>

typedef struct
{
  GstMeta meta;
  GstBuffer *held;
  guint64 number;
  guint64 reserved[2];
} TwinMeta;

/* --- what all have in common --- */

static GType
get_api (void)
{
  static const gchar *tags[] = { NULL };
  GType api = g_type_from_name ("ShmdiagTwinMetaAPI");

  return api != 0 ? api : gst_meta_api_type_register ("ShmdiagTwinMetaAPI", tags);
}

static gboolean
init_clean (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  TwinMeta *self = (TwinMeta *) meta;

  self->held = NULL;
  self->number = 0;
  memset (self->reserved, 0, sizeof self->reserved);
  return TRUE;
}

static void
free_clean (GstMeta * meta, GstBuffer * buffer)
{
  gst_clear_buffer (&((TwinMeta *) meta)->held);
}

static TwinMeta *
copy_to (GstBuffer * copy, GstMeta * meta)
{
  TwinMeta *self = (TwinMeta *) meta;
  TwinMeta *copied = (TwinMeta *) gst_buffer_add_meta (copy, meta->info, NULL);

  copied->held = gst_buffer_ref (self->held);
  copied->number = self->number;
  return copied;
}

static gboolean
copy_clean (GstBuffer * copy, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  copy_to (copy, meta);
  return TRUE;
}

/* --- defects --- */

static gboolean
init_half (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((TwinMeta *) meta)->held = NULL;
  ((TwinMeta *) meta)->number = 0;
  return TRUE;
}

static void
free_nothing (GstMeta * meta, GstBuffer * buffer)
{
}

static void
free_twice (GstMeta * meta, GstBuffer * buffer)
{
  TwinMeta *self = (TwinMeta *) meta;

  if (self->held)
    gst_buffer_unref (self->held);
  gst_clear_buffer (&self->held);
}

static gboolean
copy_nothing (GstBuffer * copy, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  return TRUE;
}

static gboolean
copy_changed (GstBuffer * copy, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  copy_to (copy, meta)->number++;
  return TRUE;
}

static gboolean
copy_shared (GstBuffer * copy, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  gst_buffer_unref (copy_to (copy, meta)->held);
  return TRUE;
}

static const struct
{
  Mutant mutant;
  GstMetaInitFunction init;
  GstMetaFreeFunction free;
  GstMetaTransformFunction copy;
} kinds[] = {
  {MUTANT_NONE, init_clean, free_clean, copy_clean},
  {MUTANT_NOT_INITIALISED, init_half, free_clean, copy_clean},
  {MUTANT_NOT_FREED, init_clean, free_nothing, copy_clean},
  {MUTANT_FREED_TWICE, init_clean, free_twice, copy_clean},
  {MUTANT_LOST_IN_COPY, init_clean, free_clean, copy_nothing},
  {MUTANT_CHANGED_IN_COPY, init_clean, free_clean, copy_changed},
  {MUTANT_SHARED_WITH_COPY, init_clean, free_clean, copy_shared},
};

/* --- the twin that is measured --- */

/* One process measures one twin: its implementation is found by its name. */
static const GstMetaInfo *
get_info (void)
{
  return gst_meta_get_info ("ShmdiagTwinMeta");
}

static GstMiniObject *
hold (void)
{
  return GST_MINI_OBJECT_CAST (gst_buffer_new ());
}

static GstMeta *
add (GstBuffer * buffer, GstMiniObject * held)
{
  TwinMeta *self = (TwinMeta *) gst_buffer_add_meta (buffer, get_info (), NULL);

  self->held = gst_buffer_ref (GST_BUFFER_CAST (held));
  self->number = 42;
  return &self->meta;
}

static void
register_meta (Mutant mutant)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (kinds[i].mutant == mutant)
      gst_meta_register (get_api (), "ShmdiagTwinMeta", sizeof (TwinMeta), kinds[i].init,
          kinds[i].free, kinds[i].copy);
  }
}

gboolean
twin_meta_run (Actor * actor, const gchar * target)
{
  const Twin *twin = twin_find (TWIN_META, target);
  const MetaKind kind = {
    "ShmdiagTwinMeta", get_info, hold, add, TRUE,
    G_STRUCT_OFFSET (TwinMeta, number), sizeof (guint64)
  };

  if (!twin)
    return FALSE;
  if (!probe_begin (actor, "meta"))
    return TRUE;
  register_meta (twin->mutant);
  metas_measure (actor, &kind);
  return TRUE;
}
