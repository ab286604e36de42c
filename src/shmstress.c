/* shmstress: do producer and consumers keep the contracts of their transport? */
#include "config.h"
#include "shmstress.h"

#include "role/role.h"
#ifdef HAVE_GST
#include "role/gst-probe.h"
#endif

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <sys/capability.h>
#include <unistd.h>

typedef struct
{
  const gchar *name;
  Status (*run) (gint argc, gchar ** argv);
  const gchar *summary;
} Command;

static const Command commands[] = {
  {"run", command_run, "run scenarios and judge them"},
  {"list", command_list, "list cases, contracts, actions or report formats"},
  {"show", command_show, "show the expanded plan of a case"},
  {"explain", command_explain, "explain a contract"},
  {"tap", command_tap, "watch a control socket: forward it and judge its wire"},
  {"clean", command_clean, "remove what a killed run has left"},
};

const gchar *command_program = "shmstress";

static void
print_help (void)
{
  g_print ("Usage: shmstress COMMAND [OPTION...] [ARGUMENT...]\n\n"
      "Drives producers and consumers of shared-memory pipes through shutdown, exhaustion,\n"
      "resizing and crashes, and says which contract broke.\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-8s  %s\n", commands[i].name, commands[i].summary);
  g_print ("\nOptions:\n"
      "  -h, --help     show this help; after a command, its own\n"
      "  -V, --version  show the version\n\n"
      "Start with:  shmstress run --known=allow\n");
}

Status
command_error (Status status, const gchar * format, ...)
{
  g_autofree gchar *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("shmstress: %s\n", message);
  return status;
}

static gboolean
takes_value (const GOptionEntry * options, gchar letter)
{
  for (; options->long_name; options++) {
    if (options->short_name == letter)
      return options->arg != G_OPTION_ARG_NONE;
  }
  return FALSE;
}

/* "-j1" becomes "-j" "1": GOption would take the 1 for another option. The strings live as long as
 * the process, as those of main() do. */
static gchar **
split_short_options (gint * argc, gchar ** argv, const GOptionEntry * options)
{
  static GPtrArray *split;
  gboolean over = FALSE;

  split = g_ptr_array_new ();
  for (gint i = 0; i < *argc; i++) {
    gchar option[3] = { argv[i][0], argv[i][0] ? argv[i][1] : '\0', '\0' };

    over |= g_str_equal (argv[i], "--");
    if (!over && i > 0 && option[0] == '-' && g_ascii_isalpha (option[1]) && argv[i][2] != '\0'
        && takes_value (options, option[1])) {
      g_ptr_array_add (split, (gpointer) g_intern_string (option));
      g_ptr_array_add (split, argv[i] + 2);
    } else {
      g_ptr_array_add (split, argv[i]);
    }
  }
  *argc = (gint) split->len;
  g_ptr_array_add (split, NULL);
  return (gchar **) split->pdata;
}

gboolean
command_parse (gint * argc, gchar *** argv, const gchar * command,
    const gchar * arguments, const gchar * summary, const GOptionEntry * options)
{
  g_autofree gchar *parameters = g_strconcat (arguments, " - ", summary, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_autofree gchar *name = g_strconcat ("shmstress ", command, NULL);
  g_autoptr (GError) error = NULL;

  g_set_prgname (name);
  *argv = split_short_options (argc, *argv, options);
  g_option_context_add_main_entries (context, options, NULL);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  command_error (STATUS_USAGE, "%s: %s", command, error->message);
  return FALSE;
}

/* A closed standard descriptor would be given to the next file opened, and what is printed would
 * go there. Opened the wrong way round, so that writing it fails as it did. */
static void
fill_standard_fds (void)
{
  for (gint fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl (fd, F_GETFD) < 0)
      open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

/* g_print() does not say when the output could not be written. */
static Status
end_output (Status status)
{
  if (status != STATUS_PASS || (fflush (stdout) == 0 && !ferror (stdout)))
    return status;
  return command_error (STATUS_BROKEN, "standard output: cannot be written");
}

/* Nothing that we do needs a privilege, and what we start must not have one either. */
static void
drop_capabilities (void)
{
  cap_t none;

  if (cap_set_mode (CAP_MODE_NOPRIV) == 0)
    return;
  none = cap_init ();
  cap_set_proc (none);
  cap_free (none);
}

static Status
run_command (gint argc, gchar ** argv)
{
  if (argc < 2)
    return command_error (STATUS_USAGE, "no command named (see shmstress --help)");
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")) {
    print_help ();
    return STATUS_PASS;
  }
  if (g_str_equal (argv[1], "--version") || g_str_equal (argv[1], "-V")) {
    g_print ("shmstress (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
    return STATUS_PASS;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argc - 1, argv + 1);
  }
  return command_error (STATUS_USAGE, "unknown command: %s (see shmstress --help)", argv[1]);
}

gint
main (gint argc, gchar ** argv)
{
  setlocale (LC_ALL, "");
  if (argc > 0)
    command_program = argv[0];
  fill_standard_fds ();
  drop_capabilities ();
  if (argc >= 2 && g_str_equal (argv[1], "--role"))
    return role_main (argc - 2, argv + 2);
#ifdef HAVE_GST
  if (argc == 2 && g_str_equal (argv[1], "--probe"))
    return role_gst_probe ();
#endif
  return end_output (run_command (argc, argv));
}
