/* N7, shmsink, contracts survivor-lives and rogue-contained: a client that connects and is gone
 * before the sink has told it the area ends the producer by the error "Control socket returns wrong
 * data". How: while the producer stands still (SIGSTOP) a client connects and closes.
 * Build: cc n7-connect-close.c -o n7-connect-close
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

int
main (void)
{
  atexit (clean_up);
  start_producer ();
  join ();                      /* a healthy client, which stays */
  kill (producer, SIGSTOP);
  waitpid (producer, NULL, WUNTRACED);
  close (join ());
  kill (producer, SIGCONT);

  if (!producer_ended ())
    finish (1, "not shown");
  finish (0, "shown: a client that connected and closed at once ended the producer");
}
