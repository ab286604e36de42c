#include "config.h"
#include "poolwatch/commands.h"

#include <string.h>

#define DEFAULT_CONFIG SHMDIAG_SYSCONFDIR "/poolwatch.conf"

void
watch_options_clear (WatchOptions * options)
{
  g_clear_pointer (&options->config, g_free);
  g_clear_pointer (&options->sources, g_strfreev);
  g_clear_pointer (&options->warning, g_strfreev);
  g_clear_pointer (&options->critical, g_strfreev);
  for (gsize i = 0; options->keys && i < conf_n_keys (); i++)
    g_free (options->keys[i]);
  g_clear_pointer (&options->keys, g_free);
  g_clear_pointer (&options->input, g_free);
  g_clear_pointer (&options->sysroot, g_free);
}

/* --- the options as GLib wants them --- */

static void
add_common (WatchOptions * options, GArray * entries)
{
  const GOptionEntry common[] = {
    {"config", 0, 0, G_OPTION_ARG_FILENAME, &options->config,
        "read this configuration; none: no file", "FILE"},
    {"source", 'S', 0, G_OPTION_ARG_STRING_ARRAY, &options->sources,
        "watch this instead: TYPE[,KEY=VALUE]...", "SOURCE"},
    {"warning", 'w', 0, G_OPTION_ARG_STRING_ARRAY, &options->warning,
        "WARNING outside: [POOL/][QUANTITY[-rate]=]RANGE", "RANGE"},
    {"critical", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &options->critical,
        "CRITICAL outside: [POOL/][QUANTITY[-rate]=]RANGE", "RANGE"},
    {"input", 0, 0, G_OPTION_ARG_FILENAME, &options->input,
        "read this capture (-: standard input)", "FILE"},
    {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &options->sysroot,
        "put this before every path that is read", "DIR"},
  };

  g_array_append_vals (entries, common, G_N_ELEMENTS (common));
}

/* Each key of the configuration is an option; some have a letter. */
static void
add_keys (WatchOptions * options, GArray * entries)
{
  static const struct
  {
    const gchar *name;
    gchar letter;
  } letters[] = { {"format", 'f'}, {"timeout", 't'}, {"state", 0} };

  options->keys = g_new0 (gchar *, conf_n_keys ());
  for (gsize i = 0; i < conf_n_keys (); i++) {
    GOptionEntry entry = { conf_key_name (i), 0, 0, G_OPTION_ARG_STRING, &options->keys[i],
      conf_key_help (i), conf_key_argument (i)
    };

    for (gsize k = 0; k < G_N_ELEMENTS (letters); k++) {
      if (g_str_equal (letters[k].name, entry.long_name))
        entry.short_name = letters[k].letter;
    }
    g_array_append_val (entries, entry);
  }
}

/* --- what they mean --- */

const gchar *
watch_config (const WatchOptions * options)
{
  return options->config ? options->config : DEFAULT_CONFIG;
}

static gboolean
load_file (const WatchOptions * options, Conf * conf, GError ** error)
{
  const gchar *path = watch_config (options);

  if (g_str_equal (path, "none"))
    return TRUE;
  if (!options->config && !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  return conf_load (conf, path, error);
}

static gboolean
apply_keys (const WatchOptions * options, Conf * conf, GError ** error)
{
  for (gsize i = 0; i < conf_n_keys (); i++) {
    if (options->keys[i] && !conf_set (conf, conf_key_name (i), options->keys[i], error)) {
      g_prefix_error (error, "--");
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
apply_thresholds (gchar ** texts, const gchar * option, Level level, Conf * conf,
    GError ** error)
{
  for (gsize i = 0; texts && texts[i]; i++) {
    if (!conf_add_threshold (conf, level, texts[i], error)) {
      g_prefix_error (error, "--%s: ", option);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
apply_sources (const WatchOptions * options, Conf * conf, GError ** error)
{
  if (options->sources)
    g_ptr_array_set_size (conf->sources, 0);
  for (gsize i = 0; options->sources && options->sources[i]; i++) {
    if (!conf_add_source (conf, options->sources[i], error)) {
      g_prefix_error (error, "--source: ");
      return FALSE;
    }
  }
  if (conf->sources->len == 0)
    conf_add_default_sources (conf);
  if (!options->input || conf->sources->len == 1)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "--input: takes one --source: %u are configured", conf->sources->len);
  return FALSE;
}

/* Below a directory that is not there nothing is, which is not what that means. */
static gboolean
check_sysroot (const WatchOptions * options, GError ** error)
{
  if (!options->sysroot || g_file_test (options->sysroot, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--sysroot: no such directory: %s",
      options->sysroot);
  return FALSE;
}

/* A capture needs no way to what is watched. */
static gboolean
check_ways (const WatchOptions * options, const Conf * conf, GError ** error)
{
  for (guint i = 0; i < conf->sources->len; i++) {
    const ConfSource *source = g_ptr_array_index (conf->sources, i);

    if (options->input || source_check_ways (source->source, source->values, error))
      continue;
    g_prefix_error (error, "source %s: ", source->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
apply (const WatchOptions * options, Conf * conf, GError ** error)
{
  return load_file (options, conf, error) && apply_keys (options, conf, error)
      && apply_thresholds (options->warning, "warning", LEVEL_WARNING, conf, error)
      && apply_thresholds (options->critical, "critical", LEVEL_CRITICAL, conf, error)
      && apply_sources (options, conf, error) && check_ways (options, conf, error)
      && check_sysroot (options, error);
}

Conf *
watch_parse (WatchOptions * options, gint * argc, gchar *** argv, const gchar * command,
    const gchar * arguments, const gchar * summary, const GOptionEntry * own)
{
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  g_autoptr (Conf) conf = conf_new ();
  g_autoptr (GError) error = NULL;

  for (; own->long_name; own++)
    g_array_append_val (entries, *own);
  add_common (options, entries);
  add_keys (options, entries);
  if (!command_parse (argc, argv, command, arguments, summary,
          (const GOptionEntry *) (gpointer) entries->data))
    return NULL;
  if (apply (options, conf, &error))
    return g_steal_pointer (&conf);
  command_error (WATCH_USAGE, "%s", error->message);
  return NULL;
}
