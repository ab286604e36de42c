/* Stopping a producer whose area is full and a consumer that holds its buffer: who goes first, and
 * whether the producer waits for ever (!11126). */
#pragma once
#define SHMDIAG_EXPLORE
#include "explore/explore.h"

enum
{
  PRODUCER,
  CONSUMER,
  CONTROLLER,
  N_THREADS,
};

/* How often a bounded stop looks for the space that it waits for. */
#define TRIES 2

typedef struct
{
  bool producer_first;
  bool is_bounded;              /* the producer's wait */
  atomic_bool is_full;          /* the area has room for one buffer */
  atomic_bool has_sent;
  atomic_bool is_paused;        /* the consumer holds what it gets */
  atomic_bool stop_producer, stop_consumer;
  atomic_bool producer_ended, consumer_ended;
} State;

static void
wait_for_space (State * state)
{
  if (!state->is_bounded) {
    shmdiag_wait_while (&state->is_full, true);
    return;
  }
  for (int i = 0; i < TRIES && atomic_load (&state->is_full); i++)
    sched_yield ();
}

static void
produce (State * state)
{
  atomic_store (&state->is_full, true);
  atomic_store (&state->has_sent, true);
  shmdiag_wait_while (&state->stop_producer, false);
  wait_for_space (state);
  atomic_store (&state->producer_ended, true);
}

/* Once paused, it gives its buffer back when it is stopped. */
static void
consume (State * state)
{
  if (atomic_load (&state->is_full) && !atomic_load (&state->is_paused))
    atomic_store (&state->is_full, false);
  shmdiag_wait_while (&state->stop_consumer, false);
  atomic_store (&state->is_full, false);
  atomic_store (&state->consumer_ended, true);
}

static void
stop_consumer (State * state)
{
  atomic_store (&state->stop_consumer, true);
  shmdiag_wait_while (&state->consumer_ended, false);
}

static void
stop_producer (State * state)
{
  atomic_store (&state->stop_producer, true);
  shmdiag_wait_while (&state->producer_ended, false);
}

static void
control (State * state)
{
  /* Both run, and the consumer may or may not have had its buffer yet. */
  shmdiag_wait_while (&state->has_sent, false);
  atomic_store (&state->is_paused, true);
  if (state->producer_first) {
    stop_producer (state);
    stop_consumer (state);
  } else {
    stop_consumer (state);
    stop_producer (state);
  }
}

static void
run_thread (void *user, unsigned index)
{
  static void (*const bodies[N_THREADS]) (State *) = {
    [PRODUCER] = produce,
    [CONSUMER] = consume,
    [CONTROLLER] = control,
  };

  bodies[index] (user);
}

static const char *const thread_names[] = { "producer", "consumer", "controller" };

#define STOP_ORDER(name_, summary_, set_up_, expects_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, \
    .n_threads = N_THREADS, .state_size = sizeof (State), .set_up = set_up_, \
    .thread = run_thread, .expects = expects_, .thread_names = thread_names, \
  }
