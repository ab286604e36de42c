/* One of the models of writer.h: who detaches keeps what it holds. */
#include "config.h"
#include "models/writer.h"

static void
detach (ConnLedger * ledger, ConnHolder * holder)
{
  g_ptr_array_remove (ledger->holders, holder);
}

static void
set_up (void *data, unsigned n_threads)
{
  static const WriterCalls calls = {
    .ack = conn_ledger_ack,
    .detach = detach,
    .resize = conn_ledger_resize,
    .send = conn_ledger_send,
  };

  writer_set_up (data, &calls);
}

extern const ShmdiagModel model_writer_detach_keeps;
const ShmdiagModel model_writer_detach_keeps = WRITER ("writer-detach-keeps",
    "what a client held is not released when it detaches", set_up, "nothing-left");
