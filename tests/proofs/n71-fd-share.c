/* N71, GstFdAllocator, contract offset-size: a share "to the end" of memory whose offset is not 0 goes
 * beyond the memory. How: a page of memfd, resized to begin at 10, shared with size -1; the last byte
 * of the share is read in a process of its own.
 * Build: cc n71-fd-share.c -o n71-fd-share $(pkg-config --cflags --libs gstreamer-allocators-1.0)
 */
#define _GNU_SOURCE
#include <gst/allocators/allocators.h>
#include <gst/gst.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The signal that reading AT costs; 0: none. */
static int
cost_of_reading (volatile const guint8 * at)
{
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0) {
    (void) *at;
    _exit (0);
  }
  waitpid (pid, &status, 0);
  return WIFSIGNALED (status) ? WTERMSIG (status) : 0;
}

int
main (int argc, char **argv)
{
  gsize page = sysconf (_SC_PAGESIZE);
  int fd = memfd_create ("proof", MFD_CLOEXEC);
  GstMemory *memory, *share;
  GstMapInfo map;
  int cost = 0;

  alarm (20);
  gst_init (&argc, &argv);
  if (fd < 0 || ftruncate (fd, page) != 0)
    return 77;
  memory = gst_fd_allocator_alloc (gst_fd_allocator_new (), fd, page, GST_FD_MEMORY_FLAG_NONE);
  gst_memory_resize (memory, 10, 20);
  share = gst_memory_share (memory, 0, -1);
  if (share == NULL || share->offset + share->size <= share->maxsize) {
    g_print ("not shown: offset %zu + size %zu of maxsize %zu\n", share ? share->offset : 0,
        share ? share->size : 0, memory->maxsize);
    return 1;
  }
  if (gst_memory_map (share, &map, GST_MAP_READ))
    cost = cost_of_reading (map.data + map.size - 1);
  g_print ("shown: offset %zu + size %zu is beyond maxsize %zu; reading the last byte: %s\n",
      share->offset, share->size, share->maxsize,
      cost ? strsignal (cost) : "other memory happens to follow");
  return 0;
}
