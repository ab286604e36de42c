/* A process of ours, from inside: this program, executed again by the runner as a role or a prober.
 * It has its configuration from the command line, writes events to a pipe, takes commands from a
 * socket, and dies with the runner. It never judges. */
#pragma once
#include "trace/trace.h"

#include <stdarg.h>

/* The two descriptors that it is born with. */
#define ACTOR_CONTROL_FD 3      /* SOCK_SEQPACKET: one ActorCommand a message */
#define ACTOR_EVENT_FD 4        /* pipe: one TraceEvent a write */

typedef struct Actor Actor;

/* --- life --- */

/* ARGV is KIND NAME INDEX KEY=VALUE... as run_spawn() makes it; KIND is a matter of the caller.
 * NULL: it is not. */
Actor *actor_new (gint argc, gchar ** argv);
/* Says that ARGV is not what the runner gives. Returns the exit status. */
gint actor_refuse (void);
/* From here on its heart beats, and the runner may look at its stack when it hangs. */
void actor_begin (Actor * actor);
void actor_free (Actor * actor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Actor, actor_free)

/* --- config --- */

/* NULL when absent. */
const gchar *actor_get (Actor * actor, const gchar * key);
/* DEF when absent. May have k, M or G. */
guint64 actor_size (Actor * actor, const gchar * key, guint64 def);
/* Whether it is there, and true. */
gboolean actor_has (Actor * actor, const gchar * key);
/* The key must be there. actor_int() also reads sizes, actor_seconds() durations. */
gint64 actor_int (Actor * actor, const gchar * key);
gdouble actor_seconds (Actor * actor, const gchar * key);
gboolean actor_bool (Actor * actor, const gchar * key);

/* --- events --- */

/* An event about this actor, stamped with the time of this call. Thread-safe, async-signal-safe. */
TraceEvent actor_event (Actor * actor, TraceKind kind);
/* Sets the event's text from FORMAT and writes the event (FORMAT may be NULL). Thread-safe. */
void actor_emit (Actor * actor, TraceEvent * event, const gchar * format, ...) G_GNUC_PRINTF (3, 4);
void actor_emit_valist (TraceEvent * event, const gchar * format, va_list args)
G_GNUC_PRINTF (2, 0);
/* Writes the event with the text that it has. Thread-safe, async-signal-safe. */
void actor_emit_raw (const TraceEvent * event);
/* The measurement itself failed. */
void actor_broken (Actor * actor, const gchar * format, ...) G_GNUC_PRINTF (2, 3);

/* A prober's events from here on belong to its next measurement. Returns the number of it, from 1. */
guint64 actor_next_measurement (Actor * actor);

/* --- commands --- */

typedef struct
{
  guint32 serial;
  guint32 verb;                 /* RoleVerb */
  gint64 count;
  guint64 size;
  gchar text[40];               /* terminated */
} ActorCommand;

typedef struct
{
  guint n_verbs;                /* others are the runner's end, and ours */
  /* Ends, now or later, in actor_done() or actor_exit(). */
  void (*command) (Actor * actor, gpointer user, const ActorCommand * command);
  /* SIGTERM came. */
  void (*terminate) (Actor * actor, gpointer user);
} ActorHandlers;

/* Tells that it is ready and does what it is told, on this thread, until actor_exit(). Returns the
 * status that gave. */
gint actor_serve (Actor * actor, const ActorHandlers * handlers, gpointer user);
/* Answers the command SERIAL (0: all that there was to do); MESSAGE NULL or empty: done. */
void actor_done (Actor * actor, guint32 serial, const gchar * message);
/* Leaves actor_serve(). */
void actor_exit (Actor * actor, gint status);
