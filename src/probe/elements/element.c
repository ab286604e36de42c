/* The prober of elements: what they propose upstream, and the layouts and metadata in it. */
#include "config.h"
#include "probe/elements/element.h"

#include "probe/buffers/layout.h"
#include "probe/release.h"
#include "probe/twins/element.h"
#include "probe/twins/meta.h"

#include <gst/video/gstvideopool.h>
#include <string.h>

/* --- criticals --- */

/* A critical warning is told, whatever G_DEBUG says: it must not end the process. */
static void
take_log (const gchar * domain, GLogLevelFlags level, const gchar * message, gpointer user)
{
  Actor *actor = user;

  if (level & G_LOG_LEVEL_CRITICAL) {
    TraceEvent event = actor_event (actor, TRACE_CRITICAL);

    actor_emit (actor, &event, "%s: %s", domain ? domain : "-", message);
    return;
  }
  g_log_default_handler (domain, level, message, NULL);
}

static void
catch_criticals (Actor * actor)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_log_set_default_handler (take_log, actor);
}

static void
tell_absent (Actor * actor, const gchar * contract, const gchar * why)
{
  TraceEvent event = actor_event (actor, TRACE_ABSENT);

  actor_emit (actor, &event, "%s: %s", contract, why);
}

/* --- an element --- */

static void
tell_prepare (Actor * actor, const gchar * factory, gboolean done)
{
  TraceEvent event = actor_event (actor, TRACE_PREPARE);

  event.prepare.done = done;
  actor_emit (actor, &event, "%s", factory);
}

/* When the process ends in there that is told apart from what the measurement is about. */
static Offer *
open_offer (Actor * actor, const gchar * factory, GstCaps * caps, GError ** error)
{
  Offer *offer;

  tell_prepare (actor, factory, FALSE);
  offer = offer_open (actor, factory, caps, error);
  tell_prepare (actor, factory, TRUE);
  return offer;
}

/* Whether it can be had at all. The first measurement is about that alone: when it ended the
 * process, the second start begins behind it. */
static gboolean
can_open (Actor * actor, const gchar * factory)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Offer) offer = NULL;

  if (!probe_begin (actor, "open")) {
    if (actor_size (actor, "from", 0) != 2)
      return TRUE;
    probe_skip (actor, "to start it ends the process or never ends");
    return FALSE;
  }
  offer = offer_open (actor, factory, NULL, &error);
  if (!offer)
    probe_skip (actor, "%s", error->message);
  return offer != NULL;
}

static void
note_refusal (Actor * actor, GstCaps * caps, const GError * error)
{
  g_autofree gchar *text = gst_caps_to_string (caps);
  TraceEvent event = actor_event (actor, TRACE_NOTE);

  actor_emit (actor, &event, "%s: %s", error->message, text);
}

static void
ask_again (Actor * actor, Offer * offer, GstCaps * caps, gboolean need_pool)
{
  g_autoptr (GstQuery) query = element_ask (actor, offer, caps, need_pool);

  (void) query;
}

/* As a producer asks, then as others could: the first answer must hold to the end. */
static void
measure_query (Actor * actor, const gchar * factory, GstCaps * caps)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Offer) offer = open_offer (actor, factory, caps, &error);
  g_autoptr (GstQuery) query = NULL;

  if (!offer) {
    note_refusal (actor, caps, error);
    return;
  }
  query = element_ask (actor, offer, caps, TRUE);
  if (query)
    element_tell_offers (actor, query, caps);
  ask_again (actor, offer, caps, FALSE);
  ask_again (actor, offer, NULL, TRUE);
  ask_again (actor, offer, NULL, FALSE);
  ask_again (actor, offer, caps, TRUE);
  if (query)
    element_use_offers (actor, query, caps);
}

/* What GStreamer's own pool makes of alignments is not the element's doing, but a target's of its
 * own. */
static gboolean
is_own_pool (GstBufferPool * pool, gsize alignment)
{
  return pool && (alignment == 0 || G_OBJECT_TYPE (pool) != GST_TYPE_VIDEO_BUFFER_POOL);
}

static guint
measure_pools (Actor * actor, Offer * offer, GstCaps * caps, gsize alignment)
{
  const GstVideoAlignment *align = &layout_alignments[alignment];
  g_autoptr (GstQuery) query = offer_ask (offer, TRUE);
  g_autofree gchar *what = layout_describe (align);
  guint n_measured = 0;

  for (guint i = 0; query && i < gst_query_get_n_allocation_pools (query); i++) {
    g_autoptr (GstBufferPool) pool = NULL;
    guint size;

    gst_query_parse_nth_allocation_pool (query, i, &pool, &size, NULL, NULL);
    if (is_own_pool (pool, alignment))
      n_measured += layout_measure_pool (actor, pool, caps, size, align, what) ? 1 : 0;
  }
  return n_measured;
}

static void
measure_layout (Actor * actor, const gchar * factory, GstCaps * caps)
{
  g_autoptr (Offer) offer = NULL;
  guint n_measured = 0;
  GstVideoInfo info;

  if (gst_video_info_from_caps (&info, caps))
    offer = open_offer (actor, factory, caps, NULL);
  for (gsize i = 0; offer && i < layout_n_alignments; i++)
    n_measured += measure_pools (actor, offer, caps, i);
  if (n_measured == 0)
    tell_absent (actor, "layout", "it proposes no pool of video buffers");
}

static void
measure_meta (Actor * actor, const gchar * factory, GstCaps * caps)
{
  g_autoptr (Offer) offer = open_offer (actor, factory, caps, NULL);
  g_autoptr (GstQuery) query = offer ? offer_ask (offer, TRUE) : NULL;

  if (!query || !metas_measure_offers (actor, query))
    tell_absent (actor, "meta", "it proposes none but those of GStreamer's own libraries");
}

static void
run_element (Actor * actor, const gchar * factory)
{
  g_autoptr (GPtrArray) caps = offer_caps (factory);

  if (!can_open (actor, factory))
    return;
  for (guint i = 0; i < caps->len; i++) {
    if (probe_begin (actor, "query"))
      measure_query (actor, factory, g_ptr_array_index (caps, i));
  }
  for (guint i = 0; i < caps->len; i++) {
    if (probe_begin (actor, "layout"))
      measure_layout (actor, factory, g_ptr_array_index (caps, i));
  }
  if (probe_begin (actor, "meta"))
    measure_meta (actor, factory, g_ptr_array_index (caps, 0));
}

/* --- targets --- */

static void
run_import (Actor * actor)
{
  layout_run_import (actor, twin_element_factory (TWIN_PREFIX "clean"));
}

static void
run_export (Actor * actor)
{
  layout_run_export (actor, twin_element_factory (TWIN_PREFIX "clean"));
}

/* Targets that are no elements. What is at fault in import and export, when both peers are our own,
 * is the library that both ask. */
static const struct
{
  const gchar *name, *blamed, *contract;
  void (*run) (Actor * actor);
} own_targets[] = {
  {"plane-sizes", "GstVideoInfo", "layout", layout_run_plane_sizes},
  {"strides", "GstVideoInfo", "layout", layout_run_strides},
  {"paddings", "GstVideoInfo", "layout", layout_run_paddings},
  {"video-pool", "GstVideoBufferPool", "layout", layout_run_video_pool},
  {"video-pool-aligned", "GstVideoBufferPool", "layout", layout_run_aligned_pool},
  {"import", "GstVideoMeta", "layout", run_import},
  {"export", "GstVideoMeta", "layout", run_export},
  {"metas", "GstMeta", "meta", metas_run},
};

/* All contracts but the one that a target is about. */
static void
tell_others_absent (Actor * actor, const gchar * contract)
{
  static const gchar *const contracts[] = { "query", "layout", "meta" };

  for (gsize i = 0; i < G_N_ELEMENTS (contracts); i++) {
    if (!g_str_equal (contracts[i], contract))
      tell_absent (actor, contracts[i], "the target is not about it");
  }
}

static gboolean
run_own_target (Actor * actor, const gchar * target)
{
  for (gsize i = 0; i < G_N_ELEMENTS (own_targets); i++) {
    if (!g_str_equal (own_targets[i].name, target))
      continue;
    probe_target_of_gstreamer (actor, own_targets[i].blamed);
    tell_others_absent (actor, own_targets[i].contract);
    own_targets[i].run (actor);
    return TRUE;
  }
  return FALSE;
}

static gboolean
run_twin (Actor * actor, const gchar * target)
{
  const gchar *factory = twin_element_factory (target);

  probe_target (actor, target, PACKAGE_VERSION);
  if (!factory) {
    tell_others_absent (actor, "meta");
    return twin_meta_run (actor, target);
  }
  if (twin_element_is_import (target) || twin_element_is_export (target))
    tell_others_absent (actor, "layout");
  if (twin_element_is_import (target))
    layout_run_import (actor, factory);
  else if (twin_element_is_export (target))
    layout_run_export (actor, factory);
  else
    run_element (actor, factory);
  return TRUE;
}

static void
run (Actor * actor)
{
  const gchar *target = actor_get (actor, "target");
  g_autofree gchar *version = NULL;

  if (!offer_init (actor))
    return;
  catch_criticals (actor);
  if (g_str_has_prefix (target, TWIN_PREFIX) ? run_twin (actor, target)
      : run_own_target (actor, target))
    return;
  version = offer_version (target);
  probe_target (actor, target, version);
  run_element (actor, target);
}

static void
list (Actor * actor)
{
  if (!offer_init (actor))
    return;
  probe_target_of_gstreamer (actor, "GStreamer");
  for (gsize i = 0; i < G_N_ELEMENTS (own_targets); i++)
    probe_found (actor, own_targets[i].name, NULL);
  offer_list (actor);
  twin_list (TWIN_ELEMENT, actor);
  twin_list (TWIN_META, actor);
}

const ProbeClass probe_element = {
  .name = "element",
  .run = run,
  .list = list,
};
