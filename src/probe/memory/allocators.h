/* The allocators that can be probed. */
#pragma once
#include "probe/align-target.h"
#include "probe/probe.h"

/* One of them, open. */
typedef struct
{
  const ShmdiagAlignTarget *target;
  GstAllocator *allocator;      /* owned */
  gchar *release;               /* owned */
} ProbeAllocator;

/* Initialises GStreamer and loads the plug-ins that the config names ("plugins", with ':' between).
 * FALSE with ERROR: one cannot be loaded. */
gboolean probe_allocators_init (Actor * actor, GError ** error);

/* Opens the one called NAME. NULL with ERROR: there is none, or it cannot be had here. */
ProbeAllocator *probe_allocator_open (Actor * actor, const gchar * name, GError ** error);
void probe_allocator_close (ProbeAllocator * self);

/* Tells all of them: probe_found(), probe_twin(). */
void probe_allocators_list (Actor * actor);

/* A memory; NULL: refused. PARAMS may be NULL. */
GstMemory *probe_allocator_alloc (const ProbeAllocator * self, gsize size,
    GstAllocationParams * params);
/* The descriptor behind MEMORY; -1: none. */
gint probe_allocator_fd (const ProbeAllocator * self, GstMemory * memory);
