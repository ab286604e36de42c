/* shmcheck-align: is what allocators, pools and elements report what the system has mapped? */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "probe/probe.h"
#include "session/lists.h"


const AlignCommand *const align_commands[] = {
  &align_allocators,
  &align_pools,
  &align_elements,
  &align_audit,
  NULL
};

static const Command commands[] = {
  {"allocators", command_allocators, "check every allocator: sizes, parameters, mappings"},
  {"pools", command_pools, "check buffer pools: states, bounds, waits, what comes back"},
  {"elements", command_elements, "check what elements propose, layouts, metadata"},
  {"profiles", command_profiles, "say which importers would accept a buffer"},
  {"audit", command_audit, "look at the shared memory of running processes"},
  {"wire", command_wire, "show the pipe's commands as 32-bit and 64-bit peers lay them out"},
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
  .usage = STATUS_USAGE,
};

/* To read what /proc shows of the processes of others: which mappings they have; the directories of
 * their descriptors; and what lies behind a mapping that nobody has open. */
static const cap_value_t audit_capabilities[] = {
  CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE
};

static void
drop_capabilities (gint argc, gchar ** argv)
{
  gboolean is_role = argc >= 3 && g_str_equal (argv[1], "--role");
  const gchar *name = is_role ? argv[2] : argc >= 2 ? argv[1] : "";

  if (g_str_equal (name, "audit"))
    command_keep_capabilities (audit_capabilities, G_N_ELEMENTS (audit_capabilities), !is_role);
  else
    command_drop_capabilities ();
}

gint
main (gint argc, gchar ** argv)
{
  command_init (&program, argc, argv);
  drop_capabilities (argc, argv);
  if (argc >= 2 && g_str_equal (argv[1], "--role"))
    return probe_main (argc - 2, argv + 2);
  return command_main (&program, argc, argv);
}
