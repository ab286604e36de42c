/* Stacks of their own for the threads of a model, and how to change between them. */
#pragma once
#include <glib.h>

typedef struct Coroutine Coroutine;
typedef void (*CoroutineBody) (gpointer user);

/* The stack that the caller runs on. */
Coroutine *coroutine_new_main (void);
/* A stack of STACK_SIZE bytes with a guard page below it; BODY must never return. MAIN: the
 * coroutine that calls. */
Coroutine *coroutine_new (Coroutine * main, gsize stack_size, CoroutineBody body, gpointer user);
void coroutine_free (Coroutine * coroutine);

/* Whatever it was doing is forgotten: the next switch to it calls its body. */
void coroutine_restart (Coroutine * coroutine);
/* FROM, which must be running, stays where it is until somebody switches to it. */
void coroutine_switch (Coroutine * from, Coroutine * to);

/* Whether ADDRESS is in its guard page: the stack was too small. */
gboolean coroutine_guards (const Coroutine * coroutine, gconstpointer address);
