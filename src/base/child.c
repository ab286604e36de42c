#include "config.h"
#include "base/child.h"

#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ERRORS (64 * 1024)  /* bytes of standard error that are kept */
#define REAP_STEP_US 2000

typedef struct
{
  const ChildRequest *request;
  GPid pid;
  gint in_fd, out_fd, err_fd;
  gsize written;                /* of the input */
  GString *output, *errors;
} Child;

void
child_result_clear (ChildResult * result)
{
  g_clear_pointer (&result->output, g_free);
  g_clear_pointer (&result->errors, g_free);
}

/* In the child. */
static void
set_up (gpointer data)
{
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  signal (SIGPIPE, SIG_DFL);
  signal (SIGXFSZ, SIG_DFL);
}

static gchar **
make_environment (const gchar * const *more)
{
  gchar **environment = g_get_environ ();

  for (gsize i = 0; more && more[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (more[i], "=", 2);

    environment = g_environ_setenv (environment, parts[0], parts[1] ? parts[1] : "", TRUE);
  }
  return environment;
}

static gboolean
start (Child * child, GError ** error)
{
  g_auto (GStrv) environment = make_environment (child->request->environment);
  g_autoptr (GError) why = NULL;

  if (g_spawn_async_with_pipes (NULL, (gchar **) child->request->argv, environment,
          G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, set_up, NULL, &child->pid,
          &child->in_fd, &child->out_fd, &child->err_fd, &why)) {
    fd_set_nonblocking (child->in_fd, TRUE);
    return TRUE;
  }
  g_set_error (error, G_SPAWN_ERROR, why->code, "%s: cannot be started: %s",
      child->request->argv[0], why->message);
  return FALSE;
}

/* Sends what fits; closes the pipe after the last of it, or when nobody reads. */
static void
feed (Child * child)
{
  const gchar *input = child->request->input ? child->request->input : "";
  gsize left = strlen (input) - child->written;
  gssize n = left > 0 ? fd_write (child->in_fd, input + child->written, left) : 0;

  if (n > 0)
    child->written += (gsize) n;
  if ((gsize) MAX (n, 0) == left || (n < 0 && errno != EAGAIN))
    fd_clear (&child->in_fd);
}

/* Appends at most what is missing to MAX bytes, and drops the rest. Closes FD at its end. */
static void
take (gint * fd, GString * text, gsize max)
{
  gchar chunk[16 * 1024];
  gssize n = fd_read (*fd, chunk, sizeof chunk);

  if (n > 0)
    g_string_append_len (text, chunk, (gssize) MIN ((gsize) n, max - text->len));
  else
    fd_clear (fd);
}

/* FALSE: no more is to be waited for, and ERROR says why. */
static gboolean
talk (Child * child, Deadline deadline, GError ** error)
{
  gsize max = child->request->max_output;

  while (child->out_fd >= 0 || child->err_fd >= 0) {
    struct pollfd fds[] = {
      {.fd = child->out_fd,.events = POLLIN},
      {.fd = child->err_fd,.events = POLLIN},
      {.fd = child->in_fd,.events = POLLOUT},
    };

    if (deadline_passed (deadline)) {
      g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s: no answer in time",
          child->request->argv[0]);
      return FALSE;
    }
    if (poll (fds, G_N_ELEMENTS (fds), deadline_poll_ms (deadline)) <= 0)
      continue;
    if (fds[0].revents)
      take (&child->out_fd, child->output, max + 1);
    if (fds[1].revents)
      take (&child->err_fd, child->errors, MAX_ERRORS);
    if (fds[2].revents)
      feed (child);
    if (child->output->len > max) {
      g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s: prints more than %"
          G_GSIZE_FORMAT " bytes", child->request->argv[0], max);
      return FALSE;
    }
  }
  return TRUE;
}

/* Waits until it has ended, which it need not do at once although its output has; then, and at
 * DEADLINE, whatever is left of its group is killed. */
static gint
reap (Child * child, Deadline deadline)
{
  gint status = 0;
  pid_t got;

  while ((got = waitpid (child->pid, &status, WNOHANG)) == 0 && !deadline_passed (deadline))
    g_usleep (REAP_STEP_US);
  kill (-child->pid, SIGKILL);
  if (got == 0) {
    kill (child->pid, SIGKILL);
    while (waitpid (child->pid, &status, 0) < 0 && errno == EINTR) ;
  }
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

gboolean
child_run (const ChildRequest * request, Deadline deadline, ChildResult * result, GError ** error)
{
  Child child = {.request = request,.in_fd = -1,.out_fd = -1,.err_fd = -1 };
  gboolean in_time;

  *result = (ChildResult) { 0 };
  if (!start (&child, error))
    return FALSE;
  child.output = g_string_new (NULL);
  child.errors = g_string_new (NULL);
  in_time = talk (&child, deadline, error);
  fd_clear (&child.in_fd);
  fd_clear (&child.out_fd);
  fd_clear (&child.err_fd);
  result->status = reap (&child, in_time ? deadline : deadline_in (0));
  result->output_length = child.output->len;
  result->output = g_string_free (child.output, FALSE);
  result->errors = g_string_free (child.errors, FALSE);
  return in_time;
}
