/* A plug-in of targets for shmcheck-align, as a user would write one: an allocator over memfd as
 * GstShmAllocator is one, and dma-bufs that are memfds in truth, for machines without a device.
 * With -DROUNDED maxsize is that of the pages. It also brings the two functions by which
 * GstShmAllocator is found while running. */
#define _GNU_SOURCE
#include "probe/align-target.h"

#include <fcntl.h>
#include <gst/allocators/allocators.h>
#include <sys/mman.h>
#include <unistd.h>

typedef GstFdAllocator PluginAllocator;
typedef GstFdAllocatorClass PluginAllocatorClass;

GType plugin_allocator_get_type (void);
void gst_shm_allocator_init_once (void);
GstAllocator *gst_shm_allocator_get (void);
extern const ShmdiagAlignTarget *const shmdiag_align_targets[];

G_DEFINE_TYPE (PluginAllocator, plugin_allocator, GST_TYPE_FD_ALLOCATOR)

/* -1: not to be had. */
static gint
make_file (gsize bytes)
{
  gint fd = memfd_create ("align-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && bytes <= G_MAXSSIZE && ftruncate (fd, (off_t) bytes) == 0
      && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0)
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

static gsize
round_up (gsize bytes, gsize to)
{
  return (bytes + to - 1) / to * to;
}

static GstMemory *
plugin_alloc (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  gsize bytes = size, more = params->prefix + params->padding;
  GstMemory *memory;
  gint fd;

  if (params->prefix > G_MAXINT || params->padding > G_MAXINT || size > G_MAXSSIZE)
    return NULL;
  bytes += more;
#ifdef ROUNDED
  bytes = round_up (MAX (bytes, 1), (gsize) sysconf (_SC_PAGESIZE));
#else
  bytes = MAX (bytes + (params->align | gst_memory_alignment), 1);
#endif
  fd = make_file (bytes);
  memory = fd < 0 ? NULL : gst_fd_allocator_alloc (allocator, fd, bytes, GST_FD_MEMORY_FLAG_NONE);
  if (memory)
    gst_memory_resize (memory, (gssize) params->prefix, size);
  return memory;
}

static void
plugin_allocator_class_init (PluginAllocatorClass * klass)
{
  ((GstAllocatorClass *) klass)->alloc = plugin_alloc;
}

static void
plugin_allocator_init (PluginAllocator * self)
{
  GST_OBJECT_FLAG_UNSET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

static GstAllocator *
open_mine (const gchar * dir, GError ** error)
{
  return gst_object_ref_sink (g_object_new (plugin_allocator_get_type (), NULL));
}

void
gst_shm_allocator_init_once (void)
{
}

GstAllocator *
gst_shm_allocator_get (void)
{
  return open_mine (NULL, NULL);
}

/* --- as the memory of a device --- */

static GstAllocator *
open_dmabuf (const gchar * dir, GError ** error)
{
  return gst_dmabuf_allocator_new ();
}

static GstMemory *
alloc_dmabuf (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE), bytes;
  GstMemory *memory;
  gint fd;

  if (size > G_MAXSSIZE - page)
    return NULL;
  bytes = round_up (MAX (size, 1), page);
  fd = make_file (bytes);
  memory = fd < 0 ? NULL : gst_dmabuf_allocator_alloc (allocator, fd, bytes);
  if (memory)
    gst_memory_resize (memory, 0, size);
  return memory;
}

static GstAllocator *
open_none (const gchar * dir, GError ** error)
{
  g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "this one is never here");
  return NULL;
}

static const ShmdiagAlignTarget mine = {
  SHMDIAG_ALIGN_TARGET_VERSION, "mine", "GstShmAllocator", "1.26.2", TRUE, open_mine,
};

static const ShmdiagAlignTarget dmabuf = {
  SHMDIAG_ALIGN_TARGET_VERSION, "mine-dmabuf", "GstDmaBufAllocator", NULL, FALSE, open_dmabuf,
  alloc_dmabuf,
};

static const ShmdiagAlignTarget none = {
  SHMDIAG_ALIGN_TARGET_VERSION, "mine-none", "none", NULL, FALSE, open_none,
};

const ShmdiagAlignTarget *const shmdiag_align_targets[] = { &mine, &dmabuf, &none, NULL };
