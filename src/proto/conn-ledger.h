/* The book of a writer: who holds which block of which area. Knows clients, but no socket: what
 * there is to say to one is handed to TELL. One thread at a time. Internal to this room and to
 * models of it. */
#pragma once
#include "proto/conn-store.h"

/* A client. */
typedef struct
{
  GHashTable *held;             /* ConnBlock*, borrowed */
} ConnHolder;

/* Says COMMAND to HOLDER, with the PATH of a new area. FALSE: HOLDER could not take it, and has been
 * detached. */
typedef gboolean (*ConnTell) (gpointer user, ConnHolder * holder, const WireCommand * command,
    const gchar * path);

typedef struct
{
  ConnStore store;
  GPtrArray *holders;           /* ConnHolder*, borrowed, oldest first */
  guint n_outstanding;          /* blocks that somebody holds */
  gboolean space_freed;         /* set with each block that becomes free */
  ConnTell tell;
  gpointer user;
} ConnLedger;

void conn_ledger_init (ConnLedger * ledger, const ConnMemory * memory, ConnTell tell,
    gpointer user);
/* Nobody is attached any more. What was not sent ends with it, and so do all areas. */
void conn_ledger_clear (ConnLedger * ledger);

void conn_holder_init (ConnHolder * holder);
void conn_holder_clear (ConnHolder * holder);

/* Tells HOLDER of the current area; from here on it is told of blocks. FALSE: as TELL. */
gboolean conn_ledger_attach (ConnLedger * ledger, ConnHolder * holder);
/* HOLDER lets go of everything. It may have been detached before. */
void conn_ledger_detach (ConnLedger * ledger, ConnHolder * holder);

/* HOLDER does not need the block at OFFSET of AREA_ID any more. FALSE: it holds no such block. */
gboolean conn_ledger_ack (ConnLedger * ledger, ConnHolder * holder, gint32 area_id,
    guint64 offset);

/* As conn_writer_send() and conn_writer_resize(). */
gboolean conn_ledger_send (ConnLedger * ledger, ConnBlock * take_block);
gboolean conn_ledger_resize (ConnLedger * ledger, guint64 size, GError ** error);
