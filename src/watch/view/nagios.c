/* For monitoring systems: the first line is what a pager shows, further ones are optional. */
#include "config.h"
#include "watch/view/perfdata.h"
#include "watch/view/print.h"

#include <string.h>

#define FIRST_LINE_COLUMNS 80

/* "table-0: 12 of 16 pins"; SOURCE before it where a pool of that name is not the only one. A bar
 * would begin the performance data. Caller frees. */
static gchar *
finding_text (const ViewData * data, const AlertFinding * finding, gboolean full)
{
  const gchar *pool = finding->pool;
  g_autofree gchar *subject = NULL, *text = NULL;
  guint n_same = 0;

  for (guint i = 0; pool && i < data->sample->readings->len; i++)
    n_same += g_str_equal (((SampleReading *) g_ptr_array_index (data->sample->readings, i))->pool,
        pool);
  subject = pool && n_same < 2 && !full ? print_line (pool) : print_subject (finding->source, pool);
  text = print_line (finding->text);
  return g_strdelimit (g_strconcat (subject, ": ", text, NULL), "|", '/');
}

/* Appends the findings of LEVEL that fit. Returns how many do not. */
static guint
add_findings (const ViewData * data, Level level, GString * line)
{
  guint n_left = 0, n_taken = 0;

  for (guint i = 0; i < data->findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (data->findings, i);
    g_autofree gchar *text = finding_text (data, finding, FALSE);
    /* Room for " (+99 more)". */
    guint room = FIRST_LINE_COLUMNS - 12 - MIN (print_columns (line->str), FIRST_LINE_COLUMNS - 12);

    if (finding->level != level)
      continue;
    if (n_taken > 0 && (n_left > 0 || print_columns (text) + 2 > room)) {
      n_left++;
      continue;
    }
    g_string_append (line, n_taken++ > 0 ? "; " : " - ");
    g_string_append (line, text);
  }
  if (n_taken == 0)
    g_string_append (line, data->sample->readings->len > 0 ? "" : " - no pools");
  return n_left;
}

/* The others are told in the further lines. */
static void
add_first_line (const ViewData * data, GString * out)
{
  g_autoptr (GString) line = g_string_new ("POOLWATCH ");
  g_autofree gchar *clipped = NULL, *more = NULL;
  guint n_left;

  g_string_append (line, level_name (data->level));
  n_left = add_findings (data, data->level, line);
  more = n_left > 0 ? g_strdup_printf (" (+%u more)", n_left) : g_strdup ("");
  clipped = print_clip (line->str, FIRST_LINE_COLUMNS - print_columns (more));
  g_string_append_printf (out, "%s%s", clipped, more);
}

static void
print (const ViewData * data, const ViewStyle * style, GString * out)
{
  g_autoptr (GString) perfdata = g_string_new (NULL);

  add_first_line (data, out);
  perfdata_print (data, perfdata);
  if (perfdata->len > 0)
    g_string_append_printf (out, " |%s", perfdata->str);
  g_string_append_c (out, '\n');
  for (guint i = 0; i < data->findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (data->findings, i);
    g_autofree gchar *text = finding_text (data, finding, TRUE);

    if (finding->level != LEVEL_OK || style->verbose)
      g_string_append_printf (out, "%s %s\n", level_name (finding->level), text);
  }
}

const View view_nagios = {
  .name = "nagios",
  .summary = "a line and performance data for monitoring systems",
  .print = print,
};
