#include "config.h"
#include "watch/view/json-pool.h"

#include "base/text.h"
#include "watch/view/print.h"

void
json_pool_text (JsonBuilder * builder, const gchar * member, const gchar * text)
{
  g_autofree gchar *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (!valid)
    return;
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, valid);
}

void
json_pool_number (JsonBuilder * builder, const gchar * member, guint64 value)
{
  json_builder_set_member_name (builder, member);
  if (value <= G_MAXINT64)
    json_builder_add_int_value (builder, (gint64) value);
  else
    json_builder_add_double_value (builder, (gdouble) value);
}

static void
add_shards (JsonBuilder * builder, const GArray * shards)
{
  json_builder_set_member_name (builder, "shards");
  json_builder_begin_array (builder);
  for (guint i = 0; i < shards->len; i++) {
    const SampleShard *shard = &g_array_index (shards, SampleShard, i);

    json_builder_begin_object (builder);
    json_pool_number (builder, "references", shard->references);
    json_pool_number (builder, "size", shard->size);
    json_pool_number (builder, "used", shard->used);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_holders (JsonBuilder * builder, const GPtrArray * holders)
{
  json_builder_set_member_name (builder, "holders");
  json_builder_begin_array (builder);
  for (guint i = 0; i < holders->len; i++) {
    const SampleHolder *holder = g_ptr_array_index (holders, i);

    json_builder_begin_object (builder);
    json_pool_number (builder, "pid", (guint64) MAX (holder->pid, 0));
    json_pool_text (builder, "name", holder->name);
    json_pool_number (builder, "mapped_bytes", holder->mapped);
    json_pool_number (builder, "fds", holder->n_fds);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
json_pool_members (JsonBuilder * builder, const ViewData * data, const SampleReading * reading)
{
  Level level = alert_worst (data->findings, reading->source, reading->pool);

  json_pool_text (builder, "source", reading->source);
  json_pool_text (builder, "pool", reading->pool);
  json_pool_text (builder, "status", level_name (level));
  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    guint64 value;

    if (print_get (reading, data->rules, i, &value))
      json_pool_number (builder, quantity_info (i)->name, value);
  }
  json_pool_text (builder, "owner_state", print_owner_state (reading->owner_state));
  json_pool_text (builder, "owner", reading->owner);
  json_pool_text (builder, "instance", reading->instance);
  json_pool_text (builder, "note", reading->note);
  if (reading->shards)
    add_shards (builder, reading->shards);
  if (reading->holders)
    add_holders (builder, reading->holders);
}

void
json_pool_end (JsonBuilder * builder, gboolean pretty, GString * out)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree gchar *json = NULL, *printable = NULL;
  JsonNode *root = json_builder_get_root (builder);

  json_generator_set_pretty (generator, pretty);
  json_generator_set_root (generator, root);
  json = json_generator_to_data (generator, NULL);
  printable = text_json (json);
  g_string_append (out, printable);
  g_string_append_c (out, '\n');
  json_node_unref (root);
}
