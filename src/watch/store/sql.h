/* The statements of the store, each prepared when it is used first, and what SQLite's errors mean
 * to us. */
#pragma once
#include "watch/store/store.h"

#include <sqlite3.h>

typedef enum
{
  SQL_BEGIN_READ,
  SQL_BEGIN_WRITE,
  SQL_COMMIT,
  SQL_ROLLBACK,
  SQL_PAGES,
  SQL_FREE_PAGES,
  SQL_SERIES_LIST,
  SQL_SERIES_FIND,
  SQL_SERIES_ADD,
  SQL_SERIES_SEGMENT,
  SQL_SERIES_PRUNE,
  SQL_SEGMENT_CURRENT,
  SQL_SEGMENT_FIND,
  SQL_SEGMENT_ADD,
  SQL_SEGMENT_UPDATE,
  SQL_SEGMENT_PRUNE,
  SQL_RAW_AT,
  SQL_RAW_SEEN,
  SQL_RAW_ADD,
  SQL_RAW_OLDEST,
  SQL_RAW_BETWEEN,
  SQL_RAW_DROP,
  SQL_RAW_HISTORY,
  SQL_RAW_DUMP,
  SQL_HOUR_FIND,
  SQL_HOUR_ADD,
  SQL_HOUR_SET,
  SQL_HOUR_OLDEST,
  SQL_HOUR_DROP,
  SQL_HOUR_HISTORY,
  SQL_HOUR_DUMP,
  SQL_ALERT_LIST,
  SQL_ALERT_DROP,
  SQL_ALERT_ADD,
  SQL_EVENT_LIST,
  SQL_EVENT_ADD,
  SQL_EVENT_DROP,
  N_SQL
} Sql;

typedef struct
{
  sqlite3 *db;                  /* NULL: closed */
  gchar *path;                  /* for errors */
  gboolean writable;            /* the file is, as far as its mode goes */
  sqlite3_stmt *statements[N_SQL];
} SqlBase;

/* Opens the database PATH. FALSE with ERROR; then it is closed. */
gboolean sql_open (SqlBase * base, const gchar * path, GError ** error);
/* May be called twice. */
void sql_close (SqlBase * base);

/* Runs TEXT, some statements without results. */
gboolean sql_exec (SqlBase * base, const gchar * text, GError ** error);
/* The first number of the first row of TEXT. */
gboolean sql_ask (SqlBase * base, const gchar * text, gint64 * out, GError ** error);

/* Binds values to the statement WHICH, one for each letter of TYPES: "i" gint64, "t" text (may be
 * NULL), "b" GByteArray. The rows are to be fetched with sql_next(). */
gboolean sql_start (SqlBase * base, Sql which, GError ** error, const gchar * types, ...);
/* The next row of WHICH; *ROW is NULL after the last. Columns are valid until the next call. */
gboolean sql_next (SqlBase * base, Sql which, sqlite3_stmt ** row, GError ** error);
/* Ends WHICH before its last row. */
void sql_stop (SqlBase * base, Sql which);

/* sql_start() for statements without rows. */
gboolean sql_run (SqlBase * base, Sql which, GError ** error, const gchar * types, ...);
/* The first column of the first row; *FOUND says whether there was one that is not NULL. */
gboolean sql_number (SqlBase * base, Sql which, gboolean * found, gint64 * out, GError ** error,
    const gchar * types, ...);

/* NULL: the column is. Borrowed until the next row. */
const gchar *sql_text (sqlite3_stmt * row, gint column);

/* "FILE: damaged: WHAT". */
gboolean sql_set_damaged (const SqlBase * base, const gchar * what, GError ** error);
