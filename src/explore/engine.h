/* Runs a model once, under one schedule. What a point costs decides how much can be explored:
 * nothing is allocated and nothing of GLib is called there. */
#pragma once
#include "explore/buffer.h"
#include "explore/coroutine.h"
#include "explore/explore.h"
#include "explore/locks.h"
#include "explore/race.h"

/* A schedule of more steps is taken for a livelock. */
#define ENGINE_STEP_LIMIT 20000
/* How often a thread may look and see nothing new, before others go first. */
#define ENGINE_PATIENCE 32
#define ENGINE_LOOKS 8
#define ENGINE_PCT_DEPTH_MAX 5

typedef enum
{
  ENGINE_RANDOM,                /* each time any of the threads */
  ENGINE_PCT,                   /* by priority, which changes at depth - 1 points */
  ENGINE_BOUNDED,               /* depth first, as long as preemptions last */
  ENGINE_REPLAY,                /* a script, then the default policy */
} EngineStrategy;

typedef enum
{
  ENGINE_SC,                    /* all threads see a store at once */
  ENGINE_TSO,                   /* it stays in its thread's buffer for a while: see buffer.h */
} EngineMemory;

/* Who makes a step: a thread, or from ENGINE_BUFFERS on the buffer of one. */
#define ENGINE_BUFFERS SHMDIAG_MAX_THREADS
#define ENGINE_ACTORS (2 * SHMDIAG_MAX_THREADS)

/* How a point appears in a trace. */
typedef struct
{
  const gchar *site;            /* "FILE:LINE:EXPRESSION" */
  guint how;
  guint thread;
  gboolean buffered;            /* a store that memory has not seen */
  gconstpointer address;
  guint64 before, after;        /* values of the object; of a lock: the result */
  gboolean failed;              /* a CAS or a trylock */
} EngineStep;

/* A part of a schedule: so many steps of one actor in a row. */
typedef struct
{
  guint8 thread;                /* or buffer */
  guint16 length;
} EngineSegment;

/* What a step had to do with memory that threads share. */
typedef struct
{
  const guint8 *address;
  gsize size;
  gboolean writes;
  gboolean plain;
  gboolean everything;          /* it is not exchanged with any other */
} EngineAccess;

/* A thread whose next step was explored earlier: see bounded.c. */
typedef struct
{
  EngineAccess access;          /* of that step */
  guint cost;                   /* preemptions, at most, of the earlier schedule up to here */
  gboolean is_new;              /* explored at this node */
  gboolean goes_on;             /* it could go on after its step */
  gboolean whole;               /* nothing was left out after its step */
  gboolean last_is_out;         /* the thread that ran last cannot go on, either way */
} EngineSleeper;

/* A choice of the depth-first search. */
typedef struct
{
  guint8 last;                  /* the thread that ran before */
  guint8 preferred;             /* the default */
  guint8 chosen;
  guint16 todo;                 /* bits of those still to be tried */
  guint8 used;                  /* preemptions before it */
  gboolean free;                /* a change costs no preemption */
  guint8 asleep;                /* bits */
  EngineSleeper sleepers[SHMDIAG_MAX_THREADS];
  EngineAccess access;          /* of the chosen step */
  gboolean goes_on;             /* its thread, after it */
  gboolean partial;             /* something was left out after it, */
  gboolean left_out;            /* after those chosen before, or here */
} EngineNode;

typedef struct Engine Engine;

typedef struct
{
  gconstpointer address;
  guint64 value;
} EngineLook;

typedef struct
{
  Engine *engine;
  guint index;
  Coroutine *coroutine;
  const gchar *site;            /* of the point that it waits at */
  guint how;
  gconstpointer address;
  guint64 operand;              /* of a wait: the value */
  EngineLook looks[ENGINE_LOOKS];       /* what it has seen last, by address */
  guint idle;
  gint64 priority;              /* of PCT */
} EngineThread;

struct Engine
{
  const ShmdiagModel *model;
  guint n_threads;
  gpointer state;

  /* set before a run */
  EngineMemory memory;
  EngineStrategy strategy;
  guint64 random;               /* state of the generator */
  guint depth;                  /* of PCT */
  guint length;                 /* k: steps that a schedule is expected to have */
  guint bound;                  /* preemptions */
  gboolean reduce;              /* the bounded search leaves out what is equivalent */
  const EngineSegment *script;  /* of a replay; a segment ends early when its thread is blocked */
  guint n_script;
  gboolean recording;

  /* of the run */
  EngineThread threads[ENGINE_ACTORS];  /* of a buffer: site and priority */
  Coroutine *main, *helper;
  void (*job) (Engine * engine);        /* for the helper: what is not scheduled */
  guint current;
  gboolean inside;              /* in code of the model */
  gboolean scheduling;          /* in a thread of it */
  gboolean launching;
  guint live, waiting, tired;   /* bits of threads */
  guint buffered;               /* those with something in their buffer */
  guint draining;               /* those that wait for their buffer */
  StoreBuffer buffers[SHMDIAG_MAX_THREADS];
  guint n_steps;
  guint8 *schedule;             /* actor of each step */
  EngineStep *trace;            /* when recording */
  EngineLocks locks;
  EngineRaces *races;

  guint changes[ENGINE_PCT_DEPTH_MAX];  /* of PCT, ascending */
  guint n_changes;
  gint64 lowest;
  guint script_at, script_done; /* segment, steps of it */
  EngineNode *nodes;
  guint n_prefix;               /* nodes that the run must follow */
  gboolean cut;                 /* the bound left something out */
  gboolean reducing;            /* this run */
  gboolean redundant;           /* all that may follow was seen in other orders */
  guint n_nodes;                /* before that */
  guint64 n_skipped;            /* steps not explored for that reason */
  EngineAccess access;          /* of the step that is made */
  guint8 *shadow;               /* the state as the steps explain it */

  /* coverage, over all runs */
  guint64 hash;                 /* of the schedule */
  guint32 *switches;            /* bits of (from, to) pairs of places */

  /* of the run: what broke; "" when nothing did */
  gchar property[48];
  gchar message[400];
};

#define ENGINE_SWITCH_BITS (1u << 16)

Engine *engine_new (const ShmdiagModel * model, guint n_threads);
void engine_free (Engine * engine);

/* The property that MODEL is known to break; NULL: it holds. */
const gchar *engine_expects (const ShmdiagModel * model, EngineMemory memory);

/* One schedule. TRUE: nothing broke. */
gboolean engine_run (Engine * engine);

/* --- between the files of the engine --- */

/* The thread that goes on when nobody says otherwise: this one, unless it is blocked or spins. */
guint engine_default (const Engine * engine, guint enabled);
/* Before a run, and at each step: by strategy. */
void engine_strategy_begin (Engine * engine);
guint engine_strategy_choose (Engine * engine, guint enabled);
/* The thread looked often and nothing has happened. */
void engine_strategy_tire (Engine * engine, guint thread);
/* After a run of ENGINE_BOUNDED. FALSE: that was the last one within the bound. */
gboolean engine_strategy_backtrack (Engine * engine);

/* That of ENGINE_BOUNDED. RESTED: those of ENABLED that do not spin, if there are any. */
guint engine_bounded_choose (Engine * engine, guint enabled, guint rested);

/* Around each step while Engine.reducing: what it accesses. */
void engine_reduction_begin_step (Engine * engine);
void engine_reduction_end_step (Engine * engine);
/* Whether their order may matter, or they touch the same object. */
gboolean engine_accesses_depend (const Engine * engine, const EngineAccess * one,
    const EngineAccess * other);
gboolean engine_accesses_meet (const EngineAccess * one, const EngineAccess * other);

guint64 engine_random (Engine * engine);

/* The exploration that runs, or NULL: points have no argument to find it by. */
extern Engine *engine_running;

/* What THREAD sees at P: its buffer, then memory. A number that is none: memory. BUFFERED, unless
 * NULL: whether the buffer had some of it. */
guint64 engine_see (const Engine * engine, guint thread, gconstpointer p, gsize size,
    gboolean * buffered);
/* With ENGINE_TSO: before a run; when THREAD has come to a point; whether a store goes to the
 * buffer of the running thread; it does; the oldest one of THREAD goes to memory. */
void engine_tso_begin (Engine * engine);
void engine_tso_point (Engine * engine, const EngineThread * thread);
gboolean engine_tso_takes (const Engine * engine, guint how);
void engine_tso_store (Engine * engine, volatile void *p, guint64 value);
void engine_tso_flush (Engine * engine, guint thread);

/* SITE without the directories of its file. */
const gchar *engine_place (const gchar * site);

/* Chooses Engine.current for the next step. FALSE: the schedule ends; a violation is noted. */
gboolean engine_choose_next (Engine * engine);
/* The check of the model after a step; it has one. */
void engine_check_step (Engine * engine);

/* The running thread comes to a point; returns when it has been chosen to make that step. */
void engine_point (Engine * engine, const gchar * site, guint how, gconstpointer address);
/* The property NAME is broken: the schedule ends here. */
void engine_violate (Engine * engine, const gchar * name, const gchar * format, ...)
    G_GNUC_PRINTF (3, 4) G_GNUC_NORETURN;
/* The same, for who is about to end the schedule. */
void engine_note (Engine * engine, const gchar * name, const gchar * format, ...)
    G_GNUC_PRINTF (3, 4);
/* To be called when engine_violate() cannot: property and message are set. */
void engine_end (Engine * engine) G_GNUC_NORETURN;

/* Signals that code of a model may die of become violations, between these two. */
void engine_catch_crashes (void);
void engine_release_crashes (void);
