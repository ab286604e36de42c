/* shmcheck-align list. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "probe/probe.h"
#include "session/lists.h"

#include <string.h>

/* Those that its commands judge by. */
#define LETTERS "MP"

static void
print_target (const AlignCommand * command, const AlignTarget * target)
{
  g_autofree gchar *name = g_strconcat (command->name, "/", target->name, NULL);

  if (target->twin && g_str_equal (target->twin, "-"))
    g_print ("%-36s without a defect\n", name);
  else if (target->twin)
    g_print ("%-36s breaks %s\n", name, target->twin);
  else if (target->reason)
    g_print ("%-36s not here: %s\n", name, target->reason);
  else if (target->named_only)
    g_print ("%-36s when named\n", name);
  else
    g_print ("%s\n", name);
}

static Status
list_targets (const AlignCommand * command, gboolean twins, gboolean all, gchar ** plugins)
{
  guint n_left_out = 0;
  Align align = {.plugins = g_strdupv (plugins) };
  gchar *argv[] = { (gchar *) command->name, NULL };
  g_autoptr (GPtrArray) targets = NULL;
  g_autoptr (GError) error = NULL;
  Status status = STATUS_USAGE;

  if (align_parse (&align, command, 1, argv, NULL) && align_open (&align, &status)) {
    targets = align_find (&align, &error);
    status = targets ? STATUS_PASS
        : command_error (STATUS_BROKEN, "list: %s: %s", command->name, error->message);
  }
  for (guint i = 0; targets && i < targets->len; i++) {
    const AlignTarget *target = g_ptr_array_index (targets, i);

    if (target->named_only && !target->twin && !all)
      n_left_out++;
    else if (twins || !target->twin)
      print_target (command, target);
  }
  if (n_left_out > 0)
    g_print ("%s/...%*s%u more when named: --all\n", command->name,
        (gint) MAX (33 - (gint) strlen (command->name), 1), "", n_left_out);
  align_clear (&align);
  return status;
}

static Status
list_all_targets (gboolean twins, gboolean all, gchar ** plugins)
{
  Status status = STATUS_PASS;

  for (gsize i = 0; align_commands[i] && status == STATUS_PASS; i++) {
    if (probe_by_name (align_commands[i]->kind))
      status = list_targets (align_commands[i], twins, all, plugins);
    else
      g_print ("%-36s not here: built without GStreamer\n", align_commands[i]->name);
  }
  return status;
}

Status
command_list (gint argc, gchar ** argv)
{
  gboolean contracts = FALSE, formats = FALSE, twins = FALSE, all = FALSE;
  g_auto (GStrv) plugins = NULL;
  const GOptionEntry options[] = {
    {"contracts", 0, 0, G_OPTION_ARG_NONE, &contracts, "list the contracts", NULL},
    {"formats", 0, 0, G_OPTION_ARG_NONE, &formats, "list the report formats", NULL},
    {"all", 'a', 0, G_OPTION_ARG_NONE, &all, "list also what is only probed when named", NULL},
    {"twins", 0, 0, G_OPTION_ARG_NONE, &twins,
        "list also our own targets with a planted defect", NULL},
    {"plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &plugins,
        "load a shared object that brings targets of its own", "FILE"},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "list", "", "lists targets: the command and the name",
          options))
    return STATUS_USAGE;
  if (argc > 1)
    return command_error (STATUS_USAGE, "list: unexpected argument: %s", argv[1]);
  if (!contracts && !formats)
    return list_all_targets (twins, all, plugins);
  if (contracts)
    command_list_contracts (LETTERS);
  if (formats)
    command_list_formats ();
  return STATUS_PASS;
}
