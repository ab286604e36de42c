#include "config.h"
#include "cli/command.h"

#include "base/text.h"

#include <fcntl.h>
#include <linux/securebits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const Program *command_this;
const gchar *command_program;

static void
print_help (void)
{
  gsize width = 10;

  for (const Command * command = command_this->commands; command->name; command++)
    width = MAX (width, strlen (command->name));
  g_print ("Usage: %s %s [OPTION...] [ARGUMENT...]\n\n%s\nCommands:\n", command_this->name,
      command_this->fallback ? "[COMMAND]" : "COMMAND", command_this->purpose);
  for (const Command * command = command_this->commands; command->name; command++)
    g_print ("  %-*s  %s\n", (gint) width, command->name, command->summary);
  if (command_this->fallback)
    g_print ("\nWithout a command: %s.\n", command_this->fallback);
  g_print ("\nOptions:\n"
      "  -h, --help     show this help; after a command, its own\n"
      "  -V, --version  show the version\n\nStart with:  %s\n", command_this->start_with);
}

Status
command_error (Status status, const gchar * format, ...)
{
  g_autofree gchar *message = NULL, *line = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  line = text_line (message);
  g_printerr ("%s: %s\n", command_this->name, line);
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
  g_autofree gchar *name = g_strconcat (command_this->name, " ", command, NULL);
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

/* As when head(1) has seen enough. */
gboolean
command_reader_gone (gint fd)
{
  struct pollfd output = { fd, POLLOUT, 0 };

  return poll (&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/* g_print() does not say when the output could not be written. */
Status
command_end_output (Status status, Status unwritten)
{
  if (status != STATUS_PASS || (fflush (stdout) == 0 && !ferror (stdout)))
    return status;
  if (command_reader_gone (STDOUT_FILENO)) {
    signal (SIGPIPE, SIG_DFL);
    raise (SIGPIPE);
  }
  return command_error (unwritten, "standard output: cannot be written");
}

void
command_drop_capabilities (void)
{
  cap_t none;

  if (cap_set_mode (CAP_MODE_NOPRIV) == 0)
    return;
  none = cap_init ();
  cap_set_proc (none);
  cap_free (none);
}

/* Those of the N of KEPT that we have, in FLAG of CAPS. */
static void
add_kept (cap_t caps, cap_flag_t flag, const cap_value_t * kept, gint n)
{
  cap_t now = cap_get_proc ();

  for (gint i = 0; i < n; i++) {
    cap_flag_value_t value = CAP_CLEAR;

    cap_get_flag (now, kept[i], CAP_PERMITTED, &value);
    cap_set_flag (caps, flag, 1, &kept[i], value);
  }
  cap_free (now);
}

/* From here on being root brings no capability, neither here nor in what is started, and no file
 * does. Each step as far as it goes: an ordinary user may take none of them. */
static void
lock_capabilities (void)
{
  for (cap_value_t cap = 0; cap_get_bound (cap) >= 0; cap++)
    cap_drop_bound (cap);
  cap_set_secbits (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP
      | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE
      | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
}

void
command_keep_capabilities (const cap_value_t * kept, gint n, gboolean hand_down)
{
  cap_t inherited = cap_get_proc (), left = cap_init ();

  if (hand_down) {
    add_kept (inherited, CAP_INHERITABLE, kept, n);
    cap_set_proc (inherited);
    for (gint i = 0; i < n; i++)
      cap_set_ambient (kept[i], CAP_SET);
    add_kept (left, CAP_INHERITABLE, kept, n);
  } else {
    add_kept (left, CAP_EFFECTIVE, kept, n);
  }
  add_kept (left, CAP_PERMITTED, kept, n);
  lock_capabilities ();
  cap_set_proc (left);
  cap_free (left);
  cap_free (inherited);
}

static const Command *
find_command (const gchar * name)
{
  for (const Command * command = command_this->commands; command->name; command++) {
    if (g_str_equal (command->name, name))
      return command;
  }
  return NULL;
}

static Status
run_command (gint argc, gchar ** argv)
{
  const Command *fallback = command_this->fallback ? find_command (command_this->fallback) : NULL;
  const Command *command = argc >= 2 ? find_command (argv[1]) : fallback;

  if (argc < 2 && !fallback)
    return command_error (command_this->usage, "no command named (see %s --help)", command_this->name);
  if (command)
    return argc < 2 ? command->run (argc, argv) : command->run (argc - 1, argv + 1);
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")) {
    print_help ();
    return STATUS_PASS;
  }
  if (g_str_equal (argv[1], "--version") || g_str_equal (argv[1], "-V")) {
    g_print ("%s (%s) %s\n", command_this->name, PACKAGE_NAME, PACKAGE_VERSION);
    return STATUS_PASS;
  }
  if (fallback && argv[1][0] == '-')
    return fallback->run (argc, argv);
  return command_error (command_this->usage, "unknown command: %s (see %s --help)", argv[1],
      command_this->name);
}

void
command_init (const Program * program, gint argc, gchar ** argv)
{
  setlocale (LC_ALL, "");
  command_this = program;
  command_program = argc > 0 ? argv[0] : program->name;
  /* A file that grows beyond RLIMIT_FSIZE is an error of its write(2), not our end. */
  signal (SIGXFSZ, SIG_IGN);
  fill_standard_fds ();
}

Status
command_main (const Program * program, gint argc, gchar ** argv)
{
  return command_end_output (run_command (argc, argv), STATUS_BROKEN);
}

/* --- names --- */

gboolean
command_selects (const GPtrArray * globs, const gchar * name)
{
  for (guint i = 0; i < globs->len; i++) {
    const gchar *glob = g_ptr_array_index (globs, i);
    g_autofree gchar *below = g_strconcat (glob, "/*", NULL);

    if (g_pattern_match_simple (glob, name) || g_pattern_match_simple (below, name))
      return TRUE;
  }
  return globs->len == 0;
}
