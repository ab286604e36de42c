/* Alerts that cron was told are not those that a monitoring system was shown: whoever looks at a
 * terminal in between must not take the news from either. So each manner of running has its own
 * among all that is remembered. */
#include "config.h"
#include "poolwatch/commands.h"

#include <string.h>

#define SUCCESS_KEY "success"

GHashTable *
memory_new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
}

GHashTable *
memory_take (GHashTable * all, const gchar * prefix)
{
  GHashTable *taken = memory_new_table ();
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (!g_str_has_prefix (key, prefix))
      continue;
    g_hash_table_insert (taken, g_strdup ((gchar *) key + strlen (prefix)), g_bytes_ref (value));
    g_hash_table_iter_remove (&iter);
  }
  return taken;
}

void
memory_give_back (GHashTable * all, const gchar * prefix, GHashTable * taken)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, taken);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (all, g_strconcat (prefix, key, NULL), g_bytes_ref (value));
}

gint64
memory_last_success (GHashTable * all, gint64 now_us)
{
  GBytes *bytes = all ? g_hash_table_lookup (all, SUCCESS_KEY) : NULL;
  gint64 time_us = now_us;

  if (now_us == 0 && bytes && g_bytes_get_size (bytes) == sizeof time_us)
    memcpy (&time_us, g_bytes_get_data (bytes, NULL), sizeof time_us);
  if (all && time_us != 0)
    g_hash_table_insert (all, g_strdup (SUCCESS_KEY), g_bytes_new (&time_us, sizeof time_us));
  return time_us;
}
