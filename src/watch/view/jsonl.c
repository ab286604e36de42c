/* A line with a JSON object for each pool. */
#include "config.h"
#include "watch/view/json-pool.h"
#include "watch/view/print.h"

static void
print (const ViewData * data, const ViewStyle * style, GString * out)
{
  g_autofree gchar *time = print_time (data->sample->time_us);

  for (guint i = 0; i < data->sample->readings->len; i++) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();

    json_builder_begin_object (builder);
    json_pool_text (builder, "time", time);
    json_pool_members (builder, data, g_ptr_array_index (data->sample->readings, i));
    json_builder_end_object (builder);
    json_pool_end (builder, FALSE, out);
  }
}

const View view_jsonl = {
  .name = "jsonl",
  .summary = "a JSON object for each pool, one a line",
  .print = print,
};
