/* The pool at one moment. */
#include "config.h"
#include "pool/shards-private.h"

#include <string.h>

static void
add_row (ShardsStats * stats, guint index, guint64 word, gsize capacity)
{
  stats->rows[stats->n_rows++] = (ShardsRow) {
    .index = index,
    .references = references_of (word),
    .used = used_of (word),
    .size = capacity,
  };
  stats->references += references_of (word);
  stats->used += used_of (word);
  stats->empty += references_of (word) == 0;
}

/* Nobody changes a frozen word, and who found one frozen returns after the thaw only. So what is
 * read between the last freeze and the first thaw is one moment: it has each operation that
 * changed its word before, and those have no successor that is missing.
 * Acquire and release on the words, both times: they must pass on what releases of references
 * said (see take()). Release on FROZEN's flag, so that who sees a frozen word waits. */
static void
freeze_and_read (Shards * pool, ShardsStats * stats, guint n)
{
  atomic_store_explicit (&pool->frozen, 1, memory_order_release);
  for (guint i = 0; i < n; i++) {
    guint64 word = atomic_fetch_or_explicit (&pool->slots[i].word, FROZEN, memory_order_acq_rel);

    if (!(word & ABSENT))
      add_row (stats, i, word, pool->capacity);
  }
  for (guint i = 0; i < n; i++)
    atomic_fetch_and_explicit (&pool->slots[i].word, ~FROZEN, memory_order_acq_rel);
  atomic_store_explicit (&pool->frozen, 0, memory_order_release);
}

/* Under the lock no shard is made, so the rows suffice. */
ShardsStats *
shards_stats (Shards * pool)
{
  ShardsStats *stats;
  guint n;

  if (!shards_lock_growth (pool))
    return NULL;
  n = atomic_load_explicit (&pool->n_slots, memory_order_relaxed);
  stats = g_malloc0 (sizeof *stats + n * sizeof stats->rows[0]);
  freeze_and_read (pool, stats, n);
  stats->made = pool->made;
  stats->given_back = pool->made - stats->n_rows;
  stats->refused = pool->refused;
  stats->pinned = pool->options.pin;
  pthread_mutex_unlock (&pool->grow_lock);
  return stats;
}

void
shards_count_sites (Shards * pool, gint index, guint64 * counts)
{
  guint n = atomic_load_explicit (&pool->n_slots, memory_order_acquire);

  memset (counts, 0, pool->options.sites * sizeof *counts);
  for (guint i = 0; i < n; i++) {
    if (index >= 0 && i != (guint) index)
      continue;
    for (guint site = 0; site < pool->options.sites; site++)
      counts[site] += atomic_load_explicit (&pool->slots[i].sites[site], memory_order_relaxed);
  }
}
