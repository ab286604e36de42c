/* poolwatch plot: the history as a picture, drawn by gnuplot. */
#include "config.h"
#include "poolwatch/commands.h"

#include "base/child.h"
#include "base/parse.h"
#include "base/term.h"
#include "poolwatch/plot-script.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DRAW_SECONDS 60
#define MAX_PICTURE (64 * 1024 * 1024)    /* bytes */
#define PICTURE_WIDTH 1200
#define DEFAULT_SINCE "7d"

typedef struct
{
  PlotKind kind;
  gchar *output;                /* file; NULL: standard output */
  gchar *since;
  gboolean terminal;
} PlotOptions;

static void
plot_options_clear (PlotOptions * options)
{
  g_free (options->output);
  g_free (options->since);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlotOptions, plot_options_clear)

/* --- gnuplot --- */

/* The first line of what gnuplot complained about that is not an echo of the script. */
static gchar *
complaint (const gchar * text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (gsize i = 0; lines[i]; i++) {
    const gchar *at = strstr (lines[i], "line ");

    if (at && strchr (at, ':'))
      return g_utf8_make_valid (at, -1);
  }
  return g_strdup ("failed");
}

/* What gnuplot draws by SCRIPT, without the settings of whoever calls us. FALSE with ERROR. */
static gboolean
draw (const gchar * script, ChildResult * picture, GError ** error)
{
  static const gchar *const argv[] = { "gnuplot", "-d", NULL };
  const ChildRequest request = {.argv = argv,.input = script,.max_output = MAX_PICTURE };
  g_autofree gchar *why = NULL;

  if (!child_run (&request, deadline_in (DRAW_SECONDS), picture, error))
    return FALSE;
  if (picture->status == 0 && picture->output_length > 0)
    return TRUE;
  why = complaint (picture->errors);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "gnuplot: %s", why);
  return FALSE;
}

/* --- what is drawn --- */

static gboolean
is_selected (const StoreSeries * series, gchar ** globs)
{
  g_autofree gchar *full = g_strconcat (series->source, "/", series->pool, NULL);

  for (gsize i = 0; globs[i]; i++) {
    if (g_pattern_match_simple (globs[i], series->pool) || g_pattern_match_simple (globs[i], full))
      return TRUE;
  }
  return !globs[0];
}

/* StoreSeries* of the pools that GLOBS (NULL at the end) select. NULL with ERROR. */
static GPtrArray *
read_series (const Conf * conf, gdouble since, gchar ** globs, GError ** error)
{
  g_autofree gchar *fallback = conf->state ? NULL : store_default_dir ();
  g_autoptr (Store) store = store_open (conf->state ? conf->state : fallback, STORE_READ, error);
  GPtrArray *all;

  if (!store)
    return NULL;
  all = store_history (store, NULL, NULL,
      g_get_real_time () - (gint64) (since * G_USEC_PER_SEC), TRUE, error);
  for (guint i = all ? all->len : 0; i-- > 0;) {
    const StoreSeries *series = g_ptr_array_index (all, i);

    if (series->points->len == 0 || !is_selected (series, globs))
      g_ptr_array_remove_index (all, i);
  }
  return all;
}

/* --- the command --- */

/* FALSE: told what is wrong. */
static gboolean
choose_kind (PlotOptions * options)
{
  if (options->terminal && options->output) {
    command_error (WATCH_USAGE, "plot: --terminal goes to standard output, not to %s",
        options->output);
    return FALSE;
  }
  if (!options->terminal && !options->output) {
    command_error (WATCH_USAGE, "plot: where to? (--output=FILE.png, FILE.svg, or --terminal)");
    return FALSE;
  }
  options->kind = options->terminal ? PLOT_TERMINAL
      : g_str_has_suffix (options->output, ".svg") ? PLOT_SVG : PLOT_PNG;
  if (options->kind != PLOT_PNG || g_str_has_suffix (options->output, ".png"))
    return TRUE;
  command_error (WATCH_USAGE, "plot: --output: neither .png nor .svg: %s", options->output);
  return FALSE;
}

/* FALSE: told what is wrong. */
static gboolean
check_options (PlotOptions * options, gdouble * since)
{
  if (!choose_kind (options))
    return FALSE;
  if (parse_seconds (options->since ? options->since : DEFAULT_SINCE, since, NULL) && *since > 0)
    return TRUE;
  command_error (WATCH_USAGE, "plot: --since: not a duration: %s", options->since);
  return FALSE;
}

static gboolean
write_picture (const PlotOptions * options, const ChildResult * picture, GError ** error)
{
  if (options->output)
    return g_file_set_contents_full (options->output, picture->output,
        (gssize) picture->output_length, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
  fwrite (picture->output, 1, picture->output_length, stdout);
  return TRUE;
}

static Status
plot (const Conf * conf, const PlotOptions * options, gdouble since, gchar ** globs)
{
  g_autofree gchar *gnuplot = g_find_program_in_path ("gnuplot");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) series = NULL;
  g_autoptr (GString) script = g_string_new (NULL);
  g_auto (ChildResult) picture = { 0 };

  if (!gnuplot)
    return command_error (WATCH_USAGE, "plot: gnuplot: not installed (Debian: gnuplot-nox)");
  series = read_series (conf, since, globs, &error);
  if (!series)
    return command_error (STATUS_BROKEN, "plot: %s", error->message);
  if (!plot_script (series, &conf->rules, options->kind,
          options->kind == PLOT_TERMINAL ? term_width (STDOUT_FILENO) : PICTURE_WIDTH, script))
    return command_error (STATUS_BROKEN, "plot: nothing to draw: no history of %s since then",
        globs[0] ? globs[0] : "any pool");
  if (!draw (script->str, &picture, &error) || !write_picture (options, &picture, &error))
    return command_error (STATUS_BROKEN, "plot: %s", error->message);
  return STATUS_PASS;
}

Status
command_plot (gint argc, gchar ** argv)
{
  g_auto (PlotOptions) options = { 0 };
  g_auto (WatchOptions) watch = { 0 };
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "draw into this file, .png or .svg",
        "FILE"},
    {"terminal", 'T', 0, G_OPTION_ARG_NONE, &options.terminal, "draw with letters", NULL},
    {"since", 0, 0, G_OPTION_ARG_STRING, &options.since,
        "only what is younger: 90s, 5m, 12h, 7d (7d)", "TIME"},
    {NULL}
  };
  g_autoptr (Conf) conf = watch_parse (&watch, &argc, &argv, "plot", "[POOL...]",
      "draws pins, memory and shards over time", entries);
  gdouble since;

  if (!conf || !check_options (&options, &since))
    return WATCH_USAGE;
  command_drop_capabilities ();
  return plot (conf, &options, since, argv + 1);
}
