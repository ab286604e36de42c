/* Where the data are: of an installation that may have been moved, of a build in any directory. */
#pragma once
#include <glib.h>

/* Directory of the shipped scenarios and tables: what SHMDIAG_DATADIR names, else that of this build
 * or installation, wherever it was moved to. Caller frees. NULL: ERROR says where it was looked for. */
gchar *command_data_dir (GError ** error);
/* The same for the proofs of known issues. */
gchar *command_proof_dir (GError ** error);
