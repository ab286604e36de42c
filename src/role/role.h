/* A role: one producer, consumer or tap in a process of its own, driven by the runner. */
#pragma once
#include "actor/actor.h"

/* What can be asked of a role; each command is answered by a TRACE_DONE with its serial as value. */
#define ROLE_VERBS(X) \
  X (START,      "start")       /* both: begin to serve; connect */ \
  X (PRODUCE,    "produce")     /* producer: hand over `count` more buffers (-1: until stopped);
                                 * done at once, it does not wait for them */ \
  X (ALLOCATE,   "allocate")    /* producer: allocate `count` numbered buffers now, to be sent first
                                 * by the next produce; a TRACE_MEMORY for each */ \
  X (RESIZE,     "resize")      /* producer: area of `size` bytes */ \
  X (HOLD,       "hold")        /* consumer: from now on keep the newest `count` buffers; -1: all */ \
  X (RELEASE,    "release")     /* consumer: let go of `count` held buffers now (-1: all), in the
                                 * order of `text`: fifo, reverse or shuffle */ \
  X (CONNECT,    "connect")     /* consumer: connect again after disconnect */ \
  X (DISCONNECT, "disconnect")  /* consumer: leave, process stays; held buffers are let go */ \
  X (STOP,       "stop")        /* both: stop as `text` says (EOS or NULL), then exit. EOS: send EOS,
                                 * wait `count` milliseconds for it to arrive, then as NULL */

typedef enum
{
#define X(id, word) ROLE_##id,
  ROLE_VERBS (X)
#undef X
  ROLE_N_VERBS
} RoleVerb;

/* One kind of role. Adds itself by being in the makefile's list. */
typedef struct
{
  const gchar *name;            /* "gst-producer" */
  TraceSide side;
  const gchar *element;         /* "shmsink"; "ref" for our own */

  /* Prepares; nothing is visible outside the process yet. NULL and ERROR: cannot run here. */
  gpointer (*create) (Actor * actor, GError ** error);
  /* Carries out COMMAND on the main thread; ends, now or later, in actor_done(). After STOP it
   * calls actor_exit() instead. */
  void (*command) (Actor * actor, gpointer self, const ActorCommand * command);
  /* SIGTERM came: like STOP NULL. */
  void (*terminate) (Actor * actor, gpointer self);
  void (*destroy) (gpointer self);
} RoleClass;

const RoleClass *const *role_list (void);
const RoleClass *role_by_name (const gchar * name);

/* The whole life of a role process: ARGV is KIND NAME INDEX KEY=VALUE... with all fields of its
 * scenario line, "socket" (path to serve or connect to) and "seed".
 * Returns the exit status of the process. */
gint role_main (gint argc, gchar ** argv);

/* --- numbered test payload --- */

#define ROLE_PAYLOAD_MIN 32

/* Fills DATA (at least ROLE_PAYLOAD_MIN bytes) with a pattern that carries SEQ (from 1).
 * Returns its checksum. */
guint64 role_payload_fill (gpointer data, gsize size, guint64 seq);
/* TRUE when DATA is an intact payload of just this size; then sets SEQ and SUM. */
gboolean role_payload_check (gconstpointer data, gsize size, guint64 * seq, guint64 * sum);
/* The same for memory that a peer may truncate: what is gone is no intact payload, and no signal.
 * PEEK: as role_payload_peek(), *SUM stays. */
gboolean role_payload_look (gconstpointer shared, gsize size, gboolean peek, guint64 * seq,
    guint64 * sum);
/* The same for who does not want all of it in memory, nor at a time: begin, take in order, end. */
typedef struct
{
  guint64 size, done;
  guint64 seq, claimed_sum, sum;
  gboolean intact;              /* as far as it was taken */
} RolePayload;
void role_payload_begin (RolePayload * self, guint64 size);
/* The next LENGTH bytes: all pieces but the last are of a multiple of 8 bytes, and the first is not
 * shorter than ROLE_PAYLOAD_MIN or SIZE. FALSE: not intact; the rest need not be looked at. */
gboolean role_payload_take (RolePayload * self, gconstpointer data, gsize length);
gboolean role_payload_end (const RolePayload * self, guint64 * seq, guint64 * sum);
/* Checks only that the header is one of a payload of SIZE: for high rates. */
gboolean role_payload_peek (gconstpointer data, gsize size, guint64 * seq);
