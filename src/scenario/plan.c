#include "config.h"
#include "scenario/plan.h"

#include <string.h>

#include "base/parse.h"
#include "scenario/actions.h"

PlanStep *
plan_step_new (const gchar * action, gint line, GHashTable * take_fields)
{
  PlanStep *step = g_new0 (PlanStep, 1);

  step->action = scenario_action_by_name (action)->name;
  step->line = line;
  step->fields = take_fields;
  return step;
}

void
plan_step_free (PlanStep * step)
{
  if (!step)
    return;
  g_hash_table_unref (step->fields);
  g_free (step);
}

PlanCase *
plan_case_new (void)
{
  PlanCase *plan = g_new0 (PlanCase, 1);

  plan->contracts = g_ptr_array_new_with_free_func (g_free);
  plan->roles = g_ptr_array_new_with_free_func ((GDestroyNotify) plan_step_free);
  plan->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) plan_step_free);
  return plan;
}

void
plan_case_free (PlanCase * plan)
{
  if (!plan)
    return;
  g_free (plan->name);
  g_free (plan->scenario);
  g_free (plan->file);
  g_free (plan->summary);
  g_free (plan->pair);
  g_ptr_array_unref (plan->contracts);
  g_ptr_array_unref (plan->roles);
  g_ptr_array_unref (plan->steps);
  g_free (plan);
}

const gchar *
plan_get (const PlanStep * step, const gchar * key)
{
  if (!scenario_field_by_name (scenario_action_by_name (step->action), key))
    g_error ("%s: no such field: %s", step->action, key);
  return g_hash_table_lookup (step->fields, key);
}

static const gchar *
must_get (const PlanStep * step, const gchar * key)
{
  const gchar *text = plan_get (step, key);

  if (!text)
    g_error ("%s: field not set: %s", step->action, key);
  return text;
}

gint64
plan_int (const PlanStep * step, const gchar * key)
{
  gint64 value = 0;

  if (!parse_int (must_get (step, key), G_MININT64, G_MAXINT64, &value, NULL))
    g_error ("%s: not a number: %s", step->action, key);
  return value;
}

gdouble
plan_seconds (const PlanStep * step, const gchar * key)
{
  gdouble value = 0.0;

  if (!parse_seconds (must_get (step, key), &value, NULL))
    g_error ("%s: not a duration: %s", step->action, key);
  return value;
}

gboolean
plan_bool (const PlanStep * step, const gchar * key)
{
  gboolean value = FALSE;

  if (!parse_bool (must_get (step, key), &value, NULL))
    g_error ("%s: not true or false: %s", step->action, key);
  return value;
}

static void
append_field (GString * line, const gchar * key, const gchar * value)
{
  g_autofree gchar *escaped = NULL;

  if (value[0] != '\0' && strpbrk (value, " \t\"\\") == NULL) {
    g_string_append_printf (line, " %s=%s", key, value);
    return;
  }
  escaped = g_strescape (value, NULL);
  g_string_append_printf (line, " %s=\"%s\"", key, escaped);
}

gchar *
plan_step_line (const PlanStep * step)
{
  GString *line = g_string_new (step->action);
  const ScenarioAction *action = scenario_action_by_name (step->action);

  for (const ScenarioField * field = action->fields; field->name; field++) {
    const gchar *value = g_hash_table_lookup (step->fields, field->name);
    g_autofree gchar *def = scenario_field_default (field);

    if (value && g_strcmp0 (value, def) != 0)
      append_field (line, field->name, value);
  }
  return g_string_free (line, FALSE);
}
