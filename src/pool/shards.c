/* The pool. All that changes about a shard is in one word, so that each step is one compare and
 * swap: a reference and its bytes are taken together, and the last reference goes together with
 * the bytes. "Full" is no state, only too little room; a drained shard that was not started again,
 * or twice, cannot be written down. */
#include "config.h"
#include "pool/shards-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The word once statistics have been read. In a child made while words were frozen nobody thaws
 * them but who needs them. */
static guint64
thawed_word (Shards * pool, Slot * slot)
{
  if (getpid () != pool->owner)
    atomic_fetch_and_explicit (&slot->word, ~FROZEN, memory_order_acq_rel);
  else
    pool_wait_while (&pool->frozen, 1);
  return atomic_load_explicit (&slot->word, memory_order_acquire);
}

/* NEED bytes and a reference; NULL: no room.
 * Acquire: what is done with the block comes after all that was done with these bytes before. Each
 * release of a reference is a release operation, and no store but only swaps follow in that word
 * until the shard is made anew, so this swap sees them all. It also sees BASE.
 * Release here, acquire on looks: who finds no room because of this sees in IDLE what went before,
 * see take_for_sure(). */
static guint8 *
take (Shards * pool, Slot * slot, gsize need)
{
  guint64 word = atomic_load_explicit (&slot->word, memory_order_acquire);

  for (;;) {
    if (G_UNLIKELY (word & FROZEN)) {
      word = thawed_word (pool, slot);
      continue;
    }
    if ((word & ABSENT) || used_of (word) + need > pool->capacity)
      return NULL;
    if (atomic_compare_exchange_weak_explicit (&slot->word, &word, word + ONE_REFERENCE + need,
            memory_order_acq_rel, memory_order_acquire))
      break;
  }
  if (references_of (word) == 0)
    atomic_fetch_sub_explicit (&pool->idle, 1, memory_order_release);
  return atomic_load_explicit (&slot->base, memory_order_relaxed) + UNIT + used_of (word);
}

/* Looks everywhere once, from FIRST on. FOUND: the index of the slot. */
static guint8 *
take_anywhere (Shards * pool, gsize need, guint first, guint * found)
{
  guint n = atomic_load_explicit (&pool->n_slots, memory_order_acquire);

  for (guint i = 0; i < n; i++) {
    guint index = (first + i) % n;
    guint8 *block = take (pool, &pool->slots[index], need);

    if (block) {
      *found = index;
      return block;
    }
  }
  return NULL;
}

/* The same until no shard became empty, or was taken when empty, behind the back: NULL means that
 * there was no room for NEED, not that one looked in an unlucky order. Each repetition was another
 * thread's success. */
static guint8 *
take_for_sure (Shards * pool, gsize need, guint first, guint * found)
{
  guint64 before, after;
  guint8 *block;

  do {
    before = atomic_load_explicit (&pool->idle, memory_order_acquire);
    block = take_anywhere (pool, need, first, found);
    after = atomic_load_explicit (&pool->idle, memory_order_acquire);
  } while (!block && before != after);
  return block;
}

/* Memory for SLOT, pinned if wished; NULL with errno. The head is written before WORD lets anybody
 * in. */
static guint8 *
make_memory (Shards * pool, Slot * slot)
{
  const PoolMemory *memory = &pool->options.memory;
  guint8 *base;
  gint error;

  if (pool->options.sites > 0 && !slot->sites)
    slot->sites = g_new0 (_Atomic guint32, pool->options.sites);
  base = memory->map (memory->data, pool->options.size);
  if (!base)
    return NULL;
  error = pool->options.pin ? memory->pin (memory->data, base, pool->options.size) : 0;
  if (error != 0) {
    memory->unmap (memory->data, base, pool->options.size);
    errno = error;
    return NULL;
  }
  memcpy (base, &slot, sizeof slot);
  return base;
}

/* A slot without memory, under the lock; NULL: E2BIG. Acquire: its former memory is gone for good.
 * A shard that is being given back still has its memory, but its release was seen: to refuse now
 * would be to say that there was no room after there was. Its giver waits for nobody. */
static Slot *
free_slot (Shards * pool)
{
  for (guint i = 0; i < pool->options.max_shards; i++) {
    if (!atomic_load_explicit (&pool->slots[i].base, memory_order_acquire))
      return &pool->slots[i];
  }
  for (guint i = 0; i < pool->options.max_shards; i++) {
    Slot *slot = &pool->slots[i];
    guint8 *base = atomic_load_explicit (&slot->base, memory_order_acquire);

    if (base && !(atomic_load_explicit (&slot->word, memory_order_acquire) & ABSENT))
      continue;
    if (base)
      pool_wait_while (&slot->base, base);
    return slot;
  }
  errno = E2BIG;
  return NULL;
}

/* A shard that begins with WORD, under the lock. FOUND: its index. NULL with errno.
 * Release: who takes from it or finds its index sees its base, head and sites. */
static guint8 *
make_shard (Shards * pool, guint64 word, guint * found)
{
  Slot *slot = free_slot (pool);
  guint8 *base = slot ? make_memory (pool, slot) : NULL;

  if (!base)
    return NULL;
  *found = slot - pool->slots;
  pool->made++;
  atomic_store_explicit (&slot->base, base, memory_order_relaxed);
  if (word == 0)
    atomic_fetch_add_explicit (&pool->idle, ONE_DRAIN + 1, memory_order_release);
  atomic_store_explicit (&slot->word, word, memory_order_release);
  if (*found >= atomic_load_explicit (&pool->n_slots, memory_order_relaxed))
    atomic_store_explicit (&pool->n_slots, *found + 1, memory_order_release);
  return base;
}

gboolean
shards_lock_growth (Shards * pool)
{
  if (getpid () != pool->owner) {
    errno = ECHILD;
    return FALSE;
  }
  pthread_mutex_lock (&pool->grow_lock);
  return TRUE;
}

/* Who comes second finds what the first has made: one new shard, however many need one. */
static guint8 *
grow (Shards * pool, gsize need, guint * found)
{
  guint8 *block;

  if (!shards_lock_growth (pool))
    return NULL;
  block = take_for_sure (pool, need, 0, found);
  if (!block) {
    block = make_shard (pool, ONE_REFERENCE + need, found);
    if (block)
      block += UNIT;
    else
      pool->refused++;
  }
  pthread_mutex_unlock (&pool->grow_lock);
  return block;
}

/* Threads are numbered as they come, so that neighbours have different lanes. */
static Lane *
own_lane (Shards * pool)
{
  static _Atomic guint n_threads;
  static _Thread_local guint number;

  if (pool->options.lanes == 1)
    return pool->lanes;
  if (G_UNLIKELY (number == 0))
    number = 1 + atomic_fetch_add_explicit (&n_threads, 1, memory_order_relaxed);
  return &pool->lanes[number & (pool->options.lanes - 1)];
}

/* The lane's slot is a hint and nothing else: relaxed. */
static guint8 *
take_or_grow (Shards * pool, gsize need)
{
  Lane *lane = own_lane (pool);
  guint index = atomic_load_explicit (&lane->slot, memory_order_relaxed);
  guint8 *block = take (pool, &pool->slots[index], need);

  if (G_LIKELY (block != NULL))
    return block;
  block = take_anywhere (pool, need, index, &index);
  if (!block)
    block = grow (pool, need, &index);
  if (block)
    atomic_store_explicit (&lane->slot, index, memory_order_relaxed);
  return block;
}

static Slot *
slot_of (Shards * pool, gconstpointer block)
{
  guintptr base = (guintptr) block & ~(guintptr) (pool->options.size - 1);

  return *(Slot **) base;
}

/* Each block's site stands before it. Relaxed: the counts order nothing. */
static void
count_site (Shards * pool, gconstpointer block, gint change)
{
  guint64 site = ((const guint64 *) block)[-1];

  atomic_fetch_add_explicit (&slot_of (pool, block)->sites[site], change, memory_order_relaxed);
}

gpointer
shards_alloc (Shards * pool, gsize size, guint site)
{
  gsize head = pool->options.sites > 0 ? UNIT : 0;
  guint8 *block;

  if (G_UNLIKELY (size == 0 || size > pool->capacity - head
          || (head > 0 && site >= pool->options.sites))) {
    errno = EINVAL;
    return NULL;
  }
  block = take_or_grow (pool, (size + UNIT - 1) / UNIT * UNIT + head);
  if (!block || head == 0)
    return block;
  block += head;
  ((guint64 *) (gpointer) block)[-1] = site;
  count_site (pool, block, 1);
  return block;
}

/* Relaxed: the caller's own reference keeps all that matters as it is. */
gpointer
shards_hold (Shards * pool, gpointer block)
{
  Slot *slot = slot_of (pool, block);
  guint64 word = atomic_load_explicit (&slot->word, memory_order_relaxed);

  if (pool->options.sites > 0)
    count_site (pool, block, 1);
  do {
    while (word & FROZEN)
      word = thawed_word (pool, slot);
  } while (!atomic_compare_exchange_weak_explicit (&slot->word, &word, word + ONE_REFERENCE,
          memory_order_relaxed, memory_order_relaxed));
  return block;
}

/* Gives SLOT back if it is empty. Acquire: unmapping comes after all that was done with the blocks.
 * Release, on BASE: who makes it anew comes after unmapping. */
static gboolean
give_back (Shards * pool, Slot * slot)
{
  const PoolMemory *memory = &pool->options.memory;
  guint64 word = atomic_load_explicit (&slot->word, memory_order_relaxed);

  do {
    while (word & FROZEN)
      word = thawed_word (pool, slot);
    if (word != 0)
      return FALSE;
  } while (!atomic_compare_exchange_weak_explicit (&slot->word, &word, ABSENT,
          memory_order_acquire, memory_order_relaxed));
  atomic_fetch_sub_explicit (&pool->idle, 1, memory_order_relaxed);
  memory->unmap (memory->data, atomic_load_explicit (&slot->base, memory_order_relaxed),
      pool->options.size);
  atomic_store_explicit (&slot->base, NULL, memory_order_release);
  return TRUE;
}

/* The last first: what stays is found soonest. */
static gboolean
give_any_back (Shards * pool)
{
  for (guint i = atomic_load_explicit (&pool->n_slots, memory_order_acquire); i > 0; i--) {
    if (give_back (pool, &pool->slots[i - 1]))
      return TRUE;
  }
  return FALSE;
}

/* More shards are empty than shall be. */
static gboolean
too_many_empty (Shards * pool, guint64 idle)
{
  gint32 n_empty = (gint32) (guint32) idle;

  return n_empty > 0
      && (guint) n_empty > atomic_load_explicit (&pool->spare, memory_order_relaxed);
}

/* A shard became empty by the caller's hand. The number lags behind the words while threads are
 * between the two, in either direction. But whoever counts last sees no less than are empty, and
 * finds them, whichever they are: its own may be in use again. So at rest no more than SPARE stay.
 * Acquire: to find them. Release: for those who count later, and for take_for_sure(). */
static void
note_drain (Shards * pool)
{
  guint64 idle = atomic_fetch_add_explicit (&pool->idle, ONE_DRAIN + 1, memory_order_acq_rel) + 1;

  while (too_many_empty (pool, idle) && give_any_back (pool))
    idle = atomic_load_explicit (&pool->idle, memory_order_relaxed);
}

/* Release: what was done with the block comes before what the bytes' next owner does. */
void
shards_release (Shards * pool, gpointer block)
{
  Slot *slot = slot_of (pool, block);
  guint64 word = atomic_load_explicit (&slot->word, memory_order_relaxed);
  guint64 next;

  if (pool->options.sites > 0)
    count_site (pool, block, -1);
  do {
    while (G_UNLIKELY (word & FROZEN))
      word = thawed_word (pool, slot);
    if (G_UNLIKELY (references_of (word) == 0))
      g_error ("pool: a reference too many was dropped");
    next = references_of (word) == 1 ? 0 : word - ONE_REFERENCE;
  } while (!atomic_compare_exchange_weak_explicit (&slot->word, &word, next,
          memory_order_release, memory_order_relaxed));
  if (next == 0)
    note_drain (pool);
}

/* --- seldom --- */

static guint
count_present (Shards * pool)
{
  guint n = atomic_load_explicit (&pool->n_slots, memory_order_relaxed);
  guint present = 0;

  for (guint i = 0; i < n; i++) {
    guint64 word = atomic_load_explicit (&pool->slots[i].word, memory_order_relaxed);

    present += !(word & ABSENT);
  }
  return present;
}

gboolean
shards_reserve (Shards * pool, guint n)
{
  gboolean ok = TRUE;
  guint index;

  if (!shards_lock_growth (pool))
    return FALSE;
  if (atomic_load_explicit (&pool->spare, memory_order_relaxed) < n)
    atomic_store_explicit (&pool->spare, n, memory_order_relaxed);
  while (ok && count_present (pool) < n)
    ok = make_shard (pool, 0, &index) != NULL;
  /* Lanes begin apart from each other. */
  for (guint i = 0; i < pool->options.lanes && n > 0; i++)
    atomic_store_explicit (&pool->lanes[i].slot, i % MIN (n, pool->options.max_shards),
        memory_order_relaxed);
  pthread_mutex_unlock (&pool->grow_lock);
  return ok;
}
