/* The list of what the runner's children may leave behind, written before they can.
 * It lives in the run's own directory, /tmp/shmdiag-PID-START, with all its sockets; whoever
 * survives the runner can clean up by it: by creator pid and start time, never by guess. */
#pragma once
#include <glib.h>
#include <sys/types.h>

typedef struct RunJournal RunJournal;

/* Makes the directory of this run below $TMPDIR (or /tmp). */
RunJournal *run_journal_new (GError ** error);
const gchar *run_journal_dir (const RunJournal * journal);

/* Notes a child, before it is told to do anything. Thread-safe. */
gboolean run_journal_add (RunJournal * journal, pid_t pid, GError ** error);

/* Removes the directory. What the children left must have been removed already. */
void run_journal_free (RunJournal * journal);

/* Removes what runners that are gone have left: processes, segments, sockets, directories.
 * Adds a line for each to OUT. With DRY_RUN it only tells. Returns how many. */
guint run_clean (gboolean dry_run, GString * out);

/* --- what one process may leave --- */

/* Names ("shmpipe.  123.    0") in /dev/shm that process PID has made; Caller frees. */
GPtrArray *run_segments_of (pid_t pid);
void run_remove_segment (const gchar * name);

/* Sockets (paths) within DIR. Caller frees. */
GPtrArray *run_sockets_in (const gchar * dir);
/* Removes DIR and the plain files and sockets in it; one level of directories too. */
void run_remove_dir (const gchar * dir);
