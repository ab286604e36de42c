/* N75, GstShmAllocator, contract map: its memory is mapped for reading and writing from its allocation
 * to its end, whatever is mapped and unmapped in between. How: write through a map for reading.
 * Build: cc n75-shm-kept-mapped.c -o n75-shm-kept-mapped $(pkg-config --cflags --libs gstreamer-allocators-1.0)
 */
#include <gst/allocators/gstshmallocator.h>
#include <gst/gst.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether AT can be written, in a process of its own. */
static gboolean
can_write (volatile guint8 * at)
{
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0) {
    *at = 1;
    _exit (0);
  }
  waitpid (pid, &status, 0);
  return WIFEXITED (status);
}

int
main (int argc, char **argv)
{
  gboolean within, after;
  GstMemory *memory;
  GstMapInfo map;

  alarm (20);
  gst_init (&argc, &argv);
  gst_shm_allocator_init_once ();
  memory = gst_allocator_alloc (gst_shm_allocator_get (), 100, NULL);
  if (memory == NULL || !gst_memory_map (memory, &map, GST_MAP_READ))
    return 77;
  within = can_write (map.data);
  gst_memory_unmap (memory, &map);
  after = can_write (map.data);
  g_print ("%s: a map for reading %s be written, and %s after its unmap\n",
      within || after ? "shown" : "not shown", within ? "can" : "cannot", after ? "can" : "cannot");
  return !(within || after);
}
