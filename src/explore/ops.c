/* What the macros of explore.h call: a point, then the operation. All threads of a model are one
 * thread of the system, so that a plain operation is as atomic as any. */
#include "config.h"
#include "explore/engine.h"

#include <errno.h>

typedef guint8 __attribute__ ((may_alias)) Any8;
typedef guint16 __attribute__ ((may_alias)) Any16;
typedef guint32 __attribute__ ((may_alias)) Any32;
typedef guint64 __attribute__ ((may_alias)) Any64;

static inline guint
size_of (guint how)
{
  return how >> 16 & 0xff;
}

static inline ShmdiagKind
kind_of (guint how)
{
  return how & 0xff;
}

static inline guint64
truncated (guint how, guint64 value)
{
  return size_of (how) < 8 ? value & ((G_GUINT64_CONSTANT (1) << size_of (how) * 8) - 1) : value;
}

static inline guint64
get (guint how, const volatile void *p)
{
  switch (size_of (how)) {
    case 1:
      return *(const volatile Any8 *) p;
    case 2:
      return *(const volatile Any16 *) p;
    case 4:
      return *(const volatile Any32 *) p;
    default:
      return *(const volatile Any64 *) p;
  }
}

static inline void
put (guint how, volatile void *p, guint64 value)
{
  switch (size_of (how)) {
    case 1:
      *(volatile Any8 *) p = value;
      break;
    case 2:
      *(volatile Any16 *) p = value;
      break;
    case 4:
      *(volatile Any32 *) p = value;
      break;
    default:
      *(volatile Any64 *) p = value;
      break;
  }
}

/* The engine, when this is a point of a thread; else the operation is just made. */
static inline Engine *
scheduled (void)
{
  return G_LIKELY (engine_running && engine_running->scheduling) ? engine_running : NULL;
}

static void __attribute__ ((noinline))
record (Engine * engine, guint64 before, guint64 after, gboolean failed)
{
  const EngineThread *thread = &engine->threads[engine->current];

  engine->trace[engine->n_steps - 1] = (EngineStep) {
    .site = thread->site,.how = thread->how,.thread = thread->index,
    .address = thread->address,.before = before,.after = after,.failed = failed
  };
}

/* What the step is about: for the reduction. To be called before finish(). */
static inline void
touch (Engine * engine, const volatile void *p, gsize size, gboolean writes)
{
  ShmdiagKind kind;

  if (G_LIKELY (!engine->reducing))
    return;
  kind = kind_of (engine->threads[engine->current].how);
  engine->access = (EngineAccess) {
    .address = (const guint8 *) p,.size = size,.writes = writes,
    .plain = kind == SHMDIAG_PLAIN_READ || kind == SHMDIAG_PLAIN_WRITE
  };
}

/* Whether the value is what THREAD has seen there before. That is of its own doing alone: it is the
 * same in whatever order others make steps that do not concern it. */
static inline gboolean
has_seen (EngineThread * thread, guint64 value)
{
  guint slot = ((guintptr) thread->address * 0x9e3779b1u >> 20) % ENGINE_LOOKS;
  EngineLook *look = &thread->looks[slot];
  gboolean same = look->address != thread->address || look->value == value;

  look->address = thread->address;
  look->value = value;
  return same;
}

/* What a step came to: for the trace, and to see who spins. A thread that keeps writing what is
 * already there makes no progress either. */
static inline void
finish (Engine * engine, guint64 before, guint64 after, guint cost)
{
  EngineThread *thread = &engine->threads[engine->current];

  if (G_UNLIKELY (engine->recording))
    record (engine, before, after, cost > 1);
  if (before != after || !has_seen (thread, before))
    thread->idle = 0;
  if (before != after)
    return;
  thread->idle += cost;
  if (thread->idle >= ENGINE_PATIENCE) {
    thread->idle = 0;
    engine_strategy_tire (engine, thread->index);
  }
}

/* --- order of memory, for the races --- */

static inline gboolean
acquires (guint order)
{
  return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order >= __ATOMIC_ACQ_REL;
}

static inline gboolean
releases (guint order)
{
  return order >= __ATOMIC_RELEASE;
}

static inline void
synchronise (Engine * engine, guint how, const volatile void *p, gboolean reads, gboolean writes)
{
  guint order = how >> 8 & 0xff;

  if (G_LIKELY (!races_are_watched (engine->races)))
    return;
  races_sync (engine->races, engine->current, (gconstpointer) p,
      reads && acquires (order), writes && releases (order));
}

static void
access_plainly (Engine * engine, const gchar * site, const volatile void *p, gsize size,
    gboolean write)
{
  for (gsize at = 0; at < size; at += 8) {
    guint other = 0;
    const gchar *before = races_access (engine->races, engine->current,
        (const guint8 *) p + at, write, site, &other);

    if (before)
      engine_violate (engine, "data-race", "T%u %s %s, and nothing orders it after T%u at %s",
          engine->current, write ? "writes" : "reads", engine_place (site), other,
          engine_place (before));
  }
}

/* --- operations --- */

uint64_t
shmdiag_do_load (const char *site, unsigned how, const volatile void *p)
{
  Engine *engine = scheduled ();
  gboolean own = FALSE;
  guint64 value;

  if (!engine)
    return get (how, p);
  engine_point (engine, site, how, (gconstpointer) p);
  if (G_UNLIKELY (engine->buffered))
    value = engine_see (engine, engine->current, (gconstpointer) p, size_of (how), &own);
  else
    value = get (how, p);
  touch (engine, p, size_of (how), FALSE);
  finish (engine, value, value, 1);
  if (kind_of (how) == SHMDIAG_PLAIN_READ)
    access_plainly (engine, site, p, 1, FALSE);
  else if (!own)
    synchronise (engine, how, p, TRUE, FALSE);
  return value;
}

/* A store that others do not see yet. */
static void
store_late (Engine * engine, guint how, volatile void *p, guint64 value)
{
  guint64 before = engine_see (engine, engine->current, (gconstpointer) p, size_of (how), NULL);

  finish (engine, before, truncated (how, value), 1);
  engine_tso_store (engine, p, value);
}

static void
store_now (Engine * engine, guint how, volatile void *p, guint64 value)
{
  guint64 before = get (how, p);

  put (how, p, value);
  touch (engine, p, size_of (how), TRUE);
  finish (engine, before, get (how, p), 1);
  if (kind_of (how) != SHMDIAG_PLAIN_WRITE)
    synchronise (engine, how, p, FALSE, TRUE);
}

void
shmdiag_do_store (const char *site, unsigned how, volatile void *p, uint64_t value)
{
  Engine *engine = scheduled ();

  if (!engine) {
    put (how, p, value);
    return;
  }
  engine_point (engine, site, how, (gconstpointer) p);
  if (G_UNLIKELY (engine_tso_takes (engine, how)))
    store_late (engine, how, p, value);
  else
    store_now (engine, how, p, value);
  if (kind_of (how) == SHMDIAG_PLAIN_WRITE)
    access_plainly (engine, site, p, 1, TRUE);
}

static inline guint64
updated (ShmdiagKind kind, guint64 before, guint64 operand)
{
  switch ((guint) kind) {
    case SHMDIAG_ADD:
      return before + operand;
    case SHMDIAG_SUB:
      return before - operand;
    case SHMDIAG_OR:
      return before | operand;
    case SHMDIAG_AND:
      return before & operand;
    case SHMDIAG_XOR:
      return before ^ operand;
    default:
      return operand;
  }
}

uint64_t
shmdiag_do_update (const char *site, unsigned how, volatile void *p, uint64_t operand)
{
  Engine *engine = scheduled ();
  guint64 before;

  if (engine)
    engine_point (engine, site, how, (gconstpointer) p);
  before = get (how, p);
  put (how, p, updated (kind_of (how), before, operand));
  if (engine) {
    touch (engine, p, size_of (how), TRUE);
    finish (engine, before, get (how, p), 1);
    synchronise (engine, how, p, TRUE, TRUE);
  }
  return before;
}

int
shmdiag_do_cas (const char *site, unsigned how, volatile void *p, void *expected,
    uint64_t desired)
{
  Engine *engine = scheduled ();
  guint64 before;
  gboolean same;

  if (engine)
    engine_point (engine, site, how, (gconstpointer) p);
  before = get (how, p);
  same = before == get (how, expected);
  if (same)
    put (how, p, desired);
  else
    put (how, expected, before);
  if (engine) {
    touch (engine, p, size_of (how), same);
    /* A second failure with nothing between is a loop that waits. */
    finish (engine, before, get (how, p), same ? 1 : ENGINE_PATIENCE / 2);
    synchronise (engine, how, p, TRUE, same);
  }
  return same;
}

int
shmdiag_do_touch (const char *site, unsigned how, const volatile void *p, size_t size)
{
  Engine *engine = scheduled ();
  ShmdiagKind kind = kind_of (how);

  if (!engine)
    return 0;
  engine_point (engine, site, how, (gconstpointer) p);
  /* Fences and yields are of no object, so that they are exchanged with nothing. */
  touch (engine, p, size, kind == SHMDIAG_PLAIN_WRITE);
  finish (engine, size, size, kind == SHMDIAG_YIELD ? ENGINE_PATIENCE : 1);
  if (kind == SHMDIAG_FENCE)
    /* All fences meet at one place, which is never an object of a model. */
    synchronise (engine, how, engine, TRUE, TRUE);
  else if (kind != SHMDIAG_YIELD)
    access_plainly (engine, site, p, size, kind == SHMDIAG_PLAIN_WRITE);
  return 0;
}

void
shmdiag_do_wait (const char *site, unsigned how, const volatile void *p, uint64_t value)
{
  Engine *engine = scheduled ();
  gboolean own = FALSE;
  guint64 found;

  if (!engine)
    return;
  engine->threads[engine->current].operand = truncated (how, value);
  engine_point (engine, site, how, (gconstpointer) p);
  found = engine_see (engine, engine->current, (gconstpointer) p, size_of (how), &own);
  touch (engine, p, size_of (how), FALSE);
  finish (engine, found, found, 1);
  if (!own)
    synchronise (engine, how, p, TRUE, FALSE);
}

/* --- locks --- */

static gboolean
take (Engine * engine, EngineLock * lock, ShmdiagKind kind, const gchar * site)
{
  gboolean shared = kind == SHMDIAG_RDLOCK || kind == SHMDIAG_TRYRDLOCK;

  if (!locks_can_take (lock, shared))
    return FALSE;
  locks_take (lock, engine->current, shared, site);
  return TRUE;
}

int
shmdiag_do_lock (const char *site, unsigned how, const volatile void *p)
{
  Engine *engine = scheduled ();
  ShmdiagKind kind = kind_of (how);
  EngineLock *lock;
  gboolean done;

  if (!engine)
    return 0;
  engine_point (engine, site, how, (gconstpointer) p);
  lock = locks_find (&engine->locks, (gconstpointer) p);
  if (!lock)
    engine_violate (engine, "too-many-locks", "more than %d locks", ENGINE_LOCKS);
  if (kind == SHMDIAG_UNLOCK)
    done = locks_release (lock, engine->current);
  else
    done = take (engine, lock, kind, site);
  touch (engine, p, 1, TRUE);
  finish (engine, done ? 0 : EBUSY, done ? 1 : EBUSY, done ? 1 : ENGINE_PATIENCE);
  if (kind == SHMDIAG_UNLOCK && !done)
    engine_violate (engine, "unlock-not-held", "T%u gives back at %s a lock that it does not hold",
        engine->current, engine_place (site));
  if (done)
    synchronise (engine, how, p, kind != SHMDIAG_UNLOCK, kind == SHMDIAG_UNLOCK);
  return done ? 0 : EBUSY;
}
