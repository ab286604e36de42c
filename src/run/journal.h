/* The list of what the runner's children may leave behind, written before they can.
 * It lives in the run's own directory, /tmp/shmdiag-PID-START, with all its sockets; whoever
 * survives the runner can clean up by it: by creator pid and start time, never by guess. */
#pragma once
#include <glib.h>
#include <sys/types.h>

typedef struct RunJournal RunJournal;

/* Makes the directory of this run below $TMPDIR (or /tmp). NULL with ERROR, also where others could
 * exchange it (trust_check_tmp()). */
RunJournal *run_journal_new (GError ** error);
const gchar *run_journal_dir (const RunJournal * journal);

/* Notes a child, before it is told to do anything. Thread-safe. */
gboolean run_journal_add (RunJournal * journal, pid_t pid, GError ** error);

/* Removes the directory. What the children left must have been removed already. */
void run_journal_free (RunJournal * journal);

/* --- what one process may leave --- */

#define RUN_SEGMENT_DIR "/dev/shm"
/* Of the names of directories of runs, below $TMPDIR. */
#define RUN_DIR_PREFIX "shmdiag-"

/* Names (gchar*) of all that is in DIR. Caller frees. */
GPtrArray *run_names_in (const gchar * dir);

/* Names ("shmpipe.  123.    0") of files of ours in /dev/shm that say process PID has made them. Caller
 * frees. */
GPtrArray *run_segments_of (pid_t pid);
void run_remove_segment (const gchar * name);

/* Sockets (paths) within DIR. Caller frees. */
GPtrArray *run_sockets_in (const gchar * dir);
/* Removes DIR and all that is in it, 64 levels deep; follows no link, and goes into no other file
 * system. FALSE with errno: something is left. */
gboolean run_remove_dir (const gchar * dir);
