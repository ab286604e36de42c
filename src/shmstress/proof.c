/* shmstress proof: the programs that show a known issue with nothing of ours in the way. */
#include "config.h"
#include "shmstress/commands.h"

#include "cli/data.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What follows the name is the proof's: its options are not ours. */
Status
command_proof (gint argc, gchar ** argv)
{
  const GOptionEntry options[] = { {NULL} };
  gint n_ours = MIN (argc, 2);
  gchar **ours = argv;
  g_autoptr (GPtrArray) command = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *dir = NULL;

  if (!command_parse (&n_ours, &ours, "proof", "[NAME [ARGUMENT...]]",
          "shows a known issue by itself, or lists the proofs", options))
    return STATUS_USAGE;
  dir = command_proof_dir (&error);
  if (!dir)
    return command_error (STATUS_USAGE, "proof: %s", error->message);
  if (argc > 1 && (strchr (argv[1], '/') || argv[1][0] == '.'))
    return command_error (STATUS_USAGE, "proof: no such proof: %s (see shmstress proof)", argv[1]);
  g_ptr_array_add (command, g_strdup ("sh"));
  g_ptr_array_add (command, g_build_filename (dir, "run.sh", NULL));
  for (gint i = 1; i < argc; i++)
    g_ptr_array_add (command, g_strdup (argv[i]));
  g_ptr_array_add (command, NULL);
  execv ("/bin/sh", (gchar **) command->pdata);
  return command_error (STATUS_SKIP, "proof: /bin/sh: %s", g_strerror (errno));
}
