#include "config.h"
#include "probe/twins/element.h"

#include "probe/elements/element.h"
#include "probe/twins/allocator.h"
#include "probe/twins/layout.h"

#include <stdlib.h>
#include <string.h>

/* What it proposes besides its pool. */
static const GstAllocationParams proposed_params = {.align = 63,.prefix = 16,.padding = 48 };

#define LAYOUT_KEY "shmdiag-layout"

typedef struct
{
  GstElement element;
  Mutant mutant;
  guint n_asked;
  GstAllocator *allocator;
} TwinElement;

typedef struct
{
  GstElementClass klass;
  Mutant mutant;
} TwinElementClass;

/* --- the answer --- */

static void
propose_meta (TwinElement * self, GstQuery * query, const GstVideoAlignment * layout)
{
  /* Signed numbers are not found by who looks for unsigned ones. */
  GType type = self->mutant == MUTANT_EXPORT_SIGNED_PADDING ? G_TYPE_INT : G_TYPE_UINT;
  gboolean swapped = self->mutant == MUTANT_EXPORT_SWAPPED_PADDING;
  GstStructure *params;

  if (self->mutant == MUTANT_BOGUS_META)
    gst_query_add_allocation_meta (query, GST_TYPE_CAPS, NULL);
  if (!layout) {
    gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
    return;
  }
  params = gst_structure_new ("video-meta",
      "padding-top", type, swapped ? layout->padding_bottom : layout->padding_top,
      "padding-bottom", type, swapped ? layout->padding_top : layout->padding_bottom,
      "padding-left", type, layout->padding_left, "padding-right", type, layout->padding_right,
      NULL);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, params);
  gst_structure_free (params);
}

static void
propose_pool (TwinElement * self, GstQuery * query, GstCaps * caps, gboolean need_pool,
    const GstVideoAlignment * layout)
{
  g_autoptr (GstBufferPool) pool = need_pool ? twin_layout_new (self->mutant, layout) : NULL;
  guint size = (guint) element_frame_size (caps);
  guint min = self->mutant == MUTANT_MIN_ABOVE_MAX ? 32 : 2;

  size = size > 0 ? size : 4096;
  if (self->mutant == MUTANT_TOO_SMALL)
    size -= size / 3;
  if (self->mutant == MUTANT_ANSWERS_DIFFER)
    min += self->n_asked++;
  if (pool && self->mutant == MUTANT_PROPOSES_ACTIVE) {
    GstStructure *config = gst_buffer_pool_get_config (pool);

    gst_buffer_pool_config_set_params (config, caps, size, min, 16);
    gst_buffer_pool_set_config (pool, config);
    gst_buffer_pool_set_active (pool, TRUE);
  }
  gst_query_add_allocation_pool (query, pool, size, min, 16);
}

/* The layout for a buffer of CAPS: with it, the padding on the right that the strides need. */
static gboolean
layout_for (TwinElement * self, GstCaps * caps, GstVideoAlignment * layout)
{
  const GstVideoAlignment *needed = g_object_get_data (G_OBJECT (self), LAYOUT_KEY);
  GstVideoInfo info;

  if (!needed || !gst_video_info_from_caps (&info, caps))
    return FALSE;
  *layout = *needed;
  /* Whoever forgets this tells only half of it. */
  if (self->mutant != MUTANT_EXPORT_STALE_PADDING)
    gst_video_info_align (&info, layout);
  return TRUE;
}

static gboolean
answer (TwinElement * self, GstQuery * query)
{
  GstAllocationParams params = proposed_params;
  GstVideoAlignment layout;
  gboolean need_pool, has_layout;
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, &need_pool);
  if (!caps && self->mutant == MUTANT_DIES_WITHOUT_CAPS)
    abort ();
  if (!caps)
    return FALSE;
  has_layout = layout_for (self, caps, &layout);
  propose_pool (self, query, caps, need_pool, has_layout ? &layout : NULL);
  gst_query_add_allocation_param (query, self->allocator, &params);
  propose_meta (self, query, has_layout ? &layout : NULL);
  return TRUE;
}

static gboolean
take_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION)
    return answer ((TwinElement *) parent, query);
  return gst_pad_query_default (pad, parent, query);
}

/* --- the element --- */

static void
dispose (GObject * object)
{
  GObjectClass *parent = g_type_class_peek (GST_TYPE_ELEMENT);

  gst_clear_object (&((TwinElement *) object)->allocator);
  parent->dispose (object);
}

static void
init_class (gpointer klass, gpointer data)
{
  GstElementClass *element_class = klass;

  ((TwinElementClass *) klass)->mutant = GPOINTER_TO_INT (data);
  G_OBJECT_CLASS (klass)->dispose = dispose;
  gst_element_class_set_static_metadata (element_class, "Reference", "Sink",
      "Answers the ALLOCATION query", PACKAGE_NAME);
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("sink",
          GST_PAD_SINK, GST_PAD_ALWAYS, GST_CAPS_ANY));
}

static void
init_element (GTypeInstance * instance, gpointer klass)
{
  TwinElement *self = (TwinElement *) instance;
  GstPadTemplate *templ = gst_element_class_get_pad_template (klass, "sink");
  GstPad *pad = gst_pad_new_from_template (templ, "sink");

  self->mutant = ((TwinElementClass *) klass)->mutant;
  self->allocator = twin_allocator_new (twin_allocator_get_type (), self->mutant);
  gst_pad_set_query_function (pad, take_query);
  gst_element_add_pad (GST_ELEMENT (self), pad);
}

void
twin_element_set_layout (GstElement * element, const GstVideoAlignment * align)
{
  g_object_set_data_full (G_OBJECT (element), LAYOUT_KEY, g_memdup2 (align, sizeof *align),
      g_free);
}

/* --- the twins --- */

static gboolean
is_about (const gchar * target, const gchar * what)
{
  g_autofree gchar *prefix = g_strconcat (TWIN_PREFIX, what, "-", NULL);
  g_autofree gchar *clean = g_strconcat (TWIN_PREFIX "clean-", what, NULL);

  return g_str_has_prefix (target, prefix) || g_str_equal (target, clean);
}

gboolean
twin_element_is_import (const gchar * target)
{
  return is_about (target, "import");
}

gboolean
twin_element_is_export (const gchar * target)
{
  return is_about (target, "export");
}

static const gchar *
register_twin (const gchar * name, Mutant mutant)
{
  g_autofree gchar *factory = g_strconcat ("shmdiag-", name, NULL);
  const GTypeInfo info = {
    .class_size = sizeof (TwinElementClass),
    .class_init = init_class,
    .class_data = GINT_TO_POINTER (mutant),
    .instance_size = sizeof (TwinElement),
    .instance_init = init_element,
  };
  GType type = g_type_from_name (factory);

  if (type == 0)
    type = g_type_register_static (GST_TYPE_ELEMENT, factory, &info, 0);
  gst_element_register (NULL, factory, GST_RANK_NONE, type);
  return g_intern_string (factory);
}

const gchar *
twin_element_factory (const gchar * target)
{
  const Twin *twin = twin_find (TWIN_ELEMENT, target);

  return twin ? register_twin (twin->name, twin->mutant) : NULL;
}
