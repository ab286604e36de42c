#include "config.h"
#include "probe/memory/allocators.h"

#include "probe/pools/release.h"

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
#define PLUGIN_SYMBOL "shmdiag_align_targets"
/* The first of the twins, which has no defect: a reference to compare with. */
#define CLEAN_NAME "ref-memfd"

static gboolean
refuse (GError ** error, const gchar * message)
{
  g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, message);
  return FALSE;
}

/* --- by name --- */

static GstAllocator *
open_named (const gchar * name, GError ** error)
{
  GstAllocator *allocator = gst_allocator_find (name);

  if (!allocator)
    refuse (error, "no allocator of that name is registered");
  else if (GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC)) {
    refuse (error, "it cannot be asked for memory in the usual way");
    gst_clear_object (&allocator);
  }
  return allocator;
}

static GstAllocator *
open_system (const gchar * dir, GError ** error)
{
  return open_named (GST_ALLOCATOR_SYSMEM, error);
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
    refuse (error, ALLOCATORS_LIBRARY " cannot be loaded");
  else if (!init_once || !get)
    refuse (error, "not in the installed GStreamer (it came with 1.24)");
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
    refuse (error, "the kernel gives no huge pages (see /proc/sys/vm/nr_hugepages)");
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
    refuse (error, "shmsink: element not found: is gstreamer1.0-plugins-bad installed?");
    return NULL;
  }
  gst_object_ref_sink (sink);
  g_object_set (sink, "socket-path", path, "wait-for-connection", FALSE, NULL);
  allocator = proposed_by (sink);
  if (!allocator) {
    refuse (error, "shmsink proposes none");
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

static const ShmdiagAlignTarget built_in[] = {
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
};

/* Names under which libraries and plugins are known to register allocators. */
static const gchar *const registered[] = {
  "fd", "dmabuf", "drmdumb", "GLMemory", "GLMemoryPBO", "GLMemoryEGL", "GLBuffer", "VulkanMemory",
  "VulkanImageMemory", "VulkanBufferMemory", "memory:CUDAMemory", "memory:VASurface"
};

/* --- plug-ins --- */

typedef gboolean (*TargetFunc) (const ShmdiagAlignTarget * target, gpointer user);

static gboolean
for_each_in_plugin (const gchar * file, TargetFunc func, gpointer user, GError ** error)
{
  gpointer library = dlopen (file, RTLD_NOW | RTLD_GLOBAL);
  const ShmdiagAlignTarget *const *targets = library ? dlsym (library, PLUGIN_SYMBOL) : NULL;

  if (!library) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
        "--plugin: cannot be loaded: %s", dlerror ());
    return FALSE;
  }
  for (; targets && *targets; targets++) {
    if ((*targets)->version != SHMDIAG_ALIGN_TARGET_VERSION) {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
          "--plugin: %s: made for version %u of shmdiag/align-target.h, this is %u", file,
          (*targets)->version, SHMDIAG_ALIGN_TARGET_VERSION);
      return FALSE;
    }
    if (func && func (*targets, user))
      break;
  }
  return TRUE;
}

static gboolean
for_each_plugin (Probe * probe, TargetFunc func, gpointer user, GError ** error)
{
  const gchar *plugins = probe_get (probe, "plugins");
  g_auto (GStrv) files = plugins ? g_strsplit (plugins, ":", -1) : NULL;

  for (gsize i = 0; files && files[i]; i++) {
    if (!for_each_in_plugin (files[i], func, user, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
probe_allocators_init (Probe * probe, GError ** error)
{
  return gst_init_check (NULL, NULL, error) && for_each_plugin (probe, NULL, NULL, error);
}

/* --- finding one --- */

typedef struct
{
  const gchar *name;
  const ShmdiagAlignTarget *found;
} Search;

static gboolean
has_name (const ShmdiagAlignTarget * target, gpointer user)
{
  Search *search = user;

  if (g_str_equal (target->name, search->name))
    search->found = target;
  return search->found != NULL;
}

static const ShmdiagAlignTarget *
find_target (Probe * probe, const gchar * name)
{
  Search search = { name, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++) {
    if (has_name (&built_in[i], &search))
      return search.found;
  }
  if (g_str_equal (name, CLEAN_NAME))
    return &probe_memory_twins ()[0].target;
  for (const ProbeTwin * twin = probe_memory_twins (); twin->contract; twin++) {
    if (g_str_has_prefix (name, "twin:") && g_str_equal (name + 5, twin->target.name))
      return &twin->target;
  }
  for_each_plugin (probe, has_name, &search, NULL);
  return search.found;
}

/* "name:fd": whatever is registered as that. */
static ShmdiagAlignTarget *
named_target (const gchar * name)
{
  ShmdiagAlignTarget *target = g_new0 (ShmdiagAlignTarget, 1);

  target->version = SHMDIAG_ALIGN_TARGET_VERSION;
  target->name = g_intern_string (name);
  target->element = target->name + strlen ("name:");
  target->takes_params = TRUE;
  return target;
}

ProbeAllocator *
probe_allocator_open (Probe * probe, const gchar * name, GError ** error)
{
  gboolean by_name = g_str_has_prefix (name, "name:");
  const ShmdiagAlignTarget *target = by_name ? named_target (name) : find_target (probe, name);
  GstAllocator *allocator;
  ProbeAllocator *self;

  if (!target) {
    refuse (error, "no such allocator");
    return NULL;
  }
  allocator = by_name ? open_named (target->element, error)
      : target->open (probe_get (probe, "dir"), error);
  if (!allocator && error && !*error)
    refuse (error, "its open() gave neither an allocator nor a reason");
  if (!allocator)
    return NULL;
  self = g_new0 (ProbeAllocator, 1);
  self->target = target;
  self->allocator = allocator;
  self->release = target->release ? g_strdup (target->release) : probe_gstreamer_release ();
  return self;
}

void
probe_allocator_close (ProbeAllocator * self)
{
  if (!self)
    return;
  if (self->target->close)
    self->target->close (self->allocator);
  gst_object_unref (self->allocator);
  g_free (self->release);
  g_free (self);
}

static void
tell_target (Probe * probe, const gchar * name)
{
  g_autoptr (GError) error = NULL;
  ProbeAllocator *self = probe_allocator_open (probe, name, &error);

  probe_found (probe, name, self ? NULL : error->message);
  probe_allocator_close (self);
}

static gboolean
tell_plugged (const ShmdiagAlignTarget * target, gpointer user)
{
  tell_target (user, target->name);
  return FALSE;
}

void
probe_allocators_list (Probe * probe)
{
  const gchar *asked = probe_get (probe, "name");

  probe_target_of_gstreamer (probe, "GStreamer");
  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++)
    tell_target (probe, built_in[i].name);
  for_each_plugin (probe, tell_plugged, probe, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (registered); i++) {
    g_autofree gchar *name = g_strconcat ("name:", registered[i], NULL);
    GstAllocator *allocator = gst_allocator_find (registered[i]);

    if (allocator)
      tell_target (probe, name);
    gst_clear_object (&allocator);
  }
  if (asked) {
    g_autofree gchar *name = g_strconcat ("name:", asked, NULL);

    tell_target (probe, name);
  }
  tell_target (probe, CLEAN_NAME);
  for (const ProbeTwin * twin = probe_memory_twins (); twin->contract; twin++)
    probe_twin (probe, twin->target.name, twin->contract);
}

/* --- using one --- */

GstMemory *
probe_allocator_alloc (const ProbeAllocator * self, gsize size, GstAllocationParams * params)
{
  if (self->target->alloc)
    return self->target->alloc (self->allocator, size, params);
  return gst_allocator_alloc (self->allocator, size, params);
}

gint
probe_allocator_fd (const ProbeAllocator * self, GstMemory * memory)
{
  if (self->target->fd)
    return self->target->fd (memory);
  return gst_is_fd_memory (memory) ? gst_fd_memory_get_fd (memory) : -1;
}
