/* N16, shmsrc, contract stop-bounded: when the writer does not read (stopped, or swapped out) the
 * reader blocks in send once some 278 ACKs wait, with the object lock held, and SIGINT does not end
 * it. How: a hand-made writer announces 400 buffers and reads no ACK.
 * Build: cc n16-acks-unread.c -o n16-acks-unread
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

#define OBJECT_SIZE 8192

enum { NEW_AREA = 1, CLOSE_AREA, NEW_BUFFER, ACK };

typedef struct
{
  unsigned int type;
  int area;
  unsigned long offset;         /* of a new area: its size */
  union { unsigned long size; unsigned int name_size; } u;
} Command;

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static char dir[] = "/tmp/proof-XXXXXX";
static char name[64];
static pid_t child;

static void
clean_up (void)
{
  if (child > 0 && waitpid (child, NULL, WNOHANG) == 0) {
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
  }
  shm_unlink (name);
  unlink (address.sun_path);
  rmdir (dir);
}

static void
finish (int status, const char *line)
{
  printf ("%s\n", line);
  exit (status);
}

/* Waits for input for 5 s. */
static void
wait_input (int fd, const char *what)
{
  struct pollfd item = { fd, POLLIN, 0 };

  if (poll (&item, 1, 5000) != 1)
    finish (77, what);
}

static int
listen_here (void)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  snprintf (address.sun_path, sizeof address.sun_path, "%s/s", dir);
  if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, 1) < 0)
    finish (77, "not run: cannot listen");
  return fd;
}

static void
start_consumer (void)
{
  char property[160];

  snprintf (property, sizeof property, "socket-path=%s", address.sun_path);
  child = fork ();
  if (child == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    dup2 (open ("/dev/null", O_WRONLY), STDOUT_FILENO);
    dup2 (STDOUT_FILENO, STDERR_FILENO);
    execlp ("gst-launch-1.0", "gst-launch-1.0", "--no-fault", "shmsrc", property, "!",
        "fakesink", "sync=false", NULL);
    _exit (127);
  }
}

static void
make_object (void)
{
  int fd;

  snprintf (name, sizeof name, "/shmpipe.%5d.%5d", (int) getpid (), 0);
  fd = shm_open (name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0 || ftruncate (fd, OBJECT_SIZE) < 0)
    finish (77, "not run: cannot make an shm object");
  close (fd);
}

static void
tell (int fd, unsigned int type, int area, unsigned long offset, unsigned long size)
{
  Command command = { type, area, offset, { size } };

  if (send (fd, &command, sizeof command, MSG_NOSIGNAL) != sizeof command)
    finish (77, "not run: the consumer is gone");
}

static void
tell_area (int fd, unsigned long size)
{
  tell (fd, NEW_AREA, 1, size, strlen (name) + 1);
  if (send (fd, name, strlen (name) + 1, MSG_NOSIGNAL) < 0)
    finish (77, "not run: the consumer is gone");
}

/* Waits 3 s for the end of the consumer; -1: it lives. */
static int
consumer_status (void)
{
  int status;

  for (int i = 0; i < 300; i++) {
    if (waitpid (child, &status, WNOHANG) == child)
      return status;
    poll (NULL, 0, 10);
  }
  return -1;
}

int
main (void)
{
  int listener, fd;

  if (mkdtemp (dir) == NULL)
    return 77;
  atexit (clean_up);
  make_object ();
  listener = listen_here ();
  start_consumer ();
  wait_input (listener, "not run: no shmsrc connected");
  fd = accept (listener, NULL, NULL);

  tell_area (fd, OBJECT_SIZE);
  for (unsigned long i = 0; i < 400; i++)
    tell (fd, NEW_BUFFER, 1, i * 16, 16);
  wait_input (fd, "not run: no ACK came");
  poll (NULL, 0, 1000);
  kill (child, SIGINT);
  if (consumer_status () >= 0)
    finish (1, "not shown");
  finish (0, "shown: with 400 buffers announced and no ACK read the consumer does not end "
      "within 3 s of SIGINT");
}
