/* Two threads say that they want to go in, and do unless the other one wants to: Dekker's idea. It
 * needs each store to be seen before its thread looks, which release and acquire do not promise. */
#pragma once
#define SHMDIAG_EXPLORE
#include "explore/explore.h"

typedef struct
{
  atomic_bool wants[2];
  int n_inside;
} State;

static inline void
go_in (State * state, unsigned index, memory_order store, memory_order load)
{
  atomic_store_explicit (&state->wants[index], true, store);
  if (atomic_load_explicit (&state->wants[!index], load))
    return;
  state->n_inside++;
}

static inline void
check_inside (void *user)
{
  SHMDIAG_CHECK (((State *) user)->n_inside <= 1, "one-inside", "both threads are inside");
}

#define STORE_BUFFER(name_, summary_, thread_, expects_tso_) \
  { \
    .version = SHMDIAG_EXPLORE_VERSION, .name = name_, .summary = summary_, .n_threads = 2, \
    .state_size = sizeof (State), .thread = thread_, .at_rest = check_inside, \
    .expects_tso = expects_tso_, \
  }
