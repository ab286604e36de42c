/* One of the models of writer.h: an ACK is looked up in the newest area. */
#include "config.h"
#include "models/writer.h"

static gboolean
ack (ConnLedger * ledger, ConnHolder * holder, gint32 area_id, guint64 offset)
{
  return conn_ledger_ack (ledger, holder, ledger->store.current->id, offset);
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

extern const ShmdiagModel model_writer_ack_newest;
const ShmdiagModel model_writer_ack_newest = WRITER ("writer-ack-newest",
    "an ACK is looked up in the newest area only", set_up, "ack-exact");
