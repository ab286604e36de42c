#include "config.h"
#include "source/answer.h"

#include "base/fd.h"
#include "source/net.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

gboolean
answer_check_command (const gchar * command, GError ** error)
{
  return g_shell_parse_argv (command, NULL, NULL, error);
}

/* In the child: a group of its own, which can be killed as a whole. */
static void
lead_group (gpointer unused)
{
  setpgid (0, 0);
}

/* Starts ARGV with OUT and ERR as its output. */
static gboolean
start (gchar ** argv, gint out, gint err, GPid * pid, GError ** error)
{
  gint null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  gboolean ok = g_spawn_async_with_pipes_and_fds (NULL, (const gchar * const *) argv, NULL,
      G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES, lead_group, NULL,
      null, out, err, NULL, NULL, 0, pid, NULL, NULL, NULL, error);

  fd_clear (&null);
  return ok;
}

/* All that comes from FD. */
static gboolean
read_all (gint fd, GByteArray * data, Deadline deadline, GError ** error)
{
  gint got;

  do
    got = net_receive (fd, data, deadline, error);
  while (got > 0);
  return got == 0;
}

/* Whoever is left of the group must not outlive us; the leader is still ours to wait for. */
static void
stop (GPid pid)
{
  kill (-pid, SIGKILL);
  kill (pid, SIGKILL);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR) ;
}

/* The first line of what is in FD. Caller frees. */
static gchar *
first_line (gint fd)
{
  gchar text[200] = "";
  gssize n = pread (fd, text, sizeof text - 1, 0);

  text[MAX (n, 0)] = '\0';
  text[strcspn (text, "\n")] = '\0';
  return g_strdup (text[0] ? text : "printed nothing");
}

static gchar *
run (gchar ** argv, gint * pipes, gint err, Deadline deadline, gsize * length, GError ** error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autofree gchar *line = NULL;
  gboolean ok;
  GPid pid;

  if (!start (argv, pipes[1], err, &pid, error))
    return NULL;
  fd_clear (&pipes[1]);
  ok = read_all (pipes[0], data, deadline, error);
  stop (pid);
  if (!ok)
    return NULL;
  if (data->len == 0) {
    line = first_line (err);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", line);
    return NULL;
  }
  *length = data->len;
  g_byte_array_append (data, (const guint8 *) "", 1);
  return (gchar *) g_byte_array_free (g_steal_pointer (&data), FALSE);
}

gchar *
answer_of_command (const gchar * command, Deadline deadline, gsize * length, GError ** error)
{
  g_auto (GStrv) argv = NULL;
  gint pipes[2] = { -1, -1 };
  gint err = memfd_create ("stderr", MFD_CLOEXEC);
  gchar *answer = NULL;

  if (!g_shell_parse_argv (command, NULL, &argv, error))
    answer = NULL;
  else if (err < 0 || pipe2 (pipes, O_CLOEXEC) < 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", argv[0], g_strerror (errno));
  else {
    answer = run (argv, pipes, err, deadline, length, error);
    if (!answer)
      g_prefix_error (error, "%s: ", argv[0]);
  }
  fd_clear (&pipes[0]);
  fd_clear (&pipes[1]);
  fd_clear (&err);
  return answer;
}
