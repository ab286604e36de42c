/* Written anew from a description of the algorithm; what is wrong here is wrong on purpose. */
#include "config.h"
#include "pool/as-shipped/as-shipped-private.h"

#include <errno.h>
#include <string.h>

static ShippedShard *
shard_of (Shipped * pool, gconstpointer block)
{
  return (ShippedShard *) ((guintptr) block & ~(guintptr) (pool->options.size - 1));
}

/* Whoever comes here may do so while somebody else does, or has just been given a block. */
static void
recycle (ShippedShard * shard)
{
  atomic_store (&shard->head, 0);
  atomic_store (&shard->full, 0);
}

static void
drop_as_is (ShippedShard * shard)
{
  gboolean full = atomic_load (&shard->full);

  if (atomic_fetch_sub (&shard->references, 1) == 1 && full)
    recycle (shard);
}

static void
drop_decrement_first (ShippedShard * shard)
{
  if (atomic_fetch_sub (&shard->references, 1) == 1 && atomic_load (&shard->full))
    recycle (shard);
}

static void
drop_recheck (ShippedShard * shard)
{
  gboolean full = atomic_load (&shard->full);

  if (atomic_fetch_sub (&shard->references, 1) != 1)
    return;
  full = full || atomic_load (&shard->full);
  if (full && atomic_load (&shard->references) == 0)
    recycle (shard);
}

static void
drop_reference (Shipped * pool, ShippedShard * shard)
{
  static void (*const drops[]) (ShippedShard * shard) = {
    [SHIPPED_AS_IS] = drop_as_is,
    [SHIPPED_DECREMENT_FIRST] = drop_decrement_first,
    [SHIPPED_RECHECK] = drop_recheck,
  };

  drops[pool->options.variant] (shard);
}

static guint8 *
take (Shipped * pool, ShippedShard * shard, gsize need)
{
  guint64 head;

  if (atomic_load (&shard->full))
    return NULL;
  atomic_fetch_add (&shard->references, 1);
  head = atomic_fetch_add (&shard->head, need);
  if (head + need <= pool->capacity)
    return (guint8 *) shard + SHIPPED_HEAD + head;
  atomic_store (&shard->full, 1);
  drop_reference (pool, shard);
  return NULL;
}

/* Once around, from the hint on. */
static guint8 *
take_anywhere (Shipped * pool, gsize need)
{
  guint n = atomic_load_explicit (&pool->n_shards, memory_order_relaxed);
  guint hint = atomic_load_explicit (&pool->hint, memory_order_relaxed);

  for (guint i = 0; i < n; i++) {
    guint index = (hint + i) % n;
    ShippedShard *shard = atomic_load_explicit (&pool->slots[index], memory_order_relaxed);
    guint8 *block = take (pool, shard, need);

    if (!block)
      continue;
    if (index != hint)
      atomic_store_explicit (&pool->hint, index, memory_order_relaxed);
    return block;
  }
  return NULL;
}

/* Twice as many slots. Comes and goes with the list locked for reading. */
static void
grow_list (Shipped * pool)
{
  guint n = pool->n_slots;
  ShippedSlot *slots = g_new0 (ShippedSlot, 2 * n);

  pthread_rwlock_unlock (&pool->list_lock);
  pthread_rwlock_wrlock (&pool->list_lock);
  if (pool->n_slots == n) {
    ShippedSlot *old = pool->slots;

    memcpy (slots, old, n * sizeof *slots);
    pool->slots = slots;
    pool->n_slots = 2 * n;
    slots = old;
  }
  pthread_rwlock_unlock (&pool->list_lock);
  pthread_rwlock_rdlock (&pool->list_lock);
  g_free (slots);
}

static ShippedShard *
map_shard (Shipped * pool)
{
  const PoolMemory *memory = &pool->options.memory;
  ShippedShard *shard = memory->map (memory->data, pool->options.size);
  gint error;

  if (!shard)
    return NULL;
  error = pool->options.pin ? memory->pin (memory->data, shard, pool->options.size) : 0;
  if (error != 0) {
    memory->unmap (memory->data, shard, pool->options.size);
    errno = error;
    return NULL;
  }
  shard->pool = pool;
  atomic_init (&shard->references, 0);
  atomic_init (&shard->full, 0);
  atomic_init (&shard->head, 0);
  return shard;
}

/* Pays for a shard first and asks for a place then; whether room has appeared meanwhile nobody
 * asks. With the list locked for reading. */
static ShippedShard *
make_shard (Shipped * pool)
{
  ShippedShard *shard = map_shard (pool);

  while (shard) {
    guint n = atomic_load_explicit (&pool->n_shards, memory_order_relaxed);
    ShippedShard *none = NULL;

    if (n == pool->n_slots) {
      grow_list (pool);
    } else if (atomic_compare_exchange_strong (&pool->slots[n], &none, shard)) {
      atomic_store (&pool->n_shards, n + 1);
      atomic_store_explicit (&pool->hint, n, memory_order_relaxed);
      break;
    } else {
      sched_yield ();
    }
  }
  return shard;
}

gpointer
shipped_alloc (Shipped * pool, gsize size)
{
  gsize need = (size + SHIPPED_UNIT - 1) / SHIPPED_UNIT * SHIPPED_UNIT;
  guint8 *block = NULL;

  if (size == 0 || size > pool->capacity) {
    errno = EINVAL;
    return NULL;
  }
  atomic_fetch_add (&pool->references, 1);
  pthread_rwlock_rdlock (&pool->list_lock);
  do
    block = take_anywhere (pool, need);
  while (!block && make_shard (pool));
  pthread_rwlock_unlock (&pool->list_lock);
  if (!block)
    atomic_fetch_sub (&pool->references, 1);
  return block;
}

gpointer
shipped_hold (Shipped * pool, gpointer block)
{
  atomic_fetch_add (&shard_of (pool, block)->references, 1);
  atomic_fetch_add (&pool->references, 1);
  return block;
}

void
shipped_release (Shipped * pool, gpointer block)
{
  drop_reference (pool, shard_of (pool, block));
  atomic_fetch_sub (&pool->references, 1);
}

/* The shard can be found before it is marked as taken, and the list stays locked. */
gpointer
shipped_reserve (Shipped * pool, guint n)
{
  ShippedShard *shard;

  atomic_fetch_add (&pool->references, n);
  pthread_rwlock_rdlock (&pool->list_lock);
  shard = make_shard (pool);
  if (!shard) {
    atomic_fetch_sub (&pool->references, 1);
    return NULL;
  }
  atomic_store (&shard->references, n);
  atomic_store (&shard->full, 1);
  return (guint8 *) shard + SHIPPED_HEAD;
}

guint
shipped_count_rows (Shipped * pool)
{
  return atomic_load_explicit (&pool->n_shards, memory_order_relaxed);
}

/* The original writes on behind the end; here that is told instead. */
static gboolean
row_is_there (guint index, guint room)
{
  if (index < room)
    return TRUE;
#ifdef SHMDIAG_EXPLORE
  shmdiag_violation ("rows-in-bounds", "statistics: row %u of %u is written", index, room);
#endif
  return FALSE;
}

guint
shipped_fill_rows (Shipped * pool, ShippedRow * rows, guint room)
{
  guint i;

  for (i = 0; i < atomic_load_explicit (&pool->n_shards, memory_order_relaxed); i++) {
    ShippedShard *shard = atomic_load_explicit (&pool->slots[i], memory_order_relaxed);

    if (!row_is_there (i, room))
      break;
    rows[i].references = atomic_load_explicit (&shard->references, memory_order_relaxed);
    rows[i].used = atomic_load_explicit (&shard->head, memory_order_relaxed);
  }
  return i;
}

void
shipped_init (Shipped * pool, const ShippedOptions * options, ShippedSlot * slots)
{
  pool->options = *options;
  if (!pool->options.memory.map)
    pool->options.memory = pool_memory_pages;
  pool->capacity = options->size - SHIPPED_HEAD;
  (void) pthread_rwlock_init (&pool->list_lock, NULL);
  pool->slots = slots;
  pool->n_slots = options->slots;
}

Shipped *
shipped_new (const ShippedOptions * given)
{
  ShippedOptions options = *given;
  Shipped *pool = g_new0 (Shipped, 1);

  if (options.slots == 0)
    options.slots = 8;
  shipped_init (pool, &options, g_new0 (ShippedSlot, options.slots));
  return pool;
}

void
shipped_free (Shipped * pool)
{
  const PoolMemory *memory;

  if (!pool)
    return;
  memory = &pool->options.memory;
  for (guint i = 0; i < atomic_load (&pool->n_shards); i++)
    memory->unmap (memory->data, pool->slots[i], pool->options.size);
  (void) pthread_rwlock_destroy (&pool->list_lock);
  g_free (pool->slots);
  g_free (pool);
}
