#include "config.h"
#include "probe/bufpool/counting.h"

#include <string.h>

typedef struct
{
  GstMemory memory;
  guint8 *data;                 /* the first byte of maxsize */
  gpointer block;               /* what malloc gave; NULL: a part of another's */
} CountingMemory;

typedef struct
{
  GstAllocator parent;
  gint alive, made, failed;
  gint left;                    /* allocations until one fails; -1: none fails */
  GMutex lock;                  /* of the two below */
  gsize last_size;
  GstAllocationParams last;
} ShmdiagCounting;

typedef GstAllocatorClass ShmdiagCountingClass;

static GType shmdiag_counting_get_type (void);
G_DEFINE_TYPE (ShmdiagCounting, shmdiag_counting, GST_TYPE_ALLOCATOR);

#define COUNTING(object) ((ShmdiagCounting *) (object))

/* --- memory --- */

/* As an allocation of SIZE is asked for by PARAMS: the start is aligned, and what is before the
 * data then too, as far as the prefix is. NULL: too large. */
static CountingMemory *
memory_new (ShmdiagCounting * self, gsize size, const GstAllocationParams * params)
{
  gsize align = params->align | 7;
  gsize maxsize = params->prefix + size + params->padding;
  CountingMemory *memory;
  guint8 *block;

  if (maxsize < size || maxsize + align < maxsize || !(block = g_try_malloc (maxsize + align)))
    return NULL;
  memory = g_new0 (CountingMemory, 1);
  memory->block = block;
  memory->data = block + (-(guintptr) block & align);
  memset (memory->data, 0, params->prefix);
  memset (memory->data + params->prefix + size, 0, params->padding);
  gst_memory_init (GST_MEMORY_CAST (memory), params->flags, GST_ALLOCATOR (self), NULL, maxsize,
      align, params->prefix, size);
  return memory;
}

static gboolean
is_to_fail (ShmdiagCounting * self)
{
  gint left;

  do {
    left = g_atomic_int_get (&self->left);
    if (left <= 0)
      return left == 0;
  } while (!g_atomic_int_compare_and_exchange (&self->left, left, left - 1));
  return FALSE;
}

static GstMemory *
counting_alloc (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  ShmdiagCounting *self = COUNTING (allocator);
  CountingMemory *memory;

  g_mutex_lock (&self->lock);
  self->last_size = size;
  self->last = *params;
  g_mutex_unlock (&self->lock);
  if (is_to_fail (self)) {
    g_atomic_int_inc (&self->failed);
    return NULL;
  }
  memory = memory_new (self, size, params);
  if (!memory)
    return NULL;
  g_atomic_int_inc (&self->made);
  g_atomic_int_inc (&self->alive);
  return GST_MEMORY_CAST (memory);
}

static void
counting_free (GstAllocator * allocator, GstMemory * memory)
{
  CountingMemory *counted = (CountingMemory *) memory;

  if (counted->block)
    g_atomic_int_add (&COUNTING (allocator)->alive, -1);
  g_free (counted->block);
  g_free (counted);
}

static gpointer
memory_map (GstMemory * memory, gsize maxsize, GstMapFlags flags)
{
  return ((CountingMemory *) memory)->data;
}

static void
memory_unmap (GstMemory * memory)
{
}

static GstMemory *
memory_share (GstMemory * memory, gssize offset, gssize size)
{
  CountingMemory *part = g_new0 (CountingMemory, 1);
  GstMemory *parent = memory->parent ? memory->parent : memory;

  if (size == -1)
    size = (gssize) memory->size - offset;
  part->data = ((CountingMemory *) memory)->data;
  gst_memory_init (GST_MEMORY_CAST (part),
      GST_MINI_OBJECT_FLAGS (parent) | GST_MINI_OBJECT_FLAG_LOCK_READONLY, memory->allocator,
      parent, memory->maxsize, memory->align, (gsize) ((gssize) memory->offset + offset),
      (gsize) size);
  return GST_MEMORY_CAST (part);
}

/* --- the allocator --- */

static void
counting_finalize (GObject * object)
{
  g_mutex_clear (&COUNTING (object)->lock);
  G_OBJECT_CLASS (shmdiag_counting_parent_class)->finalize (object);
}

static void
shmdiag_counting_class_init (ShmdiagCountingClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = counting_finalize;
  klass->alloc = counting_alloc;
  klass->free = counting_free;
}

static void
shmdiag_counting_init (ShmdiagCounting * self)
{
  GstAllocator *allocator = GST_ALLOCATOR (self);

  g_mutex_init (&self->lock);
  self->left = -1;
  allocator->mem_type = "ShmdiagCounting";
  allocator->mem_map = memory_map;
  allocator->mem_unmap = memory_unmap;
  allocator->mem_share = memory_share;
}

GstAllocator *
counting_new (void)
{
  return gst_object_ref_sink (g_object_new (shmdiag_counting_get_type (), NULL));
}

void
counting_fail_after (GstAllocator * allocator, gint count)
{
  g_atomic_int_set (&COUNTING (allocator)->left, count);
}

gint
counting_alive (GstAllocator * allocator)
{
  return g_atomic_int_get (&COUNTING (allocator)->alive);
}

gint
counting_made (GstAllocator * allocator)
{
  return g_atomic_int_get (&COUNTING (allocator)->made);
}

gint
counting_failed (GstAllocator * allocator)
{
  return g_atomic_int_get (&COUNTING (allocator)->failed);
}

gsize
counting_last (GstAllocator * allocator, GstAllocationParams * params)
{
  ShmdiagCounting *self = COUNTING (allocator);
  gsize size;

  g_mutex_lock (&self->lock);
  *params = self->last;
  size = self->last_size;
  g_mutex_unlock (&self->lock);
  return size;
}
