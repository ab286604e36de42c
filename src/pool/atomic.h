/* The atomics and the one wait of the pool. Code that explores the pool's interleavings includes
 * explore/explore.h, with SHMDIAG_EXPLORE, before this; then the same names are its points. */
#pragma once
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#ifdef SHMDIAG_EXPLORE
#define pool_wait_while(p, value) shmdiag_wait_while ((p), (value))
#else
/* Blocks as long as *P is VALUE. For waits of microseconds. */
#define pool_wait_while(p, value) \
  do { \
    while (atomic_load_explicit ((p), memory_order_acquire) == (value)) \
      sched_yield (); \
  } while (0)
#endif

/* Before each function of a pool: a model compiles the pool's source as part of its own. */
#ifndef POOL_SCOPE
#define POOL_SCOPE
#endif
