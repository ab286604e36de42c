/* Signals that a model may die of: a violation like every other, with its schedule. */
#include "config.h"
#include "explore/engine.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define STACK_SIZE (64 * 1024)

static const gint signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

/* Handlers have no argument either. */
static struct sigaction old_actions[G_N_ELEMENTS (signals)];
static stack_t old_stack;
static gpointer own_stack;

static const Coroutine *
running_coroutine (const Engine * engine)
{
  return engine->job ? engine->helper : engine->threads[engine->current].coroutine;
}

static void
on_crash (int number, siginfo_t * info, void *context)
{
  Engine *engine = engine_running;

  if (!engine || !engine->inside) {
    signal (number, SIG_DFL);
    raise (number);
    return;
  }
  if (number == SIGSEGV && coroutine_guards (running_coroutine (engine), info->si_addr))
    engine_violate (engine, "stack-overflow", "T%u needs more than %u KiB of stack",
        engine->current, SHMDIAG_STACK_SIZE / 1024);
  engine_violate (engine, "crash", "T%u: %s%s", engine->current, strsignal (number),
      number == SIGABRT ? " (an assertion, or abort)" : "");
}

void
engine_catch_crashes (void)
{
  /* The handler leaves by a jump, so that the signal must not be blocked in it. */
  struct sigaction action = {.sa_sigaction = on_crash,
    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER
  };
  stack_t stack = {.ss_size = STACK_SIZE };

  if (own_stack)
    return;
  own_stack = stack.ss_sp = g_malloc (STACK_SIZE);
  sigaltstack (&stack, &old_stack);
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &action, &old_actions[i]);
}

void
engine_release_crashes (void)
{
  if (!own_stack)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &old_actions[i], NULL);
  sigaltstack (&old_stack, NULL);
  g_clear_pointer (&own_stack, g_free);
}
