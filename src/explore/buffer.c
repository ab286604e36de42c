/* Store buffers: see buffer.h. */
#include "config.h"
#include "explore/buffer.h"

#include <string.h>

static gsize
size_of (guint how)
{
  return how >> 16 & 0xff;
}

static gboolean
is_sequential (guint how)
{
  return (how >> 8 & 0xff) == __ATOMIC_SEQ_CST;
}

/* A write of bytes is made by the code that follows, so that it cannot wait: it has size 0. */
gboolean
buffer_takes (guint how)
{
  ShmdiagKind kind = how & 0xff;

  if (kind == SHMDIAG_STORE)
    return !is_sequential (how);
  return kind == SHMDIAG_PLAIN_WRITE && size_of (how) > 0;
}

gboolean
buffer_is_drained_by (guint how)
{
  switch ((ShmdiagKind) (how & 0xff)) {
    case SHMDIAG_LOAD:
    case SHMDIAG_PLAIN_READ:
    case SHMDIAG_YIELD:
    case SHMDIAG_WAIT:
      return FALSE;
    case SHMDIAG_STORE:
    case SHMDIAG_PLAIN_WRITE:
      return !buffer_takes (how);
    case SHMDIAG_FENCE:
      return is_sequential (how);
    default:
      return TRUE;
  }
}

BufferedStore *
buffer_push (StoreBuffer * buffer, const gchar * site, guint how, volatile void *address,
    guint64 value)
{
  BufferedStore *store = &buffer->stores[buffer->n_stores++];

  g_assert (buffer->n_stores <= BUFFER_STORES);
  memset (store, 0, sizeof *store);
  store->site = site;
  store->how = how;
  store->address = (guint8 *) address;
#if G_BYTE_ORDER == G_BIG_ENDIAN
  value <<= 64 - size_of (how) * 8;
#endif
  memcpy (store->bytes, &value, sizeof store->bytes);
  return store;
}

gboolean
buffer_overlay (const StoreBuffer * buffer, gconstpointer address, gsize size, guint8 * bytes)
{
  gboolean found = FALSE;

  for (guint i = 0; i < buffer->n_stores; i++) {
    const BufferedStore *store = &buffer->stores[i];

    for (gsize k = 0; k < size; k++) {
      gsize offset = (const guint8 *) address + k - store->address;

      if (offset < size_of (store->how)) {
        bytes[k] = store->bytes[offset];
        found = TRUE;
      }
    }
  }
  return found;
}

BufferedStore
buffer_flush (StoreBuffer * buffer)
{
  BufferedStore store = buffer->stores[0];

  memcpy (store.address, store.bytes, size_of (store.how));
  buffer->n_stores--;
  memmove (&buffer->stores[0], &buffer->stores[1], buffer->n_stores * sizeof store);
  return store;
}
