/* Makes a mutant of our own producer: preloaded, it does as MUTANT says.
 *   bus    dies of SIGBUS when a client leaves
 *   all    throws out every other client when one leaves
 *   one    throws out its first client a moment after the second has come
 * A producer is who accepts clients without blocking; the tap does not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define CLIENTS_MAX 16

static int clients[CLIENTS_MAX];
static int n_clients;

static int
is_mutant (const char *name)
{
  const char *mutant = getenv ("MUTANT");

  return mutant != NULL && strcmp (mutant, name) == 0;
}

static int
end_connection (int fd, int how)
{
  int (*next) (int, int) = (int (*)(int, int)) dlsym (RTLD_NEXT, "shutdown");

  return next (fd, how);
}

static void *
drop_first (void *data)
{
  struct timespec moment = { .tv_nsec = 500 * 1000 * 1000 };

  (void) data;
  nanosleep (&moment, NULL);
  end_connection (clients[0], SHUT_RDWR);
  return NULL;
}

int
accept4 (int fd, struct sockaddr *address, socklen_t *length, int flags)
{
  int (*next) (int, struct sockaddr *, socklen_t *, int) =
      (int (*)(int, struct sockaddr *, socklen_t *, int)) dlsym (RTLD_NEXT, "accept4");
  int client = next (fd, address, length, flags);
  pthread_t thread;

  if (client < 0 || !(flags & SOCK_NONBLOCK) || n_clients == CLIENTS_MAX)
    return client;
  clients[n_clients++] = client;
  if (n_clients == 2 && is_mutant ("one") && pthread_create (&thread, NULL, drop_first, NULL) == 0)
    pthread_detach (thread);
  return client;
}

/* A producer ends a connection that has ended at the other side, too. */
int
shutdown (int fd, int how)
{
  int gone = -1;

  for (int i = 0; i < n_clients; i++) {
    if (clients[i] == fd)
      gone = i;
  }
  if (gone >= 0 && is_mutant ("bus"))
    raise (SIGBUS);
  if (gone >= 0 && is_mutant ("all")) {
    for (int i = 0; i < n_clients; i++) {
      if (i != gone)
        end_connection (clients[i], SHUT_RDWR);
    }
  }
  return end_connection (fd, how);
}
