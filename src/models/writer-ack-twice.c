/* One of the models of writer.h: an ACK gives up the use of its area twice. */
#include "config.h"
#include "models/writer.h"

static gboolean
ack (ConnLedger * ledger, ConnHolder * holder, gint32 area_id, guint64 offset)
{
  gboolean taken = conn_ledger_ack (ledger, holder, area_id, offset);
  ConnArea *area = conn_areas_find (ledger->store.areas, area_id);

  if (area && !area->closed)
    conn_areas_unuse (ledger->store.areas, area);
  return taken;
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

extern const ShmdiagModel model_writer_ack_twice;
const ShmdiagModel model_writer_ack_twice = WRITER ("writer-ack-twice",
    "an ACK gives up the use of its area twice", set_up, "freed-once");
