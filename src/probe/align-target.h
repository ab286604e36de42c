/* shmdiag/align-target.h: how an allocator is made known to shmcheck-align.
 *
 * A shared object that defines
 *
 *     const ShmdiagAlignTarget *const shmdiag_align_targets[] = { &mine, NULL };
 *
 * and is named with --plugin brings its allocators as targets. The allocators that shmcheck-align
 * knows by itself are described in the same way. The object is loaded into a process of its own. */
#pragma once
#include <gst/gst.h>

#define SHMDIAG_ALIGN_TARGET_VERSION 1

typedef struct
{
  guint version;                /* SHMDIAG_ALIGN_TARGET_VERSION */
  const gchar *name;            /* "system": how it is selected; without blanks, ':' and '/' */
  const gchar *element;         /* what is blamed, "SystemMemory" */
  const gchar *release;         /* its version, "1.22.0"; NULL: that of GStreamer */
  gboolean takes_params;        /* GstAllocationParams mean something to it */

  /* The allocator (the caller gets a reference). NULL with ERROR: it cannot be had here; the
   * message is the reason that is printed. DIR is an empty directory that may be used. */
  GstAllocator *(*open) (const gchar * dir, GError ** error);
  /* A memory of SIZE bytes; NULL: refused. NULL here: gst_allocator_alloc(). */
  GstMemory *(*alloc) (GstAllocator * allocator, gsize size, GstAllocationParams * params);
  /* The descriptor behind MEMORY, which keeps it; -1: none. NULL here: that of a GstFdMemory. */
  gint (*fd) (GstMemory * memory);
  /* Before ALLOCATOR is let go of; NULL: nothing to do. */
  void (*close) (GstAllocator * allocator);
  /* How a program in C gets at it, for examples that are printed: an expression that gives a
   * GstAllocator*. NULL: it cannot. */
  const gchar *expression;
  /* Size of the pages that its memory is mapped in; NULL: that of the machine. 0: none to be had. */
  gsize (*page) (void);
} ShmdiagAlignTarget;
