/* One of the models of writer.h: a buffer is sent where it is, though its area is closed. */
#include "config.h"
#include "models/writer.h"

static gboolean
send (ConnLedger * ledger, ConnBlock * take_block)
{
  ConnArea *current = ledger->store.current;
  gboolean sent;

  ledger->store.current = conn_areas_find (ledger->store.areas, take_block->area_id);
  sent = conn_ledger_send (ledger, take_block);
  ledger->store.current = current;
  return sent;
}

static void
set_up (void *data, unsigned n_threads)
{
  static const WriterCalls calls = {
    .ack = conn_ledger_ack,
    .detach = conn_ledger_detach,
    .resize = conn_ledger_resize,
    .send = send,
  };

  writer_set_up (data, &calls);
}

extern const ShmdiagModel model_writer_send_stays;
const ShmdiagModel model_writer_send_stays = WRITER ("writer-send-stays",
    "a buffer is sent in an area that was closed before", set_up, "area-open");
