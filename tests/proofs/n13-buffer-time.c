/* N13, shmsink, contract buffer-time: the property does not bound the age span of unacknowledged
 * buffers; the sink goes on until the area is full. How: buffer-time=200 ms, a frame every 20 ms,
 * a client that acknowledges none: it should get about 10, it gets 100 without an end.
 * Build: cc n13-buffer-time.c -o n13-buffer-time
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

/* A small frame every 20 ms, not more than 200 ms of them unacknowledged. */
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
        "shmsink", "buffer-time=200000000", "shm-size=400000", property, NULL);
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

int
main (void)
{
  Command buffer;
  char line[120];
  int fd, n = 0;

  atexit (clean_up);
  start_producer ();
  fd = join ();
  while (n < 100 && next_buffer (fd, &buffer) == 1)
    n++;
  if (n == 0)
    finish (77, "not run: no buffer came");
  if (n < 100)
    finish (1, "not shown");
  snprintf (line, sizeof line, "shown: %d buffers, %d ms of stream, are out with "
      "buffer-time=200 ms", n, n * 20);
  finish (0, line);
}
