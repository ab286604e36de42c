/* Sequence charts: a lifeline a thread, a line from step to step. */
#include "config.h"
#include "explore/show.h"

#include "base/text.h"

#define TOP 60
#define ROW 26
#define COLUMN 330
#define LEFT 30

static void
append_text (GString * out, guint x, guint y, const gchar * class, const gchar * text)
{
  g_autofree gchar *line = text_line (text);    /* XML has no place for control characters */
  g_autofree gchar *escaped = g_markup_escape_text (line, -1);

  g_string_append_printf (out, "<text x=\"%u\" y=\"%u\" class=\"%s\">%s</text>\n", x, y, class,
      escaped);
}

static guint
x_of (guint thread)
{
  return LEFT + thread * COLUMN;
}

static void
append_lifelines (const Engine * engine, GString * out)
{
  guint bottom = TOP + engine->n_steps * ROW;

  for (guint i = 0; i < engine->n_threads; i++) {
    g_autofree gchar *name = show_thread_name (engine, i);

    append_text (out, x_of (i), 24, "head", name);
    g_string_append_printf (out, "<line x1=\"%u\" y1=\"34\" x2=\"%u\" y2=\"%u\" class=\"life\"/>\n",
        x_of (i), x_of (i), bottom);
  }
}

static void
append_step (const Engine * engine, guint i, GString * out)
{
  const EngineStep *step = &engine->trace[i];
  g_autofree gchar *place = show_place (step);
  g_autofree gchar *operation = show_operation (engine, step);
  g_autofree gchar *text = g_strdup_printf ("%u  %s", i + 1, operation);
  guint y = TOP + i * ROW;

  if (i > 0)
    g_string_append_printf (out, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" class=\"path\"/>\n",
        x_of (engine->trace[i - 1].thread), y - ROW, x_of (step->thread), y);
  g_string_append_printf (out, "<circle cx=\"%u\" cy=\"%u\" r=\"4\"%s/>\n", x_of (step->thread),
      y, (step->how & 0xff) == SHMDIAG_FLUSH ? " class=\"flush\"" : "");
  append_text (out, x_of (step->thread) + 10, y + 1, "step", text);
  append_text (out, x_of (step->thread) + 10, y + 12, "place", place);
}

void
show_chart (const Engine * engine, GString * out)
{
  guint width = MAX (engine->n_threads * COLUMN + LEFT, 900);
  guint height = TOP + engine->n_steps * ROW + 40;
  g_autofree gchar *verdict = engine->property[0] ?
      g_strdup_printf ("broken: %s: %s", engine->property, engine->message) :
      g_strdup ("nothing is broken");

  g_string_append_printf (out,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
      "viewBox=\"0 0 %u %u\">\n"
      "<style>text { font: 12px monospace } .head, .broken { font-weight: bold }\n"
      ".place { font-size: 9px; fill: #666 } .broken { fill: #b00 }\n"
      ".flush { fill: white; stroke: black }\n"
      ".life { stroke: #bbb; stroke-dasharray: 4 4 } .path { stroke: #48c }</style>\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", width, height, width, height);
  append_lifelines (engine, out);
  for (guint i = 0; i < engine->n_steps; i++)
    append_step (engine, i, out);
  append_text (out, LEFT, height - 16, "broken", verdict);
  g_string_append (out, "</svg>\n");
}
