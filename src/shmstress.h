/* The commands of shmstress. Each parses its own arguments and returns an exit status. */
#pragma once
#include <glib.h>

#include "base/status.h"

/* How the program was called, for commands that are printed. */
extern const gchar *command_program;

Status command_run (gint argc, gchar ** argv);
Status command_list (gint argc, gchar ** argv);
Status command_show (gint argc, gchar ** argv);
Status command_explain (gint argc, gchar ** argv);
Status command_tap (gint argc, gchar ** argv);
Status command_clean (gint argc, gchar ** argv);

/* Parses OPTIONS of COMMAND (those after the command's name) with a help that says ARGUMENTS and
 * SUMMARY. Prints the error itself. */
gboolean command_parse (gint * argc, gchar *** argv, const gchar * command,
    const gchar * arguments, const gchar * summary, const GOptionEntry * options);

/* "shmstress: MESSAGE" on stderr; returns STATUS. */
Status command_error (Status status, const gchar * format, ...) G_GNUC_PRINTF (2, 3);

/* --- scenarios on disk --- */

/* Directory of the shipped scenarios. Caller frees. */
gchar *command_scenario_dir (void);

/* Loads every scenario below command_scenario_dir(), or FILES when there are any, with the settings
 * SETS ("name=value", may be NULL). Array of PlanCase*; NULL: ERROR. */
GPtrArray *command_load_cases (const gchar * const *files, const gchar * const *sets, GError ** error);

/* Splits ARGUMENTS into scenario files (they end in .scenario) and globs of case names. */
void command_split_arguments (gint argc, gchar ** argv, GPtrArray * files, GPtrArray * globs);

/* Whether NAME matches a glob of GLOBS, or lies below one that names a scenario; TRUE for none. */
gboolean command_selects (const GPtrArray * globs, const gchar * name);
