/* One of the models of writer.h: the first ACK frees, whoever else holds the buffer. */
#include "config.h"
#include "models/writer.h"

static gboolean
ack (ConnLedger * ledger, ConnHolder * holder, gint32 area_id, guint64 offset)
{
  const ConnBlock key = {.area_id = area_id,.offset = offset };
  ConnBlock *block = g_hash_table_lookup (holder->held, &key);

  if (!block)
    return FALSE;
  g_hash_table_remove (holder->held, block);
  ledger->n_outstanding--;
  conn_store_free_block (&ledger->store, block);
  return TRUE;
}

static void
set_up (void *data, unsigned n_threads)
{
  static const WriterCalls calls = {
    .ack = ack,
    .detach = conn_ledger_detach,
    .resize = conn_ledger_resize,
    .send = conn_ledger_send,
  };

  writer_set_up (data, &calls);
}

extern const ShmdiagModel model_writer_ack_frees;
const ShmdiagModel model_writer_ack_frees = WRITER ("writer-ack-frees",
    "the first of two ACKs frees the buffer", set_up, "held-bytes");
