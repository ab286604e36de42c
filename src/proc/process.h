/* A running process as /proc shows it. What it is called by is its directory, opened once: all that
 * is read comes from that process, even when its number has been given to another one since. */
#pragma once
#include <glib.h>
#include <sys/stat.h>

typedef struct
{
  gint pid;
  gint dir_fd;                  /* /proc/PID */
  gchar *name;                  /* that it goes by, "gst-launch-1.0" */
} ProcProcess;

ProcProcess *proc_process_open (gint pid, GError ** error);
/* Of the capture of a system below ROOT ("/capture"; "": this system). */
ProcProcess *proc_process_open_below (const gchar * root, gint pid, GError ** error);
void proc_process_free (ProcProcess * process);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProcProcess, proc_process_free)

/* All of the file that is called so in /proc/PID. Caller frees. */
gchar *proc_process_read (const ProcProcess * process, const gchar * file, GError ** error);
/* Where the link of that name in /proc/PID points to. NULL: it cannot be read. Caller frees. */
gchar *proc_process_link (const ProcProcess * process, const gchar * link);
/* stat(2) of what lies behind that name in /proc/PID. */
gboolean proc_process_stat (const ProcProcess * process, const gchar * file, struct stat * out);

/* gint: its descriptors. */
GArray *proc_process_fds (const ProcProcess * process, GError ** error);

/* gint: all processes that can be seen. */
GArray *proc_list_pids (void);
GArray *proc_list_pids_below (const gchar * root);

/* Whether there is a process PID; also when it is hidden from us. A thread is none. */
gboolean proc_is_process (gint pid);
