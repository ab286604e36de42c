#include "config.h"
#include "scenario/loader.h"

#include "base/error.h"

/* A file must not be able to keep us busy for ever. */
#define CASES_MAX 10000

const ScenarioLine *
scenario_line_at (const ScenarioLoader * loader, guint index)
{
  return g_ptr_array_index (loader->lines, index);
}

gboolean
scenario_at_line (const ScenarioLoader * loader, guint index, GError ** error)
{
  g_prefix_error (error, "%s:%d: ", loader->file, scenario_line_at (loader, index)->number);
  return FALSE;
}

const ScenarioAction *
scenario_line_kind (const ScenarioLine * line)
{
  g_autofree gchar *name = scenario_line_action (line->text);

  return scenario_action_by_name (name);
}

static gboolean
add_contracts (ScenarioLoader * loader, PlanCase * plan, const gchar * names, GError ** error)
{
  g_auto (GStrv) each = g_strsplit (names, ",", -1);

  for (guint i = 0; each[i]; i++) {
    if (!loader->knows (each[i]))
      return scenario_fail (error, "contracts", "unknown contract", each[i]);
    if (!g_ptr_array_find_with_equal_func (plan->contracts, each[i], g_str_equal, NULL))
      g_ptr_array_add (plan->contracts, g_strdup (each[i]));
  }
  return TRUE;
}

static const PlanStep *
find_role (const PlanCase * plan, const gchar * name)
{
  for (guint i = 0; i < plan->roles->len; i++) {
    const PlanStep *role = g_ptr_array_index (plan->roles, i);

    if (g_str_equal (plan_get (role, "name"), name))
      return role;
  }
  return NULL;
}

static gboolean
check_role (const PlanCase * plan, const ScenarioAction * action, const gchar * name,
    GError ** error)
{
  static const gchar *const wanted[] = {
    [SCENARIO_PRODUCER] = "a producer", [SCENARIO_CONSUMER] = "a consumer",
  };
  const PlanStep *role = find_role (plan, name);

  if (!role)
    return scenario_fail (error, "role", "not declared", name);
  if (action->side == SCENARIO_ANY || scenario_action_by_name (role->action)->side == action->side)
    return TRUE;
  return error_input (error, "role: %s needs %s: %s", action->name, wanted[action->side], name);
}

/* Points to wait for that only one side comes to. */
static gboolean
check_wait (const PlanCase * plan, const PlanStep * step, GError ** error)
{
  static const gchar *const of_producer[] = { "full", "resumed", "clients", NULL };
  static const gchar *const of_consumer[] = { "end", NULL };
  const gchar *point = plan_get (step, "for"), *name = plan_get (step, "role");
  ScenarioSide side = scenario_action_by_name (find_role (plan, name)->action)->side;

  if (side != SCENARIO_PRODUCER && g_strv_contains (of_producer, point))
    error_input (error, "role: for=%s needs a producer: %s", point, name);
  else if (side != SCENARIO_CONSUMER && g_strv_contains (of_consumer, point))
    error_input (error, "role: for=%s needs a consumer: %s", point, name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_step (const PlanCase * plan, const ScenarioAction * action, const PlanStep * step,
    GError ** error)
{
  for (const ScenarioField * field = action->fields; field->name; field++) {
    const gchar *value = plan_get (step, field->name);

    if (field->type == SCENARIO_ROLE && !check_role (plan, action, value, error))
      return FALSE;
  }
  return !g_str_equal (action->name, "wait") || check_wait (plan, step, error);
}

static gboolean
check_declaration (const PlanCase * plan, const ScenarioAction * action, const PlanStep * role,
    GError ** error)
{
  const gchar *name = plan_get (role, "name");

  if (find_role (plan, name))
    return scenario_fail (error, "name", "declared twice", name);
  if (action->side == SCENARIO_PRODUCER && plan_get (role, "caps")
      && !g_str_has_prefix (plan_get (role, "path"), "test"))
    return scenario_fail (error, "caps", "only with path=test or test-copy", plan_get (role, "caps"));
  return TRUE;
}

ScenarioRecord *
scenario_parse_line (ScenarioLoader * loader, const ScenarioLine * line, GError ** error)
{
  g_autofree gchar *action = scenario_line_action (line->text);
  g_autofree gchar *text = NULL;

  if (!scenario_action_by_name (action)) {
    scenario_fail (error, "action", "unknown", action);
    return NULL;
  }
  text = scenario_vars_substitute (&loader->vars, line->text, error);
  if (!text) {
    g_prefix_error (error, "%s: ", action);
    return NULL;
  }
  return scenario_record_parse (text, error);
}

static gboolean
add_line (ScenarioLoader * loader, PlanCase * plan, const ScenarioLine * line, GError ** error)
{
  g_autoptr (ScenarioRecord) record = scenario_parse_line (loader, line, error);
  const ScenarioAction *action = scenario_line_kind (line);
  GHashTable *fields = record ? scenario_action_fill (action, record, error) : NULL;
  g_autoptr (PlanStep) step = NULL;

  if (!fields)
    return FALSE;
  step = plan_step_new (action->name, line->number, fields);
  switch (action->kind) {
    case SCENARIO_META:
      return scenario_fail (error, "meta", "given twice", plan->scenario);
    case SCENARIO_ADDS:
      return add_contracts (loader, plan, plan_get (step, "names"), error);
    case SCENARIO_DECLARES:
      if (!check_declaration (plan, action, step, error))
        return FALSE;
      g_ptr_array_add (plan->roles, g_steal_pointer (&step));
      return TRUE;
    case SCENARIO_STEP:
      if (!check_step (plan, action, step, error))
        return FALSE;
      g_ptr_array_add (plan->steps, g_steal_pointer (&step));
      return TRUE;
    case SCENARIO_AXIS:
    case SCENARIO_ISSUE:
      break;
  }
  g_return_val_if_reached (FALSE);
}

gboolean
scenario_line_holds (ScenarioLoader * loader, guint index, gboolean * holds, GError ** error)
{
  g_autofree gchar *only = scenario_line_only (scenario_line_at (loader, index)->text, SCENARIO_IF);
  g_autoptr (ScenarioRecord) record = NULL;
  gboolean *kept = &g_array_index (loader->kept, gboolean, index);

  *holds = TRUE;
  if (only) {
    const ScenarioValue *value;

    record = scenario_record_parse (only, error);
    if (!record)
      return FALSE;
    value = scenario_record_get (record, SCENARIO_IF);
    if (value->is_list)
      return scenario_fail (error, SCENARIO_IF, "not in quotes", only);
    if (!scenario_vars_evaluate (&loader->vars, value->items[0], holds, error)) {
      g_prefix_error (error, SCENARIO_IF ": ");
      return FALSE;
    }
  }
  *kept = *kept || *holds;
  return TRUE;
}

static PlanCase *
new_case (const ScenarioLoader * loader, const gchar * name)
{
  PlanCase *plan = plan_case_new ();

  plan->name = g_strdup (name);
  plan->scenario = g_strdup (loader->scenario);
  plan->file = g_strdup (loader->file);
  plan->summary = g_strdup (g_hash_table_lookup (loader->meta, "summary"));
  plan->pair = g_strdup (g_hash_table_lookup (loader->vars.axes, "pair"));
  plan->tap = g_str_equal (g_hash_table_lookup (loader->meta, "tap"), "true");
  plan->by_name = g_str_equal (g_hash_table_lookup (loader->meta, "default"), "false");
  plan->deadline = g_ascii_strtod (g_hash_table_lookup (loader->meta, "deadline"), NULL);
  return plan;
}

static guint
count_producers (const PlanCase * plan)
{
  guint count = 0;

  for (guint i = 0; i < plan->roles->len; i++) {
    const PlanStep *role = g_ptr_array_index (plan->roles, i);

    count += scenario_action_by_name (role->action)->side == SCENARIO_PRODUCER;
  }
  return count;
}

static gboolean
accept_case (ScenarioLoader * loader, PlanCase * plan, GError ** error)
{
  g_autofree gchar *key = g_strdup_printf ("%s %s", plan->pair, plan->name);

  if (count_producers (plan) != 1)
    return scenario_fail (error, "producer", "not just one in this case", plan->name);
  if (loader->cases->len >= CASES_MAX)
    return scenario_fail (error, "meta", "too many cases", plan->scenario);
  if (!g_hash_table_add (loader->taken, g_steal_pointer (&key)))
    return scenario_fail (error, "meta", "case name taken", plan->name);
  return TRUE;
}

gboolean
scenario_build_case (ScenarioLoader * loader, const gchar * name, GError ** error)
{
  g_autoptr (PlanCase) plan = new_case (loader, name);

  if (!add_contracts (loader, plan, g_hash_table_lookup (loader->meta, "contracts"), error))
    return scenario_at_line (loader, 0, error);
  for (guint i = 1; i < loader->lines->len; i++) {
    const ScenarioLine *line = scenario_line_at (loader, i);
    const ScenarioAction *action = scenario_line_kind (line);
    gboolean holds;

    if (action && action->kind == SCENARIO_AXIS)
      continue;
    if (!scenario_line_holds (loader, i, &holds, error)
        || (holds && !add_line (loader, plan, line, error)))
      return scenario_at_line (loader, i, error);
  }
  if (!accept_case (loader, plan, error))
    return scenario_at_line (loader, 0, error);
  g_ptr_array_add (loader->cases, g_steal_pointer (&plan));
  return TRUE;
}
