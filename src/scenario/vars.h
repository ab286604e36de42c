/* Variables of a scenario: ${NAME} in its lines, NAME=GLOB in their conditions.
 * Errors: "problem: value". */
#pragma once
#include <glib.h>

/* Where values come from, the first wins. Tables are gchar* to gchar*. */
typedef struct
{
  GHashTable *axes;             /* of this case: foreach, sweep, pair; owned */
  GHashTable *set;              /* --set; borrowed, may be NULL */
  GHashTable *defaults;         /* of meta; owned */
  GHashTable *declared;         /* set: every name that some line defines; owned */
  GHashTable *used;             /* set: every declared name that was asked for; owned */
  GHashTable *used_set;         /* set: every name that SET answered; owned */
} ScenarioVars;

void scenario_vars_init (ScenarioVars * vars, GHashTable * set);
void scenario_vars_clear (ScenarioVars * vars);

void scenario_vars_declare (ScenarioVars * vars, const gchar * name);
gboolean scenario_vars_is_used (const ScenarioVars * vars, const gchar * name);

/* NULL when it has no value here. "order.1" counts as a use of "order". */
const gchar *scenario_vars_get (ScenarioVars * vars, const gchar * name);

/* TEXT with all ${NAME} replaced; NULL and ERROR when one has no value. */
gchar *scenario_vars_substitute (ScenarioVars * vars, const gchar * text, GError ** error);

/* Whether all conditions of TEXT ("VAR=GLOB|GLOB,VAR!=GLOB") hold. FALSE: ERROR is set. */
gboolean scenario_vars_evaluate (ScenarioVars * vars, const gchar * text, gboolean * holds,
    GError ** error);
