/* What the pool's own files share. */
#pragma once
#include "pool/shards.h"

/* The word: bits 0-31 bytes used, 32-61 references. A word may return to an earlier value between
 * a thread's look and its swap; that does no harm, as the value is all there is to know. */
#define ONE_REFERENCE (G_GUINT64_CONSTANT (1) << 32)
#define FROZEN (G_GUINT64_CONSTANT (1) << 62)   /* statistics are read: nobody changes it */
#define ABSENT (G_GUINT64_CONSTANT (1) << 63)   /* no memory; only the maker changes it */

/* Idle: bits 0-31 the number of empty shards, 32-63 how often one became empty. */
#define ONE_DRAIN (G_GUINT64_CONSTANT (1) << 32)

#define LINE 64                 /* bytes that processors pass to each other as one */
#define UNIT 8                  /* bytes to which blocks are rounded, and of the shard's head */

typedef struct
{
  _Alignas (LINE) _Atomic guint64 word;
  _Atomic (guint8 *) base;      /* NULL: free to become a shard */
  _Atomic guint32 *sites;       /* references by site; kept until the end */
} Slot;

typedef struct
{
  _Alignas (LINE) _Atomic guint slot;   /* where to look first */
} Lane;

struct _Shards
{
  ShardsOptions options;
  gsize capacity;               /* bytes for blocks in a shard */
  pid_t owner;
  Slot *slots;                  /* max_shards */
  Lane *lanes;
  _Alignas (LINE) _Atomic guint n_slots;        /* that were shards once */
  _Atomic guint frozen;         /* 1 while words are FROZEN */
  _Atomic guint spare;
  _Alignas (LINE) _Atomic guint64 idle;
  pthread_mutex_t grow_lock;    /* who makes shards or reads statistics; guards the rest */
  guint64 made, refused;
};

static inline guint
references_of (guint64 word)
{
  return (word >> 32) & 0x3fffffff;
}

static inline guint
used_of (guint64 word)
{
  return (guint32) word;
}

/* Takes the lock; FALSE: ECHILD. What was held by another thread at a fork is held for ever in the
 * child. */
POOL_SCOPE gboolean shards_lock_growth (Shards * pool);

/* POOL, SLOTS (max_shards) and LANES are zeroed; OPTIONS are complete and valid. */
POOL_SCOPE void shards_init (Shards * pool, const ShardsOptions * options, Slot * slots,
    Lane * lanes);
