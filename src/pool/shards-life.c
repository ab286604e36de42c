/* A pool's beginning and end. */
#include "config.h"
#include "pool/shards-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gboolean
options_are_valid (const ShardsOptions * options)
{
  return options->size >= 64 && options->size <= G_GUINT64_CONSTANT (1) << 31
      && (options->size & (options->size - 1)) == 0
      && options->max_shards <= SHARDS_MAX && options->lanes <= 64;
}

static ShardsOptions
with_defaults (const ShardsOptions * given)
{
  ShardsOptions options = *given;

  if (options.size == 0)
    options.size = SHARDS_SIZE_DEFAULT;
  if (options.max_shards == 0)
    options.max_shards = 1024;
  if (options.lanes <= 64)
    options.lanes = options.lanes <= 1 ? 1 : 1u << g_bit_storage (options.lanes - 1);
  if (!options.memory.map)
    options.memory = pool_memory_pages;
  return options;
}

void
shards_init (Shards * pool, const ShardsOptions * options, Slot * slots, Lane * lanes)
{
  pool->options = *options;
  pool->capacity = options->size - UNIT;
  pool->owner = getpid ();
  pool->slots = slots;
  pool->lanes = lanes;
  atomic_init (&pool->spare, options->spare);
  (void) pthread_mutex_init (&pool->grow_lock, NULL);
  for (guint i = 0; i < options->max_shards; i++)
    atomic_init (&slots[i].word, ABSENT);
}

static gpointer
new_zeroed_lines (gsize size)
{
  gpointer memory = aligned_alloc (LINE, (size + LINE - 1) / LINE * LINE);

  return memory ? memset (memory, 0, size) : NULL;
}

Shards *
shards_new (const ShardsOptions * given)
{
  ShardsOptions options = with_defaults (given);
  Shards *pool;
  Slot *slots;
  Lane *lanes;

  if (!options_are_valid (&options)) {
    errno = EINVAL;
    return NULL;
  }
  pool = new_zeroed_lines (sizeof *pool);
  slots = new_zeroed_lines (options.max_shards * sizeof *slots);
  lanes = new_zeroed_lines (options.lanes * sizeof *lanes);
  if (!pool || !slots || !lanes) {
    free (pool);
    free (slots);
    free (lanes);
    errno = ENOMEM;
    return NULL;
  }
  shards_init (pool, &options, slots, lanes);
  return pool;
}

void
shards_free (Shards * pool)
{
  if (!pool)
    return;
  for (guint i = 0; i < pool->options.max_shards; i++) {
    guint8 *base = atomic_load_explicit (&pool->slots[i].base, memory_order_relaxed);

    if (base)
      pool->options.memory.unmap (pool->options.memory.data, base, pool->options.size);
    g_free (pool->slots[i].sites);
  }
  (void) pthread_mutex_destroy (&pool->grow_lock);
  free (pool->slots);
  free (pool->lanes);
  free (pool);
}
