/* What a writer has in shared memory: areas, and the blocks in them. */
#include "config.h"
#include "proto/conn-store.h"

#include "base/error.h"

#include <string.h>

/* --- blocks by area id and offset --- */

static guint
block_hash (gconstpointer data)
{
  const ConnBlock *block = data;
  guint64 key = block->offset / 8 + ((guint64) (guint32) block->area_id << 40);

  return (guint) ((key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32);
}

static gboolean
block_equal (gconstpointer a, gconstpointer b)
{
  const ConnBlock *one = a, *other = b;

  return one->offset == other->offset && one->area_id == other->area_id;
}

GHashTable *
conn_block_set_new (void)
{
  return g_hash_table_new (block_hash, block_equal);
}

guint8 *
conn_block_data (const ConnBlock * block)
{
  return block->area->data + block->offset;
}

guint64
conn_block_size (const ConnBlock * block)
{
  return block->size;
}

guint64
conn_block_offset (const ConnBlock * block)
{
  return block->offset;
}

gint32
conn_block_area (const ConnBlock * block)
{
  return block->area_id;
}

/* --- the store --- */

void
conn_store_init (ConnStore * store, const ConnMemory * memory)
{
  *store = (ConnStore) {.memory = *memory };
  store->areas = conn_areas_new ();
  store->blocks = g_hash_table_new_full (block_hash, block_equal, g_free, NULL);
}

void
conn_store_clear (ConnStore * store)
{
  store->current = NULL;
  g_clear_pointer (&store->blocks, g_hash_table_unref);
  g_clear_pointer (&store->areas, g_hash_table_unref);
}

gboolean
conn_store_add_area (ConnStore * store, guint64 size, GError ** error)
{
  ConnArea *area;

  if (store->last_area == G_MAXINT32) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT, "area: out of ids: %d", G_MAXINT32);
    return FALSE;
  }
  area = conn_area_create (store->last_area + 1, size, &store->memory, error);
  if (!area)
    return FALSE;
  store->last_area = area->id;
  store->current = area;
  conn_areas_add (store->areas, area);
  return TRUE;
}

/* Finds room for BLOCK in the current area; FALSE: there is none. */
static gboolean
place (ConnStore * store, ConnBlock * block)
{
  if (!conn_space_take (store->current->space, block->size, &block->offset))
    return FALSE;
  block->area = store->current;
  block->area_id = store->current->id;
  store->current->n_buffers++;
  g_hash_table_add (store->blocks, block);
  return TRUE;
}

ConnBlock *
conn_store_alloc (ConnStore * store, guint64 size, GError ** error)
{
  ConnBlock *block;

  if (size == 0 || size > store->current->size) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE, "block: never fits the area of %"
        G_GUINT64_FORMAT " bytes: %" G_GUINT64_FORMAT, store->current->size, size);
    return NULL;
  }
  block = g_new0 (ConnBlock, 1);
  block->size = size;
  if (place (store, block))
    return block;
  g_free (block);
  return NULL;
}

void
conn_store_free_block (ConnStore * store, ConnBlock * block)
{
  ConnArea *area = block->area;

  conn_space_give (area->space, block->offset, block->size);
  g_hash_table_remove (store->blocks, block);
  conn_areas_unuse (store->areas, area);
}

gboolean
conn_store_move (ConnStore * store, ConnBlock * block)
{
  ConnBlock *copy = conn_store_alloc (store, block->size, NULL);
  ConnBlock moved;

  if (!copy)
    return FALSE;
  memcpy (conn_block_data (copy), conn_block_data (block), block->size);
  /* They change places, so that the caller's block is the one that lives on. */
  g_hash_table_steal (store->blocks, copy);
  g_hash_table_steal (store->blocks, block);
  moved = *copy;
  *copy = *block;
  *block = moved;
  g_hash_table_add (store->blocks, block);
  g_hash_table_add (store->blocks, copy);
  conn_store_free_block (store, copy);
  return TRUE;
}
