/* The pool of pool/shards.h as part of a model: its source, its operations points. */
#pragma once
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHMDIAG_EXPLORE
#include "explore/explore.h"
#define POOL_SCOPE static __attribute__ ((unused))
#include "explore/models/blocks.h"

#include "pool/shards.c"
#include "pool/shards-life.c"
#include "pool/shards-stats.c"

#define OURS_SLOTS 6u
#define OURS_SHARD 64u
#define OURS_ROOM (OURS_SHARD - UNIT)

typedef struct
{
  Shards pool;
  Slot slots[OURS_SLOTS];
  Lane lane;
  Blocks blocks;
} Ours;

static inline void
ours_set_up (Ours * ours, guint max_shards, guint spare)
{
  ShardsOptions options = {
    .size = OURS_SHARD,
    .max_shards = max_shards,
    .spare = spare,
    .lanes = 1,
    .memory = blocks_memory (&ours->blocks),
  };

  shards_init (&ours->pool, &options, ours->slots, &ours->lane);
}

/* A block with something in it; plain writes, so that the memory orders of the pool are judged. */
static inline guint64 *
ours_alloc (Ours * ours, guint thread, guint size)
{
  guint64 *block = shards_alloc (&ours->pool, size, 0);

  if (block != NULL) {
    blocks_took (&ours->blocks, thread, block, size);
    SHMDIAG_WRITE (*block, thread);
  }
  return block;
}

/* Releases the block of SIZE bytes that THREAD has allocated, whoever does it. */
static inline void
ours_release (Ours * ours, guint thread, guint64 * block, guint size)
{
  guint64 content = SHMDIAG_READ (*block);

  SHMDIAG_CHECK (content == thread, "no-use-after-recycle",
      "a live block was overwritten: %lu, not %u", (gulong) content, thread);
  blocks_drop (&ours->blocks, thread, block, size);
  shards_release (&ours->pool, block);
}

/* What holds between any two steps. */
static inline void
ours_check_shards (Ours * ours)
{
  for (guint i = 0; i < ours->pool.options.max_shards; i++) {
    guint64 word = *(guint64 *) &ours->slots[i].word;
    guint8 *base = *(guint8 **) &ours->slots[i].base;
    guint live;

    if (word & ABSENT)
      continue;
    live = ours->blocks.live[blocks_index (&ours->blocks, base)];
    SHMDIAG_CHECK (references_of (word) >= live, "references",
        "shard %u has %u live blocks, but %u references", i, live, references_of (word));
    SHMDIAG_CHECK ((references_of (word) == 0) == (used_of (word) == 0), "no-lost-shard",
        "shard %u: %u references, %u bytes used", i, references_of (word), used_of (word));
    SHMDIAG_CHECK (used_of (word) <= OURS_ROOM, "no-overlap",
        "shard %u: %u bytes used", i, used_of (word));
  }
}

/* At rest with LIVE blocks: the words say just that, and no more is pinned than needed. */
static inline void
ours_check_rest (Ours * ours, guint live)
{
  guint references = 0, empty = 0, present = 0;

  ours_check_shards (ours);
  for (guint i = 0; i < ours->pool.options.max_shards; i++) {
    guint64 word = *(guint64 *) &ours->slots[i].word;

    if (word & ABSENT)
      continue;
    present++;
    references += references_of (word);
    empty += references_of (word) == 0;
  }
  SHMDIAG_CHECK (references == live, "totals", "%u references at rest, not %u", references, live);
  SHMDIAG_CHECK (empty <= ours->pool.options.spare, "pins-bounded",
      "%u empty shards are kept, not %u", empty, ours->pool.options.spare);
  SHMDIAG_CHECK (present == ours->blocks.n_mapped, "pins-bounded",
      "%u areas for %u shards", ours->blocks.n_mapped, present);
  SHMDIAG_CHECK ((guint32) ours->pool.idle == empty, "totals",
      "%u empty shards are counted as %u", empty, (guint32) ours->pool.idle);
}
