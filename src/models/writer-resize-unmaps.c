/* One of the models of writer.h: the old area goes at once. */
#include "config.h"
#include "models/writer.h"

static gboolean
resize (ConnLedger * ledger, guint64 size, GError ** error)
{
  gint32 old_id = ledger->store.current->id;

  if (!conn_ledger_resize (ledger, size, error))
    return FALSE;
  g_hash_table_remove (ledger->store.areas, GINT_TO_POINTER (old_id));
  return TRUE;
}

static void
set_up (void *data, unsigned n_threads)
{
  static const WriterCalls calls = {
    .ack = conn_ledger_ack,
    .detach = conn_ledger_detach,
    .resize = resize,
    .send = conn_ledger_send,
  };

  writer_set_up (data, &calls);
}

extern const ShmdiagModel model_writer_resize_unmaps;
const ShmdiagModel model_writer_resize_unmaps = WRITER ("writer-resize-unmaps",
    "the old area is unmapped as soon as there is a new one", set_up, "area-mapped");
