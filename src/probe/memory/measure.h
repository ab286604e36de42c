/* What is measured of an allocator. */
#pragma once
#include "probe/memory/allocators.h"
#include "probe/rows.h"

typedef struct
{
  Actor *actor;
  ProbeAllocator *allocator;
  guint64 page;                 /* the real one */
  gboolean fast;                /* without a process for each row */
  gboolean alone;               /* pages are mapped for one memory alone */
  guint64 other_inode;          /* of an object that lives all the time; 0: none */
  GstMemory *other;
} Memory;

/* --- asking --- */

GstAllocationParams memory_params (const ProbeRow * row);
/* Asks for what ROW says, and tells what came. NULL: refused. */
GstMemory *memory_ask (Memory * self, const ProbeRow * row);
/* Tells what MEMORY reports, AFTER what. */
void memory_tell_object (Memory * self, GstMemory * memory, const gchar * after);
/* Tells how a map went: VALUE 0, or what was wrong; WHAT was mapped. */
void memory_tell_map (Memory * self, gint64 value, gsize size, const gchar * what);

/* --- measuring: each begins its measurements --- */

void memory_measure_rows (Memory * self, const GArray * rows);
/* Shares, copies and sizes; about CONTRACT. */
void memory_measure_objects (Memory * self, const gchar * contract);
void memory_measure_maps (Memory * self);
void memory_measure_seals (Memory * self);
void memory_measure_leaks (Memory * self);
void memory_measure_close (Memory * self);
