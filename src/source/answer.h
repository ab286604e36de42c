/* What a program prints. */
#pragma once
#include "base/deadline.h"

/* Whether COMMAND can be taken apart as a shell does: words and quotes, nothing is expanded and no
 * shell runs. FALSE with ERROR. */
gboolean answer_check_command (const gchar * command, GError ** error);

/* All that COMMAND prints on standard output; a NUL behind it. Its standard input is empty, its exit
 * status does not count: some end with 0 whatever happened. When it has printed nothing, what it
 * said on standard error is the error. At the deadline it is killed with all that it started.
 * NULL with ERROR "PROGRAM: reason". Caller frees. */
gchar *answer_of_command (const gchar * command, Deadline deadline, gsize * length,
    GError ** error);
