#include "config.h"
#include "run/stack.h"

#include "base/deadline.h"
#include "base/fd.h"
#include "proc/usage.h"

#include <signal.h>
#include <sys/wait.h>

#define TOOL_SECONDS 5.0
#define FRAMES_MAX 7            /* of a thread */

/* Standard output of ARGV, whatever of it came in time. NULL: it cannot be started. */
static gchar *
output_of (const gchar * const *argv)
{
  GString *text = g_string_new (NULL);
  Deadline deadline = deadline_in (TOOL_SECONDS);
  gchar chunk[4096];
  gint fd, status;
  gssize got;
  GPid pid;

  if (!g_spawn_async_with_pipes (NULL, (gchar **) argv, NULL,
          G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
          NULL, NULL, &pid, NULL, &fd, NULL, NULL)) {
    g_string_free (text, TRUE);
    return NULL;
  }
  while (fd_poll (fd, G_IO_IN, deadline_poll_ms (deadline)) > 0
      && (got = fd_read (fd, chunk, sizeof chunk)) > 0)
    g_string_append_len (text, chunk, got);
  kill (pid, SIGKILL);          /* it has said all, or had its time */
  waitpid (pid, &status, 0);
  fd_clear (&fd);
  return g_string_free (text, FALSE);
}

/* Keeps thread heads and the innermost frames; eu-stack and gdb both write frames as "#N". */
static void
add_frames (const gchar * text, GPtrArray * lines)
{
  g_auto (GStrv) all = g_strsplit (text, "\n", -1);
  guint frames = 0;

  for (guint i = 0; all[i] && lines->len < RUN_STACK_MAX; i++) {
    if (g_str_has_prefix (all[i], "TID ") || g_str_has_prefix (all[i], "Thread "))
      frames = 0;
    else if (all[i][0] != '#' || ++frames > FRAMES_MAX)
      continue;
    g_ptr_array_add (lines, g_strdup (all[i]));
  }
}

GPtrArray *
run_stack (pid_t pid)
{
  GPtrArray *lines = proc_waits (pid, RUN_STACK_MAX);
  g_autofree gchar *number = g_strdup_printf ("%d", (gint) pid);
  const gchar *eu_stack[] = { "eu-stack", "-m", "-p", number, NULL };
  const gchar *gdb[] = { "gdb", "-q", "-batch", "-nx", "-p", number,
    "-ex", "thread apply all bt 7", NULL
  };
  g_autofree gchar *text = NULL;

  text = output_of (eu_stack);
  if (!text)
    text = output_of (gdb);
  if (text)
    add_frames (text, lines);
  return lines;
}
