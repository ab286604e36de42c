/* Where a pool's shards come from. */
#pragma once
#include <glib.h>

#include "pool/atomic.h"

/* What makes and takes back the memory of shards. DATA is handed to each function. */
typedef struct
{
  /* SIZE bytes, aligned to SIZE, which is a power of two; NULL with errno. */
  gpointer (*map) (gpointer data, gsize size);
  /* Keeps what MAP returned in memory: 0 or an errno. */
  gint (*pin) (gpointer data, gpointer memory, gsize size);
  /* Takes back what MAP returned, with its pin if it has one. */
  void (*unmap) (gpointer data, gpointer memory, gsize size);
  gpointer data;
} PoolMemory;

/* Anonymous pages of this process alone, pinned with mlock(2). SIZE: a page at least. A refused
 * pin is ENOMEM (RLIMIT_MEMLOCK is used up), EPERM (it is 0) or EAGAIN. No descriptor is used. A
 * child made by fork(2) has a copy, which is not pinned: locks are not inherited. */
extern const PoolMemory pool_memory_pages;
