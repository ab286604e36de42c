/* One JSON document with everything that is known about the run. */
#include "config.h"
#include "report/table.h"

#include <json-glib/json-glib.h>

/* Goes up when a key changes its meaning or goes away; new keys alone do not raise it. */
#define SCHEMA 1

typedef struct
{
  const ReportRun *run;
  GPtrArray *cases;             /* const ReportCase* */
} Json;

static gpointer
json_begin (const ReportRun * run, const ReportStyle * style, GString * out)
{
  Json *self = g_new0 (Json, 1);

  self->run = run;
  self->cases = g_ptr_array_new ();
  return self;
}

static void
json_result (gpointer state, const ReportCase * report_case, GString * out)
{
  Json *self = state;

  g_ptr_array_add (self->cases, (gpointer) report_case);
}

static void
add_text (JsonBuilder * builder, const gchar * key, const gchar * text)
{
  json_builder_set_member_name (builder, key);
  if (!text)
    json_builder_add_null_value (builder);
  else
    json_builder_add_string_value (builder, text);
}

static void
add_number (JsonBuilder * builder, const gchar * key, gint64 number)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, number);
}

/* As text: many readers keep numbers as doubles and would lose the low bits. */
static void
add_seed (JsonBuilder * builder, guint64 seed)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);

  add_text (builder, "seed", text);
}

static void
add_seconds (JsonBuilder * builder, gdouble seconds)
{
  g_autofree gchar *text = report_seconds (seconds);

  json_builder_set_member_name (builder, "seconds");
  json_builder_add_double_value (builder, g_ascii_strtod (text, NULL));
}

static void
add_list (JsonBuilder * builder, const gchar * key, const GPtrArray * list)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  for (guint i = 0; list && i < list->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (list, i));
  json_builder_end_array (builder);
}

static void
add_known (JsonBuilder * builder, const ReportKnown * known)
{
  json_builder_set_member_name (builder, "known");
  if (!known) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  add_text (builder, "id", known->id);
  add_text (builder, "reference", known->reference);
  add_text (builder, "fixed", known->fixed);
  add_text (builder, "summary", known->summary);
  add_text (builder, "proof", known->proof);
  json_builder_end_object (builder);
}

static void
add_result (JsonBuilder * builder, const ReportResult * result)
{
  json_builder_begin_object (builder);
  add_text (builder, "verdict", report_verdict_name (result->verdict));
  add_text (builder, "contract", result->contract);
  add_text (builder, "contract_id", result->contract_id);
  add_text (builder, "contract_text", result->contract_text);
  add_text (builder, "blamed", result->blamed);
  add_text (builder, "element", result->element);
  add_number (builder, "looked", result->looked);
  add_number (builder, "broken", result->broken);
  add_list (builder, "evidence", result->evidence);
  add_known (builder, result->known);
  add_text (builder, "message", result->message);
  json_builder_end_object (builder);
}

static void
add_row (JsonBuilder * builder, const ReportTable * table, const ReportRow * row)
{
  json_builder_begin_object (builder);
  for (guint i = 0; i < table->n_columns; i++) {
    const gchar *cell = row->cells[i];
    guint64 number;

    if (table->columns[i].where == REPORT_FOR_PEOPLE || !cell || *cell == '\0')
      continue;                 /* what is not known is absent */
    if (table->columns[i].is_number
        && g_ascii_string_to_unsigned (cell, 10, 0, G_MAXINT64, &number, NULL))
      add_number (builder, table->columns[i].name, (gint64) number);
    else
      add_text (builder, table->columns[i].name, cell);
  }
  json_builder_end_object (builder);
}

static void
add_tables (JsonBuilder * builder, const GPtrArray * tables)
{
  json_builder_set_member_name (builder, "exhibits");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tables->len; i++) {
    const ReportTable *table = g_ptr_array_index (tables, i);

    json_builder_begin_object (builder);
    add_text (builder, "title", table->title);
    json_builder_set_member_name (builder, "rows");
    json_builder_begin_array (builder);
    for (guint r = 0; r < table->rows->len; r++)
      add_row (builder, table, g_ptr_array_index (table->rows, r));
    json_builder_end_array (builder);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_case (JsonBuilder * builder, const ReportCase * report_case)
{
  json_builder_begin_object (builder);
  add_text (builder, "name", report_case->name);
  add_text (builder, "pair", report_case->pair);
  add_text (builder, "verdict", report_verdict_name (report_case_verdict (report_case)));
  add_seconds (builder, report_case->seconds);
  add_seed (builder, report_case->seed);
  add_text (builder, "reproduce", report_case->reproduce);
  json_builder_set_member_name (builder, "results");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report_case->results->len; i++)
    add_result (builder, g_ptr_array_index (report_case->results, i));
  json_builder_end_array (builder);
  add_list (builder, "stack", report_case->stack);
  add_tables (builder, report_case->tables);
  add_list (builder, "listing", report_case->listing);
  json_builder_end_object (builder);
}

static void
add_counts (JsonBuilder * builder, const gchar * key, const guint * counts)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  for (guint i = 0; i < REPORT_N_VERDICTS; i++)
    add_number (builder, report_verdict_name (i), counts[i]);
  json_builder_end_object (builder);
}

static void
add_totals (JsonBuilder * builder, const ReportTotals * totals)
{
  json_builder_set_member_name (builder, "totals");
  json_builder_begin_object (builder);
  add_counts (builder, "results", totals->counts);
  add_counts (builder, "cases", totals->cases);
  add_seconds (builder, totals->seconds);
  json_builder_end_object (builder);
}

static void
add_run (JsonBuilder * builder, const ReportRun * run)
{
  add_number (builder, "schema", SCHEMA);
  add_text (builder, "program", run->program);
  add_text (builder, "version", run->version);
  add_text (builder, "target", run->target);
  add_text (builder, "host", run->host);
  add_seed (builder, run->seed);
  add_number (builder, "selected", run->n_cases);
  add_number (builder, "not_selected", run->n_not_selected);
}

/* The ids alone under KEY. */
static void
add_ids (JsonBuilder * builder, const gchar * key, const GPtrArray * notes)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  for (guint i = 0; notes && i < notes->len; i++)
    json_builder_add_string_value (builder,
        ((const ReportNote *) g_ptr_array_index (notes, i))->id);
  json_builder_end_array (builder);
}

static void
add_notes (JsonBuilder * builder, const GPtrArray * notes, ReportVerdict verdict)
{
  for (guint i = 0; notes && i < notes->len; i++) {
    const ReportNote *note = g_ptr_array_index (notes, i);

    json_builder_begin_object (builder);
    add_text (builder, "verdict", report_verdict_name (verdict));
    add_text (builder, "id", note->id);
    add_text (builder, "text", note->text);
    json_builder_end_object (builder);
  }
}

static JsonNode *
build_document (const Json * self, const ReportTotals * totals)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_run (builder, self->run);
  json_builder_set_member_name (builder, "interrupted");
  json_builder_add_boolean_value (builder, totals->interrupted);
  add_totals (builder, totals);
  add_ids (builder, "xpass", totals->xpass);
  json_builder_set_member_name (builder, "notes");
  json_builder_begin_array (builder);
  add_notes (builder, totals->excess, REPORT_FAIL);
  add_notes (builder, totals->xpass, REPORT_XPASS);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "cases");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->cases->len; i++)
    add_case (builder, g_ptr_array_index (self->cases, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
json_end (gpointer state, const ReportTotals * totals, GString * out)
{
  Json *self = state;
  g_autoptr (JsonNode) root = build_document (self, totals);
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  json_generator_to_gstring (generator, out);
  g_string_append_c (out, '\n');
  g_ptr_array_unref (self->cases);
  g_free (self);
}

const Reporter reporter_json = {
  .name = "json",
  .summary = "one JSON document with everything that is known",
  .begin = json_begin,
  .result = json_result,
  .end = json_end,
};
