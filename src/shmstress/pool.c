/* shmstress pool: scenarios on the pool that is compiled into every program of the package. */
#include "config.h"
#include "shmstress/pool.h"

#include "base/parse.h"
#include "shmstress/commands.h"

#include <errno.h>

static const PoolScenario *
find_scenario (const gchar * name)
{
  for (const PoolScenario * scenario = pool_scenarios; scenario->name; scenario++) {
    if (g_str_equal (scenario->name, name))
      return scenario;
  }
  return NULL;
}

static void
list_scenarios (void)
{
  for (const PoolScenario * scenario = pool_scenarios; scenario->name; scenario++)
    g_print ("%-20s %s\n", scenario->name, scenario->summary);
}

static void
print_broken (const gchar * broken)
{
  g_auto (GStrv) lines = g_strsplit (broken, "\n", -1);

  for (gchar ** line = lines; *line; line++) {
    if (**line != '\0')
      g_print ("    %s\n", *line);
  }
}

static Status
run_scenario (const PoolScenario * scenario, guint limit, FILE * series)
{
  g_autoptr (GString) facts = g_string_new (NULL);
  g_autoptr (GString) broken = g_string_new (NULL);

  if (!pool_process_run (scenario, limit, series, facts, broken))
    return command_error (STATUS_BROKEN, "pool: %s: cannot make a process: %s", scenario->name,
        g_strerror (errno));
  g_print ("%s %s: %s\n", broken->len > 0 ? "FAIL" : "pass", scenario->name, facts->str);
  print_broken (broken->str);
  return broken->len > 0 ? STATUS_FAIL : STATUS_PASS;
}

/* Runs those that ARGV names, or all. */
static Status
run_named (gint argc, gchar ** argv, guint limit, FILE * series)
{
  Status worst = STATUS_PASS;

  for (gint i = 1; i < argc; i++) {
    if (!find_scenario (argv[i]))
      return command_error (STATUS_USAGE, "pool: no such scenario: %s", argv[i]);
  }
  for (guint i = 0; argc > 1 ? i + 1 < (guint) argc : pool_scenarios[i].name != NULL; i++) {
    Status status = run_scenario (argc > 1 ? find_scenario (argv[i + 1]) : &pool_scenarios[i],
        limit, series);

    worst = MAX (worst, status);
  }
  return worst;
}

Status
command_pool (gint argc, gchar ** argv)
{
  gboolean list = FALSE;
  g_autofree gchar *path = NULL, *limit_text = NULL;
  gint64 limit = 1024;
  g_autoptr (GError) error = NULL;
  const GOptionEntry options[] = {
    {"list", 'l', 0, G_OPTION_ARG_NONE, &list, "list the scenarios", NULL},
    {"limit", 0, 0, G_OPTION_ARG_STRING, &limit_text,
        "most shards for fragmentation, leak and churn (default 1024)", "N"},
    {"record-series", 0, 0, G_OPTION_ARG_FILENAME, &path,
        "write the pool's statistics, a line an interval", "FILE"},
    {NULL}
  };
  FILE *series = NULL;
  Status status;

  if (!command_parse (&argc, &argv, "pool", "[SCENARIO...]",
          "Leads the pool itself through exhaustion, fragmentation, leaks, churn and herds.",
          options))
    return STATUS_USAGE;
  if (limit_text && !parse_int (limit_text, 1, SHARDS_MAX, &limit, &error))
    return command_error (STATUS_USAGE, "--limit: %s", error->message);
  if (list) {
    list_scenarios ();
    return STATUS_PASS;
  }
  if (path && argc != 2)
    return command_error (STATUS_USAGE, "--record-series: one scenario, please");
  if (path && !(series = fopen (path, "we")))
    return command_error (STATUS_BROKEN, "%s: %s", path, g_strerror (errno));
  status = run_named (argc, argv, (guint) limit, series);
  if (series && fclose (series) != 0)
    return command_error (STATUS_BROKEN, "%s: %s", path, g_strerror (errno));
  return status;
}
