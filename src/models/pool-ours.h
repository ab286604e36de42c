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
#include "models/blocks.h"

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
  ShmdiagHistory history;
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

/* --- the calls, and a pool that is used by one caller after the other --- */

enum
{ CALL_ALLOC, CALL_RELEASE };

/* All that a pool of bump shards is; which of them serves a call is its own affair. A shard that is
 * not there is an empty one. */
typedef struct
{
  guint used[BLOCKS_AREAS], references[BLOCKS_AREAS];
  guint max_shards;
} Reference;

/* What a history calls a block; 0: none. */
static inline guint64
ours_place (Ours * ours, gconstpointer block)
{
  guint index;

  if (!block)
    return 0;
  index = blocks_index (&ours->blocks, block);
  return (guint64) (index + 1) << 32
      | (guint64) ((const guint8 *) block - blocks_area (&ours->blocks, index) - UNIT);
}

static inline gboolean
reference_has_room (const Reference * reference, guint need)
{
  guint in_use = 0, room = 0;

  for (guint i = 0; i < BLOCKS_AREAS; i++) {
    in_use += reference->references[i] > 0;
    room += reference->references[i] > 0 && reference->used[i] + need <= OURS_ROOM;
  }
  return room > 0 || in_use < reference->max_shards;
}

static inline gboolean
reference_alloc (Reference * reference, guint need, guint64 place)
{
  guint index = (place >> 32) - 1, offset = (guint32) place;

  if (place == 0)
    return !reference_has_room (reference, need);
  if (offset != reference->used[index] || offset + need > OURS_ROOM)
    return FALSE;
  reference->used[index] += need;
  reference->references[index]++;
  return TRUE;
}

static inline gboolean
reference_release (Reference * reference, guint64 place)
{
  guint index = (place >> 32) - 1;

  if (reference->references[index] == 0)
    return FALSE;
  if (--reference->references[index] == 0)
    reference->used[index] = 0;
  return TRUE;
}

static inline int
ours_apply (void *reference, const ShmdiagCall * call)
{
  if (call->operation == CALL_ALLOC)
    return reference_alloc (reference, call->argument, call->result);
  return reference_release (reference, call->argument);
}

static inline void
ours_check_calls (Ours * ours)
{
  const Reference empty = {.max_shards = ours->pool.options.max_shards };

  shmdiag_history_check (&ours->history, &empty, sizeof empty, ours_apply);
}

/* As the pool's own, and noted. SIZE: a multiple of 8. */
static inline guint64 *
ours_call_alloc (Ours * ours, guint thread, guint size)
{
  guint call = shmdiag_history_call (&ours->history, thread, CALL_ALLOC, size);
  guint64 *block = shards_alloc (&ours->pool, size, 0);

  shmdiag_history_return (&ours->history, call, ours_place (ours, block));
  return block;
}

static inline void
ours_call_release (Ours * ours, guint thread, guint64 * block)
{
  guint call = shmdiag_history_call (&ours->history, thread, CALL_RELEASE,
      ours_place (ours, block));

  shards_release (&ours->pool, block);
  shmdiag_history_return (&ours->history, call, 0);
}

/* --- blocks --- */

/* A block with something in it; plain writes, so that the memory orders of the pool are judged. */
static inline guint64 *
ours_alloc (Ours * ours, guint thread, guint size)
{
  guint64 *block = ours_call_alloc (ours, thread, size);

  if (block) {
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
  ours_call_release (ours, thread, block);
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

/* At rest with LIVE blocks: the words say just that, no more is pinned than needed, and one caller
 * after the other could have got what all got. */
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
  ours_check_calls (ours);
}
