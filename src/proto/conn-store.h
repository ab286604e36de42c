/* What a writer has in shared memory: areas, and the blocks in them. Internal to this room. */
#pragma once
#include "proto/area.h"
#include "proto/conn-writer.h"

struct ConnBlock
{
  gint32 area_id;               /* with the offset its key */
  guint64 offset;
  guint64 size;
  ConnArea *area;
  guint n_holders;              /* clients that have not acknowledged it */
};

typedef struct
{
  ConnMemory memory;            /* of its areas */
  GHashTable *areas;            /* by id */
  ConnArea *current;
  gint32 last_area;             /* ids are never used again */
  GHashTable *blocks;           /* ConnBlock*, owned: sent and not yet sent */
} ConnStore;

void conn_store_init (ConnStore * store, const ConnMemory * memory);
void conn_store_clear (ConnStore * store);

/* Makes a new area the current one. The one before is still to be closed. */
gboolean conn_store_add_area (ConnStore * store, guint64 size, GError ** error);

/* As conn_writer_alloc(). */
ConnBlock *conn_store_alloc (ConnStore * store, guint64 size, GError ** error);
/* Moves a block that nobody holds to the current area, with its content. FALSE: no room there. */
gboolean conn_store_move (ConnStore * store, ConnBlock * block);
/* May end a closed area. */
void conn_store_free_block (ConnStore * store, ConnBlock * block);

/* A set of blocks (borrowed), found by area id and offset. */
GHashTable *conn_block_set_new (void);
