/* K4, shmsink, contract no-fallback: when the area is full the allocator that the sink proposes
 * returns system memory, which no peer can see. How: in an area for two blocks ask for a third.
 * Build: cc k4-fallback.c -o k4-fallback $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <unistd.h>

#define BLOCK_SIZE 7500
#define AREA_SIZE 22500

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

/* 0 shown, 1 not shown, 77 cannot run */
static int
prove (GstAllocator * allocator)
{
  GstMemory *memory[4] = { NULL, };
  int status = 1;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (memory) && status == 1; i++) {
    memory[i] = gst_allocator_alloc (allocator, BLOCK_SIZE, NULL);
    if (memory[i] == NULL)
      break;
    if (memory[i]->allocator != allocator)
      status = i < 2 ? 77 : 0;
  }
  if (status == 0)
    g_print ("shown: block %u of %u bytes in an area of %u is memory of \"%s\"\n",
        i, BLOCK_SIZE, AREA_SIZE, memory[i - 1]->allocator->mem_type);
  else
    g_print (status == 1 ? "not shown\n" : "not run: the allocator is not the sink's own\n");

  for (i = 0; i < G_N_ELEMENTS (memory); i++)
    g_clear_pointer (&memory[i], gst_memory_unref);
  return status;
}

int
main (int argc, char **argv)
{
  gchar dir[] = "/tmp/proof-XXXXXX";
  gchar *path;
  GstElement *sink;
  GstAllocator *allocator;
  int status = 77;

  alarm (20);
  gst_init (&argc, &argv);
  sink = gst_element_factory_make ("shmsink", NULL);
  if (sink == NULL) {
    g_print ("not run: no shmsink\n");
    return 77;
  }
  if (g_mkdtemp (dir) == NULL)
    return 77;
  path = g_build_filename (dir, "s", NULL);
  g_object_set (sink, "socket-path", path, "shm-size", AREA_SIZE, NULL);

  if (gst_element_set_state (sink, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE ||
      (allocator = proposed_allocator (sink)) == NULL) {
    g_print ("not run: the sink proposes no allocator\n");
  } else {
    status = prove (allocator);
    gst_object_unref (allocator);
  }
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink);
  g_rmdir (dir);
  return status;
}
