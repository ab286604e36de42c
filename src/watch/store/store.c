#include "config.h"
#include "watch/store/store-private.h"

#include "base/error.h"

#include <unistd.h>

#define RAW_US (7 * 24 * STORE_HOUR_US)
#define ROLLED_US (2 * 366 * 24 * STORE_HOUR_US)

/* Of the problems that quick_check finds the first says enough. */
static gboolean
check_whole (Store * store, GError ** error)
{
  sqlite3_stmt *statement = NULL;
  gint code = sqlite3_prepare_v2 (store->base.db, "PRAGMA quick_check(1)", -1, &statement, NULL);
  g_autofree gchar *said = NULL;

  if (code == SQLITE_OK && sqlite3_step (statement) == SQLITE_ROW)
    said = g_strdup (sql_text (statement, 0));
  sqlite3_finalize (statement);
  if (g_strcmp0 (said, "ok") == 0)
    return TRUE;
  g_strdelimit (said, "\n", ' ');
  return sql_set_damaged (&store->base, said ? said : sqlite3_errmsg (store->base.db), error);
}

/* Reading all of it is too much for every run: only after one that did not come to its end. */
static gboolean
open_base (Store * store, GError ** error)
{
  g_autofree gchar *path = g_build_filename (store->place.dir, PLACE_FILE, NULL);

  store->base.writable = access (path, W_OK) == 0;
  return sql_open (&store->base, path, error) && schema_prepare (store, error)
      && (!store->place.was_unclean || check_whole (store, error));
}

/* The inner codes are none for others. */
static void
hand_over (GError ** error, GError * problem)
{
  if (problem->code >= SHMDIAG_ERROR_DAMAGED)
    problem->code = SHMDIAG_ERROR_FAILED;
  g_propagate_error (error, problem);
}

gboolean
store_begin_anew (Store * store, const gchar * why, GError ** error)
{
  g_autofree gchar *aside = NULL;

  sql_close (&store->base);
  store->n_gathered = 0;
  store->place.was_unclean = FALSE;
  aside = place_set_aside (&store->place, error);
  if (!aside)
    return FALSE;
  g_free (store->notice);
  store->notice = g_strdup_printf ("%s (set aside as %s, a new one is begun)", why, aside);
  return place_check_files (&store->place, TRUE, error) && open_base (store, error);
}

static gboolean
open_or_begin (Store * store, GError ** error)
{
  g_autoptr (GError) problem = NULL;
  gboolean ok = place_check_files (&store->place, store->mode == STORE_WRITE, &problem)
      && open_base (store, &problem);

  if (!ok && problem->code == SHMDIAG_ERROR_DAMAGED && store->mode == STORE_WRITE) {
    g_autofree gchar *why = g_strdup (problem->message);

    g_clear_error (&problem);
    ok = store_begin_anew (store, why, &problem);
  }
  if (!ok)
    hand_over (error, g_steal_pointer (&problem));
  return ok;
}

Store *
store_open_bounded (const gchar * dir, StoreMode mode, gint64 max_pages, gboolean in_haste,
    GError ** error)
{
  Store *store = g_new0 (Store, 1);

  store->mode = mode;
  store->max_pages = max_pages;
  store->in_haste = in_haste;
  store->raw_us = RAW_US;
  store->rolled_us = ROLLED_US;
  if (place_open (&store->place, dir, mode, error) && open_or_begin (store, error))
    return store;
  store_close (store);
  return NULL;
}

Store *
store_open (const gchar * dir, StoreMode mode, GError ** error)
{
  return store_open_bounded (dir, mode, STORE_MAX_PAGES, FALSE, error);
}

void
store_close (Store * store)
{
  gboolean was_open;

  if (!store)
    return;
  was_open = store->base.db != NULL;
  if (was_open)
    store_gather_end (store, NULL);
  sql_close (&store->base);
  /* Where it could not be opened, whoever comes next still has to look. */
  place_close (&store->place, was_open || !store->place.was_unclean);
  g_free (store->notice);
  g_free (store);
}

const gchar *
store_notice (const Store * store)
{
  return store->notice;
}

void
store_set_retention (Store * store, gint64 raw_seconds, gint64 rolled_seconds)
{
  const gint64 most = G_MAXINT64 / 4 / G_USEC_PER_SEC;

  store->raw_us = CLAMP (raw_seconds, 0, most) * G_USEC_PER_SEC;
  store->rolled_us = CLAMP (rolled_seconds, 0, most) * G_USEC_PER_SEC;
}
