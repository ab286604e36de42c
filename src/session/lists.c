/* Commands about contracts and reports: of the programs that judge traces. */
#include "config.h"
#include "session/lists.h"

#include "check/check.h"
#include "cli/command.h"
#include "report/report.h"

#include <string.h>

/* --- explain --- */

static void
explain (const Check * check)
{
  g_print ("%s %s\n  %s\n  Seen: %s\n  Source: %s\n", check->id, check->name, check->contract,
      check->seen, check->source);
}

Status
command_explain (gint argc, gchar ** argv)
{
  gboolean all = FALSE;
  const GOptionEntry options[] = {
    {"all", 'a', 0, G_OPTION_ARG_NONE, &all, "explain every contract", NULL},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "explain", "CONTRACT...",
          "says what a contract means and how it is seen", options))
    return STATUS_USAGE;
  if (argc < 2 && !all)
    return command_error (STATUS_USAGE,
        "explain: no contract named (see %s list --contracts)",
        command_this->name);
  for (gsize i = 0; all && check_list ()[i]; i++)
    explain (check_list ()[i]);
  for (gint i = 1; i < argc; i++) {
    const Check *check = check_by_name (argv[i]);

    if (!check)
      return command_error (STATUS_USAGE,
          "explain: no such contract: %s (see %s list --contracts)", argv[i], command_this->name);
    explain (check);
  }
  return STATUS_PASS;
}

/* --- lists --- */

void
command_list_contracts (const gchar * letters)
{
  for (gsize i = 0; check_list ()[i]; i++) {
    if (!letters || strchr (letters, check_list ()[i]->id[0]))
      g_print ("%-4s %-22s %s\n", check_list ()[i]->id, check_list ()[i]->name,
          check_list ()[i]->contract);
  }
}

static void
list_field (const gchar * name, const gchar * unit, const gchar * meaning)
{
  g_print ("    %-16s %-18s %s\n", name, unit, meaning);
}

void
command_list_events (void)
{
  for (guint i = 0; i < TRACE_N_KINDS; i++) {
    const TraceKindInfo *kind = trace_kind_info ((TraceKind) i);

    g_print ("%s\n  %s\n", kind->word, kind->what);
    for (guint f = 0; f < TRACE_N_FIELDS; f++) {
      if (kind->fields[f].name)
        list_field (kind->fields[f].name, trace_unit_name (kind->fields[f].unit),
            kind->fields[f].meaning);
    }
    if (kind->text)
      list_field ("\"...\"", "text", kind->text);
  }
}

void
command_list_formats (void)
{
  for (gsize i = 0; reporter_list ()[i]; i++)
    g_print ("%-8s %s\n", reporter_list ()[i]->name, reporter_list ()[i]->summary);
}
