/* N73, GstShmAllocator, contract overflow: the sum of size and alignment wraps, and a page is given
 * where 2^64 - 1 bytes are asked for.
 * Build: cc n73-shm-overflow.c -o n73-shm-overflow $(pkg-config --cflags --libs gstreamer-allocators-1.0)
 */
#include <gst/allocators/gstshmallocator.h>
#include <gst/gst.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  GstMemory *memory;

  alarm (20);
  gst_init (&argc, &argv);
  gst_shm_allocator_init_once ();
  memory = gst_allocator_alloc (gst_shm_allocator_get (), G_MAXSIZE, NULL);
  if (memory == NULL) {
    g_print ("not shown: refused\n");
    return 1;
  }
  g_print ("shown: %zu bytes were given maxsize %zu\n", memory->size, memory->maxsize);
  return 0;
}
