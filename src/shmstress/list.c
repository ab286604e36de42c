/* shmstress list, show, explain, clean: what there is, without running it. */
#include "config.h"
#include "shmstress/commands.h"

#include "base/error.h"
#include "base/trust.h"
#include "check/check.h"
#include "cli/data.h"
#include "proc/usable.h"
#include "report/report.h"
#include "run/clean.h"
#include "scenario/scenario.h"
#include "session/lists.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- scenarios on disk --- */

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar * const *) a, *(const gchar * const *) b);
}

/* Root does what they say: they must be nobody else's. */
static gboolean
are_trusted (const gchar * dir, const GPtrArray * files, GError ** error)
{
  if (!trust_check_data (dir, error))
    return FALSE;
  for (guint i = 0; i < files->len; i++) {
    if (!trust_check_data (g_ptr_array_index (files, i), error))
      return FALSE;
  }
  return TRUE;
}

static GPtrArray *
find_files (const gchar * dir, GError ** error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) handle = g_dir_open (dir, 0, error);
  const gchar *name;

  while (handle && (name = g_dir_read_name (handle))) {
    if (g_str_has_suffix (name, ".scenario"))
      g_ptr_array_add (files, g_build_filename (dir, name, NULL));
  }
  g_ptr_array_sort (files, compare_strings);
  return handle && are_trusted (dir, files, error) ? g_steal_pointer (&files) : NULL;
}

static gboolean
knows_contract (const gchar * name)
{
  return check_by_name (name) != NULL;
}

static GHashTable *
parse_sets (const gchar * const *sets, GError ** error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gsize i = 0; sets && sets[i]; i++) {
    const gchar *equals = strchr (sets[i], '=');

    if (!equals || equals == sets[i]) {
      error_input (error, "--set: not NAME=VALUE: %s", sets[i]);
      return NULL;
    }
    g_hash_table_replace (table, g_strndup (sets[i], (gsize) (equals - sets[i])), g_strdup (equals + 1));
  }
  return g_steal_pointer (&table);
}

GPtrArray *
command_load_cases (const gchar * const *files, const gchar * const *sets, GError ** error)
{
  g_autoptr (GPtrArray) cases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) plan_case_free);
  g_autoptr (GHashTable) set = parse_sets (sets, error);
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree gchar *dir = NULL;
  g_autoptr (GPtrArray) shipped = NULL;
  ScenarioContext context = {.knows = knows_contract,.set = set,.used = used };
  const gchar *unused;

  if (!set)
    return NULL;
  if (!files || !files[0]) {
    dir = command_data_dir (error);
    shipped = dir ? find_files (dir, error) : NULL;
    if (!shipped)
      return NULL;
    g_ptr_array_add (shipped, NULL);
    files = (const gchar * const *) shipped->pdata;
  }
  for (gsize i = 0; files[i]; i++) {
    if (!scenario_load (files[i], NULL, &context, cases, error))
      return NULL;
  }
  unused = scenario_unused_setting (&context);
  if (unused) {
    error_input (error, "--set: no scenario uses it: %s", unused);
    return NULL;
  }
  return g_steal_pointer (&cases);
}

void
command_split_arguments (gint argc, gchar ** argv, GPtrArray * files, GPtrArray * globs)
{
  for (gint i = 1; i < argc; i++)
    g_ptr_array_add (g_str_has_suffix (argv[i], ".scenario") ? files : globs, argv[i]);
}

/* --- list --- */

static void
list_actions (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  scenario_describe_actions (out);
  g_print ("%s", out->str);
}

static GPtrArray *
load_selected (gint argc, gchar ** argv, gchar ** sets, GPtrArray * globs)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GPtrArray *cases;

  command_split_arguments (argc, argv, files, globs);
  g_ptr_array_add (files, NULL);
  cases = command_load_cases ((const gchar * const *) files->pdata,
      (const gchar * const *) sets, &error);
  if (!cases)
    command_error (STATUS_USAGE, "%s", error->message);
  return cases;
}

static Status
list_cases (gint argc, gchar ** argv, gchar ** sets)
{
  g_autoptr (GPtrArray) globs = g_ptr_array_new ();
  g_autoptr (GPtrArray) cases = load_selected (argc, argv, sets, globs);
  guint listed = 0;

  if (!cases)
    return STATUS_USAGE;
  for (guint i = 0; i < cases->len; i++) {
    const PlanCase *plan = g_ptr_array_index (cases, i);

    if (command_selects (globs, plan->name)) {
      g_print ("%s %s%s\n", plan->pair, plan->name, plan->by_name ? " (only when named)" : "");
      listed++;
    }
  }
  return listed > 0 ? STATUS_PASS : command_error (STATUS_USAGE, "list: no such case: %s",
      argc > 1 ? argv[1] : "there are no scenarios");
}

Status
command_list (gint argc, gchar ** argv)
{
  gboolean contracts = FALSE, actions = FALSE, events = FALSE, formats = FALSE;
  g_auto (GStrv) sets = NULL;
  const GOptionEntry options[] = {
    {"contracts", 0, 0, G_OPTION_ARG_NONE, &contracts, "list the contracts", NULL},
    {"actions", 0, 0, G_OPTION_ARG_NONE, &actions, "list the actions of scenario files", NULL},
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "list the events of traces with their fields", NULL},
    {"formats", 0, 0, G_OPTION_ARG_NONE, &formats, "list the report formats", NULL},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets, "set a variable of the scenarios",
        "NAME=VALUE"},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "list", "[GLOB|FILE.scenario...]",
          "lists cases: the pair and the name", options))
    return STATUS_USAGE;
  if (!contracts && !actions && !events && !formats)
    return list_cases (argc, argv, sets);
  if (argc > 1)
    return command_error (STATUS_USAGE, "list: unexpected argument: %s", argv[1]);
  if (contracts)
    command_list_contracts (NULL);
  if (actions)
    list_actions ();
  if (events)
    command_list_events ();
  if (formats)
    command_list_formats ();
  return STATUS_PASS;
}

/* --- show --- */

static void
show_steps (const gchar * title, const GPtrArray * steps)
{
  g_print ("%s\n", title);
  for (guint i = 0; i < steps->len; i++) {
    const PlanStep *step = g_ptr_array_index (steps, i);
    g_autofree gchar *line = plan_step_line (step);

    g_print ("  %4d  %s\n", step->line, line);
  }
}

static void
show_case (const PlanCase * plan)
{
  g_print ("case      %s\npair      %s\nsummary   %s\nfile      %s\ndeadline  %g s\ntap       %s\n"
      "contracts", plan->name, plan->pair, plan->summary, plan->file, plan->deadline,
      plan->tap ? "yes" : "no");
  for (guint i = 0; i < plan->contracts->len; i++)
    g_print (" %s", (gchar *) g_ptr_array_index (plan->contracts, i));
  g_print ("\n");
  show_steps ("roles", plan->roles);
  show_steps ("steps", plan->steps);
}

Status
command_show (gint argc, gchar ** argv)
{
  g_autofree gchar *pair = NULL;
  g_auto (GStrv) sets = NULL;
  const GOptionEntry options[] = {
    {"pair", 0, 0, G_OPTION_ARG_STRING, &pair, "of this pair only", "PRODUCER:CONSUMER"},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets, "set a variable of the scenarios",
        "NAME=VALUE"},
    {NULL}
  };
  g_autoptr (GPtrArray) globs = g_ptr_array_new ();
  g_autoptr (GPtrArray) cases = NULL;
  guint shown = 0;

  if (!command_parse (&argc, &argv, "show", "CASE [FILE.scenario...]",
          "shows the expanded plan of cases", options))
    return STATUS_USAGE;
  if (argc < 2)
    return command_error (STATUS_USAGE, "show: no case named (see shmstress list)");
  cases = load_selected (argc, argv, sets, globs);
  if (!cases)
    return STATUS_USAGE;
  for (guint i = 0; i < cases->len; i++) {
    const PlanCase *plan = g_ptr_array_index (cases, i);

    if (command_selects (globs, plan->name) && (!pair || g_str_equal (pair, plan->pair))) {
      g_print ("%s", shown++ ? "\n" : "");
      show_case (plan);
    }
  }
  return shown > 0 ? STATUS_PASS
      : command_error (STATUS_USAGE, "show: no such case: %s (see shmstress list)", argv[1]);
}

/* --- clean --- */

Status
command_clean (gint argc, gchar ** argv)
{
  gboolean dry_run = FALSE;
  const GOptionEntry options[] = {
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "only tell what would be removed", NULL},
    {NULL}
  };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint count;

  if (!command_parse (&argc, &argv, "clean", "", "removes what a killed run has left", options))
    return STATUS_USAGE;
  if (argc > 1)
    return command_error (STATUS_USAGE, "clean: unexpected argument: %s", argv[1]);
  if (!proc_is_usable ("", &error))
    return command_error (STATUS_BROKEN, "clean: %s", error->message);
  count = run_clean (dry_run, out, &error);
  g_print ("%s", out->str);
  if (error)
    return command_error (g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_UNTRUSTED)
        ? STATUS_USAGE : STATUS_BROKEN, "clean: %s", error->message);
  g_print (count == 0 ? "nothing to clean\n" : "");
  return STATUS_PASS;
}
