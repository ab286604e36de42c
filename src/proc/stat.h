/* What /proc/PID/stat, /proc/stat and /proc/net/unix tell. Pure: text in, values out. */
#pragma once
#include <glib.h>

typedef struct
{
  gchar state;                  /* 'R', 'S', ..., 'Z' */
  guint64 cpu_ticks;            /* of user and kernel, sysconf (_SC_CLK_TCK) a second */
  guint64 n_threads;            /* of a process whose first one is 'Z': more than 1 are its others */
  guint64 start_ticks;          /* since the machine was started, sysconf (_SC_CLK_TCK) a second */
} ProcStat;

/* FALSE: TEXT is not what it should be. The name in it may hold anything, parentheses too. */
gboolean proc_parse_stat (const gchar * text, ProcStat * out);

/* "btime" of /proc/stat: seconds since 1970 at which the machine was started. */
gboolean proc_parse_boot_time (const gchar * text, guint64 * out);

/* gchar*: names of the sockets in TEXT (/proc/net/unix) that listen and whose inode is in INODES
 * (guint64*, a set). Caller unrefs. */
GPtrArray *proc_parse_listening (const gchar * text, GHashTable * inodes);
