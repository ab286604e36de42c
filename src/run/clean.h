/* Cleaning up after runs that were killed. */
#pragma once
#include <glib.h>

/* Removes what runners that are gone, and were ours, have left: processes, segments, sockets,
 * directories. A segment must belong to us and fit into the life of the process that is named in the
 * journal. /proc must work (proc_is_usable()). Adds a line for each to OUT. With DRY_RUN it only
 * tells. Returns how many. ERROR is set when $TMPDIR is refused (SHMDIAG_ERROR_UNTRUSTED), and then
 * nothing was done, and when something could not be removed. */
guint run_clean (gboolean dry_run, GString * out, GError ** error);
