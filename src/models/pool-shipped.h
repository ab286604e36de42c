/* The pool of pool/as-shipped.h as part of a model: its source, its operations points. */
#pragma once
#include <errno.h>
#include <glib.h>
#include <string.h>

#define SHMDIAG_EXPLORE
#include "explore/explore.h"
#define POOL_SCOPE static __attribute__ ((unused))
#include "models/blocks.h"

#include "pool/as-shipped/as-shipped.c"

#define TAKEN_SLOTS 8u
#define TAKEN_SHARD 128u
#define TAKEN_ROOM (TAKEN_SHARD - SHIPPED_HEAD)

typedef struct
{
  Shipped pool;
  ShippedSlot slots[TAKEN_SLOTS];
  Blocks blocks;
} Taken;

static inline void
taken_set_up (Taken * taken, ShippedVariant variant)
{
  ShippedOptions options = {
    .size = TAKEN_SHARD,
    .slots = TAKEN_SLOTS,
    .variant = variant,
    .memory = blocks_memory (&taken->blocks),
  };

  shipped_init (&taken->pool, &options, taken->slots);
}

static inline gpointer
taken_alloc (Taken * taken, guint thread, guint size)
{
  gpointer block = shipped_alloc (&taken->pool, size);

  if (block)
    blocks_took (&taken->blocks, thread, block, size);
  return block;
}

/* Releases the block of SIZE bytes that THREAD has allocated. */
static inline void
taken_release (Taken * taken, guint thread, gpointer block, guint size)
{
  blocks_drop (&taken->blocks, thread, block, size);
  shipped_release (&taken->pool, block);
}

/* The first shard is full and has no reference: nobody will use it again. To be called when nobody
 * is about to recycle it. */
static inline void
taken_check_lost (Taken * taken)
{
  ShippedShard *shard = *(ShippedShard **) &taken->slots[0];
  guint references = *(guint *) &shard->references;

  SHMDIAG_CHECK (references != 0 || *(guint *) &shard->full == 0, "no-lost-shard",
      "shard 0 is full, has no reference, and nobody recycles it: %u of %u bytes used",
      (guint) * (guint64 *) & shard->head, TAKEN_ROOM);
}
