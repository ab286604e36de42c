/* shmdiag/explore.h: code that shmstress explore runs under every interleaving of its threads.
 *
 * With SHMDIAG_EXPLORE defined before this header, the usual names of atomics and locks become
 * scheduling points: <stdatomic.h>, __atomic_*, __sync_*, pthread_mutex_*, pthread_rwlock_*,
 * pthread_spin_* and sched_yield. Without it they stay what they are, so that the same file is
 * both shipped and explored. Include it after every other header. Needs GCC or clang only.
 * What it is for, with an example to paste: shm-explore(7). */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHMDIAG_EXPLORE_VERSION 2u
/* Bounds of the engine: threads of a model, bytes of a thread's stack. */
#define SHMDIAG_MAX_THREADS 8u
#define SHMDIAG_STACK_SIZE (256u * 1024u)

/* One thing to explore. The state is the engine's: zeroed before each schedule, always at the same
 * place. A schedule is set_up, the threads, at_rest when all have returned, and tear_down, which
 * is called after a violation too, with the threads stopped anywhere: it must free what they hold
 * by the state alone. Only the threads are scheduled; points that the other functions pass are
 * ordinary operations. All must do the same each time: no clock, no random numbers. */
typedef struct
{
  unsigned version;             /* SHMDIAG_EXPLORE_VERSION */
  const char *name;             /* "pool"; letters, digits and dashes */
  const char *summary;          /* one line */
  unsigned n_threads;           /* how many by default */
  unsigned min_threads, max_threads;    /* what --threads may ask for; 0: n_threads */
  size_t state_size;
  void (*set_up) (void *state, unsigned n_threads);     /* may be NULL, as the others but thread */
  void (*thread) (void *state, unsigned index);
  void (*step_check) (void *state);     /* after every step */
  void (*at_rest) (void *state);
  void (*tear_down) (void *state);
  const char *expects;          /* the property that it is known to break; NULL: it holds */
  const char *const *thread_names;      /* n_threads column heads; NULL: T0, T1, ... */
  const char *expects_tso;      /* the same with --memory=tso; NULL: as EXPECTS */
} ShmdiagModel;

/* What a shared object for --target exports; a NULL ends it:
 *   const ShmdiagModel *const shmdiag_models[]; */
extern const ShmdiagModel *const shmdiag_models[];

/* What a point does. */
typedef enum
{
  SHMDIAG_LOAD, SHMDIAG_STORE, SHMDIAG_EXCHANGE, SHMDIAG_CAS,
  SHMDIAG_ADD, SHMDIAG_SUB, SHMDIAG_OR, SHMDIAG_AND, SHMDIAG_XOR,
  SHMDIAG_FENCE,
  SHMDIAG_PLAIN_READ, SHMDIAG_PLAIN_WRITE,
  SHMDIAG_LOCK, SHMDIAG_TRYLOCK, SHMDIAG_RDLOCK, SHMDIAG_TRYRDLOCK, SHMDIAG_UNLOCK,
  SHMDIAG_YIELD, SHMDIAG_WAIT,
  SHMDIAG_FLUSH,                /* of a store buffer; no operation of a thread */
  SHMDIAG_N_KINDS
} ShmdiagKind;

/* --- for explored code, in both builds ---
 *
 * SHMDIAG_READ (lvalue), SHMDIAG_WRITE (lvalue, value): a plain access of at most 8 bytes, which is
 *   a point and is checked for data races.
 * SHMDIAG_READ_BYTES (p, n), SHMDIAG_WRITE_BYTES (p, n): declare an access that follows.
 * shmdiag_wait_while (p, value): blocks as long as *p == value, like a futex or a poll; a natural
 *   build spins with sched_yield().
 * shmdiag_violation (name, format, ...): the property NAME is broken: ends the schedule, does not
 *   return. A native build prints it and aborts.
 * SHMDIAG_CHECK (condition, name, format, ...): a violation unless CONDITION. */

#define SHMDIAG_CHECK(condition, ...) \
  do { \
    if (!(condition)) \
      shmdiag_violation (__VA_ARGS__); \
  } while (0)

/* --- for models: are the calls linearizable? ---
 *
 * A history stands in the state. Each thread notes a call before it is made and its result after
 * it has returned; at rest all is compared with a sequential reference. */

#define SHMDIAG_MAX_CALLS 32u
#define SHMDIAG_MAX_REFERENCE 256u

typedef struct
{
  unsigned thread;
  int operation;                /* what the model calls so */
  uint64_t argument, result;
  unsigned called, returned;    /* moments */
} ShmdiagCall;

typedef struct
{
  ShmdiagCall calls[SHMDIAG_MAX_CALLS];
  unsigned n_calls, now;
} ShmdiagHistory;

/* Returns the number of the call, for the other one. */
unsigned shmdiag_history_call (ShmdiagHistory *history, unsigned thread, int operation,
    uint64_t argument);
void shmdiag_history_return (ShmdiagHistory *history, unsigned call, uint64_t result);
/* Breaks "linearizable" unless the calls could have been made one after the other on a reference
 * that starts as INITIAL. APPLY makes CALL on a reference; 0: it could not have had that result. */
void shmdiag_history_check (const ShmdiagHistory *history, const void *initial, size_t size,
    int (*apply) (void *reference, const ShmdiagCall *call));

/* --- what the macros call: the engine in shmstress. HOW: see SHMDIAG_HOW_ --- */

uint64_t shmdiag_do_load (const char *site, unsigned how, const volatile void *p);
void shmdiag_do_store (const char *site, unsigned how, volatile void *p, uint64_t value);
/* exchange, add, ...: the value before */
uint64_t shmdiag_do_update (const char *site, unsigned how, volatile void *p, uint64_t operand);
int shmdiag_do_cas (const char *site, unsigned how, volatile void *p, void *expected,
    uint64_t desired);
/* 0 or EBUSY */
int shmdiag_do_lock (const char *site, unsigned how, const volatile void *lock);
/* fence, yield, bytes read or written */
int shmdiag_do_touch (const char *site, unsigned how, const volatile void *p, size_t size);
void shmdiag_do_wait (const char *site, unsigned how, const volatile void *p, uint64_t value);
void shmdiag_do_violation (const char *name, const char *format, ...)
    __attribute__ ((format (printf, 2, 3), noreturn));

#ifdef __cplusplus
}
#endif

#ifndef SHMDIAG_EXPLORE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define SHMDIAG_READ(lvalue) (lvalue)
#define SHMDIAG_WRITE(lvalue, value) ((void) ((lvalue) = (value)))
#define SHMDIAG_READ_BYTES(p, n) ((void) 0)
#define SHMDIAG_WRITE_BYTES(p, n) ((void) 0)
#define shmdiag_wait_while(p, value) \
  do { \
    while (__atomic_load_n ((p), __ATOMIC_ACQUIRE) == (value)) \
      sched_yield (); \
  } while (0)
#define shmdiag_violation(name, ...) \
  (fprintf (stderr, "%s:%d: %s: ", __FILE__, __LINE__, (name)), \
      fprintf (stderr, __VA_ARGS__), fputc ('\n', stderr), abort ())

#else
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

/* "FILE:LINE:EXPRESSION": one string, which is also the identity of a place in the code. */
#define SHMDIAG_STRING_(x) #x
#define SHMDIAG_STRING(x) SHMDIAG_STRING_ (x)
#define SHMDIAG_SITE_(what) __FILE__ ":" SHMDIAG_STRING (__LINE__) ":" what
/* Bits: 0-7 kind, 8-15 order, 16-23 size, 24 "is a pointer". Objects of more than 8 bytes do not
 * compile. */
#define SHMDIAG_HOW_(kind, order, p) \
  ((unsigned) (kind) | (unsigned) (order) << 8 | \
   (unsigned) (sizeof (*(p)) * sizeof (char[sizeof (*(p)) <= 8 ? 1 : -1])) << 16 | \
   (__builtin_classify_type (*(p)) == 5 ? 1u << 24 : 0u))
#define SHMDIAG_HOW_WORD_(kind, order) ((unsigned) (kind) | (unsigned) (order) << 8)
/* The type of a value read from there: no qualifier, no _Atomic. */
#define SHMDIAG_TYPE_(p) __typeof__ ((void) 0, *(p))
#define SHMDIAG_BITS_(value) ((uint64_t) (value))

/* A cast that nobody need use: GCC warns of a plain one. */
#define SHMDIAG_AS_(type, value) __extension__ ({ (type) (value); })

#define SHMDIAG_LOAD_(p, text, order) \
  SHMDIAG_AS_ (SHMDIAG_TYPE_ (p), shmdiag_do_load (SHMDIAG_SITE_ (text), \
      SHMDIAG_HOW_ (SHMDIAG_LOAD, order, p), (p)))
#define SHMDIAG_STORE_(p, text, value, order) \
  shmdiag_do_store (SHMDIAG_SITE_ (text), SHMDIAG_HOW_ (SHMDIAG_STORE, order, p), (p), \
      SHMDIAG_BITS_ ((SHMDIAG_TYPE_ (p)) (value)))
#define SHMDIAG_UPDATE_(kind, p, text, value, order) \
  SHMDIAG_AS_ (SHMDIAG_TYPE_ (p), shmdiag_do_update (SHMDIAG_SITE_ (text), \
      SHMDIAG_HOW_ (kind, order, p), (p), SHMDIAG_BITS_ (value)))
#define SHMDIAG_CAS_(p, text, expected, desired, order) \
  SHMDIAG_AS_ (bool, shmdiag_do_cas (SHMDIAG_SITE_ (text), \
      SHMDIAG_HOW_ (SHMDIAG_CAS, order, p), (p), (expected), \
      SHMDIAG_BITS_ ((SHMDIAG_TYPE_ (p)) (desired))))
#define SHMDIAG_LOCK_(kind, p, text) \
  shmdiag_do_lock (SHMDIAG_SITE_ (text), SHMDIAG_HOW_WORD_ (kind, __ATOMIC_ACQ_REL), (p))
#define SHMDIAG_TOUCH_(kind, p, text, size, order) \
  shmdiag_do_touch (SHMDIAG_SITE_ (text), SHMDIAG_HOW_WORD_ (kind, order), (p), (size))

#define SHMDIAG_READ(lvalue) \
  SHMDIAG_AS_ (SHMDIAG_TYPE_ (&(lvalue)), shmdiag_do_load (SHMDIAG_SITE_ (#lvalue), \
      SHMDIAG_HOW_ (SHMDIAG_PLAIN_READ, 0, &(lvalue)), &(lvalue)))
#define SHMDIAG_WRITE(lvalue, value) \
  shmdiag_do_store (SHMDIAG_SITE_ (#lvalue), \
      SHMDIAG_HOW_ (SHMDIAG_PLAIN_WRITE, 0, &(lvalue)), &(lvalue), \
      SHMDIAG_BITS_ ((SHMDIAG_TYPE_ (&(lvalue))) (value)))
#define SHMDIAG_READ_BYTES(p, n) \
  ((void) SHMDIAG_TOUCH_ (SHMDIAG_PLAIN_READ, p, #p, n, 0))
#define SHMDIAG_WRITE_BYTES(p, n) \
  ((void) SHMDIAG_TOUCH_ (SHMDIAG_PLAIN_WRITE, p, #p, n, 0))
#define shmdiag_wait_while(p, value) \
  shmdiag_do_wait (SHMDIAG_SITE_ (#p), SHMDIAG_HOW_ (SHMDIAG_WAIT, __ATOMIC_ACQUIRE, p), (p), \
      SHMDIAG_BITS_ ((SHMDIAG_TYPE_ (p)) (value)))
#define shmdiag_violation(name, ...) shmdiag_do_violation ((name), __VA_ARGS__)

/* --- GCC's atomic built-ins --- */

#define __atomic_load_n(p, order) SHMDIAG_LOAD_ (p, #p, order)
#define __atomic_load(p, result, order) ((void) (*(result) = SHMDIAG_LOAD_ (p, #p, order)))
#define __atomic_store_n(p, value, order) SHMDIAG_STORE_ (p, #p, value, order)
#define __atomic_store(p, value, order) SHMDIAG_STORE_ (p, #p, *(value), order)
#define __atomic_exchange_n(p, value, order) \
  SHMDIAG_UPDATE_ (SHMDIAG_EXCHANGE, p, #p, value, order)
#define __atomic_compare_exchange_n(p, expected, desired, weak, order, failure) \
  SHMDIAG_CAS_ (p, #p, expected, desired, order)
#define __atomic_compare_exchange(p, expected, desired, weak, order, failure) \
  SHMDIAG_CAS_ (p, #p, expected, *(desired), order)
#define __atomic_fetch_add(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_ADD, p, #p, v, order)
#define __atomic_fetch_sub(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_SUB, p, #p, v, order)
#define __atomic_fetch_or(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_OR, p, #p, v, order)
#define __atomic_fetch_and(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_AND, p, #p, v, order)
#define __atomic_fetch_xor(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_XOR, p, #p, v, order)
/* What the update leaves behind; V is evaluated twice, as constants and variables can be. */
#define SHMDIAG_AFTER_(p, old, operation, v) \
  SHMDIAG_AS_ (SHMDIAG_TYPE_ (p), SHMDIAG_BITS_ (old) operation SHMDIAG_BITS_ (v))
#define __atomic_add_fetch(p, v, order) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_ADD, p, #p, v, order), +, v)
#define __atomic_sub_fetch(p, v, order) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_SUB, p, #p, v, order), -, v)
#define __atomic_or_fetch(p, v, order) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_OR, p, #p, v, order), |, v)
#define __atomic_and_fetch(p, v, order) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_AND, p, #p, v, order), &, v)
#define __atomic_xor_fetch(p, v, order) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_XOR, p, #p, v, order), ^, v)
#define __atomic_test_and_set(p, order) \
  SHMDIAG_AS_ (bool, \
      SHMDIAG_UPDATE_ (SHMDIAG_EXCHANGE, (volatile unsigned char *) (p), #p, 1, order))
#define __atomic_clear(p, order) SHMDIAG_STORE_ ((volatile unsigned char *) (p), #p, 0, order)
#define __atomic_thread_fence(order) \
  ((void) SHMDIAG_TOUCH_ (SHMDIAG_FENCE, NULL, "fence", 0, order))

#define __sync_fetch_and_add(p, v) SHMDIAG_UPDATE_ (SHMDIAG_ADD, p, #p, v, __ATOMIC_SEQ_CST)
#define __sync_fetch_and_sub(p, v) SHMDIAG_UPDATE_ (SHMDIAG_SUB, p, #p, v, __ATOMIC_SEQ_CST)
#define __sync_fetch_and_or(p, v) SHMDIAG_UPDATE_ (SHMDIAG_OR, p, #p, v, __ATOMIC_SEQ_CST)
#define __sync_fetch_and_and(p, v) SHMDIAG_UPDATE_ (SHMDIAG_AND, p, #p, v, __ATOMIC_SEQ_CST)
#define __sync_fetch_and_xor(p, v) SHMDIAG_UPDATE_ (SHMDIAG_XOR, p, #p, v, __ATOMIC_SEQ_CST)
#define __sync_add_and_fetch(p, v) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_ADD, p, #p, v, __ATOMIC_SEQ_CST), +, v)
#define __sync_sub_and_fetch(p, v) \
  SHMDIAG_AFTER_ (p, SHMDIAG_UPDATE_ (SHMDIAG_SUB, p, #p, v, __ATOMIC_SEQ_CST), -, v)
#define __sync_bool_compare_and_swap(p, old, new_) \
  SHMDIAG_CAS_ (p, #p, (&(SHMDIAG_TYPE_ (p)) { (old) }), new_, __ATOMIC_SEQ_CST)
#define __sync_val_compare_and_swap(p, old, new_) __extension__ ({ \
  SHMDIAG_TYPE_ (p) shmdiag_old_ = (old); \
  (void) SHMDIAG_CAS_ (p, #p, &shmdiag_old_, new_, __ATOMIC_SEQ_CST); \
  shmdiag_old_; })
#define __sync_lock_test_and_set(p, v) \
  SHMDIAG_UPDATE_ (SHMDIAG_EXCHANGE, p, #p, v, __ATOMIC_ACQUIRE)
#define __sync_lock_release(p) SHMDIAG_STORE_ (p, #p, 0, __ATOMIC_RELEASE)
#define __sync_synchronize() \
  ((void) SHMDIAG_TOUCH_ (SHMDIAG_FENCE, NULL, "fence", 0, __ATOMIC_SEQ_CST))

/* --- C11 --- */

#undef atomic_init
#define atomic_init(p, value) \
  ((void) (*(SHMDIAG_TYPE_ (p) volatile *) (p) = (value)))
#undef atomic_load
#define atomic_load(p) SHMDIAG_LOAD_ (p, #p, __ATOMIC_SEQ_CST)
#undef atomic_load_explicit
#define atomic_load_explicit(p, order) SHMDIAG_LOAD_ (p, #p, order)
#undef atomic_store
#define atomic_store(p, value) SHMDIAG_STORE_ (p, #p, value, __ATOMIC_SEQ_CST)
#undef atomic_store_explicit
#define atomic_store_explicit(p, value, order) SHMDIAG_STORE_ (p, #p, value, order)
#undef atomic_exchange
#define atomic_exchange(p, value) \
  SHMDIAG_UPDATE_ (SHMDIAG_EXCHANGE, p, #p, value, __ATOMIC_SEQ_CST)
#undef atomic_exchange_explicit
#define atomic_exchange_explicit(p, value, order) \
  SHMDIAG_UPDATE_ (SHMDIAG_EXCHANGE, p, #p, value, order)
#undef atomic_compare_exchange_strong
#define atomic_compare_exchange_strong(p, expected, desired) \
  SHMDIAG_CAS_ (p, #p, expected, desired, __ATOMIC_SEQ_CST)
#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(p, expected, desired, order, failure) \
  SHMDIAG_CAS_ (p, #p, expected, desired, order)
#undef atomic_compare_exchange_weak
#define atomic_compare_exchange_weak(p, expected, desired) \
  SHMDIAG_CAS_ (p, #p, expected, desired, __ATOMIC_SEQ_CST)
#undef atomic_compare_exchange_weak_explicit
#define atomic_compare_exchange_weak_explicit(p, expected, desired, order, failure) \
  SHMDIAG_CAS_ (p, #p, expected, desired, order)
#undef atomic_fetch_add
#define atomic_fetch_add(p, v) SHMDIAG_UPDATE_ (SHMDIAG_ADD, p, #p, v, __ATOMIC_SEQ_CST)
#undef atomic_fetch_add_explicit
#define atomic_fetch_add_explicit(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_ADD, p, #p, v, order)
#undef atomic_fetch_sub
#define atomic_fetch_sub(p, v) SHMDIAG_UPDATE_ (SHMDIAG_SUB, p, #p, v, __ATOMIC_SEQ_CST)
#undef atomic_fetch_sub_explicit
#define atomic_fetch_sub_explicit(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_SUB, p, #p, v, order)
#undef atomic_fetch_or
#define atomic_fetch_or(p, v) SHMDIAG_UPDATE_ (SHMDIAG_OR, p, #p, v, __ATOMIC_SEQ_CST)
#undef atomic_fetch_or_explicit
#define atomic_fetch_or_explicit(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_OR, p, #p, v, order)
#undef atomic_fetch_and
#define atomic_fetch_and(p, v) SHMDIAG_UPDATE_ (SHMDIAG_AND, p, #p, v, __ATOMIC_SEQ_CST)
#undef atomic_fetch_and_explicit
#define atomic_fetch_and_explicit(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_AND, p, #p, v, order)
#undef atomic_fetch_xor
#define atomic_fetch_xor(p, v) SHMDIAG_UPDATE_ (SHMDIAG_XOR, p, #p, v, __ATOMIC_SEQ_CST)
#undef atomic_fetch_xor_explicit
#define atomic_fetch_xor_explicit(p, v, order) SHMDIAG_UPDATE_ (SHMDIAG_XOR, p, #p, v, order)
#undef atomic_thread_fence
#define atomic_thread_fence(order) __atomic_thread_fence (order)
#undef atomic_flag_test_and_set
#define atomic_flag_test_and_set(p) __atomic_test_and_set (p, __ATOMIC_SEQ_CST)
#undef atomic_flag_test_and_set_explicit
#define atomic_flag_test_and_set_explicit(p, order) __atomic_test_and_set (p, order)
#undef atomic_flag_clear
#define atomic_flag_clear(p) __atomic_clear (p, __ATOMIC_SEQ_CST)
#undef atomic_flag_clear_explicit
#define atomic_flag_clear_explicit(p, order) __atomic_clear (p, order)

/* --- locks: kept by address, so that every static initialiser will do --- */

#define pthread_mutex_init(p, attributes) ((void) (p), (void) (attributes), 0)
#define pthread_mutex_destroy(p) ((void) (p), 0)
#define pthread_mutex_lock(p) SHMDIAG_LOCK_ (SHMDIAG_LOCK, p, #p)
#define pthread_mutex_trylock(p) SHMDIAG_LOCK_ (SHMDIAG_TRYLOCK, p, #p)
#define pthread_mutex_unlock(p) SHMDIAG_LOCK_ (SHMDIAG_UNLOCK, p, #p)
#define pthread_spin_init(p, shared) ((void) (p), (void) (shared), 0)
#define pthread_spin_destroy(p) ((void) (p), 0)
#define pthread_spin_lock(p) SHMDIAG_LOCK_ (SHMDIAG_LOCK, p, #p)
#define pthread_spin_trylock(p) SHMDIAG_LOCK_ (SHMDIAG_TRYLOCK, p, #p)
#define pthread_spin_unlock(p) SHMDIAG_LOCK_ (SHMDIAG_UNLOCK, p, #p)
#define pthread_rwlock_init(p, attributes) ((void) (p), (void) (attributes), 0)
#define pthread_rwlock_destroy(p) ((void) (p), 0)
#define pthread_rwlock_rdlock(p) SHMDIAG_LOCK_ (SHMDIAG_RDLOCK, p, #p)
#define pthread_rwlock_tryrdlock(p) SHMDIAG_LOCK_ (SHMDIAG_TRYRDLOCK, p, #p)
#define pthread_rwlock_wrlock(p) SHMDIAG_LOCK_ (SHMDIAG_LOCK, p, #p)
#define pthread_rwlock_trywrlock(p) SHMDIAG_LOCK_ (SHMDIAG_TRYLOCK, p, #p)
#define pthread_rwlock_unlock(p) SHMDIAG_LOCK_ (SHMDIAG_UNLOCK, p, #p)
#define sched_yield() SHMDIAG_TOUCH_ (SHMDIAG_YIELD, NULL, "yield", 0, 0)

#endif
