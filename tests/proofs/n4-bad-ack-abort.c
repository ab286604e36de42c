/* N4, shmsink, contract bad-ack: a second ACK by the same client, for a buffer that another client
 * still holds, aborts the producer by an assertion. It should cost that client its connection.
 * How: two clients get a buffer, one acknowledges it twice.
 * Build: cc n4-bad-ack-abort.c -o n4-bad-ack-abort
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

enum { NEW_AREA = 1, CLOSE_AREA, NEW_BUFFER, ACK };

typedef struct
{
  unsigned int type;
  int area;
  unsigned long offset;
  union { unsigned long size; unsigned int name_size; } u;
} Command;

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

/* A small frame every 20 ms. */
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
    execlp ("gst-launch-1.0", "gst-launch-1.0", "--no-fault", "videotestsrc", "is-live=true", "!",
        "video/x-raw,format=GRAY8,width=32,height=32,framerate=50/1", "!",
        "shmsink", "sync=false", "shm-size=400000", property, NULL);
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

/* The next buffer that is announced. 0: the connection has ended. -1: none within 3 s. */
static int
next_buffer (int fd, Command * buffer)
{
  struct pollfd item = { fd, POLLIN, 0 };
  char name[256];

  while (poll (&item, 1, 3000) == 1) {
    if (recv (fd, buffer, sizeof *buffer, MSG_WAITALL) != sizeof *buffer)
      return 0;
    if (buffer->type == NEW_BUFFER)
      return 1;
    if (buffer->type == NEW_AREA && buffer->u.name_size <= sizeof name)
      recv (fd, name, buffer->u.name_size, MSG_WAITALL);
  }
  return -1;
}

static void
acknowledge (int fd, const Command * buffer)
{
  Command ack = { ACK, buffer->area, buffer->offset, { 0 } };

  send (fd, &ack, sizeof ack, MSG_NOSIGNAL);
}

/* Waits 3 s for the end of the producer; -1: it lives. */
static int
producer_status (void)
{
  int status;

  for (int i = 0; i < 300; i++) {
    if (waitpid (producer, &status, WNOHANG) == producer)
      return status;
    poll (NULL, 0, 10);
  }
  return -1;
}

int
main (void)
{
  Command held, seen = { 0, };
  char line[120];
  int one, other, status;

  atexit (clean_up);
  start_producer ();
  one = join ();
  other = join ();
  /* Nothing is acknowledged before, so no offset comes twice. */
  if (next_buffer (other, &held) != 1)
    finish (77, "not run: no buffer came");
  do {
    if (next_buffer (one, &seen) != 1)
      finish (77, "not run: no buffer came");
  } while (seen.area != held.area || seen.offset != held.offset);

  acknowledge (one, &held);
  acknowledge (one, &held);
  status = producer_status ();
  if (status < 0 || !WIFSIGNALED (status))
    finish (1, "not shown");
  snprintf (line, sizeof line, "shown: a second ACK of a client ended the producer: %s",
      strsignal (WTERMSIG (status)));
  finish (0, line);
}
