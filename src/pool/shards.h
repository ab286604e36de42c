/* A pool for blocks of short life that any thread may release: bump allocation in shards with
 * references, which start again once their last block is released.
 *
 * A shard is SIZE bytes aligned to SIZE, so that masking a block's address finds it; its first 8
 * bytes point back to the pool's record of it. Blocks are rounded up to 8 bytes, aligned to 8 and
 * never zeroed. All functions but shards_free() may be called by any threads at once; alloc, hold
 * and release take no lock but for a new shard, and wait at most for shards_stats().
 *
 * What holds (contracts S1 to S7): live blocks never overlap; a shard without references is empty,
 * by one and the same step; of the threads that find no room one makes a shard, the others use it;
 * when all is released no more than SPARE shards are left; a refused shard is the failure of that
 * allocation only; statistics are one moment.
 *
 * After fork(2) the child's copy serves from the shards that are there, unpinned; it makes none
 * (ECHILD). Errors: errno, as documented with each function. */
#pragma once
#include <glib.h>

#include "pool/memory.h"

#define SHARDS_SIZE_DEFAULT (G_GUINT64_CONSTANT (1) << 24)
#define SHARDS_MAX 65536u       /* most shards of a pool */

typedef struct _Shards Shards;

/* Zeros are defaults. */
typedef struct
{
  gsize size;                   /* bytes of a shard: a power of two, 64 to 2 GiB; 0: 16 MiB */
  guint max_shards;             /* one more is E2BIG; 0: 1024 */
  guint spare;                  /* empty shards that are kept; the others are given back at once */
  guint lanes;                  /* threads that should not share a shard if there are several: 1 to
                                 * 64, made a power of two; 0: 1. With shards_reserve(). */
  gboolean pin;                 /* pin each shard as it is made */
  guint sites;                  /* count references by site, 0 to SITES - 1: 8 bytes a block */
  PoolMemory memory;            /* no map: pool_memory_pages */
} ShardsOptions;

typedef struct
{
  guint index;                  /* stays the shard's until it is given back */
  guint references;
  gsize used;                   /* bytes from the start, live or not; 0 without references */
  gsize size;                   /* bytes for blocks: the shard's less 8 */
} ShardsRow;

typedef struct
{
  guint64 references, used;     /* sums of the rows */
  guint64 made, given_back;     /* shards ever; their difference is n_rows */
  guint64 refused;              /* allocations that failed for want of a shard */
  guint empty;                  /* rows without references */
  gboolean pinned;
  guint n_rows;
  ShardsRow rows[];
} ShardsStats;

/* A pool without shards; NULL with errno: EINVAL, ENOMEM. OPTIONS is copied. */
POOL_SCOPE Shards *shards_new (const ShardsOptions * options);

/* All blocks end with it. May be NULL. */
POOL_SCOPE void shards_free (Shards * pool);

/* SIZE bytes with one reference, counted for SITE. NULL with errno: EINVAL (no bytes, or more than
 * a shard has, or no such site), E2BIG (MAX_SHARDS), ECHILD, or what mapping or pinning a new shard
 * answered. What is held stays valid, and later releases make room. */
POOL_SCOPE gpointer shards_alloc (Shards * pool, gsize size, guint site);

/* One more reference to BLOCK, whose reference the caller has. Returns BLOCK. */
POOL_SCOPE gpointer shards_hold (Shards * pool, gpointer block);

/* Drops a reference. One too many ends the program. */
POOL_SCOPE void shards_release (Shards * pool, gpointer block);

/* Makes shards until there are N, and keeps that many empty ones from now on. FALSE with errno,
 * like shards_alloc(); those made so far stay. */
POOL_SCOPE gboolean shards_reserve (Shards * pool, guint n);

/* The pool at one moment. Allocations and releases wait meanwhile: a pass over the shards. The
 * caller frees it with g_free(). NULL: ECHILD. */
POOL_SCOPE ShardsStats *shards_stats (Shards * pool);

/* Adds up, in COUNTS[0..sites-1], the references by site: of shard INDEX, or of all for -1. Exact
 * when nobody allocates or releases; else each count may be one late for a thread at work. */
POOL_SCOPE void shards_count_sites (Shards * pool, gint index, guint64 * counts);
