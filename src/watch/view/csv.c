/* RFC 4180: a header, a row for each pool; what is not known is empty. */
#include "config.h"
#include "watch/view/print.h"

#include <string.h>

/* What begins like a formula would be one in a spreadsheet: an apostrophe says that it is text. */
static void
add_field (const gchar * text, GString * out)
{
  g_autofree gchar *line = print_line (text);
  g_autofree gchar *valid = g_strconcat (*line && strchr ("=+-@", *line) ? "'" : "", line, NULL);

  if (!strpbrk (valid, ",\"")) {
    g_string_append (out, valid);
    return;
  }
  g_string_append_c (out, '"');
  for (const gchar * at = valid; *at; at++) {
    if (*at == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *at);
  }
  g_string_append_c (out, '"');
}

static void
add_header (GString * out)
{
  g_string_append (out, "time,source,pool,status");
  for (Quantity i = 0; i < N_QUANTITIES; i++)
    g_string_append_printf (out, ",%s", quantity_info (i)->name);
  g_string_append (out, ",owner_state,owner,note\r\n");
}

static void
add_row (const ViewData * data, const SampleReading * reading, GString * out)
{
  g_autofree gchar *time = print_time (data->sample->time_us);
  const gchar *const names[] = { time, reading->source, reading->pool,
    level_name (alert_worst (data->findings, reading->source, reading->pool))
  };
  const gchar *const owner[] = { print_owner_state (reading->owner_state), reading->owner,
    reading->note
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    if (i > 0)
      g_string_append_c (out, ',');
    add_field (names[i], out);
  }
  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    guint64 value;

    g_string_append_c (out, ',');
    if (print_get (reading, data->rules, i, &value))
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, value);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (owner); i++) {
    g_string_append_c (out, ',');
    add_field (owner[i], out);
  }
  g_string_append (out, "\r\n");
}

static void
print (const ViewData * data, const ViewStyle * style, GString * out)
{
  add_header (out);
  for (guint i = 0; i < data->sample->readings->len; i++)
    add_row (data, g_ptr_array_index (data->sample->readings, i), out);
}

const View view_csv = {
  .name = "csv",
  .summary = "comma separated values, a row for each pool",
  .print = print,
};
