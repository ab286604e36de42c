/* poolwatch dump and import: the store as JSON lines. */
#include "config.h"
#include "poolwatch/commands.h"

#include "base/error.h"
#include "base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines that are wrong are named up to this many. */
#define MAX_COMPLAINTS 20
/* The longest line that can be one: thousands of shards. */
#define MAX_LINE (16 * 1024 * 1024)

static Store *
open_store (const gchar * command, const Conf * conf, StoreMode mode)
{
  g_autofree gchar *dir = conf->state ? g_strdup (conf->state) : store_default_dir ();
  g_autoptr (GError) error = NULL;
  Store *store = store_open (dir, mode, &error);

  if (!store)
    command_error (STATUS_BROKEN, "%s: %s", command, error->message);
  else if (store_notice (store))
    command_error (STATUS_BROKEN, "%s: %s", command, store_notice (store));
  return store;
}

/* --- dump --- */

static gboolean
write_line (const gchar * line, gpointer user)
{
  return fputs (line, stdout) >= 0;
}

static gint64
time_since (gdouble seconds)
{
  gdouble us = (gdouble) g_get_real_time () - seconds * G_USEC_PER_SEC;

  return us > 0 ? (gint64) us : 0;
}

Status
command_dump (gint argc, gchar ** argv)
{
  g_autofree gchar *since = NULL;
  const GOptionEntry own[] = {
    {"since", 0, 0, G_OPTION_ARG_STRING, &since, "only what is younger: 90s, 5m, 12h, 7d", "TIME"},
    {NULL}
  };
  g_auto (WatchOptions) options = { 0 };
  g_autoptr (Conf) conf = NULL;
  g_autoptr (Store) store = NULL;
  g_autoptr (GError) error = NULL;
  gdouble seconds = 0;

  conf = watch_parse (&options, &argc, &argv, "dump", "", "prints the store as JSON lines", own);
  if (!conf)
    return WATCH_USAGE;
  command_drop_capabilities ();
  if (argc > 1)
    return command_error (WATCH_USAGE, "dump: takes no argument: %s", argv[1]);
  if (since && !parse_seconds (since, &seconds, NULL))
    return command_error (WATCH_USAGE, "dump: --since: not a duration: %s", since);
  store = open_store ("dump", conf, STORE_READ);
  if (!store)
    return STATUS_BROKEN;
  if (!store_dump (store, since ? time_since (seconds) : 0, write_line, NULL, &error))
    return command_error (STATUS_BROKEN, "dump: %s", error->message);
  return STATUS_PASS;
}

/* --- import --- */

typedef struct
{
  const gchar *name;            /* as complaints name it */
  FILE *file;
  guint64 line, n_taken, n_wrong;
} Input;

static void
complain (Input * input, const gchar * problem)
{
  if (++input->n_wrong <= MAX_COMPLAINTS)
    command_error (WATCH_USAGE, "%s:%" G_GUINT64_FORMAT ": %s", input->name, input->line, problem);
}

/* Up to and with the newline into LINE; what is beyond MAX_LINE is read and left out. FALSE: the
 * end. */
static gboolean
next_line (Input * input, GString * line)
{
  gint c = EOF;

  g_string_truncate (line, 0);
  while ((c = getc_unlocked (input->file)) != EOF && c != '\n') {
    if (line->len <= MAX_LINE)
      g_string_append_c (line, (gchar) c);
  }
  return c != EOF || line->len > 0;
}

static const gchar *
problem_of (const GString * line)
{
  if (line->len > MAX_LINE)
    return "not JSON: too long a line";
  return strlen (line->str) < line->len ? "not JSON: a zero byte" : NULL;
}

/* FALSE with ERROR: the store does not take any more. */
static gboolean
take_line (Store * store, Input * input, const GString * line, GError ** error)
{
  const gchar *problem = problem_of (line);
  g_autoptr (GError) why = NULL;

  if (problem)
    complain (input, problem);
  else if (strspn (line->str, " \t\r") == line->len)
    return TRUE;
  else if (store_import_line (store, line->str, &why))
    input->n_taken++;
  else if (g_error_matches (why, SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT))
    complain (input, why->message);
  else {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  return TRUE;
}

static gboolean
take_lines (Store * store, Input * input, GError ** error)
{
  g_autoptr (GString) line = g_string_new (NULL);

  while (next_line (input, line)) {
    input->line++;
    if (!take_line (store, input, line, error))
      return FALSE;
  }
  if (ferror (input->file)) {
    g_set_error (error, G_FILE_ERROR, 0, "%s: %s", input->name, g_strerror (errno));
    store_import_end (store, NULL);
    return FALSE;
  }
  return store_import_end (store, error);
}

static Status
import_input (Store * store, Input * input)
{
  g_autoptr (GError) error = NULL;

  if (!take_lines (store, input, &error))
    return command_error (STATUS_BROKEN, "import: %s", error->message);
  if (input->n_wrong > MAX_COMPLAINTS)
    command_error (WATCH_USAGE, "%s: %" G_GUINT64_FORMAT " more lines are wrong", input->name,
        input->n_wrong - MAX_COMPLAINTS);
  return input->n_wrong > 0 ? WATCH_USAGE : STATUS_PASS;
}

Status
command_import (gint argc, gchar ** argv)
{
  const GOptionEntry own[] = { {NULL} };
  g_auto (WatchOptions) options = { 0 };
  g_autoptr (Conf) conf = NULL;
  g_autoptr (Store) store = NULL;
  Input input = {.name = "standard input",.file = stdin };
  Status status;

  conf = watch_parse (&options, &argc, &argv, "import", "[FILE]", "adds JSON lines to the store",
      own);
  if (!conf)
    return WATCH_USAGE;
  command_drop_capabilities ();
  if (argc > 2)
    return command_error (WATCH_USAGE, "import: more than one file: %s", argv[2]);
  if (argc == 2 && !g_str_equal (argv[1], "-")) {
    input.name = argv[1];
    input.file = fopen (argv[1], "re");
    if (!input.file)
      return command_error (WATCH_USAGE, "import: %s: %s", argv[1], g_strerror (errno));
  }
  store = open_store ("import", conf, STORE_WRITE);
  status = store ? import_input (store, &input) : STATUS_BROKEN;
  if (input.file != stdin)
    fclose (input.file);
  return status;
}
