/* Which elements could be asked, and with which caps. */
#include "config.h"
#include "probe/elements/offer.h"

#include <dlfcn.h>
#include <string.h>

#define VIDEO(format, width, height) "video/x-raw, format=" format ", width=" #width ", height=" \
    #height ", framerate=30/1, pixel-aspect-ratio=1/1, interlace-mode=progressive"
#define AUDIO(format, rate, channels) "audio/x-raw, format=" format ", rate=" #rate ", channels=" \
    #channels ", layout=interleaved"

static const gchar *const video_samples[] = {
  VIDEO ("I420", 320, 240), VIDEO ("NV12", 321, 241), VIDEO ("BGRx", 1366, 768),
  VIDEO ("{ Y42B, Y444, RGB, BGR, RGBA, GRAY8, YUY2, UYVY }", 319, 239),
};

static const gchar *const audio_samples[] = {
  AUDIO ("S16LE", 48000, 2), AUDIO ("F32LE", 44100, 1),
};

/* Whatever the format: for those that take none of the above. */
static const gchar *const last_samples[] = {
  "video/x-raw, width=320, height=240, framerate=30/1", "video/x-raw",
  "audio/x-raw, rate=48000, channels=2, layout=interleaved", "audio/x-raw",
};

/* Elements that are asked by default: those known to answer for themselves, and some that pass the
 * question on, each of which a real pipeline has. */
static const gchar *const by_default[] = {
  "appsink", "compositor", "fakesink", "fakevideosink", "fbdevsink", "filesink", "glimagesink",
  "gtksink", "identity", "jpegenc", "kmssink", "openh264enc", "pngenc", "queue", "shmsink", "tee",
  "theoraenc", "unixfdsink", "v4l2sink", "videobox", "videoconvert", "videocrop", "videoflip",
  "videorate", "videoscale", "vp8enc", "waylandsink", "x264enc", "ximagesink", "xvimagesink",
};

static const gchar *const display[] = { "DISPLAY", "WAYLAND_DISPLAY", NULL };
static const gchar *const x11_display[] = { "DISPLAY", NULL };
static const gchar *const wayland_display[] = { "WAYLAND_DISPLAY", NULL };

/* What must be there for an element; one that is not listed needs nothing. */
static const struct
{
  const gchar *element;
  const gchar *const *variables;        /* one of them must be set */
  const gchar *device;          /* or this file must exist */
} obstacles[] = {
  {"autovideosink", display},
  {"fpsdisplaysink", display},
  {"glimagesink", display},
  {"glimagesinkelement", display},
  {"gtkglsink", display},
  {"gtksink", display},
  {"vulkansink", display},
  {"dfbvideosink", NULL, "/dev/fb0"},
  {"fbdevsink", NULL, "/dev/fb0"},
  {"kmssink", NULL, "/dev/dri"},
  {"v4l2sink", NULL, "/dev/video0"},
  {"gtkwaylandsink", wayland_display},
  {"waylandsink", wayland_display},
  {"ximagesink", x11_display},
  {"xvimagesink", x11_display},
};

/* --- which --- */

static gboolean
is_any_set (const gchar * const *variables)
{
  for (; *variables; variables++) {
    const gchar *value = g_getenv (*variables);

    if (value && value[0])
      return TRUE;
  }
  return FALSE;
}

gchar *
offer_obstacle (const gchar * element)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (element);

  if (!factory)
    return g_strdup ("not installed");
  for (gsize i = 0; i < G_N_ELEMENTS (obstacles); i++) {
    if (!g_str_equal (obstacles[i].element, element))
      continue;
    if (obstacles[i].variables && !is_any_set (obstacles[i].variables))
      return g_strdup_printf ("%s is not set", obstacles[i].variables[0]);
    if (obstacles[i].device && !g_file_test (obstacles[i].device, G_FILE_TEST_EXISTS))
      return g_strdup_printf ("%s is not there", obstacles[i].device);
  }
  return NULL;
}

gchar *
offer_version (const gchar * element)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (element);
  g_autoptr (GstPlugin) plugin = factory
      ? gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory)) : NULL;

  return g_strdup (plugin ? gst_plugin_get_version (plugin) : "0");
}

/* The template of the pad that offer_open() takes; NULL: none. */
static GstStaticPadTemplate *
find_template (GstElementFactory * factory)
{
  GstStaticPadTemplate *found = NULL;

  for (const GList * i = gst_element_factory_get_static_pad_templates (factory); i; i = i->next) {
    GstStaticPadTemplate *templ = i->data;

    if (templ->direction != GST_PAD_SINK || templ->presence == GST_PAD_SOMETIMES)
      continue;
    if (!found || (found->presence != GST_PAD_ALWAYS && templ->presence == GST_PAD_ALWAYS))
      found = templ;
  }
  return found;
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

/* Whether it came with one of the files that --plugin named. */
static gboolean
is_from_files (GstPluginFeature * feature, gchar ** files)
{
  g_autoptr (GstPlugin) plugin = gst_plugin_feature_get_plugin (feature);
  const gchar *file = plugin ? gst_plugin_get_filename (plugin) : NULL;

  return file && files && g_strv_contains ((const gchar * const *) files, file);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (GST_OBJECT_NAME (a), GST_OBJECT_NAME (b));
}

static void
tell_by_default (Actor * actor)
{
  for (gsize i = 0; i < G_N_ELEMENTS (by_default); i++) {
    g_autofree gchar *reason = offer_obstacle (by_default[i]);

    probe_found (actor, by_default[i], reason);
  }
}

static void
tell_other (Actor * actor, const gchar * name)
{
  g_autofree gchar *reason = offer_obstacle (name);

  if (!reason)
    probe_found_named (actor, name);
}

void
offer_list (Actor * actor)
{
  const gchar *plugins = actor_get (actor, "plugins");
  g_auto (GStrv) files = plugins ? g_strsplit (plugins, ":", -1) : NULL;
  GList *factories = gst_registry_get_feature_list (gst_registry_get (), GST_TYPE_ELEMENT_FACTORY);

  tell_by_default (actor);
  factories = g_list_sort (factories, compare_names);
  for (GList * i = factories; i; i = i->next) {
    const gchar *name = GST_OBJECT_NAME (i->data);

    if (is_default (name) || !find_template (i->data))
      continue;
    if (is_from_files (i->data, files))
      probe_found (actor, name, NULL);
    else
      tell_other (actor, name);
  }
  gst_plugin_feature_list_free (factories);
}

/* Whether FILE brings allocators instead of elements. */
static gboolean
brings_allocators (const gchar * file)
{
  gpointer library = dlopen (file, RTLD_LAZY);
  gboolean brings = library && dlsym (library, "shmdiag_align_targets");

  if (library)
    dlclose (library);
  return brings;
}

gboolean
offer_init (Actor * actor)
{
  const gchar *plugins = actor_get (actor, "plugins");
  g_auto (GStrv) files = plugins ? g_strsplit (plugins, ":", -1) : NULL;
  g_autoptr (GError) error = NULL;

  if (!gst_init_check (NULL, NULL, &error)) {
    actor_broken (actor, "GStreamer: %s", error ? error->message : "not initialised");
    return FALSE;
  }
  for (gsize i = 0; files && files[i]; i++) {
    g_autoptr (GstPlugin) plugin = gst_plugin_load_file (files[i], &error);

    if (!plugin && brings_allocators (files[i])) {
      g_clear_error (&error);
    } else if (!plugin) {
      actor_broken (actor, "%s: no plugin of GStreamer: %s", files[i], error->message);
      return FALSE;
    }
  }
  return TRUE;
}

/* --- with which caps --- */

/* Adds a copy of SAMPLE, as far as TAKEN has it, when that can be fixed. */
static void
add_sample (GPtrArray * found, GstCaps * taken, const gchar * sample)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (sample);
  GstCaps *caps = gst_caps_intersect_full (wanted, taken, GST_CAPS_INTERSECT_FIRST);

  if (!gst_caps_is_empty (caps))
    caps = gst_caps_fixate (caps);
  if (!gst_caps_is_empty (caps) && gst_caps_is_fixed (caps))
    g_ptr_array_add (found, gst_caps_ref (caps));
  gst_caps_unref (caps);
}

static void
add_samples (GPtrArray * found, GstCaps * taken, const gchar * const *samples, gsize count)
{
  for (gsize i = 0; i < count; i++)
    add_sample (found, taken, samples[i]);
}

/* The first structure of TAKEN made fixed, or its mere name. */
static void
add_fixed (GPtrArray * found, GstCaps * taken)
{
  g_autoptr (GstCaps) caps = NULL;

  if (gst_caps_is_empty (taken) || gst_caps_is_any (taken)) {
    g_ptr_array_add (found, gst_caps_new_empty_simple ("application/octet-stream"));
    return;
  }
  caps = gst_caps_fixate (gst_caps_copy_nth (taken, 0));
  if (gst_caps_is_fixed (caps))
    g_ptr_array_add (found, g_steal_pointer (&caps));
  else
    g_ptr_array_add (found, gst_caps_new_empty_simple (gst_structure_get_name
            (gst_caps_get_structure (taken, 0))));
}

static GstCaps *
taken_caps (const gchar * element)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (element);
  GstStaticPadTemplate *templ = factory ? find_template (factory) : NULL;

  return templ ? gst_static_pad_template_get_caps (templ) : gst_caps_new_any ();
}

GPtrArray *
offer_caps (const gchar * element)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_caps_unref);
  g_autoptr (GstCaps) taken = taken_caps (element);

  add_samples (found, taken, video_samples, G_N_ELEMENTS (video_samples));
  add_samples (found, taken, audio_samples, G_N_ELEMENTS (audio_samples));
  for (gsize i = 0; found->len == 0 && i < G_N_ELEMENTS (last_samples); i++)
    add_sample (found, taken, last_samples[i]);
  if (found->len == 0)
    add_fixed (found, taken);
  return found;
}
