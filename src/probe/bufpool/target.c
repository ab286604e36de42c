#include "config.h"
#include "probe/bufpool/target.h"

#include "probe/elements/offer.h"
#include "probe/release.h"
#include "probe/twins/rules.h"

#include <gst/video/video.h>
#include <gst/video/gstvideopool.h>
#include <string.h>

#define ELEMENT_PREFIX "element:"

/* Of the pools that nobody has made for a format: an odd size on purpose. */
#define VIDEO_CAPS "video/x-raw, format=I420, width=82, height=62, framerate=25/1"
#define PLAIN_SIZE 5000

struct BufpoolTarget
{
  Actor *actor;
  const Twin *twin;             /* or */
  gchar *element;               /* or one of the libraries' own: */
  GstBufferPool *(*make) (void);
  GstCaps *caps;
  guint size;
};

/* Elements that are probed by default: some that propose a pool wherever they run, and those whose
 * pools are of their own kind, where this machine has what they need. */
static const gchar *const by_default[] = {
  "glimagesink", "jpegenc", "kmssink", "pngenc", "v4l2sink", "videoflip", "vp8enc",
  "waylandsink", "ximagesink", "xvimagesink",
};

static const struct
{
  const gchar *name, *type;
  GstBufferPool *(*make) (void);
} plain[] = {
  {"base", "GstBufferPool", gst_buffer_pool_new},
  {"video", "GstVideoBufferPool", gst_video_buffer_pool_new},
};

/* --- elements --- */

/* A proposal that holds a pool. FALSE: ERROR says why there is none. */
static gboolean
find_proposal (GstQuery * query, BufpoolSample * sample, GError ** error)
{
  guint count = query ? gst_query_get_n_allocation_pools (query) : 0;

  for (guint i = 0; i < count && !sample->pool; i++)
    gst_query_parse_nth_allocation_pool (query, i, &sample->pool, &sample->size, NULL, NULL);
  if (!sample->pool)
    g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_NOT_IMPLEMENTED, "proposes no pool");
  return sample->pool != NULL;
}

static void
close_offer (gpointer data)
{
  offer_close (data);
}

static gboolean
sample_proposal (const BufpoolTarget * target, BufpoolSample * sample, GError ** error)
{
  Offer *offer = offer_open (target->actor, target->element, target->caps, error);
  GstQuery *query;
  gboolean found;

  if (!offer)
    return FALSE;
  sample->keeps = offer;
  sample->free_keeps = close_offer;
  sample->caps = gst_caps_ref (offer_current_caps (offer));
  query = offer_ask (offer, TRUE);
  found = find_proposal (query, sample, error);
  if (query)
    gst_query_unref (query);
  /* One that is in use already would be switched off by a producer, too. */
  if (found && gst_buffer_pool_is_active (sample->pool))
    gst_buffer_pool_set_active (sample->pool, FALSE);
  return found;
}

/* The class of a pool is to blame for what it does: GStreamer's own, whoever proposed it. */
static void
tell_element (BufpoolTarget * target, GstBufferPool * pool)
{
  const gchar *type = G_OBJECT_TYPE_NAME (pool);
  g_autofree gchar *version = offer_version (target->element);

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++) {
    if (g_str_equal (type, plain[i].type)) {
      probe_target_of_gstreamer (target->actor, type);
      return;
    }
  }
  probe_target (target->actor, target->element, version);
}

/* With the first caps for which there is a pool. FALSE: ERROR of the last. */
static gboolean
find_caps (BufpoolTarget * target, BufpoolSample * sample, GError ** error)
{
  g_autoptr (GPtrArray) all = offer_caps (target->element);

  for (guint i = 0; i < all->len; i++) {
    g_clear_error (error);
    gst_caps_replace (&target->caps, g_ptr_array_index (all, i));
    if (sample_proposal (target, sample, error))
      return TRUE;
    bufpool_sample_clear (sample);
  }
  return FALSE;
}

static gboolean
open_element (BufpoolTarget * target, const gchar * name)
{
  g_autofree gchar *obstacle = offer_obstacle (name);
  g_autoptr (GError) error = NULL;
  BufpoolSample sample = { 0 };

  target->element = g_strdup (name);
  if (obstacle) {
    probe_skip (target->actor, "%s", obstacle);
    return FALSE;
  }
  if (!find_caps (target, &sample, &error)) {
    probe_skip (target->actor, "%s", error ? error->message : "takes no caps");
    return FALSE;
  }
  tell_element (target, sample.pool);
  bufpool_sample_clear (&sample);
  return TRUE;
}

/* --- the libraries' own, and twins --- */

static gboolean
open_plain (BufpoolTarget * target, const gchar * name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++) {
    if (!g_str_equal (plain[i].name, name))
      continue;
    target->make = plain[i].make;
    probe_target_of_gstreamer (target->actor, plain[i].type);
    return TRUE;
  }
  actor_broken (target->actor, "no such pool: %s", name);
  return FALSE;
}

static gboolean
open_twin (BufpoolTarget * target, const gchar * name)
{
  target->twin = twin_find (TWIN_BUFPOOL, name);
  if (target->twin)
    probe_target (target->actor, "ref", PACKAGE_VERSION);
  else
    actor_broken (target->actor, "no such pool: %s", name);
  return target->twin != NULL;
}

/* The base class does not mind the caps; the others need a format. */
static void
set_format (BufpoolTarget * target, const gchar * name)
{
  GstVideoInfo info;

  target->size = PLAIN_SIZE;
  if (g_str_equal (name, "base"))
    return;
  target->caps = gst_caps_from_string (VIDEO_CAPS);
  if (gst_video_info_from_caps (&info, target->caps))
    target->size = (guint) GST_VIDEO_INFO_SIZE (&info);
}

BufpoolTarget *
bufpool_target_new (Actor * actor)
{
  g_autoptr (BufpoolTarget) target = g_new0 (BufpoolTarget, 1);
  const gchar *name = actor_get (actor, "target");
  gboolean good;

  if (!name || !offer_init (actor))
    return NULL;
  target->actor = actor;
  if (g_str_has_prefix (name, ELEMENT_PREFIX))
    return open_element (target, name + strlen (ELEMENT_PREFIX)) ? g_steal_pointer (&target) : NULL;
  set_format (target, name);
  good = g_str_has_prefix (name, TWIN_PREFIX) ? open_twin (target, name)
      : open_plain (target, name);
  return good ? g_steal_pointer (&target) : NULL;
}

void
bufpool_target_free (BufpoolTarget * target)
{
  if (!target)
    return;
  g_free (target->element);
  gst_clear_caps (&target->caps);
  g_free (target);
}

/* --- their pools --- */

gboolean
bufpool_target_sample (const BufpoolTarget * target, BufpoolSample * sample, GError ** error)
{
  memset (sample, 0, sizeof *sample);
  if (target->element)
    return sample_proposal (target, sample, error);
  sample->pool = target->twin ? twin_rules_new (target->twin->mutant) : target->make ();
  sample->size = target->size;
  if (target->caps)
    sample->caps = gst_caps_ref (target->caps);
  return TRUE;
}

void
bufpool_sample_clear (BufpoolSample * sample)
{
  gst_clear_object (&sample->pool);
  gst_clear_caps (&sample->caps);
  if (sample->keeps)
    sample->free_keeps (sample->keeps);
  sample->keeps = NULL;
}

gboolean
bufpool_target_set_config (const BufpoolTarget * target, GstBufferPool * pool,
    GstStructure * take_config)
{
  if (target->twin)
    return twin_rules_set_config (target->twin->mutant, pool, take_config);
  return gst_buffer_pool_set_config (pool, take_config);
}

GstFlowReturn
bufpool_target_acquire (const BufpoolTarget * target, GstBufferPool * pool, GstBuffer ** buffer,
    GstBufferPoolAcquireParams * params)
{
  if (target->twin)
    return twin_rules_acquire (target->twin->mutant, pool, buffer, params);
  return gst_buffer_pool_acquire_buffer (pool, buffer, params);
}

gboolean
bufpool_target_is_configured (const BufpoolTarget * target, GstBufferPool * pool)
{
  GstStructure *config;
  GstCaps *caps = NULL;
  guint size = 0;

  /* Nobody has touched one that we made. */
  if (!target->element)
    return FALSE;
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_get_params (config, &caps, &size, NULL, NULL);
  gst_structure_free (config);
  return caps || size > 0;
}

gint
bufpool_target_n_options (const BufpoolTarget * target)
{
  BufpoolSample sample = { 0 };
  const gchar **options;
  gint count = 0;

  if (bufpool_target_sample (target, &sample, NULL)) {
    options = gst_buffer_pool_get_options (sample.pool);
    while (options && options[count])
      count++;
  }
  bufpool_sample_clear (&sample);
  return count;
}

/* --- the list --- */

/* Whether raw video can go in somewhere: others propose pools that only their own kind can fill. */
static gboolean
takes_video (GstElementFactory * factory)
{
  g_autoptr (GstCaps) video = gst_caps_from_string ("video/x-raw");

  return gst_element_factory_can_sink_any_caps (factory, video);
}

static gboolean
is_default (const gchar * element)
{
  for (gsize i = 0; i < G_N_ELEMENTS (by_default); i++) {
    if (g_str_equal (by_default[i], element))
      return TRUE;
  }
  return FALSE;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (GST_OBJECT_NAME (a), GST_OBJECT_NAME (b));
}

static void
list_others (Actor * actor)
{
  GList *factories = gst_registry_get_feature_list (gst_registry_get (), GST_TYPE_ELEMENT_FACTORY);

  factories = g_list_sort (factories, compare_names);
  for (GList * i = factories; i; i = i->next) {
    const gchar *element = GST_OBJECT_NAME (i->data);
    g_autofree gchar *name = g_strconcat (ELEMENT_PREFIX, element, NULL);
    g_autofree gchar *obstacle = offer_obstacle (element);

    if (!is_default (element) && !obstacle && takes_video (i->data))
      probe_found_named (actor, name);
  }
  gst_plugin_feature_list_free (factories);
}

void
bufpool_target_list (Actor * actor)
{
  if (!offer_init (actor))
    return;
  probe_target_of_gstreamer (actor, "GStreamer");
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    probe_found (actor, plain[i].name, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (by_default); i++) {
    g_autofree gchar *name = g_strconcat (ELEMENT_PREFIX, by_default[i], NULL);
    g_autofree gchar *obstacle = offer_obstacle (by_default[i]);

    probe_found (actor, name, obstacle);
  }
  list_others (actor);
  twin_list (TWIN_BUFPOOL, actor);
}
