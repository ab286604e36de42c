/* The base of our own allocators. */
#pragma once
#include "probe/twins/twins.h"

#include <gst/gst.h>

typedef struct
{
  GstAllocator parent;
  Mutant mutant;
} TwinAllocator;

typedef struct
{
  GstAllocatorClass parent_class;
} TwinAllocatorClass;

/* As it is, it gives memory of the default allocator. */
GType twin_allocator_get_type (void);
/* One of TYPE, which is derived from it. Caller unrefs. */
GstAllocator *twin_allocator_new (GType type, Mutant mutant);
