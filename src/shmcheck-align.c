/* shmcheck-align: is what allocators, pools and elements report what the system has mapped? */
#include "config.h"
#include "shmcheck-align.h"

#include "probe/probe.h"

const AlignCommand *const align_commands[] = {
  &align_allocators,
  NULL
};

static const Command commands[] = {
  {"allocators", command_allocators, "check every allocator: sizes, parameters, mappings"},
  {"prove", command_prove, "show that each check finds the defect that it is for"},
  {"list", command_list, "list targets, contracts or report formats"},
  {"explain", command_explain, "explain a contract"},
  {NULL}
};

static const Program program = {
  .name = "shmcheck-align",
  .purpose = "Checks that what allocators, pools and elements report (maxsize, stride, padding,\n"
      "alignment) is what the system has really mapped, by touching it.\n",
  .start_with = "shmcheck-align --known=allow",
  .commands = commands,
  .fallback = "allocators",
};

gint
main (gint argc, gchar ** argv)
{
  command_init (&program, argc, argv);
  command_drop_capabilities ();
  if (argc >= 2 && g_str_equal (argv[1], "--role"))
    return probe_main (argc - 2, argv + 2);
  return command_main (&program, argc, argv);
}
