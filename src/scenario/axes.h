/* foreach and sweep: the values over which a scenario is expanded.
 * Errors: "field: problem: value". */
#pragma once
#include "scenario/actions.h"

typedef struct
{
  gchar *key;                   /* the variable */
  gboolean hide;
  GPtrArray *rows;              /* GStrv: a value each, in parts; a sweep has one part */
} ScenarioAxis;

ScenarioAxis *scenario_axis_new (const ScenarioRecord * record, GError ** error);
void scenario_axis_free (ScenarioAxis * axis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScenarioAxis, scenario_axis_free)
