/* Stopping a thread that polls: a flag, and a wake-up that ends its wait with EBUSY. The order of
 * the two, and whether the thread asks why it was woken (!11109). */
#include "config.h"
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

static void
set_up (void *user, unsigned n_threads)
{
  State *state = user;

  state->asks_why = true;
}

static void
set_up_as_shipped (void *user, unsigned n_threads)
{
}

static void
set_up_wake_first (void *user, unsigned n_threads)
{
  State *state = user;

  state->asks_why = true;
  state->wakes_first = true;
}

static const char *const thread_names[] = { "poller", "stopper", "client" };

#define STOP_FLAG(name_, summary_, set_up_, expects_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, \
    .n_threads = N_THREADS, .state_size = sizeof (State), .set_up = set_up_, \
    .thread = run_thread, .at_rest = at_rest, .expects = expects_, \
    .thread_names = thread_names, \
  }

static const ShmdiagModel fixed = STOP_FLAG ("stop-flag",
    "a poll that fails asks whether it was stopped", set_up, NULL);
static const ShmdiagModel as_shipped = STOP_FLAG ("stop-flag-as-shipped",
    "a poll that fails posts an error, then looks at the flag", set_up_as_shipped, "stop-quiet");
static const ShmdiagModel wake_first = STOP_FLAG ("stop-flag-wake-first",
    "the wake-up comes before the flag", set_up_wake_first, "stop-quiet");

extern const ShmdiagModel *const models_stop_flag[];
const ShmdiagModel *const models_stop_flag[] = { &fixed, &as_shipped, &wake_first, NULL };
