/* Acknowledging a buffer while the producer moves to a larger area: which area the ACK names, and
 * when its id is read (!11162, !8766). */
#pragma once
#define SHMDIAG_EXPLORE
#include "explore/explore.h"

enum
{
  PRODUCER,
  RECEIVER,
  RELEASER,
  N_THREADS,
};

#define OLD_AREA 1
#define NEW_AREA 2
#define DEAD_AREA 99            /* what stands in an area that was freed */

typedef enum
{
  NAMES_FOUND,                  /* the area that the buffer is in, read before it may go */
  NAMES_HEAD,                   /* the newest area */
  NAMES_LATE,                   /* the right one, read when it may have gone */
} Naming;

typedef struct Area Area;
struct Area
{
  int id;
  int use_count;                /* buffers, and one as long as it is the newest */
  Area *next;
};

typedef struct
{
  Naming naming;
  atomic_int n_sent;            /* commands: 1 the buffer, 2 the new area */
  atomic_int acked;             /* id that the ACK names */
  atomic_int n_held;            /* buffers that were handed downstream */
  pthread_mutex_t lock;         /* of the consumer's list of areas */
  Area areas[2];
  Area *head;
} State;

static void
produce (State * state)
{
  int id;

  atomic_store (&state->n_sent, 1);
  atomic_store (&state->n_sent, 2);
  shmdiag_wait_while (&state->acked, 0);
  id = atomic_load (&state->acked);
  SHMDIAG_CHECK (id == OLD_AREA, "ack-area",
      "the ACK names area %d, the buffer was sent in area %d", id, OLD_AREA);
}

static void
drop_use (Area * area)
{
  if (--area->use_count == 0)
    area->id = DEAD_AREA;
}

static void
receive (State * state)
{
  shmdiag_wait_while (&state->n_sent, 0);
  state->head->use_count++;
  atomic_store (&state->n_held, 1);
  shmdiag_wait_while (&state->n_sent, 1);

  pthread_mutex_lock (&state->lock);
  state->areas[1] = (Area) { .id = NEW_AREA, .use_count = 1, .next = state->head };
  drop_use (state->head);
  state->head = &state->areas[1];
  pthread_mutex_unlock (&state->lock);
}

static int
acknowledged_id (State * state)
{
  Area *found_area = &state->areas[0];
  int id = found_area->id;

  drop_use (found_area);
  switch (state->naming) {
    case NAMES_FOUND:
      return id;
    case NAMES_HEAD:
      return state->head->id;
    case NAMES_LATE:
      return found_area->id;
  }
  return id;
}

static void
release (State * state)
{
  int id;

  shmdiag_wait_while (&state->n_held, 0);
  pthread_mutex_lock (&state->lock);
  id = acknowledged_id (state);
  pthread_mutex_unlock (&state->lock);
  atomic_store (&state->acked, id);
}

static void
run_thread (void *user, unsigned index)
{
  static void (*const bodies[N_THREADS]) (State *) = {
    [PRODUCER] = produce,
    [RECEIVER] = receive,
    [RELEASER] = release,
  };

  bodies[index] (user);
}

static void
set_up_naming (State * state, Naming naming)
{
  state->naming = naming;
  state->areas[0] = (Area) { .id = OLD_AREA, .use_count = 1 };
  state->head = &state->areas[0];
}

static const char *const thread_names[] = { "producer", "receiver", "releaser" };

#define ACK(name_, summary_, set_up_, expects_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, \
    .n_threads = N_THREADS, .state_size = sizeof (State), .set_up = set_up_, \
    .thread = run_thread, .expects = expects_, .thread_names = thread_names, \
  }
