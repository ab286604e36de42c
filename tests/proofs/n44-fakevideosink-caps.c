/* N44, fakevideosink, contract query: an ALLOCATION query may have no caps
 * (gst_query_new_allocation(), nullable). fakevideosink reads them all the same: a critical warning.
 * Build: cc n44-fakevideosink-caps.c -o n44-fakevideosink-caps $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <gst/gst.h>
#include <unistd.h>

static void
count (const gchar * domain, GLogLevelFlags level, const gchar * message, gpointer user)
{
  if (level & G_LOG_LEVEL_CRITICAL) {
    g_print ("%s: %s\n", domain, message);
    ++*(guint *) user;
  }
}

int
main (int argc, char **argv)
{
  GstElement *sink;
  guint criticals = 0;
  GstQuery *query;
  GstPad *pad;

  alarm (20);
  gst_init (&argc, &argv);
  sink = gst_element_factory_make ("fakevideosink", NULL);
  if (sink == NULL) {
    g_print ("not run: no fakevideosink\n");
    return 77;
  }
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_log_set_default_handler (count, &criticals);
  gst_element_set_state (sink, GST_STATE_PAUSED);
  pad = gst_element_get_static_pad (sink, "sink");
  query = gst_query_new_allocation (NULL, TRUE);
  gst_pad_query (pad, query);
  gst_query_unref (query);
  gst_element_set_state (sink, GST_STATE_NULL);
  g_print ("%s: %u critical warnings\n", criticals > 0 ? "shown" : "not shown", criticals);
  return criticals == 0;
}
