/* Holds shared memory for a test: shm-holder KIND NAME BYTES MAPPED [LEFT]. Makes an object of
 * BYTES, maps MAPPED of it (0: nothing), makes it LEFT bytes long, says "ready", and stays until it
 * is killed, or whoever started it is gone. */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

/* The longest that a test can take. */
#define LIFE_MS 240000

static int
open_object (const char *kind, const char *name)
{
  if (strcmp (kind, "shm") == 0)
    return shm_open (name, O_RDWR | O_CREAT, 0600);
  return memfd_create (name, (strcmp (kind, "inherited") == 0 ? 0 : MFD_CLOEXEC)
      | MFD_ALLOW_SEALING);
}

/* A segment of System V goes with its last holder. */
static int
hold_segment (size_t bytes)
{
  int id = shmget (IPC_PRIVATE, bytes, IPC_CREAT | 0600);

  return id >= 0 && shmat (id, NULL, 0) != (void *) -1 && shmctl (id, IPC_RMID, NULL) == 0;
}

static int
hold (const char *kind, const char *name, size_t bytes, size_t mapped, long left)
{
  int fd;

  if (strcmp (kind, "sysv") == 0)
    return hold_segment (bytes);
  fd = open_object (kind, name);
  if (fd < 0 || ftruncate (fd, (off_t) bytes) != 0)
    return 0;
  if (mapped > 0
      && mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
    return 0;
  if (left >= 0 && ftruncate (fd, left) != 0)
    return 0;
  if (strcmp (kind, "sealed") == 0)
    fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  if (strcmp (kind, "closed") == 0)
    close (fd);
  return 1;
}

int
main (int argc, char **argv)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (argc < 5 || !hold (argv[1], argv[2], strtoul (argv[3], NULL, 10), strtoul (argv[4], NULL, 10),
          argc > 5 ? strtol (argv[5], NULL, 10) : -1)) {
    perror (argv[0]);
    return 99;
  }
  puts ("ready");
  fflush (stdout);
  poll (NULL, 0, LIFE_MS);
  return 0;
}
