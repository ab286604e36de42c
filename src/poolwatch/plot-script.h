/* What gnuplot is told: pure text from the history. */
#pragma once
#include "poolwatch/commands.h"

typedef enum
{
  PLOT_PNG,
  PLOT_SVG,
  PLOT_TERMINAL,
} PlotKind;

/* Appends the script that draws SERIES (StoreSeries*, with shards) to SCRIPT: a panel each for pins
 * and memory, and two for each pool whose shards are known. Drawn by standard output; the script
 * names no file. WIDTH is in pixels, of a terminal in columns. FALSE: there is nothing to draw. */
gboolean plot_script (const GPtrArray * series, const AlertRules * rules, PlotKind kind,
    guint width, GString * script);

/* Appends TEXT as a text of gnuplot, in which nothing has a meaning. */
void plot_quote (const gchar * text, GString * script);
