#include "config.h"
#include "watch/store/sql.h"

#include "base/error.h"

#include <sys/resource.h>

/* Others may have the file open for a moment: a reader that ends, somebody's backup. */
#define BUSY_MS 2000

static const gchar *const texts[N_SQL] = {
  [SQL_BEGIN_READ] = "BEGIN",
  [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
  [SQL_COMMIT] = "COMMIT",
  [SQL_ROLLBACK] = "ROLLBACK",
  [SQL_PAGES] = "PRAGMA page_count",
  [SQL_FREE_PAGES] = "PRAGMA freelist_count",
  [SQL_SERIES_LIST] = "SELECT id, source, pool FROM series ORDER BY id",
  [SQL_SERIES_FIND] = "SELECT id FROM series WHERE source = ? AND pool = ?",
  [SQL_SERIES_ADD] = "INSERT INTO series (source, pool) VALUES (?, ?) RETURNING id",
  [SQL_SERIES_SEGMENT] = "UPDATE series SET segment = ?2 WHERE id = ?1",
  [SQL_SERIES_PRUNE] = "DELETE FROM series WHERE id NOT IN (SELECT series FROM segment)",
  [SQL_SEGMENT_CURRENT] =
      "SELECT g.id, g.began_us, g.last_us, g.boot_us, g.boot_id, g.instance, g.uptime, g.pins"
      " FROM series s JOIN segment g ON g.id = s.segment WHERE s.id = ?",
  [SQL_SEGMENT_FIND] =
      "SELECT id, began_us, last_us, boot_us, boot_id, instance, uptime, pins"
      " FROM segment WHERE series = ? AND began_us = ?",
  [SQL_SEGMENT_ADD] =
      "INSERT INTO segment (series, began_us, last_us, boot_us, boot_id, instance, uptime, pins)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
  [SQL_SEGMENT_UPDATE] =
      "UPDATE segment SET last_us = ?2, boot_us = ?3, boot_id = ?4, instance = ?5, uptime = ?6,"
      " pins = ?7 WHERE id = ?1",
  [SQL_SEGMENT_PRUNE] =
      "DELETE FROM segment WHERE id IN (SELECT id FROM segment WHERE last_us < ? LIMIT 1000)",
  [SQL_RAW_AT] = "SELECT 1 FROM raw WHERE time_us = ?",
  [SQL_RAW_SEEN] =
      "SELECT count(*) FROM raw r CROSS JOIN segment g ON g.id = r.segment"
      " CROSS JOIN series s ON s.id = r.series AND s.segment = g.id"
      " WHERE r.time_us >= ?1 AND r.time_us <= ?1",
  [SQL_RAW_ADD] =
      "INSERT OR IGNORE INTO raw (time_us, series, segment, boot_us, data) VALUES (?, ?, ?, ?, ?)",
  [SQL_RAW_OLDEST] = "SELECT min(time_us) FROM raw",
  [SQL_RAW_BETWEEN] =
      "SELECT series, segment, data FROM raw WHERE time_us >= ? AND time_us < ? ORDER BY time_us",
  [SQL_RAW_DROP] = "DELETE FROM raw WHERE time_us >= ? AND time_us < ?",
  [SQL_RAW_HISTORY] =
      "SELECT r.series, g.began_us, r.time_us, r.data"
      " FROM raw r CROSS JOIN segment g ON g.id = r.segment"
      " WHERE r.time_us >= ?1 AND (?2 = 0 OR r.series = ?2) ORDER BY r.time_us",
  [SQL_RAW_DUMP] =
      "SELECT r.time_us, s.source, s.pool, g.began_us, r.data, r.boot_us, g.boot_id, g.instance"
      " FROM raw r CROSS JOIN segment g ON g.id = r.segment CROSS JOIN series s ON s.id = r.series"
      " WHERE r.time_us >= ? ORDER BY r.time_us, r.boot_us, g.boot_id, s.source, s.pool",
  [SQL_HOUR_FIND] = "SELECT data FROM hour WHERE hour_us = ? AND series = ? AND segment = ?",
  [SQL_HOUR_ADD] =
      "INSERT OR IGNORE INTO hour (hour_us, series, segment, data) VALUES (?, ?, ?, ?)",
  [SQL_HOUR_SET] =
      "INSERT OR REPLACE INTO hour (hour_us, series, segment, data) VALUES (?, ?, ?, ?)",
  [SQL_HOUR_OLDEST] = "SELECT min(hour_us) FROM hour",
  [SQL_HOUR_DROP] = "DELETE FROM hour WHERE hour_us = ?",
  [SQL_HOUR_HISTORY] =
      "SELECT h.series, g.began_us, h.hour_us, h.data"
      " FROM hour h CROSS JOIN segment g ON g.id = h.segment"
      " WHERE h.hour_us > ?1 AND (?2 = 0 OR h.series = ?2) ORDER BY h.hour_us, g.began_us",
  [SQL_HOUR_DUMP] =
      "SELECT h.hour_us, s.source, s.pool, g.began_us, h.data, g.last_us, g.boot_id, g.instance"
      " FROM hour h CROSS JOIN segment g ON g.id = h.segment CROSS JOIN series s ON s.id = h.series"
      " WHERE h.hour_us > ? ORDER BY h.hour_us, g.boot_id, s.source, s.pool, g.began_us",
  [SQL_ALERT_LIST] = "SELECT key, value FROM alert",
  [SQL_ALERT_DROP] = "DELETE FROM alert",
  [SQL_ALERT_ADD] = "INSERT INTO alert (key, value) VALUES (?, ?)",
  [SQL_EVENT_LIST] = "SELECT time_us, text FROM event ORDER BY id DESC LIMIT ?",
  [SQL_EVENT_ADD] = "INSERT INTO event (time_us, text) VALUES (?, ?)",
  [SQL_EVENT_DROP] = "DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?",
};

/* --- errors --- */

gboolean
sql_set_damaged (const SqlBase * base, const gchar * what, GError ** error)
{
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_DAMAGED, "%s: damaged: %s", base->path, what);
  return FALSE;
}

/* All statements are our own and right for what we make: where SQLite finds an error in one
 * (SQLITE_ERROR), or a rule of a table broken, the file is to blame. So it is where the file may be
 * written and its header says that it must not. */
static gint
meaning_of (const SqlBase * base, gint extended)
{
  switch (extended & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
      return SHMDIAG_ERROR_DAMAGED;
    case SQLITE_READONLY:
      return extended == SQLITE_READONLY && base->writable ? SHMDIAG_ERROR_DAMAGED
          : SHMDIAG_ERROR_FAILED;
    case SQLITE_IOERR:
      return extended == SQLITE_IOERR_SHORT_READ ? SHMDIAG_ERROR_DAMAGED : SHMDIAG_ERROR_FAILED;
    case SQLITE_FULL:
      return SHMDIAG_ERROR_FULL;
    default:
      return SHMDIAG_ERROR_FAILED;
  }
}

/* "disk I/O error" is all that SQLite says when the system has refused a write. A limit on the size
 * of files is the likely reason where there is one. Caller frees. */
static gchar *
why (const SqlBase * base)
{
  const gchar *said = sqlite3_errmsg (base->db);
  struct rlimit size = {.rlim_cur = RLIM_INFINITY };

  if (sqlite3_extended_errcode (base->db) == SQLITE_IOERR_WRITE)
    getrlimit (RLIMIT_FSIZE, &size);
  if (size.rlim_cur == RLIM_INFINITY)
    return g_strdup (said);
  return g_strdup_printf ("%s: this process may write no file beyond %" G_GUINT64_FORMAT
      " bytes (ulimit -f)", said, (guint64) size.rlim_cur);
}

static gboolean
fail (const SqlBase * base, GError ** error)
{
  g_autofree gchar *reason = why (base);
  gint meaning = meaning_of (base, sqlite3_extended_errcode (base->db));

  if (meaning == SHMDIAG_ERROR_DAMAGED)
    return sql_set_damaged (base, sqlite3_errmsg (base->db), error);
  g_set_error (error, SHMDIAG_ERROR, meaning, "%s: %s", base->path, reason);
  return FALSE;
}

/* --- the database --- */

gboolean
sql_open (SqlBase * base, const gchar * path, GError ** error)
{
  const gint flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
      | SQLITE_OPEN_EXRESCODE;

  base->path = g_strdup (path);
  if (sqlite3_open_v2 (path, &base->db, flags, NULL) != SQLITE_OK) {
    fail (base, error);
    sql_close (base);
    return FALSE;
  }
  sqlite3_busy_timeout (base->db, BUSY_MS);
  sqlite3_db_config (base->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (base->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return TRUE;
}

void
sql_close (SqlBase * base)
{
  for (guint i = 0; i < N_SQL; i++)
    g_clear_pointer (&base->statements[i], sqlite3_finalize);
  g_clear_pointer (&base->db, sqlite3_close);
  g_clear_pointer (&base->path, g_free);
}

gboolean
sql_exec (SqlBase * base, const gchar * text, GError ** error)
{
  return sqlite3_exec (base->db, text, NULL, NULL, NULL) == SQLITE_OK || fail (base, error);
}

gboolean
sql_ask (SqlBase * base, const gchar * text, gint64 * out, GError ** error)
{
  sqlite3_stmt *statement = NULL;
  gint code = sqlite3_prepare_v2 (base->db, text, -1, &statement, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *out = sqlite3_column_int64 (statement, 0);
  else
    fail (base, error);
  sqlite3_finalize (statement);
  return code == SQLITE_ROW;
}

/* --- statements --- */

static gint
bind (sqlite3_stmt * statement, gint column, gchar type, va_list * args)
{
  const gchar *text;
  const GByteArray *bytes;

  switch (type) {
    case 'i':
      return sqlite3_bind_int64 (statement, column, va_arg (*args, gint64));
    case 't':
      text = va_arg (*args, const gchar *);
      return sqlite3_bind_text (statement, column, text, -1, SQLITE_TRANSIENT);
    default:
      bytes = va_arg (*args, const GByteArray *);
      return sqlite3_bind_blob (statement, column, bytes->data ? (gconstpointer) bytes->data : "",
          (gint) bytes->len, SQLITE_TRANSIENT);
  }
}

static gboolean
start_valist (SqlBase * base, Sql which, GError ** error, const gchar * types, va_list * args)
{
  sqlite3_stmt **statement = &base->statements[which];

  if (!*statement
      && sqlite3_prepare_v3 (base->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement,
          NULL) != SQLITE_OK)
    return fail (base, error);
  for (gint i = 0; types[i]; i++) {
    if (bind (*statement, i + 1, types[i], args) != SQLITE_OK)
      return fail (base, error);
  }
  return TRUE;
}

gboolean
sql_start (SqlBase * base, Sql which, GError ** error, const gchar * types, ...)
{
  va_list args;
  gboolean ok;

  va_start (args, types);
  ok = start_valist (base, which, error, types, &args);
  va_end (args);
  return ok;
}

gboolean
sql_next (SqlBase * base, Sql which, sqlite3_stmt ** row, GError ** error)
{
  sqlite3_stmt *statement = base->statements[which];
  gint code = sqlite3_step (statement);

  *row = code == SQLITE_ROW ? statement : NULL;
  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    fail (base, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

void
sql_stop (SqlBase * base, Sql which)
{
  sqlite3_reset (base->statements[which]);
}

gboolean
sql_run (SqlBase * base, Sql which, GError ** error, const gchar * types, ...)
{
  sqlite3_stmt *row;
  va_list args;
  gboolean ok;

  va_start (args, types);
  ok = start_valist (base, which, error, types, &args);
  va_end (args);
  return ok && sql_next (base, which, &row, error);
}

gboolean
sql_number (SqlBase * base, Sql which, gboolean * found, gint64 * out, GError ** error,
    const gchar * types, ...)
{
  sqlite3_stmt *row;
  va_list args;
  gboolean ok;

  va_start (args, types);
  ok = start_valist (base, which, error, types, &args);
  va_end (args);
  if (!ok || !sql_next (base, which, &row, error))
    return FALSE;
  *found = row && sqlite3_column_type (row, 0) != SQLITE_NULL;
  if (*found)
    *out = sqlite3_column_int64 (row, 0);
  sql_stop (base, which);
  return TRUE;
}

const gchar *
sql_text (sqlite3_stmt * row, gint column)
{
  return (const gchar *) sqlite3_column_text (row, column);
}
