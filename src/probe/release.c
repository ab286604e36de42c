#include "config.h"
#include "probe/release.h"

#include <gst/gst.h>

gchar *
probe_gstreamer_release (void)
{
  guint major, minor, micro, nano;

  gst_version (&major, &minor, &micro, &nano);
  return g_strdup_printf ("%u.%u.%u", major, minor, micro);
}

void
probe_target_of_gstreamer (Actor * actor, const gchar * element)
{
  g_autofree gchar *release = probe_gstreamer_release ();

  probe_target (actor, element, release);
}
