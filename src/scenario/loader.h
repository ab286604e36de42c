/* What the files of the loader share. Errors: "field: problem: value" until scenario_at_line(). */
#pragma once
#include "scenario/actions.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"

/* One file while it is read. */
typedef struct
{
  const gchar *file;
  gchar *scenario;
  ScenarioKnowsContract knows;
  GPtrArray *lines;             /* ScenarioLine*; the first is meta */
  GHashTable *meta;             /* its fields */
  ScenarioVars vars;
  GArray *kept;                 /* gboolean a line: some case had it */
  guint n_axes;                 /* that are set at the moment */
  GHashTable *taken;            /* set: "PAIR NAME" of all cases so far */
  GPtrArray *cases;             /* PlanCase* */
} ScenarioLoader;

const ScenarioLine *scenario_line_at (const ScenarioLoader * loader, guint index);
/* NULL when the line has no known action. */
const ScenarioAction *scenario_line_kind (const ScenarioLine * line);

/* Puts "FILE:LINE: " before the error of a line. Returns FALSE. */
gboolean scenario_at_line (const ScenarioLoader * loader, guint index, GError ** error);

/* The line with its variables filled in. */
ScenarioRecord *scenario_parse_line (ScenarioLoader * loader, const ScenarioLine * line,
    GError ** error);

/* Whether the condition of the line holds with the variables of now. */
gboolean scenario_line_holds (ScenarioLoader * loader, guint index, gboolean * holds,
    GError ** error);

/* Adds the case that the lines make with the variables of now. Its errors have their line. */
gboolean scenario_build_case (ScenarioLoader * loader, const gchar * name, GError ** error);
