/* Total store order: what the engine does with store buffers. */
#include "config.h"
#include "explore/engine.h"

#include <string.h>

guint64
engine_see (const Engine * engine, guint thread, gconstpointer p, gsize size, gboolean * buffered)
{
  guint8 bytes[8] = { 0 };
  guint64 value;
  gboolean found = FALSE;

  memcpy (bytes, p, size);
  if (engine->buffered & 1u << thread)
    found = buffer_overlay (&engine->buffers[thread], p, size, bytes);
  if (buffered)
    *buffered = found;
  memcpy (&value, bytes, sizeof value);
  return size ? GUINT64_FROM_LE (value) : 0;
}

/* The step that THREAD stands before waits until its buffer has been flushed, or has room. */
static gboolean
waits (const Engine * engine, const EngineThread * thread)
{
  guint n = engine->buffers[thread->index].n_stores;

  if (buffer_takes (thread->how))
    return n == BUFFER_STORES;
  return n > 0 && buffer_is_drained_by (thread->how);
}

/* What the buffers hold, as bits and for who wants to know where a flush comes from. */
static void
note_buffer (Engine * engine, guint thread)
{
  const StoreBuffer *buffer = &engine->buffers[thread];
  guint bit = 1u << thread;

  engine->buffered &= ~bit;
  if (buffer->n_stores) {
    engine->buffered |= bit;
    engine->threads[ENGINE_BUFFERS + thread].site = buffer->stores[0].site;
  }
}

void
engine_tso_begin (Engine * engine)
{
  engine->buffered = engine->draining = 0;
  for (guint i = 0; i < engine->n_threads; i++) {
    engine->buffers[i].n_stores = 0;
    engine->threads[ENGINE_BUFFERS + i].site = NULL;
  }
}

void
engine_tso_point (Engine * engine, const EngineThread * thread)
{
  if (waits (engine, thread))
    engine->draining |= 1u << thread->index;
}

gboolean
engine_tso_takes (const Engine * engine, guint how)
{
  return engine->memory == ENGINE_TSO && buffer_takes (how);
}

void
engine_tso_store (Engine * engine, volatile void *p, guint64 value)
{
  const EngineThread *thread = &engine->threads[engine->current];
  guint order = thread->how >> 8 & 0xff;
  BufferedStore *store = buffer_push (&engine->buffers[thread->index], thread->site, thread->how,
      p, value);

  /* Others learn of it when they see the store; what it tells is decided now. */
  if ((thread->how & 0xff) == SHMDIAG_STORE && order == __ATOMIC_RELEASE
      && races_are_watched (engine->races))
    store->clock = races_begin_release (engine->races, thread->index);
  note_buffer (engine, thread->index);
  if (engine->recording)
    engine->trace[engine->n_steps - 1].buffered = TRUE;
}

static void
record_flush (Engine * engine, guint thread, const BufferedStore * store, guint64 before)
{
  gsize size = store->how >> 16 & 0xff;

  engine->trace[engine->n_steps - 1] = (EngineStep) {
    .site = store->site,.how = (store->how & ~0xffu) | SHMDIAG_FLUSH,.thread = thread,
    .address = store->address,.before = before,
    .after = engine_see (engine, engine->n_threads, store->address, size, NULL)
  };
}

void
engine_tso_flush (Engine * engine, guint thread)
{
  StoreBuffer *buffer = &engine->buffers[thread];
  const BufferedStore *oldest = &buffer->stores[0];
  guint64 before = engine_see (engine, engine->n_threads, oldest->address,
      oldest->how >> 16 & 0xff, NULL);
  BufferedStore store = buffer_flush (buffer);

  note_buffer (engine, thread);
  if (!waits (engine, &engine->threads[thread]))
    engine->draining &= ~(1u << thread);
  races_end_release (engine->races, store.address, &store.clock);
  if (engine->recording)
    record_flush (engine, thread, &store, before);
}
