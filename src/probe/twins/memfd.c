#include "config.h"
#include "probe/twins/memfd.h"

#include "probe/twins/allocator.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

typedef struct
{
  GstMemory memory;
  gint fd;                      /* -1: of the parent */
  gsize bytes;                  /* of the file, and mapped */
  gpointer data;                /* NULL: not mapped */
  guint n_maps;
} TwinMemory;

typedef TwinAllocator ShmdiagTwinMemfd;
typedef TwinAllocatorClass ShmdiagTwinMemfdClass;

static GType twin_memfd_get_type (void);
G_DEFINE_TYPE (ShmdiagTwinMemfd, twin_memfd, twin_allocator_get_type ())

static Mutant
mutant_of (const GstMemory * memory)
{
  return ((const TwinAllocator *) memory->allocator)->mutant;
}

/* --- sizes --- */

static gsize
page_size (Mutant mutant)
{
  return mutant == MUTANT_FIXED_PAGE ? 4096 : (gsize) sysconf (_SC_PAGESIZE);
}

/* FALSE: more than a gsize holds. */
static gboolean
add (gsize * sum, gsize more, Mutant mutant)
{
  if (more > G_MAXSIZE - *sum && mutant != MUTANT_OVERFLOW_ACCEPTED)
    return FALSE;
  *sum += more;
  return TRUE;
}

static gboolean
round_up (gsize * size, gsize to, Mutant mutant)
{
  if (!add (size, to - 1, mutant))
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
lay_out (Mutant mutant, gsize size, const GstAllocationParams * params, Layout * layout)
{
  gsize page = page_size (mutant);
  gsize end = mutant == MUTANT_IGNORES_PREFIX ? 0 : params->prefix;

  layout->align = params->align | gst_memory_alignment;
  if (mutant != MUTANT_IGNORES_ALIGN && !round_up (&end, layout->align + 1, mutant))
    return FALSE;
  layout->offset = end;
  if (!add (&end, size, mutant)
      || (mutant != MUTANT_UNMAPPED_PADDING && !add (&end, params->padding, mutant)))
    return FALSE;
  layout->bytes = MAX (end, 1);
  if (!round_up (&layout->bytes, page, mutant) || layout->bytes > G_MAXSSIZE)
    return FALSE;
  if (mutant == MUTANT_EXTRA_PAGE)
    layout->bytes += page;
  layout->maxsize = layout->bytes;
  if (mutant == MUTANT_UNROUNDED_MAXSIZE)      /* !11118 */
    layout->maxsize = MIN (end + layout->align, layout->bytes);
  else if (mutant == MUTANT_OVER_REPORTED)
    layout->maxsize += page;
  else if (mutant == MUTANT_UNMAPPED_PADDING)
    layout->maxsize = MAX (layout->bytes, end + params->padding);
  return TRUE;
}

/* --- mapping --- */

/* At an address that the align mask of MEMORY asks for. */
static gpointer
map_aligned (TwinMemory * self, gint protection)
{
  Mutant mutant = mutant_of (&self->memory);
  gsize spare = mutant == MUTANT_IGNORES_ALIGN || self->memory.align < 4096
      ? 0 : self->memory.align + 1;
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
      (mutant == MUTANT_PRIVATE_MAPPING ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED, self->fd, 0);
  return data == MAP_FAILED ? NULL : data;
}

static gpointer
twin_map (GstMemory * memory, gsize maxsize, GstMapFlags flags)
{
  TwinMemory *self = (TwinMemory *) memory;
  gint protection = PROT_READ;

  if (memory->parent)
    return twin_map (memory->parent, maxsize, flags);
  if (flags & GST_MAP_WRITE || mutant_of (memory) == MUTANT_READ_MAP_WRITABLE)
    protection |= PROT_WRITE;
  if (!self->data)
    self->data = map_aligned (self, protection);
  if (self->data)
    self->n_maps++;
  if (mutant_of (memory) == MUTANT_MAXSIZE_CHANGES)
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
  if (mutant_of (memory) == MUTANT_UNMAP_KEEPS)
    return;
  if (self->data && (self->n_maps == 0 || mutant_of (memory) == MUTANT_UNNESTED_UNMAP)) {
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
  if (mutant_of (memory) == MUTANT_UNBOUNDED_SHARE)
    size += (gssize) memory->maxsize;
  gst_memory_init (&self->memory, GST_MINI_OBJECT_FLAGS (parent)
      | GST_MINI_OBJECT_FLAG_LOCK_READONLY, memory->allocator, parent, memory->maxsize,
      memory->align, memory->offset + (gsize) offset, (gsize) size);
  return &self->memory;
}

/* --- the allocator --- */

/* -1: not to be had. */
static gint
make_file (Mutant mutant, gsize bytes)
{
  gint fd = memfd_create ("shmdiag-twin",
      MFD_ALLOW_SEALING | (mutant == MUTANT_NO_CLOEXEC ? 0 : MFD_CLOEXEC));

  if (mutant == MUTANT_SHORT_FILE)
    bytes -= MIN (bytes, page_size (mutant));
  if (fd >= 0 && ftruncate (fd, (off_t) bytes) == 0
      && (bytes == 0 || mutant == MUTANT_UNSEALED || fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0))
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
  Mutant mutant = ((TwinAllocator *) allocator)->mutant;
  TwinMemory *self;
  Layout layout;
  gint fd;

  if (!lay_out (mutant, size, params, &layout))
    return NULL;
  /* A placeholder, as for memory of a device whose size is not known yet. */
  if (mutant == MUTANT_SHORT_SIZE) {
    size = MIN (size, 1);
    layout.maxsize = layout.offset + 1;
  }
  fd = make_file (mutant, layout.bytes);
  if (fd < 0)
    return NULL;
  self = g_new0 (TwinMemory, 1);
  self->fd = fd;
  self->bytes = layout.bytes;
  gst_memory_init (&self->memory, params->flags, allocator, NULL, layout.maxsize, layout.align,
      layout.offset, size);
  if (mutant == MUTANT_SEALED_WRITE)
    seal_write (self);
  else if (mutant == MUTANT_UNZEROED)
    fill (self);
  return &self->memory;
}

static void
twin_free (GstAllocator * allocator, GstMemory * memory)
{
  TwinMemory *self = (TwinMemory *) memory;
  Mutant mutant = ((TwinAllocator *) allocator)->mutant;

  if (self->data)
    munmap (self->data, self->bytes);
  if (self->fd >= 0 && mutant != MUTANT_LEAKED_FD)
    close (self->fd);
  if (self->fd >= 0 && mutant == MUTANT_DOUBLE_CLOSE)
    close (self->fd);
  g_free (self);
}

static void
twin_memfd_class_init (TwinAllocatorClass * klass)
{
  klass->parent_class.alloc = twin_alloc;
  klass->parent_class.free = twin_free;
}

static void
twin_memfd_init (TwinAllocator * self)
{
  GstAllocator *allocator = &self->parent;

  allocator->mem_map = twin_map;
  allocator->mem_unmap = twin_unmap;
  allocator->mem_share = twin_share;
}

static gint
twin_fd (GstMemory * memory)
{
  return ((TwinMemory *) (memory->parent ? memory->parent : memory))->fd;
}

/* --- as targets --- */

#define X(id, name, contract) \
  static GstAllocator * \
  open_##id (const gchar * dir, GError ** error) \
  { \
    return twin_allocator_new (twin_memfd_get_type (), MUTANT_##id); \
  }
X (NONE, "clean", "-")
MUTANTS_ALLOCATOR (X)
#undef X

static const ShmdiagAlignTarget targets[] = {
#define X(id, name, contract) \
  [MUTANT_##id] = {SHMDIAG_ALIGN_TARGET_VERSION, name, "ref", PACKAGE_VERSION, TRUE, open_##id, \
      NULL, twin_fd, NULL, NULL},
  X (NONE, "clean", "-")
  MUTANTS_ALLOCATOR (X)
#undef X
};

const ShmdiagAlignTarget *
twin_memfd_target (const gchar * target)
{
  const Twin *twin = twin_find (TWIN_ALLOCATOR, target);

  return twin ? &targets[twin->mutant] : NULL;
}
