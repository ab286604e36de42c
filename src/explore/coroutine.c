/* Coroutines: a stack is entered once by makecontext, then changed by _setjmp and _longjmp, which
 * are two orders of magnitude faster than swapcontext as they make no system call. */
/* The checked longjmp of glibc takes a jump to another stack for an error. */
#undef _FORTIFY_SOURCE
#include "config.h"
#include "explore/coroutine.h"

#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

struct Coroutine
{
  jmp_buf here;                 /* where it goes on */
  jmp_buf base;                 /* before its body */
  guint8 *mapping;              /* guard page, then the stack; NULL: that of the caller */
  gsize guard_size, stack_size;
  CoroutineBody body;
  gpointer user;
  Coroutine *main;              /* who restarts it; NULL: it is that itself */
  ucontext_t first;
  gconstpointer bottom;         /* for the address sanitizer, as the two below */
  gsize size;
  gpointer fake_stack;
  gpointer fiber;               /* for the thread sanitizer */
};

static void
announce (Coroutine * from, Coroutine * to)
{
#if defined __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber (&from->fake_stack, to->bottom, to->size);
#endif
#if defined __SANITIZE_THREAD__
  __tsan_switch_to_fiber (to->fiber, 0);
#endif
}

/* PREVIOUS: learns the stack that was left, unless NULL. */
static void
arrive (Coroutine * self, Coroutine * previous)
{
#if defined __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber (self->fake_stack,
      previous ? &previous->bottom : NULL, previous ? &previous->size : NULL);
#endif
}

static void
enter (guint high, guint low, guint main_high, guint main_low)
{
  Coroutine *self = (Coroutine *) ((guintptr) high << 32 | low);
  Coroutine *creator = (Coroutine *) ((guintptr) main_high << 32 | main_low);

  if (_setjmp (self->base) == 0) {
    arrive (self, creator);
    announce (self, creator);
    _longjmp (creator->here, 1);
  }
  arrive (self, NULL);
  self->body (self->user);
  g_assert_not_reached ();
}

Coroutine *
coroutine_new_main (void)
{
  Coroutine *self = g_new0 (Coroutine, 1);

#if defined __SANITIZE_THREAD__
  self->fiber = __tsan_get_current_fiber ();
#endif
  return self;
}

static void
map_stack (Coroutine * self, gsize stack_size)
{
  self->guard_size = sysconf (_SC_PAGESIZE);
  self->stack_size = stack_size;
  self->mapping = mmap (NULL, self->guard_size + stack_size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (self->mapping == MAP_FAILED || mprotect (self->mapping, self->guard_size, PROT_NONE) < 0)
    g_error ("no stack for a thread of a model: %s", g_strerror (errno));
  self->bottom = self->mapping + self->guard_size;
  self->size = stack_size;
#if defined __SANITIZE_THREAD__
  self->fiber = __tsan_create_fiber (0);
#endif
}

Coroutine *
coroutine_new (Coroutine * main, gsize stack_size, CoroutineBody body, gpointer user)
{
  Coroutine *self = g_new0 (Coroutine, 1);

  map_stack (self, stack_size);
  self->body = body;
  self->user = user;
  self->main = main;
  getcontext (&self->first);
  self->first.uc_stack.ss_sp = self->mapping + self->guard_size;
  self->first.uc_stack.ss_size = stack_size;
  self->first.uc_link = NULL;
  /* The arguments of makecontext are ints. */
  makecontext (&self->first, (void (*)(void)) (gpointer) enter, 4,
      (guint) ((guint64) (guintptr) self >> 32), (guint) (guintptr) self,
      (guint) ((guint64) (guintptr) main >> 32), (guint) (guintptr) main);
  announce (main, self);
  if (_setjmp (main->here) == 0)
    setcontext (&self->first);
  arrive (main, NULL);
  coroutine_restart (self);
  return self;
}

/* The frames of a body that was abandoned, which the address sanitizer may keep elsewhere than on
 * the stack: it forgets those of the stack that it believes to leave for good. Called by the main
 * one; no other stack is really entered. */
static void
forget_frames (Coroutine * self)
{
#if defined __SANITIZE_ADDRESS__
  gpointer own;

  if (!self->fake_stack)
    return;
  __sanitizer_start_switch_fiber (&own, self->bottom, self->size);
  __sanitizer_finish_switch_fiber (self->fake_stack, NULL, NULL);
  __sanitizer_start_switch_fiber (NULL, self->main->bottom, self->main->size);
  __sanitizer_finish_switch_fiber (own, NULL, NULL);
  self->fake_stack = NULL;
#endif
}

void
coroutine_free (Coroutine * self)
{
  if (!self)
    return;
  if (self->mapping) {
    forget_frames (self);
#if defined __SANITIZE_THREAD__
    __tsan_destroy_fiber (self->fiber);
#endif
    munmap (self->mapping, self->guard_size + self->stack_size);
  }
  g_free (self);
}

void
coroutine_restart (Coroutine * self)
{
  memcpy (&self->here, &self->base, sizeof self->here);
#if defined __SANITIZE_ADDRESS__
  /* Frames that were abandoned have left their marks. The deepest frames, of enter(), stay. */
  __asan_unpoison_memory_region (self->bottom, self->size);
#endif
  forget_frames (self);
}

void __attribute__ ((noinline))
coroutine_switch (Coroutine * from, Coroutine * to)
{
  announce (from, to);
  if (_setjmp (from->here) == 0)
    _longjmp (to->here, 1);
  arrive (from, NULL);
}

gboolean
coroutine_guards (const Coroutine * self, gconstpointer address)
{
  const guint8 *byte = address;

  return self->mapping && byte >= self->mapping && byte < self->mapping + self->guard_size;
}
