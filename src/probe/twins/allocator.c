#include "config.h"
#include "probe/twins/allocator.h"

typedef TwinAllocator ShmdiagTwinAllocator;
typedef TwinAllocatorClass ShmdiagTwinAllocatorClass;

G_DEFINE_TYPE (ShmdiagTwinAllocator, twin_allocator, GST_TYPE_ALLOCATOR)

/* Its memory is that of the default allocator, which also frees it. */
static GstMemory *
alloc_memory (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  switch (((TwinAllocator *) allocator)->mutant) {
    case MUTANT_DEAD_ALLOCATOR:
      return NULL;
    case MUTANT_IGNORES_PARAMS:
      return gst_allocator_alloc (NULL, size, NULL);
    default:
      return gst_allocator_alloc (NULL, size, params);
  }
}

static void
twin_allocator_class_init (TwinAllocatorClass * klass)
{
  klass->parent_class.alloc = alloc_memory;
}

static void
twin_allocator_init (TwinAllocator * self)
{
  self->parent.mem_type = "ShmdiagTwin";
}

GstAllocator *
twin_allocator_new (GType type, Mutant mutant)
{
  TwinAllocator *self = g_object_new (type, NULL);

  self->mutant = mutant;
  return gst_object_ref_sink (self);
}
