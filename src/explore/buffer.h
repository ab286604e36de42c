/* Store buffers, one a thread, for total store order: a store waits in the buffer of its thread,
 * which alone sees it there, until it is flushed. First in, first out. */
#pragma once
#include "explore/race.h"

/* A thread with so many stores in its buffer waits before the next one. */
#define BUFFER_STORES 8

typedef struct
{
  const gchar *site;
  guint how;                    /* of the store */
  guint8 *address;
  guint8 bytes[8];
  EngineClock clock;            /* of its thread, when it has a release to tell */
} BufferedStore;

typedef struct
{
  BufferedStore stores[BUFFER_STORES];  /* the oldest first */
  guint n_stores;
} StoreBuffer;

/* Whether a store of this kind goes to the buffer. */
gboolean buffer_takes (guint how);
/* Whether an operation of this kind waits until the buffer is empty. */
gboolean buffer_is_drained_by (guint how);

/* There is room. */
BufferedStore *buffer_push (StoreBuffer * buffer, const gchar * site, guint how,
    volatile void *address, guint64 value);
/* BYTES, SIZE of them as they stand at ADDRESS in memory, become what the thread sees. TRUE: the
 * buffer has some of them. */
gboolean buffer_overlay (const StoreBuffer * buffer, gconstpointer address, gsize size,
    guint8 * bytes);
/* The oldest store goes to memory. */
BufferedStore buffer_flush (StoreBuffer * buffer);
