/* The commands of shmstress. Each parses its own arguments and returns an exit status. */
#pragma once
#include "cli/command.h"

Status command_run (gint argc, gchar ** argv);
Status command_list (gint argc, gchar ** argv);
Status command_show (gint argc, gchar ** argv);
Status command_tap (gint argc, gchar ** argv);
Status command_explore (gint argc, gchar ** argv);
Status command_replay (gint argc, gchar ** argv);
Status command_pool (gint argc, gchar ** argv);
Status command_proof (gint argc, gchar ** argv);
Status command_clean (gint argc, gchar ** argv);

/* --- scenarios on disk --- */

/* Loads every scenario below command_data_dir(), or FILES when there are any, with the settings
 * SETS ("name=value", may be NULL). Array of PlanCase*; NULL: ERROR. */
GPtrArray *command_load_cases (const gchar * const *files, const gchar * const *sets, GError ** error);

/* Splits ARGUMENTS into scenario files (they end in .scenario) and globs of case names. */
void command_split_arguments (gint argc, gchar ** argv, GPtrArray * files, GPtrArray * globs);
