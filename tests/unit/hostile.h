/* Peers that mean no good, and the role processes that have to bear them. */
#pragma once
#include "base/deadline.h"
#include "proto/wire.h"
#include "run/spawn.h"

/* What must happen is waited for that long at most; nothing is ever waited for in vain. */
#define HOSTILE_LONG_S 30.0

/* --- what is sent: tests/unit/hostile-cases.c --- */

#define HOSTILE_OBJECT 4096
/* A TiB that costs nothing, where a word can say so. */
#define HOSTILE_SPARSE ((gsize) 1 << (sizeof (gulong) == 8 ? 40 : 30))

typedef enum
{
  HOSTILE_FINE,                 /* nothing wrong: the peer stays until we go */
  HOSTILE_WRONG,                /* refused at once, while we stay */
  HOSTILE_HALF,                 /* wrong only when we go: in the middle of a message */
} HostileKind;

typedef struct
{
  gchar *name;
  GByteArray *bytes;
  gboolean bytewise;            /* each in a packet of its own */
  HostileKind kind;
} HostileCase;

/* What a server may send to a client, and what a client to its server, HostileCase*. A server's
 * use the objects of hostile_make_objects(); a client's suppose one buffer of its own in area 1,
 * at HOSTILE_PAYLOAD, and one of somebody else before it. Owned by the caller. */
GPtrArray *hostile_server_cases (void);
GPtrArray *hostile_client_cases (void);

/* OBJECT: "@good", ... */
void hostile_append_area (GByteArray * out, gint32 id, guint64 size, const gchar * object);
void hostile_append_command (GByteArray * out, guint32 type, gint32 id, gulong first,
    gulong second);
#define HOSTILE_PAYLOAD 64

void hostile_make_objects (void);
void hostile_remove_objects (void);
/* The file behind object NAME. Caller frees. */
gchar *hostile_object_file (const gchar * name);

/* --- who has to bear it: tests/unit/hostile-actor.c --- */

typedef struct
{
  RunChild child;
  guint32 serial;               /* of the last command */
  guint64 n_events[TRACE_N_KINDS];
  guint64 last_seq;             /* of a buffer-in */
  guint32 last_done;
  gchar *end, *problem;         /* how the last end was told; what the last command came to */
  guint64 rss_before;
} HostileActor;

/* A role of KIND, started: CONFIG are pairs of key and value, up to a NULL. */
HostileActor *hostile_actor_new (const gchar * kind, const gchar * const *config);
/* Takes what it has told so far. Fails the test when the process has gone. */
void hostile_actor_drain (HostileActor * self);
void hostile_actor_expect (HostileActor * self, TraceKind kind, guint64 count);
guint32 hostile_actor_send (HostileActor * self, RoleVerb verb, gint64 count, const gchar * text);
void hostile_actor_command (HostileActor * self, RoleVerb verb, gint64 count);
/* Fails when its memory has grown by more than a hostile peer may make it. */
void hostile_actor_check_memory (HostileActor * self);
/* Stops it, whatever it is doing; its exit must be a clean one. NULL is fine. */
void hostile_actor_stop (HostileActor * self);

/* --- sockets of ours --- */

gint hostile_listen (const gchar * path);
gint hostile_accept (HostileActor * self, gint fd);
gint hostile_connect (const gchar * path);
/* Sends all of BYTES. FALSE: the peer has closed. */
gboolean hostile_send (HostileActor * self, gint fd, const GByteArray * bytes, gboolean bytewise);
/* Takes LENGTH bytes, or all up to the end when it is 0. Returns how many came. */
gsize hostile_receive (HostileActor * self, gint fd, GByteArray * out, gsize length);
