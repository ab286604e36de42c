/* N20, ximagesink, contract allocator: its pool takes an allocator and parameters in its
 * configuration, has them in the configuration that reads back, and uses neither. How: an alignment
 * of 64 and a prefix of 64 bytes are asked for; the configuration and a buffer are looked at.
 * Needs a display.
 * Build: cc n20-ximage-allocator.c -o n20-ximage-allocator $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <gst/gst.h>
#include <stdlib.h>
#include <unistd.h>

/* The pool that the sink proposes, and caps that it takes. */
static GstBufferPool *
proposed_pool (GstElement * sink, GstCaps ** caps, guint * size)
{
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstCaps *all = gst_pad_query_caps (pad, NULL);
  GstCaps *small = gst_caps_from_string ("video/x-raw, width=80, height=60, framerate=25/1");
  GstBufferPool *pool = NULL;
  GstQuery *query;

  *caps = gst_caps_fixate (gst_caps_intersect (small, all));
  gst_pad_set_active (pad, TRUE);
  gst_pad_send_event (pad, gst_event_new_stream_start ("proof"));
  gst_pad_send_event (pad, gst_event_new_caps (*caps));
  query = gst_query_new_allocation (*caps, TRUE);
  if (gst_pad_query (pad, query) && gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, &pool, size, NULL, NULL);
  gst_query_unref (query);
  gst_caps_unref (small);
  gst_caps_unref (all);
  gst_object_unref (pad);
  return pool;
}

static gsize
read_prefix (GstBufferPool * pool)
{
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstAllocationParams params;
  GstAllocator *allocator;

  gst_allocation_params_init (&params);
  gst_buffer_pool_config_get_allocator (config, &allocator, &params);
  gst_structure_free (config);
  return params.prefix;
}

/* 0 shown, 1 not shown, 77 cannot run */
static int
prove (GstBufferPool * pool, GstCaps * caps, guint size)
{
  GstAllocationParams params = { 0, 63, 64, 0, };
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstBuffer *buffer = NULL;
  GstMemory *memory;
  gsize told, offset;

  gst_buffer_pool_config_set_params (config, caps, size, 1, 2);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  if (!gst_buffer_pool_set_config (pool, config)) {
    g_print ("not shown: the pool refuses the configuration\n");
    return 1;
  }
  told = read_prefix (pool);
  if (!gst_buffer_pool_set_active (pool, TRUE)
      || gst_buffer_pool_acquire_buffer (pool, &buffer, NULL) != GST_FLOW_OK)
    return 77;
  memory = gst_buffer_peek_memory (buffer, 0);
  gst_memory_get_sizes (memory, &offset, NULL);
  g_print ("%s: the configuration reads back with a prefix of %" G_GSIZE_FORMAT " bytes, the memory "
      "(%s) has %" G_GSIZE_FORMAT "\n", G_OBJECT_TYPE_NAME (pool), told,
      G_OBJECT_TYPE_NAME (memory->allocator), offset);
  gst_buffer_unref (buffer);
  gst_buffer_pool_set_active (pool, FALSE);
  g_print (offset < told ? "shown\n" : "not shown\n");
  return offset < told ? 0 : 1;
}

int
main (int argc, char **argv)
{
  GstElement *sink;
  GstBufferPool *pool;
  GstCaps *caps = NULL;
  guint size = 0;
  int status = 77;

  alarm (20);
  gst_init (&argc, &argv);
  sink = gst_element_factory_make ("ximagesink", NULL);
  if (sink == NULL || getenv ("DISPLAY") == NULL) {
    g_print ("not run: no ximagesink, or no display\n");
    return 77;
  }
  if (gst_element_set_state (sink, GST_STATE_READY) == GST_STATE_CHANGE_FAILURE
      || (pool = proposed_pool (sink, &caps, &size)) == NULL) {
    g_print ("not run: the sink proposes no pool\n");
  } else {
    status = prove (pool, caps, size);
    gst_object_unref (pool);
  }
  if (caps != NULL)
    gst_caps_unref (caps);
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink);
  return status;
}
