/* The allocators of GStreamer and of the kernel that every machine could have. */
#pragma once
#include "probe/align-target.h"

/* Ends with a NULL name. */
extern const ShmdiagAlignTarget built_in_targets[];

/* The allocator that is registered as NAME. NULL with ERROR: there is none, or it is of no use. */
GstAllocator *built_in_open_named (const gchar * name, GError ** error);
/* Sets ERROR to what cannot be had: MESSAGE. Always FALSE. */
gboolean built_in_refuse (GError ** error, const gchar * message);
