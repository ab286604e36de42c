/* shmcheck-align list. */
#include "config.h"
#include "shmcheck-align.h"

/* Those that its commands judge by. */
#define LETTERS "MP"

Status
command_list (gint argc, gchar ** argv)
{
  gboolean contracts = FALSE, formats = FALSE;
  const GOptionEntry options[] = {
    {"contracts", 0, 0, G_OPTION_ARG_NONE, &contracts, "list the contracts", NULL},
    {"formats", 0, 0, G_OPTION_ARG_NONE, &formats, "list the report formats", NULL},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "list", "", "lists targets, contracts or formats", options))
    return STATUS_USAGE;
  if (contracts)
    command_list_contracts (LETTERS);
  if (formats)
    command_list_formats ();
  return STATUS_PASS;
}
