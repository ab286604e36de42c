/* Reads scenario files and expands them to cases. */
#pragma once
#include "scenario/plan.h"

/* Tells the loader whether a contract of that name exists (the checks are another room). */
typedef gboolean (*ScenarioKnowsContract) (const gchar * name);

/* What a load needs to know beside the file. */
typedef struct
{
  ScenarioKnowsContract knows;
  GHashTable *set;              /* gchar* to gchar*: --set NAME=VALUE; may be NULL */
  GHashTable *used;             /* a set of gchar*: gets the names of SET that a file used;
                                 * made with g_hash_table_new_full (g_str_hash, g_str_equal,
                                 * g_free, NULL); may be NULL */
} ScenarioContext;

/* Reads FILE (TEXT when not NULL, FILE then only names it) and appends its cases to CASES
 * (PlanCase*, freed by plan_case_free()), pair by pair, each with every value of the variables.
 * Error: "FILE:LINE: field: problem: value"; CASES and context->used are as before then. */
gboolean scenario_load (const gchar * file, const gchar * text, const ScenarioContext * context,
    GPtrArray * cases, GError ** error);

/* A name of context->set that no file loaded with it has used, the first in alphabetical order:
 * an error of the command line. NULL when all were used. */
const gchar *scenario_unused_setting (const ScenarioContext * context);

/* Every action with its fields, types, defaults and one-line help, for `shmstress list --actions`
 * and the man page. */
void scenario_describe_actions (GString * out);
