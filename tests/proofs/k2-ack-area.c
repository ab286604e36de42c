/* K2, shmsrc, contract ack-area: an ACK carries the id of the newest area instead of the one in
 * which the buffer lies. How: a hand-made writer announces area 1, a buffer in it, closes area 1,
 * announces area 2 and a buffer in that, all at once. fakesink keeps each buffer until the next
 * comes (enable-last-sample), so the first is let go when area 2 is known.
 * Build: cc k2-ack-area.c -o k2-ack-area
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
static char names[2][64];
static pid_t child;

static void
clean_up (void)
{
  if (child > 0 && waitpid (child, NULL, WNOHANG) == 0) {
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
  }
  for (int i = 0; i < 2; i++)
    shm_unlink (names[i]);
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
make_object (int index)
{
  int fd;

  snprintf (names[index], sizeof names[index], "/shmpipe.%5d.%5d", (int) getpid (), index);
  fd = shm_open (names[index], O_RDWR | O_CREAT | O_EXCL, 0600);
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
tell_area (int fd, int area)
{
  const char *name = names[area - 1];

  tell (fd, NEW_AREA, area, OBJECT_SIZE, strlen (name) + 1);
  if (send (fd, name, strlen (name) + 1, MSG_NOSIGNAL) < 0)
    finish (77, "not run: the consumer is gone");
}

int
main (void)
{
  Command ack;
  char line[120];
  int listener, fd;

  if (mkdtemp (dir) == NULL)
    return 77;
  atexit (clean_up);
  make_object (0);
  make_object (1);
  listener = listen_here ();
  start_consumer ();
  wait_input (listener, "not run: no shmsrc connected");
  fd = accept (listener, NULL, NULL);

  tell_area (fd, 1);
  tell (fd, NEW_BUFFER, 1, 0, 1000);
  tell (fd, CLOSE_AREA, 1, 0, 0);
  tell_area (fd, 2);
  tell (fd, NEW_BUFFER, 2, 4096, 1000);

  wait_input (fd, "not run: no ACK came");
  if (recv (fd, &ack, sizeof ack, MSG_WAITALL) != sizeof ack || ack.type != ACK)
    finish (77, "not run: no ACK came");
  if (ack.area == 1 && ack.offset == 0)
    finish (1, "not shown");
  snprintf (line, sizeof line, "shown: the buffer (area 1, offset 0) was acknowledged as "
      "(area %d, offset %lu)", ack.area, ack.offset);
  finish (0, line);
}
