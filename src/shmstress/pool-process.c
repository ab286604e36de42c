/* The processes of a scenario on the real pool. */
#include "config.h"
#include "shmstress/pool.h"

#include "base/deadline.h"
#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 8
/* Seconds. All take far less; this is for pools that hang. */
#define PATIENCE 100

typedef struct
{
  pid_t pid;
  gint fd;                      /* what it says */
  GString *said;                /* its facts, a newline, what broke */
} Process;

/* --- in the process --- */

static void G_GNUC_NORETURN
be_process (const PoolScenario * scenario, guint limit, FILE * series, gint fd)
{
  GString *facts = g_string_new (NULL);
  GString *broken = g_string_new (NULL);
  PoolRun run = {.series = series,.limit = limit,.facts = facts,.broken = broken };

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  scenario->run (&run, scenario->data);
  g_string_append_c (facts, '\n');
  g_string_append_len (facts, broken->str, (gssize) broken->len);
  fd_write_all (fd, facts->str, facts->len);    /* nobody minds when nobody listens any more */
  g_string_free (facts, TRUE);
  g_string_free (broken, TRUE);
  exit (series && fflush (series) != 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* --- of the processes --- */

static gboolean
start (Process * process, const PoolScenario * scenario, guint limit, FILE * series)
{
  gint fds[2];

  *process = (Process) {.pid = -1,.fd = -1,.said = g_string_new (NULL) };
  if (pipe (fds) < 0)
    return FALSE;
  fflush (NULL);                /* or what waits there would be written twice */
  process->pid = fork ();
  if (process->pid == 0) {
    close (fds[0]);
    be_process (scenario, limit, series, fds[1]);
  }
  close (fds[1]);
  process->fd = fds[0];
  return process->pid > 0;
}

/* Until it ends or DEADLINE has passed. FALSE: it has not ended. */
static gboolean
listen_to (Process * process, Deadline deadline)
{
  gchar data[4096];

  while (fd_poll (process->fd, POLLIN, deadline_poll_ms (deadline)) > 0) {
    gssize n = fd_read (process->fd, data, sizeof data);

    if (n <= 0)
      return TRUE;
    g_string_append_len (process->said, data, n);
  }
  return FALSE;
}

static void
note_end (guint index, gint status, gboolean hung, GString * broken)
{
  if (hung)
    g_string_append_printf (broken, "process %u: no end after %u s\n", index, PATIENCE);
  else if (WIFSIGNALED (status))
    g_string_append_printf (broken, "process %u: killed: %s\n", index,
        strsignal (WTERMSIG (status)));
  else if (status != 0)
    g_string_append_printf (broken, "process %u: ended with status %d\n", index,
        WEXITSTATUS (status));
}

/* The first one's facts tell for all; what breaks is told for each. */
static void
take_report (guint index, const Process * process, GString * facts, GString * broken)
{
  const gchar *end = strchr (process->said->str, '\n');

  if (!end)
    return;
  if (index == 0)
    g_string_append_len (facts, process->said->str, end - process->said->str);
  g_string_append (broken, end + 1);
}

static void
finish (guint index, Process * process, Deadline deadline, GString * facts, GString * broken)
{
  gboolean hung = process->pid > 0 && !listen_to (process, deadline);
  gint status = 0;

  if (process->pid > 0) {
    if (hung)
      kill (process->pid, SIGKILL);
    while (waitpid (process->pid, &status, 0) < 0 && errno == EINTR);
    note_end (index, status, hung, broken);
    take_report (index, process, facts, broken);
  }
  fd_clear (&process->fd);
  g_string_free (process->said, TRUE);
}

gboolean
pool_process_run (const PoolScenario * scenario, guint limit, FILE * series, GString * facts,
    GString * broken)
{
  Process processes[PROCESSES_MAX];
  Deadline deadline = deadline_in (PATIENCE);
  guint n = MAX (scenario->n_processes, 1);
  gboolean ok = TRUE;
  guint started = 0;
  gint saved_errno;

  g_assert (n <= PROCESSES_MAX);
  while (ok && started < n) {
    ok = start (&processes[started], scenario, limit, started == 0 ? series : NULL);
    started++;
  }
  saved_errno = errno;
  for (guint i = 0; i < started; i++)
    finish (i, &processes[i], deadline, facts, broken);
  errno = saved_errno;
  return ok;
}
