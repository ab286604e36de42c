/* N74, GstShmAllocator, contract one-page: room for alignment is added although every mapping begins at
 * a page, so that what fills its pages exactly costs a page more. How: ask for one page, and look how
 * long its file is.
 * Build: cc n74-shm-one-page.c -o n74-shm-one-page $(pkg-config --cflags --libs gstreamer-allocators-1.0)
 */
#include <gst/allocators/allocators.h>
#include <gst/allocators/gstshmallocator.h>
#include <gst/gst.h>
#include <sys/stat.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  gsize page = sysconf (_SC_PAGESIZE), mapped;
  GstMemory *memory;
  struct stat status;

  alarm (20);
  gst_init (&argc, &argv);
  gst_shm_allocator_init_once ();
  memory = gst_allocator_alloc (gst_shm_allocator_get (), page, NULL);
  if (memory == NULL || fstat (gst_fd_memory_get_fd (memory), &status) != 0)
    return 77;
  mapped = (status.st_size + page - 1) / page * page;
  g_print ("%s: for %zu bytes a file of %zu, mapped as %zu\n", mapped > page ? "shown" : "not shown",
      page, (gsize) status.st_size, mapped);
  return mapped <= page;
}
