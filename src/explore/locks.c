/* Locks of a model: a small open hash table. */
#include "config.h"
#include "explore/locks.h"

#include <string.h>

void
locks_clear (EngineLocks * locks)
{
  if (locks->n_used)
    memset (locks, 0, sizeof *locks);
}

EngineLock *
locks_find (EngineLocks * locks, gconstpointer address)
{
  guint slot = ((guintptr) address >> 3) * 0x9e3779b1u >> 7;

  for (guint i = 0; i < ENGINE_LOCKS; i++) {
    EngineLock *lock = &locks->locks[(slot + i) % ENGINE_LOCKS];

    if (lock->address == address)
      return lock;
    if (!lock->address) {
      lock->address = address;
      locks->n_used++;
      return lock;
    }
  }
  return NULL;
}

gboolean
locks_can_take (const EngineLock * lock, gboolean shared)
{
  return !lock->writer && (shared || !lock->n_readers);
}

void
locks_take (EngineLock * lock, guint thread, gboolean shared, const gchar * site)
{
  lock->site = site;
  if (shared) {
    lock->readers[thread]++;
    lock->n_readers++;
  } else {
    lock->writer = thread + 1;
  }
}

gboolean
locks_release (EngineLock * lock, guint thread)
{
  if (lock->writer == thread + 1) {
    lock->writer = 0;
    return TRUE;
  }
  if (!lock->readers[thread])
    return FALSE;
  lock->readers[thread]--;
  lock->n_readers--;
  return TRUE;
}

const EngineLock *
locks_held_by (const EngineLocks * locks, guint thread)
{
  if (!locks->n_used)
    return NULL;
  for (guint i = 0; i < ENGINE_LOCKS; i++) {
    const EngineLock *lock = &locks->locks[i];

    if (lock->address && (lock->writer == thread + 1 || lock->readers[thread]))
      return lock;
  }
  return NULL;
}
