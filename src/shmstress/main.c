/* shmstress: do producer and consumers keep the contracts of their transport? */
#include "config.h"
#include "shmstress/commands.h"

#include "role/role.h"
#include "session/lists.h"

#ifdef HAVE_GST
#include "role/gst-probe.h"
#endif

static const Command commands[] = {
  {"run", command_run, "run scenarios and judge them"},
  {"list", command_list, "list cases, contracts, actions or report formats"},
  {"show", command_show, "show the expanded plan of a case"},
  {"explain", command_explain, "explain a contract"},
  {"tap", command_tap, "watch a control socket: forward it and judge its wire"},
  {"explore", command_explore, "run models of concurrent code in every order of their threads"},
  {"replay", command_replay, "run the schedule of a token that explore has printed"},
  {"pool", command_pool, "lead the pool through exhaustion, fragmentation, leaks and herds"},
  {"proof", command_proof, "show a known issue by itself; without a name, list the proofs"},
  {"clean", command_clean, "remove what a killed run has left"},
  {NULL}
};

static const Program program = {
  .name = "shmstress",
  .purpose = "Drives producers and consumers of shared-memory pipes through shutdown, exhaustion,\n"
      "resizing and crashes, and says which contract broke.\n",
  .start_with = "shmstress run --known=allow",
  .commands = commands,
  .usage = STATUS_USAGE,
};

gint
main (gint argc, gchar ** argv)
{
  command_init (&program, argc, argv);
  command_drop_capabilities ();
  if (argc >= 2 && g_str_equal (argv[1], "--role"))
    return role_main (argc - 2, argv + 2);
#ifdef HAVE_GST
  if (argc == 4 && g_str_equal (argv[1], "--probe"))
    return role_gst_probe (argv[2], argv[3]);
#endif
  return command_main (&program, argc, argv);
}
