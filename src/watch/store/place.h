/* Where a store is: a directory that nobody else can write, and a lock in it. */
#pragma once
#include "watch/store/store.h"

#define PLACE_FILE "poolwatch.db"
#define PLACE_LOCK "poolwatch.lock"
/* Of damaged stores that were set aside this many are kept. */
#define PLACE_N_DAMAGED 3

typedef struct
{
  gchar *dir;                   /* absolute, without symbolic links */
  gint fd;                      /* of the directory */
  gint lock_fd;                 /* -1: only reading */
  gboolean was_unclean;         /* whoever wrote last did not come to its end */
} Place;

/* Opens DIR; with STORE_WRITE it is made where it is not there, and locked. FALSE with ERROR of
 * SHMDIAG_ERROR; PLACE may be partly filled and is to be closed all the same. */
gboolean place_open (Place * place, const gchar * dir, StoreMode mode, GError ** error);
/* Gives back the lock; CLEAN: nothing was left undone. */
void place_close (Place * place, gboolean clean);

/* Whether the files of the store are ours, as far as they are there, and no links. With MAKE the
 * database is made, empty and for nobody else, when it is not there. */
gboolean place_check_files (const Place * place, gboolean make, GError ** error);

/* Renames the files of the store, and removes those that were set aside long ago. The new name of
 * the database, within the directory; NULL with ERROR. Caller frees. */
gchar *place_set_aside (const Place * place, GError ** error);
