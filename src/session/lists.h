/* Commands about contracts and reports, of the programs that judge traces. */
#pragma once
#include "base/status.h"

#include <glib.h>

/* Says what the contracts named in ARGV mean. */
Status command_explain (gint argc, gchar ** argv);

/* Prints the contracts whose ids begin with a letter of LETTERS (NULL: all); the kinds of
 * events of a trace with their fields; the report formats. */
void command_list_contracts (const gchar * letters);
void command_list_events (void);
void command_list_formats (void);
