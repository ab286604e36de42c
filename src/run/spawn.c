#include "config.h"
#include "run/spawn.h"

#include "base/fd.h"
#include "base/status.h"
#include "proc/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room for that many events in the pipe, so that a role rarely has to wait for us. */
#define EVENT_PIPE_BYTES (1 << 20)
/* A killed process that does not go is stuck in the kernel: nothing we could wait for. */
#define KILL_WAIT_MS 5000

static gint
open_pidfd (pid_t pid)
{
  return (gint) syscall (SYS_pidfd_open, pid, 0);       /* close-on-exec by definition */
}

/* Between fork and exec of a threaded program: only async-signal-safe calls. */
static void
become_role (gchar ** argv, pid_t parent, const gint fds[2], gint null_fd, gint log_fd)
{
  static const gint handled[] = { SIGINT, SIGTERM, SIGHUP };
  sigset_t none;

  /* All are blocked until here: a signal for the role must not run the runner's handler. */
  for (gsize i = 0; i < G_N_ELEMENTS (handled); i++)
    signal (handled[i], SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (STATUS_BROKEN);      /* the runner went between fork and here */
  /* The ends may themselves be 3 or 4: lift them above before they are put in place. */
  gint control_fd = fcntl (fds[0], F_DUPFD_CLOEXEC, 10);
  gint event_fd = fcntl (fds[1], F_DUPFD_CLOEXEC, 10);
  gint out_fd = fcntl (log_fd, F_DUPFD_CLOEXEC, 10);

  if (control_fd < 0 || event_fd < 0 || out_fd < 0 || dup2 (null_fd, 0) < 0
      || dup2 (out_fd, 1) < 0 || dup2 (out_fd, 2) < 0
      || dup2 (control_fd, ACTOR_CONTROL_FD) < 0 || dup2 (event_fd, ACTOR_EVENT_FD) < 0)
    _exit (STATUS_BROKEN);
  execv ("/proc/self/exe", argv);
  _exit (STATUS_BROKEN);
}

/* As fork(2), with every signal blocked in the child. */
static pid_t
fork_blocked (void)
{
  sigset_t all, before;
  pid_t pid;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  pid = fork ();
  if (pid != 0)
    pthread_sigmask (SIG_SETMASK, &before, NULL);
  return pid;
}

static GStrv
make_arguments (const gchar * kind, const gchar * name, gint index, GHashTable * config)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree gchar *number = g_strdup_printf ("%d", index);
  const gchar *first[] = { PACKAGE_NAME, "--role", kind, name, number };
  GHashTableIter iter;
  gpointer key, value;

  for (gsize i = 0; i < G_N_ELEMENTS (first); i++)
    g_strv_builder_add (builder, first[i]);
  g_hash_table_iter_init (&iter, config);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    g_autofree gchar *pair = g_strconcat (key, "=", value, NULL);

    g_strv_builder_add (builder, pair);
  }
  return g_strv_builder_end (builder);
}

static gboolean
set_os_error (GError ** error, const gchar * what)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", what,
      g_strerror (errno));
  return FALSE;
}

gboolean
run_spawn (RunChild * child, const gchar * kind, const gchar * name, gint index,
    GHashTable * config, gint log_fd, GError ** error)
{
  g_auto (GStrv) argv = make_arguments (kind, name, index, config);
  gint control[2] = { -1, -1 }, events[2] = { -1, -1 };
  gint null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_t parent = getpid (), pid = -1;

  if (null_fd >= 0 && socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) == 0
      && pipe2 (events, O_CLOEXEC) == 0) {
    fcntl (events[0], F_SETPIPE_SZ, EVENT_PIPE_BYTES);
    fd_set_nonblocking (events[0], TRUE);
    pid = fork_blocked ();
    if (pid == 0)
      become_role (argv, parent, (gint[2]) { control[1], events[1] }, null_fd,
          log_fd >= 0 ? log_fd : STDERR_FILENO);
  }
  if (pid > 0) {
    *child = (RunChild) { pid, open_pidfd (pid), control[0], events[0] };
    setpgid (pid, pid);         /* here too: whoever comes first */
  } else {
    set_os_error (error, "cannot start a process");
    fd_clear (&control[0]);
    fd_clear (&events[0]);
  }
  fd_clear (&control[1]);
  fd_clear (&events[1]);
  fd_clear (&null_fd);
  if (pid > 0 && child->pidfd < 0) {
    set_os_error (error, "pidfd_open");
    run_child_clear (child);
    return FALSE;
  }
  return pid > 0;
}

gboolean
run_child_command (const RunChild * child, const ActorCommand * command)
{
  return child->control_fd >= 0
      && send (child->control_fd, command, sizeof *command, MSG_DONTWAIT | MSG_NOSIGNAL)
      == sizeof *command;
}

gboolean
run_child_signal (const RunChild * child, gint signal_number)
{
  return child->pid > 0 && syscall (SYS_pidfd_send_signal, child->pidfd, signal_number, NULL, 0) == 0;
}

gboolean
run_child_reap (RunChild * child, gint * wait_status)
{
  if (child->pid <= 0 || waitpid (child->pid, wait_status, WNOHANG) != child->pid)
    return FALSE;
  child->pid = 0;
  return TRUE;
}

void
run_child_clear (RunChild * child)
{
  gint ignored;

  if (child->pid > 0 && !run_child_reap (child, &ignored)) {
    kill (child->pid, SIGKILL);
    if (child->pidfd < 0 || fd_poll (child->pidfd, G_IO_IN, KILL_WAIT_MS) > 0)
      waitpid (child->pid, &ignored, child->pidfd < 0 ? 0 : WNOHANG);
    child->pid = 0;
  }
  fd_clear (&child->pidfd);
  fd_clear (&child->control_fd);
  fd_clear (&child->event_fd);
}

guint64
run_process_start (pid_t pid)
{
  ProcStat stat;

  return proc_read_stat (pid, &stat) && !strchr ("ZX", stat.state) ? stat.start_ticks : 0;
}
