/* N72, shmsink, contract overflow: its allocator gives a few bytes where 2^64 - 1 are asked for, because the
 * sum of size and alignment wraps.
 * Build: cc n72-shmsink-overflow.c -o n72-shmsink-overflow $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <unistd.h>

/* The allocator in the sink's answer to an ALLOCATION query. */
static GstAllocator *
proposed_allocator (GstElement * sink)
{
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstQuery *query = gst_query_new_allocation (NULL, FALSE);
  GstAllocator *allocator = NULL;

  if (gst_pad_query (pad, query) && gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  gst_query_unref (query);
  gst_object_unref (pad);
  return allocator;
}

int
main (int argc, char **argv)
{
  gchar dir[] = "/tmp/proof-XXXXXX";
  GstAllocator *allocator = NULL;
  GstMemory *memory = NULL;
  GstElement *sink;
  int status = 77;

  alarm (20);
  gst_init (&argc, &argv);
  sink = gst_element_factory_make ("shmsink", NULL);
  if (sink == NULL || g_mkdtemp (dir) == NULL) {
    g_print ("not run: no shmsink\n");
    return 77;
  }
  g_object_set (sink, "socket-path", g_build_filename (dir, "s", NULL), NULL);
  if (gst_element_set_state (sink, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE)
    allocator = proposed_allocator (sink);
  if (allocator != NULL) {
    memory = gst_allocator_alloc (allocator, G_MAXSIZE, NULL);
    status = memory == NULL;
    g_print (memory ? "shown: %zu bytes were given maxsize %zu\n" : "not shown: refused\n",
        G_MAXSIZE, memory ? memory->maxsize : 0);
    g_clear_pointer (&memory, gst_memory_unref);
  }
  gst_element_set_state (sink, GST_STATE_NULL);
  g_rmdir (dir);
  return status;
}
