/* The trace: what happened, in order, and nothing about whether it was right.
 * Whatever acts writes events; checks read them; a trace can be saved, mailed and judged again. */
#pragma once
#include "trace/kinds.h"

#include <glib.h>

#define TRACE_TEXT_SIZE 192

typedef enum
{
#define X(id, ...) TRACE_##id,
  TRACE_KINDS (X)
#undef X
  TRACE_N_KINDS
} TraceKind;

/* Fixed size and below PIPE_BUF: one write() is one whole event, also from a process
 * that is killed, and from several threads at once.
 * The numbers of an event are members of its kind, event->ask.prefix. Those of buffers on the wire
 * and of areas go by the same names in several kinds, and can be had without naming one. */
typedef struct
{
  gint64 time_ns;               /* CLOCK_MONOTONIC when it happened; in a Trace since its start */
  guint16 kind;                 /* TraceKind */
  gint16 role;                  /* index into the trace's roles; -1: none */
  union
  {
    struct
    {
      gint32 client;            /* connection at the tap; -1: none */
      gint64 area;              /* area id on the wire */
      guint64 offset;
      guint64 size;
      guint64 seq;              /* number in the payload, from 1; 0: none */
      gint64 sixth;             /* goes by another name in every kind */
      guint64 sum;              /* checksum of the payload */
    };
#define TRACE_UNUSED_AT(n) unused_##n
#define TRACE_UNUSED(n) TRACE_UNUSED_AT (n)
#define F(name, unit, meaning) name
#define N TRACE_UNUSED (__COUNTER__)
#define X(id, member, what, n1, n2, n3, n4, n5, n6, n7, text) \
    struct { gint32 n1; gint64 n2; guint64 n3, n4, n5; gint64 n6; guint64 n7; } member;
    TRACE_KINDS (X)
#undef X
#undef N
#undef F
#undef TRACE_UNUSED
#undef TRACE_UNUSED_AT
  };
  gchar text[TRACE_TEXT_SIZE];  /* always terminated */
} TraceEvent;

G_STATIC_ASSERT (sizeof (TraceEvent) <= 512);

/* --- what kinds are called --- */

typedef enum
{
#define X(id, name) TRACE_UNIT_##id,
  TRACE_UNITS (X)
#undef X
} TraceUnit;

#define TRACE_N_FIELDS 7

typedef struct
{
  const gchar *name;            /* "deadline-us"; NULL: the kind has no number at this place */
  TraceUnit unit;
  const gchar *meaning;         /* "that it has" */
} TraceField;

typedef struct
{
  const gchar *word;            /* "stop-late" */
  const gchar *what;            /* "who was still there at the deadline of its stop" */
  TraceField fields[TRACE_N_FIELDS];
  const gchar *text;            /* what the text of the event is; NULL: it has none */
} TraceKindInfo;

/* KIND is below TRACE_N_KINDS. */
const TraceKindInfo *trace_kind_info (TraceKind kind);
const gchar *trace_unit_name (TraceUnit unit);
/* Place of the field NAME of KIND; -1: it has no such field. */
gint trace_kind_find_field (TraceKind kind, const gchar * name);
/* Whether the numbers at PLACE may be negative. */
gboolean trace_field_is_signed (guint place);
/* The number at PLACE of EVENT, and what it is when nothing has set it. Of an unsigned one the bits. */
gint64 trace_event_number (const TraceEvent * event, guint place);
void trace_event_set_number (TraceEvent * event, guint place, gint64 number);
gint64 trace_field_default (guint place);

typedef enum
{ TRACE_SIDE_PRODUCER, TRACE_SIDE_CONSUMER, TRACE_SIDE_TAP, TRACE_SIDE_TARGET } TraceSide;

/* Who took part. */
typedef struct
{
  gchar *name;                  /* "p", "c1", "tap" */
  TraceSide side;
  gchar *element;               /* "shmsink", "shmsrc"; "ref" for our own peer */
  gchar *version;               /* of the element's plugin, "1.22.0"; ours: the package's */
  GHashTable *config;           /* gchar* to gchar*: the fields of its declaration, all of them
                                 * (defaults filled in): shm-size, buffer-size, path, ... */
} TraceRole;

/* One case as it ran. Plain data; all strings owned. */
typedef struct
{
  gchar *name;                  /* case, "shutdown-order/p,c1/EOS/full" */
  gchar *pair;                  /* "gst:ref": producer and consumer */
  guint64 seed;                 /* master seed of the run */
  gboolean tap;                 /* whether the wire was watched */
  GPtrArray *contracts;         /* gchar*: names of the contracts to judge */
  GPtrArray *roles;             /* TraceRole* */
  GArray *events;               /* TraceEvent, sorted by time */
  guint n_stalls;               /* of them TRACE_STALL: hardly ever any */
} Trace;

Trace *trace_new (const gchar * name, const gchar * pair, guint64 seed);
void trace_free (Trace * trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trace, trace_free)

/* Adds a role; returns it (owned by the trace) for its config to be filled. */
TraceRole *trace_add_role (Trace * trace, const gchar * name, TraceSide side,
    const gchar * element, const gchar * version);

/* Index of the role called NAME, -1 when there is none. */
gint trace_find_role (const Trace * trace, const gchar * name);
const TraceRole *trace_role (const Trace * trace, gint index);

/* Config of a role: DEFAULT when the key is absent. */
const gchar *trace_role_get (const TraceRole * role, const gchar * key, const gchar * def);
gint64 trace_role_int (const TraceRole * role, const gchar * key, gint64 def);
gboolean trace_role_bool (const TraceRole * role, const gchar * key, gboolean def);

/* An event of KIND with no role and no client, everything else zero, time not set. */
TraceEvent trace_event (TraceKind kind);
/* A beat of ROLE (-1: of the runner) came at END_NS, LOST_NS late, of which the machine was asleep
 * for ASLEEP_NS. Takes no lock and no memory. */
TraceEvent trace_stall (gint role, gint64 end_ns, gint64 lost_ns, gint64 asleep_ns);
/* Sets the text, cut at TRACE_TEXT_SIZE, made printable ASCII-or-UTF-8 on one line. */
void trace_event_set_text (TraceEvent * event, const gchar * text);

void trace_append (Trace * trace, const TraceEvent * event);

/* Sorts by time (stable) and makes times relative to the first event. */
void trace_finish (Trace * trace);

const TraceEvent *trace_at (const Trace * trace, guint index);

const gchar *trace_kind_name (TraceKind kind);
gboolean trace_kind_from_name (const gchar * name, TraceKind * kind);
const gchar *trace_side_name (TraceSide side);
gboolean trace_side_from_name (const gchar * name, TraceSide * side);

/* "0.123456 p new-buffer client=0 area=1 offset=0 size=7500 seq=1 \"text\"": the line of a trace
 * file; TRACE names the roles. Caller frees. */
gchar *trace_event_line (const Trace * trace, const TraceEvent * event);

/* Text form: a header, one line an event, "end". Several traces may follow each other. */
void trace_write (const Trace * trace, GString * out);

/* Reads all traces of TEXT; NAME is for messages ("NAME:3: not a trace event: foo").
 * Returns Trace* array, NULL and ERROR when anything is not understood or cut off. */
GPtrArray *trace_parse (const gchar * text, const gchar * name, GError ** error);
