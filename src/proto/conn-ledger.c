/* Who holds which block of which area. */
#include "config.h"
#include "proto/conn-ledger.h"

#include <string.h>

/* One client less has BLOCK. */
static void
release_block (ConnLedger * ledger, ConnBlock * block)
{
  if (--block->n_holders > 0)
    return;
  ledger->n_outstanding--;
  conn_store_free_block (&ledger->store, block);
  ledger->space_freed = TRUE;
}

/* --- clients --- */

void
conn_holder_init (ConnHolder * holder)
{
  holder->held = conn_block_set_new ();
}

void
conn_holder_clear (ConnHolder * holder)
{
  g_clear_pointer (&holder->held, g_hash_table_unref);
}

static gboolean
tell_area (ConnLedger * ledger, ConnHolder * holder)
{
  const ConnArea *area = ledger->store.current;
  const gchar *name = area->name ? area->name : "";
  const WireCommand command = {
    .type = WIRE_NEW_AREA,
    .area_id = area->id,
    .size = area->size,
    .path_size = (guint32) strlen (name) + 1,
  };

  return ledger->tell (ledger->user, holder, &command, name);
}

gboolean
conn_ledger_attach (ConnLedger * ledger, ConnHolder * holder)
{
  g_ptr_array_add (ledger->holders, holder);
  return tell_area (ledger, holder);
}

void
conn_ledger_detach (ConnLedger * ledger, ConnHolder * holder)
{
  GHashTableIter iter;
  gpointer block;

  g_hash_table_iter_init (&iter, holder->held);
  while (g_hash_table_iter_next (&iter, &block, NULL)) {
    g_hash_table_iter_steal (&iter);
    release_block (ledger, block);
  }
  g_ptr_array_remove (ledger->holders, holder);
}

gboolean
conn_ledger_ack (ConnLedger * ledger, ConnHolder * holder, gint32 area_id, guint64 offset)
{
  const ConnBlock key = {.area_id = area_id,.offset = offset };
  ConnBlock *block = g_hash_table_lookup (holder->held, &key);

  if (!block)
    return FALSE;
  g_hash_table_remove (holder->held, block);
  release_block (ledger, block);
  return TRUE;
}

/* --- blocks --- */

/* Tells everybody of BLOCK, and notes who has it. */
static void
announce_block (ConnLedger * ledger, ConnBlock * block)
{
  const WireCommand command = {
    .type = WIRE_NEW_BUFFER,
    .area_id = block->area_id,
    .offset = block->offset,
    .size = block->size,
  };

  /* Backwards, for a client that fails leaves the array. */
  for (guint i = ledger->holders->len; i-- > 0;) {
    ConnHolder *holder = g_ptr_array_index (ledger->holders, i);

    if (!ledger->tell (ledger->user, holder, &command, NULL))
      continue;
    block->n_holders++;
    g_hash_table_add (holder->held, block);
  }
}

gboolean
conn_ledger_send (ConnLedger * ledger, ConnBlock * take_block)
{
  ConnBlock *block = take_block;

  if (ledger->holders->len > 0 && block->area != ledger->store.current
      && !conn_store_move (&ledger->store, block))
    return FALSE;
  announce_block (ledger, block);
  if (block->n_holders > 0)
    ledger->n_outstanding++;
  else
    conn_store_free_block (&ledger->store, block);
  return TRUE;
}

/* --- areas --- */

gboolean
conn_ledger_resize (ConnLedger * ledger, guint64 size, GError ** error)
{
  ConnArea *old = ledger->store.current;
  const WireCommand close_old = {.type = WIRE_CLOSE_AREA,.area_id = old->id };

  if (size == old->size)
    return TRUE;
  if (!conn_store_add_area (&ledger->store, size, error))
    return FALSE;
  for (guint i = ledger->holders->len; i-- > 0;) {
    ConnHolder *holder = g_ptr_array_index (ledger->holders, i);

    if (ledger->tell (ledger->user, holder, &close_old, NULL))
      tell_area (ledger, holder);
  }
  conn_areas_close (ledger->store.areas, old);
  return TRUE;
}

/* --- life --- */

void
conn_ledger_init (ConnLedger * ledger, const ConnMemory * memory, ConnTell tell, gpointer user)
{
  *ledger = (ConnLedger) {.tell = tell,.user = user };
  conn_store_init (&ledger->store, memory);
  ledger->holders = g_ptr_array_new ();
}

void
conn_ledger_clear (ConnLedger * ledger)
{
  g_clear_pointer (&ledger->holders, g_ptr_array_unref);
  conn_store_clear (&ledger->store);
}
