/* Which of the elements under test are installed. */
#include "config.h"
#include "role/gst-probe.h"

#include "base/status.h"
#include "role/gst-common.h"

#include <string.h>

static void
print_line (const gchar * kind, const gchar * text)
{
  g_autofree gchar *line = g_strdelimit (g_strdup (text), "\n\r", ' ');

  g_print ("%s %s\n", kind, line);
}

static void
probe_pipeline (const gchar * kind, const gchar * description, const gchar * name)
{
  g_autoptr (GstElement) pipeline = NULL, element = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *words = NULL;

  if (!description || !*description)
    return;
  pipeline = role_gst_parse (description, &error);
  element = pipeline ? gst_bin_get_by_name (GST_BIN (pipeline), name) : NULL;
  if (!error && !element)
    g_set_error (&error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "pipeline: no element called %s: %s", name, description);
  words = error ? g_strdup_printf ("%s-pipeline: %s", kind, error->message + (g_str_has_prefix (
              error->message, "pipeline: ") ? strlen ("pipeline: ") : 0))
      : role_gst_describe (element);
  print_line (error ? "error" : kind, words);
}

gint
role_gst_probe (const gchar * producer_pipeline, const gchar * consumer_pipeline)
{
  static const gchar *const elements[] = { "shmsink", "shmsrc" };
  g_autofree gchar *core = NULL;
  guint major, minor, micro, nano;

  if (!gst_init_check (NULL, NULL, NULL))
    return STATUS_SKIP;
  gst_version (&major, &minor, &micro, &nano);
  core = g_strdup_printf ("%u.%u.%u", major, minor, micro);
  g_print ("gstreamer %s\n", core);
  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++) {
    GstElementFactory *factory = gst_element_factory_find (elements[i]);
    GstPlugin *plugin = factory
        ? gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory)) : NULL;

    if (plugin)
      g_print ("%s %s %s\n", elements[i], gst_plugin_get_version (plugin),
          gst_plugin_get_filename (plugin) ? gst_plugin_get_filename (plugin) : "");
    gst_clear_object (&plugin);
    gst_clear_object (&factory);
  }
  probe_pipeline ("producer", producer_pipeline, "sink");
  probe_pipeline ("consumer", consumer_pipeline, "src");
  return STATUS_PASS;
}
