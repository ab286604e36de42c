/* Transactions: what becomes of a job when the file or the disk does not do. */
#include "config.h"
#include "watch/store/store-private.h"

#include "base/error.h"

/* Jobs that make one transaction where many come at once. */
#define GATHERED 2000

static void
roll_back (Store * store)
{
  store->n_gathered = 0;
  if (store->base.db && !sqlite3_get_autocommit (store->base.db))
    sqlite3_exec (store->base.db, "ROLLBACK", NULL, NULL, NULL);
}

static gboolean
begin (Store * store, GError ** error)
{
  if (store->base.db && store->n_gathered > 0 && !sqlite3_get_autocommit (store->base.db))
    return TRUE;
  return sql_run (&store->base,
      store->mode == STORE_WRITE ? SQL_BEGIN_WRITE : SQL_BEGIN_READ, error, "");
}

gboolean
store_gather_end (Store * store, GError ** error)
{
  if (store->n_gathered == 0)
    return TRUE;
  store->n_gathered = 0;
  if (sql_run (&store->base, SQL_COMMIT, error, ""))
    return TRUE;
  if (error && *error)
    (*error)->code = SHMDIAG_ERROR_FAILED;
  roll_back (store);
  return FALSE;
}

static gboolean
end (Store * store, GError ** error)
{
  if (store->gathers && store->mode == STORE_WRITE && ++store->n_gathered < GATHERED)
    return TRUE;
  store->n_gathered = 0;
  return sql_run (&store->base, SQL_COMMIT, error, "");
}

static gboolean
transact (Store * store, StoreJob job, gpointer data, GError ** error)
{
  if (begin (store, error) && job (store, data, error) && end (store, error))
    return TRUE;
  roll_back (store);
  return FALSE;
}

/* Whether it is worth to try again. PROBLEM may become another one. */
static gboolean
cure (Store * store, GError ** problem)
{
  g_autofree gchar *why = g_strdup ((*problem)->message);
  gboolean full = FALSE;

  if (store->mode != STORE_WRITE)
    return FALSE;
  if ((*problem)->code == SHMDIAG_ERROR_DAMAGED) {
    g_clear_error (problem);
    return store_begin_anew (store, why, problem);
  }
  if ((*problem)->code != SHMDIAG_ERROR_FULL || !rollup_is_full (store, &full, NULL) || !full)
    return FALSE;
  g_clear_error (problem);
  return transact (store, rollup_shrink_job, NULL, problem);
}

gboolean
store_run (Store * store, StoreJob job, gpointer data, GError ** error)
{
  g_autoptr (GError) problem = NULL;

  if (!store->base.db) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s: no store there any more",
        store->place.dir);
    return FALSE;
  }
  for (guint tries = 0; tries < 3; tries++) {
    g_clear_error (&problem);
    if (transact (store, job, data, &problem))
      return TRUE;
    if (!cure (store, &problem))
      break;
  }
  if (!problem)
    g_set_error (&problem, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s: no room", store->place.dir);
  if (problem->code >= SHMDIAG_ERROR_DAMAGED)
    problem->code = SHMDIAG_ERROR_FAILED;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}
