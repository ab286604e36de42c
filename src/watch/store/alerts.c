/* How far each alert is, and what happened. */
#include "config.h"
#include "watch/store/store-private.h"

#include <string.h>

/* Events beyond these go; so do the ends of overlong ones. */
#define MAX_EVENTS 4000
#define MAX_EVENT_BYTES 1024

/* --- alerts --- */

static gboolean
list_alerts_job (Store * store, gpointer data, GError ** error)
{
  GHashTable *alerts = data;
  sqlite3_stmt *row = NULL;

  g_hash_table_remove_all (alerts);
  if (!sql_start (&store->base, SQL_ALERT_LIST, error, ""))
    return FALSE;
  for (;;) {
    if (!sql_next (&store->base, SQL_ALERT_LIST, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    if (sql_text (row, 0))
      g_hash_table_insert (alerts, g_strdup (sql_text (row, 0)),
          g_bytes_new (sqlite3_column_blob (row, 1), (gsize) sqlite3_column_bytes (row, 1)));
  }
}

static GHashTable *
new_alerts (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
}

GHashTable *
store_alerts (Store * store, GError ** error)
{
  g_autoptr (GHashTable) alerts = new_alerts ();

  return store_run (store, list_alerts_job, alerts, error) ? g_steal_pointer (&alerts) : NULL;
}

static gboolean
are_equal (GHashTable * a, GHashTable * b)
{
  GHashTableIter iter;
  gpointer key, value;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const GBytes *other = g_hash_table_lookup (b, key);

    if (!other || !g_bytes_equal (value, other))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_alert (Store * store, const gchar * key, GBytes * value, GError ** error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize size;
  gconstpointer data = g_bytes_get_data (value, &size);

  g_byte_array_append (bytes, data, (guint) size);
  return sql_run (&store->base, SQL_ALERT_ADD, error, "tb", key, bytes);
}

static gboolean
set_alerts_job (Store * store, gpointer data, GError ** error)
{
  g_autoptr (GHashTable) before = new_alerts ();
  GHashTableIter iter;
  gpointer key, value;

  if (!list_alerts_job (store, before, error))
    return FALSE;
  /* Most runs bring nothing new, and need not write. */
  if (are_equal (before, data))
    return TRUE;
  if (!sql_run (&store->base, SQL_ALERT_DROP, error, ""))
    return FALSE;
  g_hash_table_iter_init (&iter, data);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (!add_alert (store, key, value, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
store_set_alerts (Store * store, GHashTable * alerts, GError ** error)
{
  return store_run (store, set_alerts_job, alerts, error);
}

/* --- events --- */

static gboolean
add_event_job (Store * store, gpointer data, GError ** error)
{
  const StoreEvent *event = data;

  return sql_run (&store->base, SQL_EVENT_ADD, error, "it", event->time_us, event->text)
      && sql_run (&store->base, SQL_EVENT_DROP, error, "i", (gint64) MAX_EVENTS);
}

gboolean
store_add_event (Store * store, gint64 time_us, const gchar * text, GError ** error)
{
  g_autofree gchar *start = g_strndup (text, MAX_EVENT_BYTES);
  g_autofree gchar *whole = g_utf8_make_valid (start, -1);
  StoreEvent event = {.time_us = append_time (time_us),.text = whole };

  return store_run (store, add_event_job, &event, error);
}

static void
event_free (StoreEvent * event)
{
  g_free (event->text);
  g_free (event);
}

typedef struct
{
  guint n;
  GPtrArray *events;
} Newest;

static gboolean
list_events_job (Store * store, gpointer data, GError ** error)
{
  Newest *newest = data;
  sqlite3_stmt *row = NULL;

  g_ptr_array_set_size (newest->events, 0);
  if (!sql_start (&store->base, SQL_EVENT_LIST, error, "i", (gint64) newest->n))
    return FALSE;
  for (;;) {
    StoreEvent *event;

    if (!sql_next (&store->base, SQL_EVENT_LIST, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    event = g_new0 (StoreEvent, 1);
    event->time_us = sqlite3_column_int64 (row, 0);
    event->text = g_strdup (sql_text (row, 1) ? sql_text (row, 1) : "");
    g_ptr_array_add (newest->events, event);
  }
}

GPtrArray *
store_events (Store * store, guint n, GError ** error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) event_free);
  Newest newest = {.n = n,.events = events };

  return store_run (store, list_events_job, &newest, error) ? g_steal_pointer (&events) : NULL;
}
