/* Replays what the tap saw on the wire, so that a check can ask what each client held just before
 * an event. Pure; the events of the roles that belong to it (numbers handed out, released) are
 * followed too. */
#pragma once
#include "check/spans.h"
#include "trace/trace.h"

typedef struct
{
  gint64 id;
  guint64 size;                 /* as announced */
  const TraceEvent *announced;  /* its NEW_AREA */
  const TraceEvent *closed;     /* its CLOSE_AREA; NULL: open */
  const TraceEvent *acked;      /* the last ACK of a buffer that lay in it */
} CheckArea;

/* A buffer announced to one client. */
typedef struct
{
  const TraceEvent *event;      /* its NEW_BUFFER */
  gint64 place;                 /* area in which it really lies, as far as the tap could tell */
  gboolean unsure;              /* its place, or whether it is still held, cannot be told */
  const TraceEvent *received;   /* BUFFER_IN at the consumer */
  const TraceEvent *released;   /* RELEASE by the consumer */
  const TraceEvent *acked;      /* its ACK */
  const TraceEvent *misnamed;   /* an ACK that must have meant it, but names another area */
  gboolean has_namesakes;       /* marked as one of several under one name */
  GList in_held, by_place, by_offset, by_seq;   /* its links, while it is held */
} CheckBuffer;

/* One connection. */
typedef struct
{
  gint32 id;
  gint role;                    /* the consumer's */
  const TraceEvent *opened, *closed;
  gboolean late;                /* buffers had been handed out when it came */
  gint64 newest_at_open;        /* id of the newest area that anybody had been told of then */
  guint n_messages;             /* from the producer */
  guint n_unplaced;             /* buffers whose announced place had no new payload */
  guint n_disordered;           /* buffers with a number not above the one before */
  guint64 newest_seq;
  const TraceEvent *last_ack;
  GPtrArray *areas;             /* CheckArea*, as announced */
  gint64 newest_area;           /* highest id of them */
  guint first_open;             /* place in AREAS before which all are closed */
  GHashTable *area_by_id, *area_by_name;        /* to the CheckArea* announced last */
  GQueue held;                  /* CheckBuffer* not acknowledged, oldest first */
  GHashTable *by_place, *by_offset, *by_seq;    /* of those, chains, oldest first */
  GHashTable *in_use;           /* area id to the number of held buffers announced or lying there */
  CheckSpans *spans;            /* of those; NULL: nobody has asked yet */
  GHashTable *acked;            /* place on the wire to the CheckBuffer* acknowledged there last */
  GHashTable *seqs;             /* numbers announced to it */
} CheckClient;

typedef struct
{
  const Trace *trace;
  gint producer;                /* who produces now; -1: nobody has ever */
  gboolean numbered;            /* its buffers carry numbers */
  guint n_handed_out;           /* by this producer, whether or not anybody was there */
  gint64 newest_area;
  GHashTable *allocated;        /* number to the TraceEvent* at which it first appeared */
  GPtrArray *clients;           /* CheckClient*, as they came */
  GPtrArray *open;              /* those whose connection is open */
  GHashTable *by_id, *by_role;  /* to the newest CheckClient* */
  GPtrArray *buffers;           /* CheckBuffer*, all */
} CheckWalk;

/* Called for every event of the trace, before it is applied; CLIENT is set for events of the tap
 * (of connections that are open, their opening included). At the end once for each client that
 * ever was, with EVENT NULL. */
typedef void (*CheckWalkFunc) (const CheckWalk * walk, const CheckClient * client,
    const TraceEvent * event, gpointer user);
void check_walk (const Trace * trace, CheckWalkFunc call, gpointer user);

/* The newest connection of consumer ROLE, open or not; NULL when it had none. */
const CheckClient *check_walk_client_of (const CheckWalk * walk, gint role);

const CheckArea *check_client_area (const CheckClient * client, gint64 id);
/* The area announced last under this name. */
const CheckArea *check_client_area_named (const CheckClient * client, const gchar * name);
/* The first area announced that is not closed. */
const CheckArea *check_client_open_area (const CheckClient * client);
/* The oldest held buffer announced at (AREA, OFFSET). */
CheckBuffer *check_client_held (const CheckClient * client, gint64 area, guint64 offset);
/* The oldest held buffer at the offset of ACK, but in another area. */
CheckBuffer *check_client_misnamed (const CheckClient * client, const TraceEvent * ack);
/* GList of CheckBuffer*: the held buffers at this offset of any area, oldest first. */
const GList *check_client_held_at (const CheckClient * client, guint64 offset);
/* A held buffer that really lies in AREA, overlaps the range and is WANTED (a CheckBuffer*). */
const CheckBuffer *check_client_overlapping (const CheckClient * client, gint64 area,
    guint64 offset, guint64 size, CheckSpansFunc wanted, gpointer user);
/* Whether a buffer held by CLIENT was announced in AREA or lies there. */
gboolean check_client_uses (const CheckClient * client, const CheckArea * area);

/* Whether the payload of NEW_BUFFER was found where it was announced and is new to CLIENT. */
gboolean check_client_found (const CheckClient * client, const TraceEvent * new_buffer);

typedef enum
{
  CHECK_AREA_GOOD,
  CHECK_AREA_UNKNOWN,           /* never announced to this client */
  CHECK_AREA_CLOSED,            /* closed before the buffer was allocated */
  CHECK_AREA_UNSURE,            /* closed, and when the buffer was allocated cannot be told */
} CheckAreaState;

/* What the area named by NEW_BUFFER is to CLIENT. A number that the producer handed out or
 * allocated before the close may have been in the area by then. */
CheckAreaState check_walk_area_state (const CheckWalk * walk, const CheckClient * client,
    const TraceEvent * new_buffer);
