/* N8, shmsink, contracts stop-bounded and no-head-of-line: a client that does not read (stopped, or
 * swapped out) blocks the producer in send, the object lock held, once some 278 messages wait for
 * it: no new client is told the area, and SIGINT does not end the producer.
 * How: one client that never reads, then a second one, then SIGINT.
 * Build: cc n8-client-reads-not.c -o n8-client-reads-not
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static char dir[] = "/tmp/proof-XXXXXX";
static pid_t producer;

static void
clean_up (void)
{
  char name[64];

  if (producer > 0 && waitpid (producer, NULL, WNOHANG) == 0) {
    kill (producer, SIGKILL);
    waitpid (producer, NULL, 0);
  }
  for (int i = 0; i < 9; i++) {
    snprintf (name, sizeof name, "/shmpipe.%5d.%5d", (int) producer, i);
    shm_unlink (name);
  }
  unlink (address.sun_path);
  rmdir (dir);
}

static void
finish (int status, const char *line)
{
  printf ("%s\n", line);
  exit (status);
}

/* Buffers as fast as they go; 400 fit, fewer than full-rate (N1) needs. */
static void
start_producer (void)
{
  char property[160];

  if (mkdtemp (dir) == NULL)
    exit (77);
  snprintf (address.sun_path, sizeof address.sun_path, "%s/s", dir);
  snprintf (property, sizeof property, "socket-path=%s", address.sun_path);
  producer = fork ();
  if (producer == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    dup2 (open ("/dev/null", O_WRONLY), STDOUT_FILENO);
    dup2 (STDOUT_FILENO, STDERR_FILENO);
    execlp ("gst-launch-1.0", "gst-launch-1.0", "--no-fault", "fakesrc", "sizetype=fixed",
        "sizemax=1000", "!", "shmsink", "sync=false", "shm-size=403000", property, NULL);
    _exit (127);
  }
}

/* A new client, as soon as the producer listens; within 5 s. */
static int
join (void)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  for (int i = 0; i < 500; i++) {
    if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
      return fd;
    poll (NULL, 0, 10);
  }
  finish (77, "not run: cannot connect to a shmsink");
  return -1;
}

/* Waits 3 s for the end of the producer; 0: it lives. */
static int
producer_ended (void)
{
  for (int i = 0; i < 300; i++) {
    if (waitpid (producer, NULL, WNOHANG) == producer)
      return 1;
    poll (NULL, 0, 10);
  }
  return 0;
}

static int
has_input (int fd, int timeout_ms)
{
  struct pollfd item = { fd, POLLIN, 0 };

  return poll (&item, 1, timeout_ms) == 1;
}

int
main (void)
{
  int second, served;

  atexit (clean_up);
  start_producer ();
  if (!has_input (join (), 3000))
    finish (77, "not run: the first client is told no area");
  poll (NULL, 0, 1000);
  second = join ();
  served = has_input (second, 3000);
  kill (producer, SIGINT);
  if (producer_ended ())
    finish (1, "not shown");
  finish (0, served ? "shown: the producer does not end within 3 s of SIGINT"
      : "shown: a second client is told no area in 3 s, the producer does not end on SIGINT");
}
