/* What an exploration came to, in words and in JSON: "no violation" says how much was looked at. */
#include "config.h"
#include "shmstress/explore.h"

#include "base/text.h"
#include "explore/show.h"

#include <json-glib/json-glib.h>

const gchar *
explore_memory (const Engine * engine)
{
  return engine->memory == ENGINE_TSO ? ", tso" : "";
}

static gdouble
per_second (const SearchResult * result, guint64 n)
{
  return result->seconds > 0 ? n / result->seconds : 0;
}

static void
append_coverage (const SearchResult * result, GString * out)
{
  g_string_append_printf (out, "  %" G_GUINT64_FORMAT " schedules, %" G_GUINT64_FORMAT " points in "
      "%.2f s: %.0f schedules/s, %.1f M points/s\n", result->n_schedules, result->n_points,
      result->seconds, per_second (result, result->n_schedules),
      per_second (result, result->n_points) / 1e6);
  g_string_append_printf (out, "  random %" G_GUINT64_FORMAT ", PCT %" G_GUINT64_FORMAT
      ", bounded %" G_GUINT64_FORMAT "; at least %" G_GUINT64_FORMAT " distinct; "
      "%u pairs of places between threads; longest %u steps\n",
      result->n_by[ENGINE_RANDOM], result->n_by[ENGINE_PCT],
      result->n_by[ENGINE_BOUNDED], result->n_distinct, result->n_switches, result->longest);
}

static gchar *
bound_of (const SearchResult * result)
{
  const SearchCount *count = &result->bounded;

  if (!result->n_by[ENGINE_BOUNDED])
    return g_strdup ("not made");
  if (result->bound < 0)
    return g_strdup ("not complete for any number of preemptions");
  if (result->exhausted)
    return g_strdup_printf ("complete: these are all schedules there are, %" G_GUINT64_FORMAT
        " schedules, %" G_GUINT64_FORMAT " skipped as equivalent", count->n_schedules,
        count->n_skipped);
  return g_strdup_printf ("complete for up to %d preemptions, %" G_GUINT64_FORMAT
      " schedules, %" G_GUINT64_FORMAT " skipped as equivalent", result->bound,
      count->n_schedules, count->n_skipped);
}

static void
append_counter_example (const ExploreFinding * finding, GString * out)
{
  const Engine *engine = finding->engine;
  const gchar *expects = engine_expects (engine->model, engine->memory);

  g_string_append_printf (out, "%s, %u threads%s: VIOLATION of %s in schedule %" G_GUINT64_FORMAT
      "%s\n", engine->model->name, engine->n_threads, explore_memory (engine), engine->property,
      finding->result->n_schedules,
      g_strcmp0 (expects, engine->property) == 0 ? ", as it is known to" : "");
  append_coverage (finding->result, out);
  g_string_append (out, "\n");
  show_table (engine, out);
  if (finding->token)
    g_string_append_printf (out, "replay: shmstress replay %s%s%s%s\n",
        finding->target ? "--target=" : "", finding->target ? finding->target : "",
        finding->target ? " " : "", finding->token);
  else
    g_string_append_printf (out, "replay: the schedule is too long for a token; --seed=%"
        G_GUINT64_FORMAT " finds it again\n", finding->seed);
}

void
explore_print_text (const ExploreFinding * finding, GString * out)
{
  const SearchResult *result = finding->result;
  const Engine *engine = finding->engine;
  const gchar *expects = engine_expects (engine->model, engine->memory);
  g_autofree gchar *bound = bound_of (result);

  if (result->found) {
    append_counter_example (finding, out);
    return;
  }
  g_string_append_printf (out, "%s, %u threads%s: no violation%s\n", engine->model->name,
      engine->n_threads, explore_memory (engine),
      result->cancelled ? " before it was interrupted" : "");
  append_coverage (result, out);
  g_string_append_printf (out, "  bounded search: %s; seed %" G_GUINT64_FORMAT "\n", bound,
      finding->seed);
  if (expects)
    g_string_append_printf (out, "  it is known to break %s, which was not found\n", expects);
}

void
explore_print_line (const ExploreFinding * finding, GString * out)
{
  const Engine *engine = finding->engine;
  const SearchResult *result = finding->result;

  if (out->len == 0)
    g_string_append_printf (out, "%-26s %-16s %10s %8s %6s\n", "model", "broken", "schedules",
        "seconds", "steps");
  g_string_append_printf (out, "%-26s %-16s %10" G_GUINT64_FORMAT " %8.2f", engine->model->name,
      result->found ? engine->property : "-", result->n_schedules, result->seconds);
  if (result->found)
    g_string_append_printf (out, " %6u", engine->n_steps);
  g_string_append_c (out, '\n');
}

/* --- JSON --- */

static void
add_string (JsonBuilder * builder, const gchar * name, const gchar * value)
{
  json_builder_set_member_name (builder, name);
  if (value)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_number (JsonBuilder * builder, const gchar * name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_flag (JsonBuilder * builder, const gchar * name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_step (JsonBuilder * builder, const Engine * engine, const EngineStep * step)
{
  g_autofree gchar *name = show_thread_name (engine, step->thread);
  g_autofree gchar *place = show_place (step);
  g_autofree gchar *operation = show_operation (engine, step);

  json_builder_begin_object (builder);
  add_string (builder, "thread", name);
  add_string (builder, "place", place);
  add_string (builder, "operation", operation);
  json_builder_end_object (builder);
}

static void
add_counter_example (JsonBuilder * builder, const ExploreFinding * finding)
{
  const Engine *engine = finding->engine;

  add_string (builder, "property", engine->property);
  add_string (builder, "message", engine->message);
  add_string (builder, "token", finding->token);
  json_builder_set_member_name (builder, "steps");
  json_builder_begin_array (builder);
  for (guint i = 0; i < engine->n_steps; i++)
    add_step (builder, engine, &engine->trace[i]);
  json_builder_end_array (builder);
}

static void
add_search (JsonBuilder * builder, const SearchResult * result)
{
  add_number (builder, "schedules", result->n_schedules);
  add_number (builder, "points", result->n_points);
  json_builder_set_member_name (builder, "seconds");
  json_builder_add_double_value (builder, result->seconds);
  add_number (builder, "distinct", result->n_distinct);
  add_number (builder, "switches", result->n_switches);
  add_number (builder, "longest", result->longest);
  add_number (builder, "bound", result->bound);
  add_number (builder, "bounded", result->bounded.n_schedules);
  add_number (builder, "skipped", result->bounded.n_skipped);
  add_flag (builder, "exhausted", result->exhausted);
  add_flag (builder, "complete", !result->cancelled);
}

gchar *
explore_to_json (const ExploreFinding * finding)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *json = NULL;

  json_builder_begin_object (builder);
  add_string (builder, "model", finding->engine->model->name);
  add_number (builder, "threads", finding->engine->n_threads);
  add_string (builder, "memory", finding->engine->memory == ENGINE_TSO ? "tso" : "sc");
  add_number (builder, "seed", (gint64) finding->seed);
  add_string (builder, "expects",
      engine_expects (finding->engine->model, finding->engine->memory));
  add_flag (builder, "violation", finding->result->found);
  add_search (builder, finding->result);
  if (finding->result->found)
    add_counter_example (builder, finding);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, TRUE);
  return text_json (json);
}
