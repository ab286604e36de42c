#include "config.h"
#include "scenario/vars.h"

#include <string.h>

#include "base/error.h"
#include "scenario/scenario.h"

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
scenario_vars_init (ScenarioVars * vars, GHashTable * set)
{
  *vars = (ScenarioVars) {
    .axes = new_table (), .set = set, .defaults = new_table (), .declared = new_set (),
    .used = new_set (), .used_set = new_set (),
  };
}

void
scenario_vars_clear (ScenarioVars * vars)
{
  g_clear_pointer (&vars->axes, g_hash_table_unref);
  g_clear_pointer (&vars->defaults, g_hash_table_unref);
  g_clear_pointer (&vars->declared, g_hash_table_unref);
  g_clear_pointer (&vars->used, g_hash_table_unref);
  g_clear_pointer (&vars->used_set, g_hash_table_unref);
  vars->set = NULL;
}

void
scenario_vars_declare (ScenarioVars * vars, const gchar * name)
{
  g_hash_table_add (vars->declared, g_strdup (name));
}

gboolean
scenario_vars_is_used (const ScenarioVars * vars, const gchar * name)
{
  return g_hash_table_contains (vars->used, name);
}

/* The name that was declared: "order" for "order.1". */
static gchar *
base_name (const gchar * name)
{
  return g_strndup (name, strcspn (name, "."));
}

const gchar *
scenario_vars_get (ScenarioVars * vars, const gchar * name)
{
  const gchar *value = g_hash_table_lookup (vars->axes, name);

  g_hash_table_add (vars->used, base_name (name));
  if (value)
    return value;
  if (vars->set && (value = g_hash_table_lookup (vars->set, name))) {
    g_hash_table_add (vars->used_set, g_strdup (name));
    return value;
  }
  return g_hash_table_lookup (vars->defaults, name);
}

gchar *
scenario_vars_substitute (ScenarioVars * vars, const gchar * text, GError ** error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const gchar *dollar;

  while ((dollar = strstr (text, "${"))) {
    const gchar *end = strchr (dollar, '}');
    g_autofree gchar *name = NULL;
    const gchar *value;

    if (!end) {
      error_input (error, "no } after ${: %s", dollar);
      return NULL;
    }
    name = g_strndup (dollar + 2, (gsize) (end - dollar - 2));
    value = scenario_vars_get (vars, name);
    if (!value) {
      error_input (error, "unknown variable: %s", name);
      return NULL;
    }
    g_string_append_len (out, text, dollar - text);
    g_string_append (out, value);
    text = end + 1;
  }
  g_string_append (out, text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
matches_any (const gchar * globs, const gchar * value)
{
  g_auto (GStrv) each = g_strsplit (globs, "|", -1);

  for (guint i = 0; each[i]; i++) {
    if (g_pattern_match_simple (g_strstrip (each[i]), value))
      return TRUE;
  }
  return FALSE;
}

/* One that is declared but has no value in this case is like an empty one. */
static gboolean
condition_value (ScenarioVars * vars, const gchar * name, const gchar ** value, GError ** error)
{
  g_autofree gchar *base = base_name (name);

  *value = scenario_vars_get (vars, name);
  if (!*value && g_hash_table_contains (vars->declared, base))
    *value = "";
  if (!*value)
    error_input (error, "unknown variable: %s", name);
  return *value != NULL;
}

static gboolean
evaluate_one (ScenarioVars * vars, const gchar * condition, gboolean * holds, GError ** error)
{
  const gchar *equals = strchr (condition, '=');
  gboolean negated = equals && equals > condition && equals[-1] == '!';
  g_autofree gchar *name = NULL;
  const gchar *value;

  if (!equals || equals - negated == condition)
    return error_input (error, "not VAR=GLOB or VAR!=GLOB: %s", condition);
  name = g_strstrip (g_strndup (condition, (gsize) (equals - condition - negated)));
  if (!condition_value (vars, name, &value, error))
    return FALSE;
  *holds = matches_any (equals + 1, value) != negated;
  return TRUE;
}

gboolean
scenario_vars_evaluate (ScenarioVars * vars, const gchar * text, gboolean * holds,
    GError ** error)
{
  g_auto (GStrv) conditions = g_strsplit (text, ",", -1);

  *holds = TRUE;
  for (guint i = 0; conditions[i]; i++) {
    gboolean one = FALSE;

    if (!evaluate_one (vars, g_strstrip (conditions[i]), &one, error))
      return FALSE;
    *holds = *holds && one;
  }
  return TRUE;
}
