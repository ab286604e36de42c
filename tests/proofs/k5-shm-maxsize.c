/* K5, GstShmAllocator, contract maxsize-true: it reports fewer bytes than the pages that are mapped
 * for its memory alone. How: compare maxsize with the size of the mapping in /proc/self/maps.
 * Build: cc k5-shm-maxsize.c -o k5-shm-maxsize $(pkg-config --cflags --libs gstreamer-allocators-1.0)
 */
#include <gst/allocators/gstshmallocator.h>
#include <gst/gst.h>
#include <stdio.h>
#include <unistd.h>

/* Bytes of the mapping that begins at DATA; 0: none does. */
static gsize
mapped_at (gconstpointer data)
{
  FILE *maps = fopen ("/proc/self/maps", "r");
  unsigned long begin, end;
  char line[1024];

  while (maps != NULL && fgets (line, sizeof line, maps)) {
    if (sscanf (line, "%lx-%lx", &begin, &end) == 2 && begin == (gsize) data)
      return end - begin;
  }
  return 0;
}

int
main (int argc, char **argv)
{
  static const gsize sizes[] = { 100, 5000 };
  GstAllocator *allocator;
  int status = 1;

  alarm (20);
  gst_init (&argc, &argv);
  gst_shm_allocator_init_once ();
  allocator = gst_shm_allocator_get ();
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    GstMemory *memory = gst_allocator_alloc (allocator, sizes[i], NULL);
    GstMapInfo map;
    gsize mapped;

    if (memory == NULL || !gst_memory_map (memory, &map, GST_MAP_READ))
      return 77;
    mapped = mapped_at (map.data);
    if (mapped > memory->maxsize)
      status = 0;
    g_print ("%s: %zu bytes asked for, maxsize %zu, mapped %zu\n",
        mapped > memory->maxsize ? "shown" : "not shown", sizes[i], memory->maxsize, mapped);
    gst_memory_unmap (memory, &map);
    gst_memory_unref (memory);
  }
  return status;
}
