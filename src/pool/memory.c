/* Aligned anonymous pages, and the kernel's pin on them. */
#include "config.h"
#include "pool/memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
unmap_range (guint8 * begin, guint8 * end)
{
  if (begin < end)
    munmap (begin, end - begin);
}

/* mmap() aligns to pages only: map twice as much and cut off what stands out. */
static gpointer
map_aligned (gpointer data, gsize size)
{
  guint8 *all, *begin;

  if (size < (gsize) sysconf (_SC_PAGESIZE)) {
    errno = EINVAL;
    return NULL;
  }
  all = mmap (NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED)
    return NULL;
  begin = (guint8 *) (((guintptr) all + size - 1) & ~(guintptr) (size - 1));
  unmap_range (all, begin);
  unmap_range (begin + size, all + 2 * size);
  return begin;
}

/* The system call itself: with a sanitizer mlock() says yes and does nothing, and what counts on a
 * pin must not have one that is none. */
static gint
pin_pages (gpointer data, gpointer memory, gsize size)
{
  return syscall (SYS_mlock, memory, size) == 0 ? 0 : errno;
}

static void
unmap_pages (gpointer data, gpointer memory, gsize size)
{
  munmap (memory, size);
}

const PoolMemory pool_memory_pages = {
  .map = map_aligned,
  .pin = pin_pages,
  .unmap = unmap_pages,
};
