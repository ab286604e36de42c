/* N15, shmsrc, contracts reader-survives and short-area: the reader believes whatever size and
 * offset it is told; a wrong one ends it by a signal instead of an error. How: a hand-made writer
 * announces (1) a buffer beyond its area, (2) an area larger than its object and a buffer there.
 * Build: cc n15-reader-trusts.c -o n15-reader-trusts
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
        "fakesink", "sync=false", "dump=true", NULL);
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

/* The signal that ends a consumer which is told such an area and buffer; 0: none. */
static int
signal_after (int listener, unsigned long area_size, unsigned long offset)
{
  int fd, status;

  start_consumer ();
  wait_input (listener, "not run: no shmsrc connected");
  fd = accept (listener, NULL, NULL);
  tell_area (fd, area_size);
  tell (fd, NEW_BUFFER, 1, offset, 1000);
  status = consumer_status ();
  close (fd);
  if (status < 0) {
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
    return 0;
  }
  return WIFSIGNALED (status) ? WTERMSIG (status) : 0;
}

int
main (void)
{
  char line[160];
  int listener, beyond, shorter;

  if (mkdtemp (dir) == NULL)
    return 77;
  atexit (clean_up);
  make_object ();
  listener = listen_here ();
  beyond = signal_after (listener, OBJECT_SIZE, 1UL << 30);
  shorter = signal_after (listener, 1UL << 20, 1UL << 19);
  if (beyond == 0 && shorter == 0)
    finish (1, "not shown");
  snprintf (line, sizeof line, "shown: a buffer beyond its area ends the consumer by signal %d, "
      "an area beyond its object by signal %d (0: none)", beyond, shorter);
  finish (0, line);
}
