/* The algorithm of a well-known media proxy's pool, with its defects, and two mends that suggest
 * themselves and are wrong. For the explorer and for comparison: nobody should use it. */
#pragma once
#include <glib.h>

#include "pool/memory.h"

typedef struct _Shipped Shipped;

/* What the last release of a full shard looks at. */
typedef enum
{
  SHIPPED_AS_IS,                /* "full", then the references */
  SHIPPED_DECREMENT_FIRST,      /* the references, then "full" */
  SHIPPED_RECHECK,              /* "full" once more after the references, and these again; but who
                                 * has looked has not made it its own */
} ShippedVariant;

typedef struct
{
  gsize size;                   /* bytes of a shard, a power of two from 128 */
  guint slots;                  /* of the list of shards to begin with; 0: 8 */
  gboolean pin;
  ShippedVariant variant;
  PoolMemory memory;            /* no map: pool_memory_pages */
} ShippedOptions;

typedef struct
{
  guint references;
  guint64 used;
} ShippedRow;

POOL_SCOPE Shipped *shipped_new (const ShippedOptions * options);
POOL_SCOPE void shipped_free (Shipped * pool);

/* NULL with errno. SIZE: at most that of a shard less 64. */
POOL_SCOPE gpointer shipped_alloc (Shipped * pool, gsize size);
POOL_SCOPE gpointer shipped_hold (Shipped * pool, gpointer block);
POOL_SCOPE void shipped_release (Shipped * pool, gpointer block);

/* A shard for the caller alone, with N references. NULL with errno. Does not unlock the list. */
POOL_SCOPE gpointer shipped_reserve (Shipped * pool, guint n);

/* How many rows to make room for, and the rows. The second looks at the number again. */
POOL_SCOPE guint shipped_count_rows (Shipped * pool);
POOL_SCOPE guint shipped_fill_rows (Shipped * pool, ShippedRow * rows, guint room);
