/* What a process of ours uses and waits for. It is called by its number: our own children keep theirs
 * until we have waited for them. What cannot be read is 0, FALSE or empty. */
#pragma once
#include "proc/stat.h"

#include <sys/types.h>

gboolean proc_read_stat (pid_t pid, ProcStat * out);
/* ProcMapping, as in proc/maps.h. Caller unrefs. */
GArray *proc_read_maps (pid_t pid);
guint64 proc_count_fds (pid_t pid);
guint64 proc_resident (pid_t pid);      /* bytes */
guint64 proc_context_switches (pid_t pid);      /* voluntary ones */

/* gchar*: for each thread, of MOST at the most, in which function of the kernel and in which system
 * call it waits. Caller unrefs. */
GPtrArray *proc_waits (pid_t pid, guint most);

gboolean proc_shows (pid_t pid);
gboolean proc_belongs_to (pid_t pid, uid_t user);
