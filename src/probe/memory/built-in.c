/* The allocators that are known by themselves, and how each is had. */
#include "config.h"
#include "probe/memory/built-in.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gst/allocators/allocators.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALLOCATORS_LIBRARY "libgstallocators-1.0.so.0"

gboolean
built_in_refuse (GError ** error, const gchar * message)
{
  g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, message);
  return FALSE;
}

/* --- by name --- */

GstAllocator *
built_in_open_named (const gchar * name, GError ** error)
{
  GstAllocator *allocator = gst_allocator_find (name);

  if (!allocator)
    built_in_refuse (error, "no allocator of that name is registered");
  else if (GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC)) {
    built_in_refuse (error, "it cannot be asked for memory in the usual way");
    gst_clear_object (&allocator);
  }
  return allocator;
}

static GstAllocator *
open_system (const gchar * dir, GError ** error)
{
  return built_in_open_named (GST_ALLOCATOR_SYSMEM, error);
}

/* In the library of allocators since GStreamer 1.24: found while running, not when linking. */
static GstAllocator *
open_shm (const gchar * dir, GError ** error)
{
  gpointer library = dlopen (ALLOCATORS_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
  void (*init_once) (void) = NULL;
  GstAllocator *(*get) (void) = NULL;

  /* A plug-in may bring it, too. */
  *(void **) &init_once = dlsym (RTLD_DEFAULT, "gst_shm_allocator_init_once");
  *(void **) &get = dlsym (RTLD_DEFAULT, "gst_shm_allocator_get");
  if (!library && !get)
    built_in_refuse (error, ALLOCATORS_LIBRARY " cannot be loaded");
  else if (!init_once || !get)
    built_in_refuse (error, "not in the installed GStreamer (it came with 1.24)");
  if (!init_once || !get)
    return NULL;
  init_once ();
  return get ();
}

/* --- descriptors: memory as a careful producer makes it, in whole pages --- */

/* FALSE: that many bytes there cannot be. */
static gboolean
whole_pages (gsize size, gsize * bytes)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  if (size > G_MAXSSIZE - page)
    return FALSE;
  *bytes = (MAX (size, 1) + page - 1) / page * page;
  return TRUE;
}

/* FD is taken, with BYTES behind it; SIZE of them are used. */
static GstMemory *
wrap_fd (GstAllocator * allocator, gint fd, gsize bytes, gsize size)
{
  GstMemory *memory = NULL;

  if (fd >= 0)
    memory = GST_IS_DMABUF_ALLOCATOR (allocator)
        ? gst_dmabuf_allocator_alloc (allocator, fd, bytes)
        : gst_fd_allocator_alloc (allocator, fd, bytes, GST_FD_MEMORY_FLAG_NONE);
  if (memory)
    gst_memory_resize (memory, 0, size);
  return memory;
}

static gint
sized (gint fd, gsize bytes)
{
  if (fd < 0 || ftruncate (fd, (off_t) bytes) == 0)
    return fd;
  close (fd);
  return -1;
}

/* -1: not to be had. */
static gint
sealed_memfd (gsize bytes)
{
  gint fd = sized (memfd_create ("shmcheck", MFD_CLOEXEC | MFD_ALLOW_SEALING), bytes);

  if (fd < 0 || fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0)
    return fd;
  close (fd);
  return -1;
}

static GstMemory *
alloc_memfd (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  gsize bytes;

  if (!whole_pages (size, &bytes))
    return NULL;
  return wrap_fd (allocator, sealed_memfd (bytes), bytes, size);
}

/* --- huge pages, where the kernel has some to give --- */

static gsize
huge_page (void)
{
  g_autofree gchar *text = NULL;
  const gchar *line;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    return 0;
  line = strstr (text, "Hugepagesize:");
  return line ? g_ascii_strtoull (line + strlen ("Hugepagesize:"), NULL, 10) * 1024 : 0;
}

static gint
huge_memfd (gsize bytes)
{
  return sized (memfd_create ("shmcheck-huge", MFD_CLOEXEC | MFD_HUGETLB), bytes);
}

/* The kernel promises huge pages when they are mapped, not before. */
static GstAllocator *
open_huge (const gchar * dir, GError ** error)
{
  gsize page = huge_page ();
  gint fd = page > 0 ? huge_memfd (page) : -1;
  gpointer data = fd >= 0 ? mmap (NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
      : MAP_FAILED;

  if (fd >= 0)
    close (fd);
  if (data == MAP_FAILED) {
    built_in_refuse (error, "the kernel gives no huge pages (see /proc/sys/vm/nr_hugepages)");
    return NULL;
  }
  munmap (data, page);
  return gst_fd_allocator_new ();
}

static GstMemory *
alloc_huge (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  gsize page = huge_page (), bytes;

  if (size > G_MAXSSIZE - page)
    return NULL;
  bytes = (MAX (size, 1) + page - 1) / page * page;
  return wrap_fd (allocator, huge_memfd (bytes), bytes, size);
}

static GstMemory *
alloc_shm_open (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  g_autofree gchar *name = g_strdup_printf ("/shmcheck.%d", (gint) getpid ());
  gsize bytes;
  gint fd;

  if (!whole_pages (size, &bytes))
    return NULL;
  fd = shm_open (name, O_RDWR | O_CREAT | O_EXCL, 0600);
  shm_unlink (name);
  return wrap_fd (allocator, sized (fd, bytes), bytes, size);
}

static GstAllocator *
open_fd (const gchar * dir, GError ** error)
{
  return gst_fd_allocator_new ();
}

static GstAllocator *
open_dmabuf (const gchar * device, GError ** error)
{
  if (access (device, R_OK | W_OK) != 0) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "%s: %s", device,
        g_strerror (errno));
    return NULL;
  }
  return gst_dmabuf_allocator_new ();
}

#define UDMABUF "/dev/udmabuf"
#define DMA_HEAP "/dev/dma_heap/system"

static GstAllocator *
open_udmabuf (const gchar * dir, GError ** error)
{
  return open_dmabuf (UDMABUF, error);
}

static GstAllocator *
open_dma_heap (const gchar * dir, GError ** error)
{
  return open_dmabuf (DMA_HEAP, error);
}

static GstMemory *
alloc_udmabuf (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  gsize bytes;
  gint device, memfd, fd = -1;

  if (!whole_pages (size, &bytes))
    return NULL;
  device = open (UDMABUF, O_RDWR | O_CLOEXEC);
  memfd = sealed_memfd (bytes);
  if (device >= 0 && memfd >= 0) {
    struct udmabuf_create create = {.memfd = (guint32) memfd,.flags = UDMABUF_FLAGS_CLOEXEC,
      .size = bytes
    };

    fd = ioctl (device, UDMABUF_CREATE, &create);
  }
  if (memfd >= 0)
    close (memfd);
  if (device >= 0)
    close (device);
  return wrap_fd (allocator, fd, bytes, size);
}

static GstMemory *
alloc_dma_heap (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  gsize bytes;
  gint device, fd = -1;

  if (!whole_pages (size, &bytes))
    return NULL;
  device = open (DMA_HEAP, O_RDWR | O_CLOEXEC);
  if (device >= 0) {
    struct dma_heap_allocation_data data = {.len = bytes,.fd_flags = O_RDWR | O_CLOEXEC };

    fd = ioctl (device, DMA_HEAP_IOCTL_ALLOC, &data) == 0 ? (gint) data.fd : -1;
    close (device);
  }
  return wrap_fd (allocator, fd, bytes, size);
}

/* --- the allocator that shmsink proposes --- */

static GstAllocator *
proposed_by (GstElement * sink)
{
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstCaps *caps = gst_caps_new_empty_simple ("application/octet-stream");
  GstQuery *query = gst_query_new_allocation (caps, FALSE);
  GstAllocator *allocator = NULL;

  /* Its pads only answer when they are active. */
  gst_element_set_state (sink, GST_STATE_PAUSED);
  if (gst_pad_query (pad, query) && gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  gst_query_unref (query);
  gst_caps_unref (caps);
  gst_object_unref (pad);
  return allocator;
}

static GstAllocator *
open_shmsink (const gchar * dir, GError ** error)
{
  GstElement *sink = gst_element_factory_make ("shmsink", NULL);
  g_autofree gchar *path = g_build_filename (dir, "shmsink", NULL);
  GstAllocator *allocator;

  if (!sink) {
    built_in_refuse (error, "shmsink: element not found: is gstreamer1.0-plugins-bad installed?");
    return NULL;
  }
  gst_object_ref_sink (sink);
  g_object_set (sink, "socket-path", path, "wait-for-connection", FALSE, NULL);
  allocator = proposed_by (sink);
  if (!allocator) {
    built_in_refuse (error, "shmsink proposes none");
    gst_element_set_state (sink, GST_STATE_NULL);
    gst_object_unref (sink);
    return NULL;
  }
  g_object_set_data (G_OBJECT (allocator), "shmsink", sink);
  return allocator;
}

static void
close_shmsink (GstAllocator * allocator)
{
  GstElement *sink = g_object_get_data (G_OBJECT (allocator), "shmsink");

  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink);
}

/* --- the table --- */

#define EXPRESSION(name) "gst_allocator_find (\"" name "\")"

const ShmdiagAlignTarget built_in_targets[] = {
  {1, "system", "SystemMemory", NULL, TRUE, open_system, NULL, NULL, NULL,
      EXPRESSION (GST_ALLOCATOR_SYSMEM)},
  {1, "shm", "GstShmAllocator", NULL, TRUE, open_shm, NULL, NULL, NULL,
      "(gst_shm_allocator_init_once (), gst_shm_allocator_get ())"},
  {1, "fd-memfd", "GstFdAllocator", NULL, FALSE, open_fd, alloc_memfd, NULL, NULL, NULL},
  {1, "fd-shm", "GstFdAllocator", NULL, FALSE, open_fd, alloc_shm_open, NULL, NULL, NULL},
  {1, "fd-memfd-huge", "GstFdAllocator", NULL, FALSE, open_huge, alloc_huge, NULL, NULL, NULL,
      huge_page},
  {1, "dmabuf-udmabuf", "GstDmaBufAllocator", NULL, FALSE, open_udmabuf, alloc_udmabuf, NULL,
      NULL, NULL},
  {1, "dmabuf-heap", "GstDmaBufAllocator", NULL, FALSE, open_dma_heap, alloc_dma_heap, NULL,
      NULL, NULL},
  {1, "shmsink", "shmsink", NULL, TRUE, open_shmsink, NULL, NULL, close_shmsink, NULL},
  {0}
};
