/* poolwatch plot: the history as a picture, drawn by gnuplot. */
#include "config.h"
#include "poolwatch.h"

#include "base/parse.h"
#include "poolwatch-plot-script.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DRAW_SECONDS 60
#define PICTURE_WIDTH 1200
#define TERMINAL_WIDTH 80
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

typedef struct
{
  GMainLoop *loop;
  GSubprocess *process;
  GBytes *out, *err;
  gboolean late, ok;
} Drawing;

static void
on_end (GObject * source, GAsyncResult * result, gpointer user)
{
  Drawing *self = user;

  self->ok = g_subprocess_communicate_finish (self->process, result, &self->out, &self->err, NULL)
      && g_subprocess_get_successful (self->process);
  g_main_loop_quit (self->loop);
}

static gboolean
on_late (gpointer user)
{
  Drawing *self = user;

  self->late = TRUE;
  g_subprocess_force_exit (self->process);
  return G_SOURCE_CONTINUE;
}

/* The first line of what gnuplot complained about that is not an echo of the script. */
static gchar *
complaint (GBytes * err)
{
  gsize length = 0;
  const gchar *text = err ? g_bytes_get_data (err, &length) : NULL;
  g_autofree gchar *all = g_strndup (text ? text : "", length);
  g_auto (GStrv) lines = g_strsplit (all, "\n", -1);

  for (gsize i = 0; lines[i]; i++) {
    const gchar *at = strstr (lines[i], "line ");

    if (at && strchr (at, ':'))
      return g_utf8_make_valid (at, -1);
  }
  return g_strdup ("failed");
}

/* What gnuplot draws by SCRIPT. NULL with ERROR. */
static GBytes *
draw (const gchar * gnuplot, GString * take_script, GError ** error)
{
  g_autoptr (GBytes) script = g_string_free_to_bytes (take_script);
  Drawing self = {.loop = g_main_loop_new (NULL, FALSE) };
  guint timer = g_timeout_add_seconds (DRAW_SECONDS, on_late, &self);

  /* Without the settings of whoever calls us. */
  self.process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE, error, gnuplot, "-d", NULL);
  if (self.process) {
    g_subprocess_communicate_async (self.process, script, NULL, on_end, &self);
    g_main_loop_run (self.loop);
  }
  g_source_remove (timer);
  g_main_loop_unref (self.loop);
  if (self.process && (!self.ok || g_bytes_get_size (self.out) == 0)) {
    g_autofree gchar *why = self.late ? g_strdup_printf ("still draws after %d s", DRAW_SECONDS)
        : complaint (self.err);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "gnuplot: %s", why);
    g_clear_pointer (&self.out, g_bytes_unref);
  }
  g_clear_pointer (&self.err, g_bytes_unref);
  g_clear_object (&self.process);
  return self.out;
}

/* --- what is drawn --- */

/* TEXT in days and hours, too. */
static gboolean
parse_since (const gchar * text, gdouble * seconds)
{
  gsize length = strlen (text);
  gchar unit = length > 1 && g_ascii_isdigit (text[length - 2]) ? text[length - 1] : '\0';
  gdouble factor = unit == 'd' ? 86400 : unit == 'h' ? 3600 : 1;
  g_autofree gchar *number = g_strndup (text, factor > 1 ? length - 1 : length);

  if (!parse_seconds (number, seconds, NULL))
    return FALSE;
  *seconds *= factor;
  return *seconds > 0 && *seconds < 1e10;
}

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

static guint
terminal_width (void)
{
  const gchar *columns = g_getenv ("COLUMNS");
  gint64 width;

  return columns && parse_int (columns, 40, 1000, &width, NULL) ? (guint) width : TERMINAL_WIDTH;
}

/* FALSE: told what is wrong. */
static gboolean
choose_kind (PlotOptions * options)
{
  if (options->terminal && options->output) {
    command_error (STATUS_USAGE, "plot: --terminal goes to standard output, not to %s",
        options->output);
    return FALSE;
  }
  if (!options->terminal && !options->output) {
    command_error (STATUS_USAGE, "plot: where to? (--output=FILE.png, FILE.svg, or --terminal)");
    return FALSE;
  }
  options->kind = options->terminal ? PLOT_TERMINAL
      : g_str_has_suffix (options->output, ".svg") ? PLOT_SVG : PLOT_PNG;
  if (options->kind != PLOT_PNG || g_str_has_suffix (options->output, ".png"))
    return TRUE;
  command_error (STATUS_USAGE, "plot: --output: neither .png nor .svg: %s", options->output);
  return FALSE;
}

/* FALSE: told what is wrong. */
static gboolean
check_options (PlotOptions * options, gdouble * since)
{
  if (!choose_kind (options))
    return FALSE;
  if (parse_since (options->since ? options->since : DEFAULT_SINCE, since))
    return TRUE;
  command_error (STATUS_USAGE, "plot: --since: not a duration: %s", options->since);
  return FALSE;
}

static gboolean
write_picture (const PlotOptions * options, GBytes * picture, GError ** error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (picture, &size);

  if (options->output)
    return g_file_set_contents_full (options->output, data, (gssize) size,
        G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
  fwrite (data, 1, size, stdout);
  return TRUE;
}

static Status
plot (const Conf * conf, const PlotOptions * options, gdouble since, gchar ** globs)
{
  g_autofree gchar *gnuplot = g_find_program_in_path ("gnuplot");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) series = NULL;
  g_autoptr (GBytes) picture = NULL;
  GString *script;

  if (!gnuplot)
    return command_error (STATUS_USAGE, "plot: gnuplot: not installed (Debian: gnuplot-nox)");
  series = read_series (conf, since, globs, &error);
  if (!series)
    return command_error (STATUS_BROKEN, "plot: %s", error->message);
  script = g_string_new (NULL);
  if (!plot_script (series, &conf->rules, options->kind,
          options->kind == PLOT_TERMINAL ? terminal_width () : PICTURE_WIDTH, script)) {
    g_string_free (script, TRUE);
    return command_error (STATUS_BROKEN, "plot: nothing to draw: no history of %s since then",
        globs[0] ? globs[0] : "any pool");
  }
  picture = draw (gnuplot, script, &error);
  if (!picture || !write_picture (options, picture, &error))
    return command_error (STATUS_BROKEN, "plot: %s", error->message);
  return STATUS_PASS;
}

Status
command_plot (gint argc, gchar ** argv)
{
  g_auto (PlotOptions) options = { 0 };
  g_auto (WatchOptions) watch = { 0 };
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "draw into this file",
        "FILE.png|FILE.svg"},
    {"terminal", 'T', 0, G_OPTION_ARG_NONE, &options.terminal, "draw with letters", NULL},
    {"since", 0, 0, G_OPTION_ARG_STRING, &options.since,
        "only what is younger: 90s, 5m, 12h, 7d (7d)", "TIME"},
    {NULL}
  };
  g_autoptr (Conf) conf = watch_parse (&watch, &argc, &argv, "plot", "[POOL...]",
      "draws pins, memory and shards over time", entries);
  gdouble since;

  if (!conf || !check_options (&options, &since))
    return STATUS_USAGE;
  command_drop_capabilities ();
  return plot (conf, &options, since, argv + 1);
}
