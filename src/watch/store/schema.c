/* The tables, and the way from each version of them to the next. */
#include "config.h"
#include "watch/store/store-private.h"

#include "base/error.h"

/* "pool", in the header of the file. */
#define APPLICATION_ID 0x706f6f6c

/* No release will have made so many changes: such a version is damage. */
#define MAX_VERSION 255

/* A series is a pool over time; they are few enough to do without an index, which could disagree
 * with the table. A segment is the part of a series in which numbers can be compared; its last
 * sample is known, so that the next need not read any. Blobs are as in pack.h. The samples of one
 * moment lie beside each other: writing them touches one page. */
static const gchar *const steps[] = {
  "CREATE TABLE series ("
      " id INTEGER PRIMARY KEY, source TEXT NOT NULL, pool TEXT NOT NULL, segment INTEGER);"
  "CREATE TABLE segment ("
      " id INTEGER PRIMARY KEY, series INTEGER NOT NULL, began_us INTEGER NOT NULL,"
      " last_us INTEGER NOT NULL, boot_us INTEGER NOT NULL, boot_id TEXT, instance TEXT,"
      " uptime INTEGER NOT NULL, pins INTEGER NOT NULL, UNIQUE (series, began_us));"
  "CREATE TABLE raw ("
      " time_us INTEGER NOT NULL, series INTEGER NOT NULL, segment INTEGER NOT NULL,"
      " boot_us INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (time_us, series))"
      " WITHOUT ROWID;"
  "CREATE TABLE hour ("
      " hour_us INTEGER NOT NULL, series INTEGER NOT NULL, segment INTEGER NOT NULL,"
      " data BLOB NOT NULL, PRIMARY KEY (hour_us, series, segment)) WITHOUT ROWID;"
  "CREATE TABLE alert (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE event (id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, text TEXT NOT NULL);",
};

typedef struct
{
  gint64 application, version, n_objects;
} Found;

static gboolean
look (Store * store, Found * found, GError ** error)
{
  return sql_ask (&store->base, "PRAGMA application_id", &found->application, error)
      && sql_ask (&store->base, "PRAGMA user_version", &found->version, error)
      && sql_ask (&store->base, "SELECT count(*) FROM sqlite_schema", &found->n_objects, error);
}

static gboolean
is_new (const Found * found)
{
  return found->application == 0 && found->version == 0 && found->n_objects == 0;
}

static gboolean
set_pragmas (Store * store, GError ** error)
{
  g_autofree gchar *text = g_strdup_printf ("PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;"
      "PRAGMA synchronous = %s; PRAGMA max_page_count = %" G_GINT64_FORMAT ";"
      "PRAGMA journal_size_limit = 4194304; PRAGMA cell_size_check = ON; PRAGMA query_only = %s",
      store->in_haste ? "OFF" : "FULL", store->max_pages,
      store->mode == STORE_READ ? "ON" : "OFF");

  return sql_exec (&store->base, text, error);
}

/* Both are kept in the file, and can only be chosen before anything is in it. */
static gboolean
choose_layout (Store * store, GError ** error)
{
  return sql_exec (&store->base, "PRAGMA page_size = " G_STRINGIFY (STORE_PAGE_SIZE)
      "; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL", error);
}

/* Somebody may have changed it by hand; no news is good. */
static gboolean
keep_journal (Store * store, GError ** error)
{
  sqlite3_stmt *statement = NULL;
  gboolean is_wal = FALSE;

  if (sqlite3_prepare_v2 (store->base.db, "PRAGMA journal_mode", -1, &statement, NULL) == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW)
    is_wal = g_strcmp0 (sql_text (statement, 0), "wal") == 0;
  sqlite3_finalize (statement);
  return is_wal || sql_exec (&store->base, "PRAGMA journal_mode = WAL", error);
}

static gboolean
migrate (Store * store, gint64 version, GError ** error)
{
  g_autofree gchar *end = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %u;"
      "COMMIT", APPLICATION_ID, (guint) G_N_ELEMENTS (steps));

  if (!sql_exec (&store->base, "BEGIN IMMEDIATE", error))
    return FALSE;
  for (gsize i = (gsize) version; i < G_N_ELEMENTS (steps); i++) {
    if (!sql_exec (&store->base, steps[i], error))
      goto undo;
  }
  if (sql_exec (&store->base, end, error))
    return TRUE;
undo:
  sqlite3_exec (store->base.db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

static gboolean
refuse (const Store * store, const gchar * what, GError ** error)
{
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s: %s", store->base.path, what);
  return FALSE;
}

gboolean
schema_prepare (Store * store, GError ** error)
{
  const gint64 known = G_N_ELEMENTS (steps);
  Found found = { 0 };

  if (!set_pragmas (store, error) || !look (store, &found, error))
    return FALSE;
  if (is_new (&found)) {
    if (store->mode == STORE_READ)
      return refuse (store, "nothing was stored yet", error);
    return choose_layout (store, error) && migrate (store, 0, error);
  }
  if (found.application != APPLICATION_ID || found.version < 1 || found.version > MAX_VERSION)
    return sql_set_damaged (&store->base, "not a store of poolwatch", error);
  if (found.version > known)
    return refuse (store, "made by a later release of poolwatch", error);
  if (store->mode == STORE_READ)
    return found.version == known
        || refuse (store, "made by an earlier release; the next check brings it up to date", error);
  return keep_journal (store, error)
      && (found.version == known || migrate (store, found.version, error));
}
