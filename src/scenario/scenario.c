#include "config.h"
#include "scenario/scenario.h"

#include <string.h>

#include "base/error.h"
#include "scenario/axes.h"
#include "scenario/loader.h"

/* A file must not be able to keep us busy for ever. */
#define AXES_MAX 16

/* --- expansion --- */

static gboolean expand (ScenarioLoader * loader, guint from, const gchar * name, GError ** error);

static void
set_axis (ScenarioLoader * loader, const gchar * key, const gchar * value)
{
  g_hash_table_replace (loader->vars.axes, g_strdup (key), g_strdup (value));
}

/* ${KEY} is all of ROW, ${KEY.1} its first part. Returns the value. */
static const gchar *
set_row (ScenarioLoader * loader, const gchar * key, gchar ** row)
{
  g_autofree gchar *joined = g_strjoinv (",", row);

  for (guint i = 0; row[i]; i++) {
    g_autofree gchar *part = g_strdup_printf ("%s.%u", key, i + 1);

    set_axis (loader, part, row[i]);
  }
  set_axis (loader, key, joined);
  return g_hash_table_lookup (loader->vars.axes, key);
}

static void
unset_row (ScenarioLoader * loader, const gchar * key, gchar ** row)
{
  for (guint i = 0; row[i]; i++) {
    g_autofree gchar *part = g_strdup_printf ("%s.%u", key, i + 1);

    g_hash_table_remove (loader->vars.axes, part);
  }
  g_hash_table_remove (loader->vars.axes, key);
}

static ScenarioAxis *
read_axis (ScenarioLoader * loader, guint index, GError ** error)
{
  const ScenarioLine *line = scenario_line_at (loader, index);
  g_autoptr (ScenarioRecord) record = scenario_parse_line (loader, line, error);
  g_autoptr (ScenarioAxis) axis = record ? scenario_axis_new (record, error) : NULL;

  if (!axis)
    return NULL;
  if (loader->n_axes >= AXES_MAX)
    scenario_fail (error, record->action, "too many of them", axis->key);
  else if (g_hash_table_contains (loader->vars.axes, axis->key)
      || g_hash_table_contains (loader->vars.defaults, axis->key))
    scenario_fail (error, axis->key, "already a variable", record->action);
  else
    return g_steal_pointer (&axis);
  return NULL;
}

static gboolean
expand_axis (ScenarioLoader * loader, guint index, const gchar * name, GError ** error)
{
  g_autoptr (ScenarioAxis) axis = read_axis (loader, index, error);
  gboolean done = TRUE;

  if (!axis)
    return scenario_at_line (loader, index, error);
  loader->n_axes++;
  for (guint i = 0; done && i < axis->rows->len; i++) {
    gchar **row = g_ptr_array_index (axis->rows, i);
    const gchar *value = set_row (loader, axis->key, row);
    g_autofree gchar *longer = g_strconcat (name, "/", value, NULL);

    done = expand (loader, index + 1, axis->hide ? name : longer, error);
    unset_row (loader, axis->key, row);
  }
  loader->n_axes--;
  return done;
}

/* All cases that the axes from line FROM on make. */
static gboolean
expand (ScenarioLoader * loader, guint from, const gchar * name, GError ** error)
{
  for (guint i = from; i < loader->lines->len; i++) {
    const ScenarioAction *action = scenario_line_kind (scenario_line_at (loader, i));
    gboolean holds;

    if (!action || action->kind != SCENARIO_AXIS)
      continue;
    if (!scenario_line_holds (loader, i, &holds, error))
      return scenario_at_line (loader, i, error);
    if (holds)
      return expand_axis (loader, i, name, error);
  }
  return scenario_build_case (loader, name, error);
}

static gboolean
expand_pairs (ScenarioLoader * loader, GError ** error)
{
  g_auto (GStrv) pairs = g_strsplit (g_hash_table_lookup (loader->meta, "pairs"), ",", -1);

  for (guint i = 0; pairs[i]; i++) {
    g_auto (GStrv) sides = g_strsplit (pairs[i], ":", 2);

    set_axis (loader, "pair", pairs[i]);
    set_axis (loader, "producer", sides[0]);
    set_axis (loader, "consumer", sides[1]);
    if (!expand (loader, 1, loader->scenario, error))
      return FALSE;
  }
  return TRUE;
}

/* --- the file --- */

static gboolean
declare_variable (ScenarioLoader * loader, const gchar * key, GError ** error)
{
  static const gchar *const reserved[] = { "pair", "producer", "consumer", "if", "hide", NULL };

  if (g_strv_contains (reserved, key) || strchr (key, '.'))
    return scenario_fail (error, key, "not a name for a variable", key);
  scenario_vars_declare (&loader->vars, key);
  return TRUE;
}

static gboolean
take_default (ScenarioLoader * loader, const ScenarioValue * value, GError ** error)
{
  if (value->is_list)
    return scenario_fail (error, value->key, "a list, not in quotes", "meta");
  if (!declare_variable (loader, value->key, error))
    return FALSE;
  g_hash_table_insert (loader->vars.defaults, g_strdup (value->key), g_strdup (value->items[0]));
  return TRUE;
}

static gboolean
read_meta (ScenarioLoader * loader, GError ** error)
{
  const ScenarioLine *line = scenario_line_at (loader, 0);
  const ScenarioAction *action = scenario_line_kind (line);
  g_autoptr (ScenarioRecord) record = NULL;

  if (!action || action->kind != SCENARIO_META)
    return scenario_fail (error, "meta", "not the first line", line->text);
  record = scenario_record_parse (line->text, error);
  if (!record)
    return FALSE;
  loader->meta = scenario_action_fill (action, record, error);
  if (!loader->meta)
    return FALSE;
  for (guint i = 0; i < record->values->len; i++) {
    const ScenarioValue *value = g_ptr_array_index (record->values, i);

    if (!scenario_field_by_name (action, value->key)
        && !take_default (loader, value, error))
      return FALSE;
  }
  return TRUE;
}

/* Calls EACH with every variable that line INDEX defines. */
static gboolean
each_variable (ScenarioLoader * loader, guint index,
    gboolean (*each) (ScenarioLoader * loader, const gchar * key, GError ** error), GError ** error)
{
  const ScenarioLine *line = scenario_line_at (loader, index);
  const ScenarioAction *action = scenario_line_kind (line);
  g_auto (GStrv) keys = NULL;

  if (!action || !scenario_action_is_open (action))
    return TRUE;
  keys = scenario_line_keys (line->text);
  for (guint i = 0; keys[i]; i++) {
    if (!g_str_equal (keys[i], SCENARIO_IF) && !scenario_field_by_name (action, keys[i])
        && !each (loader, keys[i], error))
      return scenario_at_line (loader, index, error);
  }
  return TRUE;
}

/* Names first: a condition may speak of a variable that this case does not set. */
static gboolean
declare_axes (ScenarioLoader * loader, GError ** error)
{
  for (guint i = 1; i < loader->lines->len; i++) {
    if (!each_variable (loader, i, declare_variable, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_used (ScenarioLoader * loader, const gchar * key, GError ** error)
{
  if (!scenario_vars_is_used (&loader->vars, key))
    return scenario_fail (error, key, "no line uses it", loader->scenario);
  return TRUE;
}

/* A line that no case has is a slip of the pen, unless --set made it so. */
static gboolean
check_kept (const ScenarioLoader * loader, guint index, GError ** error)
{
  g_autofree gchar *only = NULL;

  if (g_array_index (loader->kept, gboolean, index)
      || g_hash_table_size (loader->vars.used_set) > 0)
    return TRUE;
  only = scenario_line_only (scenario_line_at (loader, index)->text, SCENARIO_IF);
  scenario_fail (error, SCENARIO_IF, "holds in no case", only);
  return scenario_at_line (loader, index, error);
}

static gboolean
check_leftovers (ScenarioLoader * loader, GError ** error)
{
  for (guint i = 0; i < loader->lines->len; i++) {
    if (i > 0 && !check_kept (loader, i, error))
      return FALSE;
    if (!each_variable (loader, i, check_used, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_file (ScenarioLoader * loader, const gchar * text, GError ** error)
{
  loader->lines = scenario_read_lines (loader->file, text, error);
  if (!loader->lines)
    return FALSE;
  if (loader->lines->len == 0)
    return error_input (error, "%s:1: meta: missing: no line in the file", loader->file);
  g_array_set_size (loader->kept, loader->lines->len);
  if (!read_meta (loader, error))
    return scenario_at_line (loader, 0, error);
  return declare_axes (loader, error) && expand_pairs (loader, error)
      && check_leftovers (loader, error);
}

static void
loader_init (ScenarioLoader * loader, const gchar * file, const ScenarioContext * context,
    const GPtrArray * cases)
{
  *loader = (ScenarioLoader) {.file = file, .knows = context->knows };
  loader->scenario = g_path_get_basename (file);
  if (g_str_has_suffix (loader->scenario, ".scenario"))
    *strrchr (loader->scenario, '.') = '\0';
  loader->kept = g_array_new (FALSE, TRUE, sizeof (gboolean));
  loader->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  loader->cases = g_ptr_array_new_with_free_func ((GDestroyNotify) plan_case_free);
  scenario_vars_init (&loader->vars, context->set);
  for (guint i = 0; i < cases->len; i++) {
    const PlanCase *plan = g_ptr_array_index (cases, i);

    g_hash_table_add (loader->taken, g_strdup_printf ("%s %s", plan->pair, plan->name));
  }
}

static void
loader_clear (ScenarioLoader * loader)
{
  scenario_vars_clear (&loader->vars);
  g_free (loader->scenario);
  g_clear_pointer (&loader->lines, g_ptr_array_unref);
  g_clear_pointer (&loader->meta, g_hash_table_unref);
  g_array_unref (loader->kept);
  g_hash_table_unref (loader->taken);
  g_ptr_array_unref (loader->cases);
}

static void
note_settings (const ScenarioLoader * loader, GHashTable * used)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, loader->vars.used_set);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (used, g_strdup (name));
}

gboolean
scenario_load (const gchar * file, const gchar * text, const ScenarioContext * context,
    GPtrArray * cases, GError ** error)
{
  ScenarioLoader loader;
  gboolean done;

  loader_init (&loader, file, context, cases);
  done = read_file (&loader, text, error);
  if (done) {
    while (loader.cases->len > 0)
      g_ptr_array_add (cases, g_ptr_array_steal_index (loader.cases, 0));
    if (context->used)
      note_settings (&loader, context->used);
  }
  loader_clear (&loader);
  return done;
}

const gchar *
scenario_unused_setting (const ScenarioContext * context)
{
  GHashTableIter iter;
  gpointer name;
  const gchar *first = NULL;

  if (!context->set)
    return NULL;
  g_hash_table_iter_init (&iter, context->set);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    if ((!context->used || !g_hash_table_contains (context->used, name))
        && (!first || strcmp (name, first) < 0))
      first = name;
  }
  return first;
}
