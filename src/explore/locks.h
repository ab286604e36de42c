/* Who holds which lock, by its address: any static initialiser will do. */
#pragma once
#include <glib.h>

#include "explore/explore.h"

#define ENGINE_LOCKS 256

typedef struct
{
  gconstpointer address;        /* NULL: free */
  const gchar *site;            /* where it was taken last */
  guint8 writer;                /* thread + 1 */
  guint8 readers[SHMDIAG_MAX_THREADS];
  guint8 n_readers;
} EngineLock;

typedef struct
{
  EngineLock locks[ENGINE_LOCKS];
  guint n_used;
} EngineLocks;

void locks_clear (EngineLocks * locks);
/* NULL: there are more locks than the engine knows to keep. */
EngineLock *locks_find (EngineLocks * locks, gconstpointer address);
gboolean locks_can_take (const EngineLock * lock, gboolean shared);
void locks_take (EngineLock * lock, guint thread, gboolean shared, const gchar * site);
/* FALSE: THREAD does not hold it. */
gboolean locks_release (EngineLock * lock, guint thread);
/* A lock that THREAD holds, or NULL. */
const EngineLock *locks_held_by (const EngineLocks * locks, guint thread);
