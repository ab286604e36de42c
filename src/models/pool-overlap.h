/* One shard as shipped, with one block that ends where the shard ends. Thread 0 releases it, two
 * find it full, and one allocates twice. The list of shards is left out: what is not found here is
 * not looked for elsewhere. */
#pragma once
#include "models/pool-shipped.h"

typedef struct
{
  Taken taken;
  ShippedShard *shard;
  gpointer first;
} Overlap;

static inline void
overlap_set_up (Overlap * overlap, ShippedVariant variant)
{
  taken_set_up (&overlap->taken, variant);
  overlap->first = taken_alloc (&overlap->taken, 0, TAKEN_ROOM);
  overlap->shard = shard_of (&overlap->taken.pool, overlap->first);
}

static inline void
overlap_allocate (Overlap * overlap, guint thread)
{
  gpointer block = take (&overlap->taken.pool, overlap->shard, TAKEN_ROOM / 2);

  if (block)
    blocks_took (&overlap->taken.blocks, thread, block, TAKEN_ROOM / 2);
}

static inline void
overlap_thread (void *data, unsigned index)
{
  Overlap *overlap = data;

  if (index == 0) {
    blocks_drop (&overlap->taken.blocks, 0, overlap->first, TAKEN_ROOM);
    drop_reference (&overlap->taken.pool, overlap->shard);
    return;
  }
  overlap_allocate (overlap, index);
  if (index == 3)
    overlap_allocate (overlap, index);
}

static const char *const overlap_names[] = { "release", "alloc 1", "alloc 2", "alloc 3" };

#define OVERLAP(name_, summary_, set_up_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, \
    .n_threads = 4, .state_size = sizeof (Overlap), .set_up = set_up_, \
    .thread = overlap_thread, .expects = "no-overlap", .thread_names = overlap_names, \
  }
