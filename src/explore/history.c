/* Linearizability: is there an order of the calls that a sequential reference allows, in which
 * none comes before one that had returned when it was made? Wing and Gong's search. */
#include "config.h"
#define SHMDIAG_EXPLORE
#include "explore/explore.h"

#include <glib.h>
#include <string.h>

typedef struct
{
  const ShmdiagHistory *history;
  gsize size;                   /* of the reference */
  int (*apply) (void *reference, const ShmdiagCall * call);
  guint most;                   /* calls that could be put in an order */
  guint stuck;                  /* the call that did not fit then */
} Search;

unsigned
shmdiag_history_call (ShmdiagHistory * history, unsigned thread, int operation, uint64_t argument)
{
  unsigned n = history->n_calls;

  SHMDIAG_CHECK (n < SHMDIAG_MAX_CALLS, "too-many-calls", "more than %u", SHMDIAG_MAX_CALLS);
  history->calls[n] = (ShmdiagCall) {
    .thread = thread,.operation = operation,.argument = argument,.called = history->now++,
    .returned = UINT_MAX
  };
  history->n_calls++;
  return n;
}

void
shmdiag_history_return (ShmdiagHistory * history, unsigned call, uint64_t result)
{
  history->calls[call].result = result;
  history->calls[call].returned = history->now++;
}

/* When the earliest of the calls that are not DONE returned: what was called later must wait. */
static guint
first_return (const ShmdiagHistory * history, guint done)
{
  guint first = UINT_MAX;

  for (guint i = 0; i < history->n_calls; i++)
    if (!(done & 1u << i))
      first = MIN (first, history->calls[i].returned);
  return first;
}

static gboolean
search (Search * self, guint done, guint n_done, const guint8 * reference)
{
  const ShmdiagHistory *history = self->history;
  guint limit = first_return (history, done);
  guint8 after[SHMDIAG_MAX_REFERENCE];

  if (n_done == history->n_calls)
    return TRUE;
  for (guint i = 0; i < history->n_calls; i++) {
    const ShmdiagCall *call = &history->calls[i];

    if (done & 1u << i || call->called > limit)
      continue;
    memcpy (after, reference, self->size);
    if (self->apply (after, call)) {
      if (search (self, done | 1u << i, n_done + 1, after))
        return TRUE;
    } else if (n_done >= self->most) {
      self->most = n_done;
      self->stuck = i;
    }
  }
  return FALSE;
}

void
shmdiag_history_check (const ShmdiagHistory * history, const void *initial, size_t size,
    int (*apply) (void *reference, const ShmdiagCall * call))
{
  Search self = {.history = history,.size = size,.apply = apply };
  const ShmdiagCall *stuck;

  SHMDIAG_CHECK (size <= SHMDIAG_MAX_REFERENCE, "too-large-reference", "%zu bytes", size);
  if (search (&self, 0, 0, initial))
    return;
  stuck = &history->calls[self.stuck];
  shmdiag_do_violation ("linearizable", "no order explains the %u calls: after %u of them, "
      "operation %d (%" G_GUINT64_FORMAT ") of T%u cannot return %" G_GUINT64_FORMAT,
      history->n_calls, self.most, stuck->operation, (guint64) stuck->argument, stuck->thread,
      (guint64) stuck->result);
}
