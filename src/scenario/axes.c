#include "config.h"
#include "scenario/axes.h"

#include <string.h>

#include "scenario/scenario.h"

/* 720 permutations. */
#define PERMUTE_MAX 6

void
scenario_axis_free (ScenarioAxis * axis)
{
  if (!axis)
    return;
  g_free (axis->key);
  g_ptr_array_unref (axis->rows);
  g_free (axis);
}

/* --- rows --- */

/* Goes to the next permutation of 0..n-1 in lexical order; FALSE after the last. */
static gboolean
next_permutation (guint * order, guint n)
{
  guint pivot = n - 1, swap = n - 1, kept;

  while (pivot > 0 && order[pivot - 1] > order[pivot])
    pivot--;
  if (pivot == 0)
    return FALSE;
  while (order[swap] < order[pivot - 1])
    swap--;
  kept = order[pivot - 1];
  order[pivot - 1] = order[swap];
  order[swap] = kept;
  for (guint low = pivot, high = n - 1; low < high; low++, high--) {
    kept = order[low];
    order[low] = order[high];
    order[high] = kept;
  }
  return TRUE;
}

static void
add_permutations (GPtrArray * rows, gchar ** items)
{
  guint order[PERMUTE_MAX] = { 0, 1, 2, 3, 4, 5 };
  guint n = g_strv_length (items);

  do {
    g_autoptr (GStrvBuilder) row = g_strv_builder_new ();

    for (guint i = 0; i < n; i++)
      g_strv_builder_add (row, items[order[i]]);
    g_ptr_array_add (rows, g_strv_builder_end (row));
  } while (next_permutation (order, n));
}

static void
add_values (GPtrArray * rows, gchar ** items)
{
  for (guint i = 0; items[i]; i++) {
    gchar *row[] = { items[i], NULL };

    g_ptr_array_add (rows, g_strdupv (row));
  }
}

/* --- the line --- */

/* The one field of RECORD that ACTION does not list. */
static const ScenarioValue *
find_variable (const ScenarioAction * action, const ScenarioRecord * record, GError ** error)
{
  const ScenarioValue *found = NULL;

  for (guint i = 0; i < record->values->len; i++) {
    const ScenarioValue *value = g_ptr_array_index (record->values, i);

    if (g_str_equal (value->key, SCENARIO_IF)
        || scenario_field_by_name (action, value->key))
      continue;
    if (found) {
      scenario_fail (error, action->name, "second variable", value->key);
      return NULL;
    }
    found = value;
  }
  if (!found)
    scenario_fail (error, action->name, "missing", "NAME={ ... }");
  return found;
}

static gboolean
check_items (const ScenarioValue * value, gboolean permute, GError ** error)
{
  if (!value->is_list)
    return scenario_fail (error, value->key, "not a list", value->items[0]);
  if (!value->items[0])
    return scenario_fail (error, value->key, "nothing in it", "{ }");
  if (permute && g_strv_length (value->items) > PERMUTE_MAX)
    return scenario_fail (error, value->key, "too many to permute", value->items[PERMUTE_MAX]);
  for (guint i = 0; value->items[i]; i++) {
    if (value->items[i][0] == '\0' || strpbrk (value->items[i], "/ \t"))
      return scenario_fail (error, value->key, "cannot be part of a case name", value->items[i]);
    if (permute && strchr (value->items[i], ','))
      return scenario_fail (error, value->key, "comma in an item", value->items[i]);
  }
  return TRUE;
}

ScenarioAxis *
scenario_axis_new (const ScenarioRecord * record, GError ** error)
{
  const ScenarioAction *action = scenario_action_by_name (record->action);
  g_autoptr (GHashTable) fields = scenario_action_fill (action, record, error);
  const ScenarioValue *value = fields ? find_variable (action, record, error) : NULL;
  gboolean permute = g_str_equal (action->name, "foreach");
  ScenarioAxis *axis;

  if (!value || !check_items (value, permute, error))
    return NULL;
  axis = g_new0 (ScenarioAxis, 1);
  axis->key = g_strdup (value->key);
  axis->hide = g_str_equal (g_hash_table_lookup (fields, "hide"), "true");
  axis->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  (permute ? add_permutations : add_values) (axis->rows, value->items);
  return axis;
}
