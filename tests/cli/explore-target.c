/* A target of shmstress explore, as shm-explore(7) has it: an account, and a withdrawal that looks
 * first and takes afterwards. Built without SHMDIAG_EXPLORE it is a program of threads. */
#include <stdatomic.h>

#include "explore/explore.h"

typedef struct
{
  atomic_int balance;
  atomic_int paid;
} Account;

static int
withdraw (Account *account, int amount)
{
  int balance = atomic_load (&account->balance);

  if (balance < amount)
    return 0;
  atomic_fetch_sub (&account->balance, amount);
  return amount;
}

static void
set_up (void *state, unsigned n_threads)
{
  Account *account = state;

  account->balance = 100;
}

static void
run_thread (void *state, unsigned index)
{
  Account *account = state;

  atomic_fetch_add (&account->paid, withdraw (account, 70));
}

static void
at_rest (void *state)
{
  Account *account = state;

  SHMDIAG_CHECK (account->paid <= 100, "overdrawn", "%d paid, 100 there were", account->paid);
}

static const ShmdiagModel account = {
  .version = SHMDIAG_EXPLORE_VERSION, .name = "account",
  .summary = "two withdrawals from one account", .n_threads = 2, .max_threads = 4,
  .state_size = sizeof (Account),
  .set_up = set_up, .thread = run_thread, .at_rest = at_rest,
};

const ShmdiagModel *const shmdiag_models[] = { &account, NULL };
