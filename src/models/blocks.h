/* What models of pools share: memory in the model's state, and the record of who has which bytes.
 * It is up to date between any two steps; only the calls of the "kernel" are points. */
#pragma once
#include <glib.h>
#include <string.h>

#include "pool/memory.h"

#define BLOCKS_AREAS 12u        /* shards that a model can make */
#define BLOCKS_SIZE 128u        /* bytes of the largest shard */
#define BLOCKS_UNIT 8u

typedef struct
{
  guint8 memory[(BLOCKS_AREAS + 1) * BLOCKS_SIZE];      /* areas are aligned within */
  _Atomic guint kernel;         /* calls; like the kernel's, they come one after the other */
  gboolean mapped[BLOCKS_AREAS];
  guint n_mapped, n_made;
  guint needed;                 /* shards that are enough; 0: not known */
  guint8 owners[BLOCKS_AREAS][BLOCKS_SIZE / BLOCKS_UNIT];       /* thread + 1, 0: nobody */
  guint live[BLOCKS_AREAS];     /* blocks */
} Blocks;

static inline guint8 *
blocks_area (Blocks * blocks, guint index)
{
  guintptr first = ((guintptr) blocks->memory + BLOCKS_SIZE - 1) & ~(guintptr) (BLOCKS_SIZE - 1);

  return (guint8 *) first + index * BLOCKS_SIZE;
}

static inline guint
blocks_index (Blocks * blocks, gconstpointer block)
{
  return ((const guint8 *) block - blocks_area (blocks, 0)) / BLOCKS_SIZE;
}

/* The thread that has BLOCK. */
static inline guint
blocks_owner (Blocks * blocks, gconstpointer block)
{
  guint index = blocks_index (blocks, block);
  gsize offset = (const guint8 *) block - blocks_area (blocks, index);

  return blocks->owners[index][offset / BLOCKS_UNIT] - 1;
}

static inline gpointer
blocks_map (gpointer data, gsize size)
{
  Blocks *blocks = data;

  atomic_fetch_add_explicit (&blocks->kernel, 1, memory_order_acq_rel);
  for (guint i = 0; i < BLOCKS_AREAS; i++) {
    if (blocks->mapped[i])
      continue;
    blocks->mapped[i] = TRUE;
    blocks->n_mapped++;
    blocks->n_made++;
    SHMDIAG_CHECK (blocks->needed == 0 || blocks->n_made <= blocks->needed, "one-winner",
        "shard number %u is made where %u are enough", blocks->n_made, blocks->needed);
    return blocks_area (blocks, i);
  }
  errno = ENOMEM;
  return NULL;
}

static inline void
blocks_unmap (gpointer data, gpointer memory, gsize size)
{
  Blocks *blocks = data;
  guint index = blocks_index (blocks, memory);

  atomic_fetch_add_explicit (&blocks->kernel, 1, memory_order_acq_rel);
  SHMDIAG_CHECK (blocks->live[index] == 0, "no-use-after-recycle",
      "shard %u is given back with %u live blocks", index, blocks->live[index]);
  blocks->mapped[index] = FALSE;
  blocks->n_mapped--;
}

static inline PoolMemory
blocks_memory (Blocks * blocks)
{
  return (PoolMemory) {.map = blocks_map, .unmap = blocks_unmap, .data = blocks};
}

/* Sets OWNER of the SIZE bytes of BLOCK, which belong to EXPECTED. */
static inline void
blocks_change (Blocks * blocks, gconstpointer block, guint size, guint8 expected, guint8 owner)
{
  guint index = blocks_index (blocks, block);
  guint first = ((const guint8 *) block - blocks_area (blocks, index)) / BLOCKS_UNIT;

  for (guint i = first; i < first + (size + BLOCKS_UNIT - 1) / BLOCKS_UNIT; i++) {
    guint8 *unit = &blocks->owners[index][i];

    SHMDIAG_CHECK (*unit == expected, "no-overlap",
        "byte %u of shard %u is in two live blocks, of thread %d and thread %d",
        i * BLOCKS_UNIT, index, *unit - 1, MAX (expected, owner) - 1);
    *unit = owner;
  }
}

/* THREAD got SIZE bytes, or lets go of them: to be called before it releases. */
static inline void
blocks_took (Blocks * blocks, guint thread, gconstpointer block, guint size)
{
  guint index = blocks_index (blocks, block);

  SHMDIAG_CHECK (blocks->mapped[index], "no-use-after-recycle",
      "a block in shard %u, which was given back", index);
  blocks_change (blocks, block, size, 0, thread + 1);
  blocks->live[index]++;
}

static inline void
blocks_drop (Blocks * blocks, guint thread, gconstpointer block, guint size)
{
  blocks_change (blocks, block, size, thread + 1, 0);
  blocks->live[blocks_index (blocks, block)]--;
}
