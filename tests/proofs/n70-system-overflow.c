/* N70, SystemMemory, contract overflow: when size, prefix and padding together do not fit into a gsize
 * the sum wraps, and a few bytes are given for what cannot be had.
 * Build: cc n70-system-overflow.c -o n70-system-overflow $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <gst/gst.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  const gsize size = G_MAXSIZE - 100;
  GstAllocationParams params;
  GstMemory *memory;

  alarm (20);
  gst_init (&argc, &argv);
  gst_allocation_params_init (&params);
  params.prefix = 200;
  memory = gst_allocator_alloc (NULL, size, &params);
  if (memory == NULL) {
    g_print ("not shown: refused\n");
    return 1;
  }
  g_print ("shown: %zu bytes and a prefix of %zu were given maxsize %zu\n", size, params.prefix,
      memory->maxsize);
  gst_memory_unref (memory);
  return 0;
}
