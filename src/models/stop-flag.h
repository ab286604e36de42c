/* Stopping a thread that polls: a flag, and a wake-up that ends its wait with EBUSY. The order of
 * the two, and whether the thread asks why it was woken (!11109). */
#pragma once
#define SHMDIAG_EXPLORE
#include "explore/explore.h"

enum
{
  POLLER,
  STOPPER,
  CLIENT,
  N_THREADS,
};

#define FLUSHING 1
#define CLIENT_EVENT 2

typedef struct
{
  atomic_bool stop;
  atomic_int events;            /* what ends a poll */
  bool wakes_first;             /* the stopper wakes before it sets the flag */
  bool asks_why;                /* the poller looks at the flag when its poll fails */
  bool has_ended;
} State;

/* As a poll that was made to flush: EBUSY at once, now and later. */
static int
wait_for_event (State * state)
{
  shmdiag_wait_while (&state->events, 0);
  if (atomic_fetch_and (&state->events, ~CLIENT_EVENT) & FLUSHING)
    return -EBUSY;
  return 0;
}

static void
poll_loop (State * state)
{
  while (!atomic_load (&state->stop)) {
    int result = wait_for_event (state);

    if (result < 0) {
      if (state->asks_why && atomic_load (&state->stop))
        return;
      shmdiag_violation ("stop-quiet", "an orderly stop posts an error: poll failed, EBUSY");
    }
  }
}

static void
stop (State * state)
{
  if (state->wakes_first)
    atomic_fetch_or (&state->events, FLUSHING);
  atomic_store (&state->stop, true);
  if (!state->wakes_first)
    atomic_fetch_or (&state->events, FLUSHING);
}

static void
run_thread (void *user, unsigned index)
{
  State *state = user;

  switch (index) {
    case POLLER:
      poll_loop (state);
      state->has_ended = true;
      break;
    case STOPPER:
      stop (state);
      break;
    default:
      atomic_fetch_or (&state->events, CLIENT_EVENT);
      break;
  }
}

static void
at_rest (void *user)
{
  State *state = user;

  SHMDIAG_CHECK (state->has_ended, "stop-bounded", "the polling thread still runs");
}

static const char *const thread_names[] = { "poller", "stopper", "client" };

#define STOP_FLAG(name_, summary_, set_up_, expects_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, \
    .n_threads = N_THREADS, .state_size = sizeof (State), .set_up = set_up_, \
    .thread = run_thread, .at_rest = at_rest, .expects = expects_, \
    .thread_names = thread_names, \
  }
