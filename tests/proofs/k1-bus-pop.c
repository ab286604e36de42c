/* K1, shmsink, contract stop-quiet: the error of a clean stop is posted within READY to NULL, where
 * the pipeline flushes its bus. So popping the bus after set_state (NULL) never sees it, and only a
 * synchronous handler does. How: count both.
 * Build: cc k1-bus-pop.c -o k1-bus-pop $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <unistd.h>

static gint n_seen;

static GstBusSyncReply
count_error (GstBus * bus, GstMessage * message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    g_atomic_int_inc (&n_seen);
  return GST_BUS_PASS;
}

static guint
pop_errors (GstBus * bus)
{
  guint n = 0;
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR)) != NULL) {
    n++;
    gst_message_unref (message);
  }
  return n;
}

int
main (int argc, char **argv)
{
  gchar dir[] = "/tmp/proof-XXXXXX";
  gchar *text;
  GstElement *pipeline;
  GstMessage *end;
  GstBus *bus;
  guint n_before, n_after;

  alarm (20);
  gst_init (&argc, &argv);
  if (g_mkdtemp (dir) == NULL)
    return 77;
  text = g_strdup_printf ("fakesrc num-buffers=3 sizetype=fixed sizemax=100 ! "
      "shmsink wait-for-connection=false socket-path=%s/s", dir);
  pipeline = gst_parse_launch (text, NULL);
  if (pipeline == NULL) {
    g_rmdir (dir);
    g_print ("not run: no such pipeline\n");
    return 77;
  }

  bus = gst_element_get_bus (pipeline);
  gst_bus_set_sync_handler (bus, count_error, NULL, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (bus, 10 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  n_before = g_atomic_int_get (&n_seen);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  n_after = pop_errors (bus);

  g_rmdir (dir);
  if (end == NULL || GST_MESSAGE_TYPE (end) != GST_MESSAGE_EOS || n_before > 0) {
    g_print ("not run: the stream did not end by EOS\n");
    return 77;
  }
  if (n_seen == 0 || n_after > 0) {
    g_print ("not shown\n");
    return 1;
  }
  g_print ("shown: a synchronous handler saw %d error at the stop, popping the bus after it %u\n",
      n_seen, n_after);
  return 0;
}
