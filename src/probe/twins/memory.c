/* Our own allocator over memfd, as it should be, and with one defect each: every defect that such an
 * allocator has had somewhere, so that each check can be seen to find what it is for. */
#include "config.h"
#include "probe/memory/allocators.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

typedef enum
{
  CLEAN,
  UNROUNDED_MAXSIZE, OVER_REPORTED, SHORT_FILE, IGNORES_ALIGN, IGNORES_PREFIX, UNMAPPED_PADDING,
  UNZEROED, UNBOUNDED_SHARE, READ_MAP_WRITABLE, UNMAP_KEEPS, UNNESTED_UNMAP, PRIVATE_MAPPING,
  SEALED_WRITE, UNSEALED, LEAKED_FD, DOUBLE_CLOSE, NO_CLOEXEC, MAXSIZE_CHANGES, OVERFLOW_ACCEPTED,
  FIXED_PAGE, EXTRA_PAGE, SHORT_SIZE
} Defect;

typedef struct
{
  GstMemory memory;
  gint fd;                      /* -1: of the parent */
  gsize bytes;                  /* of the file, and mapped */
  gpointer data;                /* NULL: not mapped */
  guint n_maps;
} TwinMemory;

typedef struct
{
  GstAllocator parent;
  Defect defect;
} TwinAllocator;

typedef struct
{
  GstAllocatorClass parent_class;
} TwinAllocatorClass;

static GType twin_allocator_get_type (void);
G_DEFINE_TYPE (TwinAllocator, twin_allocator, GST_TYPE_ALLOCATOR)

static Defect
defect_of (const GstMemory * memory)
{
  return ((const TwinAllocator *) memory->allocator)->defect;
}

/* --- sizes --- */

static gsize
page_size (Defect defect)
{
  return defect == FIXED_PAGE ? 4096 : (gsize) sysconf (_SC_PAGESIZE);
}

/* FALSE: more than a gsize holds. */
static gboolean
add (gsize * sum, gsize more, Defect defect)
{
  if (more > G_MAXSIZE - *sum && defect != OVERFLOW_ACCEPTED)
    return FALSE;
  *sum += more;
  return TRUE;
}

static gboolean
round_up (gsize * size, gsize to, Defect defect)
{
  if (!add (size, to - 1, defect))
    return FALSE;
  *size -= *size % to;
  return TRUE;
}

typedef struct
{
  gsize align;                  /* mask */
  gsize offset, maxsize, bytes;
} Layout;

static gboolean
lay_out (Defect defect, gsize size, const GstAllocationParams * params, Layout * layout)
{
  gsize page = page_size (defect);
  gsize end = defect == IGNORES_PREFIX ? 0 : params->prefix;

  layout->align = params->align | gst_memory_alignment;
  if (defect != IGNORES_ALIGN && !round_up (&end, layout->align + 1, defect))
    return FALSE;
  layout->offset = end;
  if (!add (&end, size, defect)
      || (defect != UNMAPPED_PADDING && !add (&end, params->padding, defect)))
    return FALSE;
  layout->bytes = MAX (end, 1);
  if (!round_up (&layout->bytes, page, defect) || layout->bytes > G_MAXSSIZE)
    return FALSE;
  if (defect == EXTRA_PAGE)
    layout->bytes += page;
  layout->maxsize = layout->bytes;
  if (defect == UNROUNDED_MAXSIZE)      /* !11118 */
    layout->maxsize = MIN (end + layout->align, layout->bytes);
  else if (defect == OVER_REPORTED)
    layout->maxsize += page;
  else if (defect == UNMAPPED_PADDING)
    layout->maxsize = MAX (layout->bytes, end + params->padding);
  return TRUE;
}

/* --- mapping --- */

/* At an address that the align mask of MEMORY asks for. */
static gpointer
map_aligned (TwinMemory * self, gint protection)
{
  Defect defect = defect_of (&self->memory);
  gsize spare = defect == IGNORES_ALIGN || self->memory.align < 4096 ? 0 : self->memory.align + 1;
  guint8 *room = mmap (NULL, self->bytes + spare, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  guint8 *place = room;
  gpointer data;

  if (room == MAP_FAILED)
    return NULL;
  if (spare > 0)
    place = (guint8 *) (((guintptr) room + spare - 1) & ~(guintptr) self->memory.align);
  if (place > room)
    munmap (room, (gsize) (place - room));
  if (room + spare > place)
    munmap (place + self->bytes, (gsize) (room + spare - place));
  data = mmap (place, self->bytes, protection,
      (defect == PRIVATE_MAPPING ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED, self->fd, 0);
  return data == MAP_FAILED ? NULL : data;
}

static gpointer
twin_map (GstMemory * memory, gsize maxsize, GstMapFlags flags)
{
  TwinMemory *self = (TwinMemory *) memory;
  gint protection = PROT_READ;

  if (memory->parent)
    return twin_map (memory->parent, maxsize, flags);
  if (flags & GST_MAP_WRITE || defect_of (memory) == READ_MAP_WRITABLE)
    protection |= PROT_WRITE;
  if (!self->data)
    self->data = map_aligned (self, protection);
  if (self->data)
    self->n_maps++;
  if (defect_of (memory) == MAXSIZE_CHANGES)
    memory->maxsize = self->bytes - 8;
  return self->data;
}

static void
twin_unmap (GstMemory * memory)
{
  TwinMemory *self = (TwinMemory *) memory;

  if (memory->parent) {
    twin_unmap (memory->parent);
    return;
  }
  self->n_maps--;
  if (defect_of (memory) == UNMAP_KEEPS)
    return;
  if (self->data && (self->n_maps == 0 || defect_of (memory) == UNNESTED_UNMAP)) {
    munmap (self->data, self->bytes);
    self->data = NULL;
  }
}

static GstMemory *
twin_share (GstMemory * memory, gssize offset, gssize size)
{
  GstMemory *parent = memory->parent ? memory->parent : memory;
  TwinMemory *self = g_new0 (TwinMemory, 1);

  self->fd = -1;
  if (size == -1)
    size = (gssize) memory->size - offset;
  if (defect_of (memory) == UNBOUNDED_SHARE)
    size += (gssize) memory->maxsize;
  gst_memory_init (&self->memory, GST_MINI_OBJECT_FLAGS (parent)
      | GST_MINI_OBJECT_FLAG_LOCK_READONLY, memory->allocator, parent, memory->maxsize,
      memory->align, memory->offset + (gsize) offset, (gsize) size);
  return &self->memory;
}

/* --- the allocator --- */

/* -1: not to be had. */
static gint
make_file (Defect defect, gsize bytes)
{
  gint fd = memfd_create ("shmdiag-twin",
      MFD_ALLOW_SEALING | (defect == NO_CLOEXEC ? 0 : MFD_CLOEXEC));

  if (defect == SHORT_FILE)
    bytes -= MIN (bytes, page_size (defect));
  if (fd >= 0 && ftruncate (fd, (off_t) bytes) == 0
      && (bytes == 0 || defect == UNSEALED || fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0))
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* What the seal forbids must be done before it. */
static void
seal_write (TwinMemory * self)
{
  self->data = map_aligned (self, PROT_READ | PROT_WRITE);
  self->n_maps = 1;             /* stays */
  fcntl (self->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
}

static void
fill (TwinMemory * self)
{
  gpointer data = mmap (NULL, self->bytes, PROT_WRITE, MAP_SHARED, self->fd, 0);

  if (data != MAP_FAILED) {
    memset (data, 0xa5, MIN (self->bytes, 65536));
    munmap (data, self->bytes);
  }
}

static GstMemory *
twin_alloc (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  Defect defect = ((TwinAllocator *) allocator)->defect;
  TwinMemory *self;
  Layout layout;
  gint fd;

  if (!lay_out (defect, size, params, &layout))
    return NULL;
  /* A placeholder, as for memory of a device whose size is not known yet. */
  if (defect == SHORT_SIZE) {
    size = MIN (size, 1);
    layout.maxsize = layout.offset + 1;
  }
  fd = make_file (defect, layout.bytes);
  if (fd < 0)
    return NULL;
  self = g_new0 (TwinMemory, 1);
  self->fd = fd;
  self->bytes = layout.bytes;
  gst_memory_init (&self->memory, params->flags, allocator, NULL, layout.maxsize, layout.align,
      layout.offset, size);
  if (defect == SEALED_WRITE)
    seal_write (self);
  else if (defect == UNZEROED)
    fill (self);
  return &self->memory;
}

static void
twin_free (GstAllocator * allocator, GstMemory * memory)
{
  TwinMemory *self = (TwinMemory *) memory;
  Defect defect = ((TwinAllocator *) allocator)->defect;

  if (self->data)
    munmap (self->data, self->bytes);
  if (self->fd >= 0 && defect != LEAKED_FD)
    close (self->fd);
  if (self->fd >= 0 && defect == DOUBLE_CLOSE)
    close (self->fd);
  g_free (self);
}

static void
twin_allocator_class_init (TwinAllocatorClass * klass)
{
  klass->parent_class.alloc = twin_alloc;
  klass->parent_class.free = twin_free;
}

static void
twin_allocator_init (TwinAllocator * self)
{
  GstAllocator *allocator = &self->parent;

  allocator->mem_type = "ShmdiagTwin";
  allocator->mem_map = twin_map;
  allocator->mem_unmap = twin_unmap;
  allocator->mem_share = twin_share;
}

static GstAllocator *
twin_new (Defect defect)
{
  TwinAllocator *self = g_object_new (twin_allocator_get_type (), NULL);

  self->defect = defect;
  gst_object_ref_sink (self);
  return &self->parent;
}

static gint
twin_fd (GstMemory * memory)
{
  return ((TwinMemory *) (memory->parent ? memory->parent : memory))->fd;
}

/* --- the table --- */

/* The defect, its name, and the contract that must find it. */
#define TWINS(X) \
  X (CLEAN, "clean", "-") \
  X (UNROUNDED_MAXSIZE, "unrounded-maxsize", "maxsize-true") \
  X (OVER_REPORTED, "over-reported-maxsize", "maxsize-true") \
  X (SHORT_FILE, "short-file", "maxsize-true") \
  X (UNBOUNDED_SHARE, "unbounded-share", "offset-size") \
  X (IGNORES_ALIGN, "ignores-align", "params") \
  X (IGNORES_PREFIX, "ignores-prefix", "params") \
  X (UNMAPPED_PADDING, "unmapped-padding", "params") \
  X (UNZEROED, "unzeroed", "params") \
  X (READ_MAP_WRITABLE, "read-map-writable", "map") \
  X (UNMAP_KEEPS, "unmap-keeps", "map") \
  X (UNNESTED_UNMAP, "unnested-unmap", "map") \
  X (PRIVATE_MAPPING, "private-mapping", "peer-map") \
  X (SEALED_WRITE, "sealed-write", "seals") \
  X (UNSEALED, "unsealed", "seals") \
  X (LEAKED_FD, "leaked-fd", "fds") \
  X (DOUBLE_CLOSE, "double-close", "fds") \
  X (NO_CLOEXEC, "no-cloexec", "fds") \
  X (MAXSIZE_CHANGES, "maxsize-changes", "maxsize-fixed") \
  X (OVERFLOW_ACCEPTED, "overflow-accepted", "overflow") \
  X (FIXED_PAGE, "fixed-page", "page-any") \
  X (EXTRA_PAGE, "extra-page", "one-page") \
  X (SHORT_SIZE, "short-size", "enough")

#define X(defect, name, contract) \
  static GstAllocator * \
  open_##defect (const gchar * dir, GError ** error) \
  { \
    return twin_new (defect); \
  }
TWINS (X)
#undef X

static const ProbeTwin twins[] = {
#define X(defect, name, contract) \
  {{SHMDIAG_ALIGN_TARGET_VERSION, name, "ref", PACKAGE_VERSION, TRUE, open_##defect, NULL, \
          twin_fd, NULL, NULL}, contract},
  TWINS (X)
#undef X
  {{0}, NULL}
};

const ProbeTwin *
probe_memory_twins (void)
{
  return twins;
}
