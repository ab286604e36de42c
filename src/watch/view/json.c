/* One JSON document; what is not known is absent. */
#include "config.h"
#include "watch/view/json-pool.h"
#include "watch/view/print.h"

static void
add_trouble (JsonBuilder * builder, const SampleTrouble * trouble)
{
  json_builder_begin_object (builder);
  json_pool_text (builder, "source", trouble->source);
  json_pool_text (builder, "pool", trouble->pool);
  json_pool_text (builder, "text", trouble->text);
  json_builder_set_member_name (builder, "harmless");
  json_builder_add_boolean_value (builder, trouble->harmless);
  json_builder_end_object (builder);
}

static void
add_finding (JsonBuilder * builder, const AlertFinding * finding)
{
  json_builder_begin_object (builder);
  json_pool_text (builder, "level", level_name (finding->level));
  json_pool_text (builder, "source", finding->source);
  json_pool_text (builder, "pool", finding->pool);
  json_pool_text (builder, "rule", finding->rule);
  json_pool_text (builder, "text", finding->text);
  json_builder_end_object (builder);
}

static void
begin_list (JsonBuilder * builder, const gchar * member)
{
  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
}

static void
add_pools (JsonBuilder * builder, const ViewData * data)
{
  begin_list (builder, "pools");
  for (guint i = 0; i < data->sample->readings->len; i++) {
    json_builder_begin_object (builder);
    json_pool_members (builder, data, g_ptr_array_index (data->sample->readings, i));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
print (const ViewData * data, const ViewStyle * style, GString * out)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree gchar *time = print_time (data->sample->time_us);

  json_builder_begin_object (builder);
  json_pool_text (builder, "time", time);
  json_pool_text (builder, "level", level_name (data->level));
  add_pools (builder, data);
  begin_list (builder, "troubles");
  for (guint i = 0; i < data->sample->troubles->len; i++)
    add_trouble (builder, g_ptr_array_index (data->sample->troubles, i));
  json_builder_end_array (builder);
  begin_list (builder, "findings");
  for (guint i = 0; i < data->findings->len; i++)
    add_finding (builder, g_ptr_array_index (data->findings, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  json_pool_end (builder, TRUE, out);
}

const View view_json = {
  .name = "json",
  .summary = "one JSON document",
  .print = print,
};
