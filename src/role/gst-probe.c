/* Which of the elements under test are installed. */
#include "config.h"
#include "role/gst-probe.h"

#include "base/status.h"

#include <gst/gst.h>

gint
role_gst_probe (void)
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
      g_print ("%s %s\n", elements[i], gst_plugin_get_version (plugin));
    gst_clear_object (&plugin);
    gst_clear_object (&factory);
  }
  return STATUS_PASS;
}
