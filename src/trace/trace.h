/* The trace: what happened, in order, and nothing about whether it was right.
 * Whatever acts writes events; checks read them; a trace can be saved, mailed and judged again. */
#pragma once
#include <glib.h>

#define TRACE_ERROR (trace_error_quark ())
GQuark trace_error_quark (void);

#define TRACE_TEXT_SIZE 192

/* Every kind of event: TRACE_<id>, its word in a trace file, and what its fields mean.
 * A field that is not named is 0 (role and client: -1). "who" is the field `role`. */
/* *INDENT-OFF* */
#define TRACE_KINDS(X) \
  /* --- written by the runner --- */ \
  X (SPAWN,       "spawn",       "process of `role` started; value=pid") \
  X (STEP,        "step",        "a scenario step begins; value=line, size=its deadline in us, text=the step") \
  X (STEP_DONE,   "step-done",   "the step ended in time; value=line, size=duration in us, text=its action") \
  X (STEP_LATE,   "step-late",   "the step missed its deadline; role=whom it was for, value=line, size=deadline in us, text=the step") \
  X (STOP,        "stop",        "`role` is asked to stop; text=EOS, NULL, SIGTERM or SIGKILL; size=its deadline in us") \
  X (STOPPED,     "stopped",     "the stop of `role` was over; value=duration in us since stop, text=its kind") \
  X (STOP_LATE,   "stop-late",   "`role` was still there at the deadline of its stop; value=us since stop, text=its kind") \
  X (EXIT,        "exit",        "process of `role` is gone; value=exit status, or -N when signal N ended it; size=1 when the runner had to kill it, text in words") \
  X (LADDER,      "ladder",      "the runner forces `role` to end; text=SIGTERM or SIGKILL") \
  X (STACK,       "stack",       "a line about where `role` hangs; text") \
  X (AUDIT,       "audit",       "leftovers were looked for; value=how many names, fds and processes were looked at; text=when") \
  X (LEFTOVER,    "leftover",    "something of `role` was left behind; text=what and its name; also written by a role about its own descriptors") \
  X (USAGE,       "usage",       "sample of `role`; value=resident KiB, size=open fds, offset=mapped areas, area=segments of it in /dev/shm, seq=CPU time in us, sum=voluntary context switches, text=label") \
  X (MAPPING,     "mapping",     "`role` maps an area; text=its path, value=1 when writable, size=bytes") \
  X (SEGMENT,     "segment",     "segment of producer `role` exists in /dev/shm; text=its name, size=bytes") \
  X (FLOW,        "flow",        "after a peer had gone, consumer `role` went on; value=buffers seen since") \
  X (FLOW_LATE,   "flow-late",   "after a peer had gone, consumer `role` got nothing more in time; value=buffers seen since") \
  X (OBSERVE,     "observe",     "a window of observation over `role` ended; size=its length in us, value=buffers that passed in it, offset=CPU time used in us, text=label") \
  X (BROKEN,      "broken",      "the measurement itself failed; text=why") \
  X (SKIP,        "skip",        "this machine cannot run the case; text=why") \
  X (STALL,       "stall",       "the process of `role` (none: the runner) stood still until now; value=ns by which its beat was late, size=ns that the machine slept besides") \
  /* --- written by producers and consumers --- */ \
  X (READY,       "ready",       "the process of `role` takes commands") \
  X (STARTED,     "started",     "start is over; value=duration in us, text=socket path in use, or the error") \
  X (STATE,       "state",       "a real element's pipeline changed state; value=duration in us, text=FROM->TO RESULT (RESULT: success, async, no-preroll, failure)") \
  X (BUS_ERROR,   "bus-error",   "error message, seen by the synchronous handler; value=code, text=domain: message; debug") \
  X (BUS_WARNING, "bus-warning", "warning message, seen by the synchronous handler; value=code, text=domain: message; debug") \
  X (BUS_POPPED,  "bus-popped",  "popping the bus after the stop gave so many errors and warnings; value=count") \
  X (EOS,         "eos",         "end of stream was reached at the end of `role`") \
  X (END,         "end",         "consumer `role` was told of the end of its producer; text=how (disconnect or protocol error)") \
  X (BUFFER_OUT,  "buffer-out",  "producer begins to hand over a buffer; seq, sum, size; area and offset where known") \
  X (BUFFER_IN,   "buffer-in",   "consumer got a buffer; seq=number found (0: content not intact), sum, size; area and offset where known") \
  X (RELEASE,     "release",     "consumer is about to let go of buffer seq (before the ACK)") \
  X (FULL,        "full",        "producer found no space; value=buffers it holds out") \
  X (RESUMED,     "resumed",     "producer found space again; seq=first buffer that it placed") \
  X (DROPPED,     "dropped",     "producer dropped buffer seq; text=why") \
  X (MEMORY,      "memory",      "producer allocated for seq ahead of sending; size asked, text=shm, system or refused") \
  X (RESIZED,     "resized",     "producer changed its area size; size=asked, value=size reported after, text=ok or the error") \
  X (PROGRESS,    "progress",    "counters of `role`; value=buffers so far, size=bytes so far, text=label") \
  X (CONNECTED,   "connected",   "producer: a client came; consumer: connected") \
  X (DISCONNECTED, "disconnected", "producer: a client went; consumer: disconnected; text=why") \
  X (DONE,        "done",        "command number `value` is carried out; text=error or empty") \
  X (NOTE,        "note",        "for the reader; text; value=1: the connection `client` is not followed any further") \
  /* --- written by the tap; client numbers its connections from 0 --- */ \
  X (CLIENT_OPEN, "client-open", "a client connected; role=consumer that it is (-1 unknown), value=its pid") \
  X (CLIENT_CLOSE, "client-close", "its connection ended; text=who closed first: producer or consumer") \
  X (NEW_AREA,    "new-area",    "NEW_SHM_AREA; area, size, text=path, offset=real size of the object, value=1 when it could be opened, sum=mode of what is there when that is no plain object") \
  X (CLOSE_AREA,  "close-area",  "CLOSE_SHM_AREA; area") \
  X (NEW_BUFFER,  "new-buffer",  "NEW_BUFFER; area, offset, size; seq and sum=payload found there (seq 0: none intact); value=another announced area of this client that has a fresh payload at this offset, 0: none") \
  X (ACK_BUFFER,  "ack-buffer",  "ACK_BUFFER; area, offset; seq and sum=payload found now in the buffer that this client holds there (0: it holds none)") \
  X (GARBAGE,     "garbage",     "bytes that are no command in this direction; text") \
  /* --- written by probers; seq numbers the measurement that an event belongs to --- */ \
  X (TARGET,      "target",      "what is probed, or what element `role` really drives; text=element and version, between them a space, of a role after another one the file of its plugin; size=of a producer the area that its pipeline asks for (0: none); value=size of the pages of its memory, 0: of the machine") \
  X (PROBE,       "probe",       "measurement number seq begins; text=the contract that it is about") \
  X (ABSENT,      "absent",      "the target has nothing to show of a contract; text=contract: why") \
  X (FOUND,       "found",       "a target that could be probed; text=its name, or name: why it cannot; value=1 when it can, 2 when it can and is probed only when it is named") \
  /* --- about memory objects; distances are from the first byte of the object --- */ \
  X (ASK,         "ask",         "an allocation was asked for; size=bytes, area=align mask, offset=prefix, value=padding, sum=GstMemoryFlags, client=the page size that was pretended (-1: the real one)") \
  X (REFUSED,     "refused",     "it was refused; text=how") \
  X (OBJECT,      "object",      "a memory object as it reports itself; size=maxsize, offset, value=size, area=align mask, sum=GstMemoryFlags, text=after what: alloc, use, resize, share, copy") \
  X (BACKING,     "backing",     "the mapping that an object lies in; size=bytes mapped from the object's first byte on, offset=bytes of the file from there on (all ones: no file), value=how much of the object is resident, in whole pages, area=1 when its pages are mapped for this object alone, 0 when not, sum=inode, client=1 when the mapping is shared, text=its path") \
  X (TOUCH,       "touch",       "a byte was touched in a process of its own; offset=distance, value=0 or the signal that it cost, client=0 through the object's own mapping, 1 through a peer's, 2 without a process of its own, size=1 written, 0 read, text=which byte") \
  X (ADDRESS,     "address",     "where the data of an object lies; sum=address, area=align mask asked for, text=of what") \
  X (BYTES,       "bytes",       "bytes were looked at; size=how many, offset=distance of the first, value=place of the first that is not zero (-1: all are), text=of what: prefix, padding") \
  X (MAP,         "map",         "a map or unmap was tried; value=0 it did what was asked, -1 refused, else the signal that using it cost; size=bytes it gave, text=what") \
  X (FD,          "fd",          "the descriptor behind an object; value=1 close-on-exec, size=SEEK_END, offset=fstat, sum=seals, text=seals in words, or none") \
  X (COUNT,       "count",       "what is open now; value=descriptors, size=mappings, offset=objects made so far, text=label") \
  /* --- about running processes; area numbers the objects of one --- */ \
  X (SHARED,      "shared",      "the process has object `area`; size=bytes of its file (all ones: not known), offset=bytes of memory that it takes, value=seals (-1: it has none, or not known), sum=inode, client=descriptors of it here, text=its kind and name") \
  X (REGION,      "region",      "the process maps object `area`; size=bytes mapped, offset=of the file from there on, value=bytes of the file (-1: not known), sum=page size there, client=1 readable, 2 writable, 4 executable, or the sum of them, text=addresses, modes and name") \
  X (PAGES,       "pages",       "pages of object `area` in the process; size=bytes resident, offset=bytes of them in large pages, value=bytes locked, sum=page size") \
  X (OPENED,      "opened",      "the process has object `area` open; value=descriptor, size=its flags of open(2), client=1 close-on-exec, 0 not") \
  X (HOLDER,      "holder",      "a process that has object `area`, or has created it; client=its pid, size=bytes that it maps, offset=descriptors that it has, sum=1 the name of the object says that it is the creator, value=1 alive, 0 gone, text=what it goes by") \
  /* --- about pools; area is the number of a buffer, from 1 on as they were first seen --- */ \
  X (POOL,        "pool",        "a pool was made; value=1 when it came configured, text=its type") \
  X (POOL_CONFIG, "pool-config", "a configuration was set; size=bytes, area=min, offset=max, value=what was answered, client=1 when it is what the pool had made of a refused one, text=why") \
  X (POOL_HAS,    "pool-has",    "its configuration read back; size=bytes, area=min, offset=max, value=1 when it says that it is active") \
  X (POOL_PARAMS, "pool-params", "how a pool is to allocate; area=align mask, offset=prefix, size=padding, sum=GstMemoryFlags, value=1 asked for, 0 read back, text=type of the allocator, or none") \
  X (POOL_ACTIVE, "pool-active", "set_active was called; size=1 to activate, 0 to deactivate, value=what was answered, offset=allocations that were made to fail meanwhile") \
  X (POOL_FLUSH,  "pool-flush",  "set_flushing was called; value=1 flushing begins, 0 it ends") \
  X (POOL_ACQUIRE, "pool-acquire", "an acquire came back; value=GstFlowReturn, area=buffer (0: none), size=1 when it was not to wait, offset=us that it took, client=which of several that wait, text=GstFlowReturn in words") \
  X (POOL_WAITS,  "pool-waits",  "an acquire has not come back; offset=us that it was given, value=1 when those were all that it gets, 0 when it may yet, size=1 when it was not to wait, client=which of several that wait") \
  X (POOL_RETURN, "pool-return", "our reference of buffer `area` is dropped; value=how many others are held by copies that have its memory (0: it was the last), text=what was done to it") \
  X (POOL_BUFFER, "pool-buffer", "buffer `area` is looked at; size=bytes, offset=memory objects, sum=GstBufferFlags, client=reference count, value=1 when it is writable, text=when") \
  X (POOL_MARKS,  "pool-marks",  "what buffer `area` bears; size=1 when its pool is set, value=timestamps and offsets set, offset=metas that are not POOLED, sum=POOLED metas, client=1 when it has memory that is not its own, text=when") \
  X (POOL_ALIVE,  "pool-alive",  "what a pool has allocated; value=how many are not freed, offset=made so far, area=1 buffers that were seen, 0 memory of its allocator, text=when") \
  X (POOL_OPTION, "pool-option", "an option of a pool; value=1 when the configuration has it in the end, text=its name, or none when it lists none") \
  X (POOL_META,   "pool-meta",   "a buffer of a pool with the option bears a meta; value=1 yes, 0 no; text=its API") \
  X (POOL_PLANE,  "pool-plane",  "plane number `area` of a buffer of a pool with an alignment; offset, value=stride, size=1 as it is, 0 as the alignment needs it, sum=align mask of the stride") \
  /* --- about elements, video layouts and metadata --- */ \
  X (PREPARE,     "prepare",     "what a measurement needs is made ready; value=0 it begins, 1 it is done; a process that ends in between has measured nothing; text=of what") \
  X (ASKED,       "asked",       "an ALLOCATION query is sent; client=1 when a pool is needed, 0 when not; text=the caps, or none") \
  X (ANSWER,      "answer",      "what came back; value=1 answered, 0 not; size=pools, offset=allocators, area=metas proposed; sum=hash of all that is proposed, text=it in words") \
  X (POOL_OFFER,  "pool-offer",  "a pool that is proposed; value=its place, client=1 with an object, 2 with one that is active already, 0 without; size=bytes of a buffer, offset=min, area=max buffers, sum=bytes that a frame of the caps needs (0: not known), text=its type") \
  X (ALLOCATOR_OFFER, "allocator-offer", "an allocator that is proposed; value=its place, client=1 with an object, 0 without; area=align mask, offset=prefix, size=padding, sum=GstMemoryFlags, text=its type") \
  X (META_OFFER,  "meta-offer",  "a metadata that is proposed; value=1 its type is one of metadata, 0 it is not; text=the type") \
  X (USE,         "use",         "what is proposed was used; value=1 it went, 0 it did not; size=bytes that it gave, offset=bytes that were due; text=what and how") \
  X (CRITICAL,    "critical",    "a critical warning was logged; text") \
  X (LAYOUT,      "layout",      "a buffer of video; value=planes, size=bytes of its memory, offset=bytes that the layout asked for takes, sum=address of the memory, area=1 mapped as a frame, 0 that was refused, -1 there is no buffer, client=paddings of its meta that are smaller than asked for (-1: none was), text=format, size, alignment asked for") \
  X (PLANE,       "plane",       "a plane of the layout before; client=which, text=by whose account; offset=of its first pixel, value=stride, size=bytes of the plane with its padding (0: not told), area=bytes of padding before the first pixel, sum=stride alignment mask asked for") \
  X (PICTURE,     "picture",     "what is seen of a plane of the layout before; client=which, offset=of its first pixel, size=bytes to the end of its last line, value=stride, area=bytes of a line with the padding to its left (0: not known), sum=lines of the picture that a line stands for") \
  X (META,        "meta",        "a metadata was looked for on a buffer; value=1 there, 0 not; area=1 it has to be, 0 it must not be, -1 it may be; sum=hash of its content; size=bytes of its structure, offset=first byte of it that nobody has set (all ones: all are); text=its type: after what") \
  X (META_REFS,   "meta-refs",   "references on an object that was put into a metadata; value=before, offset=while it was there, size=after it had gone; text=its type: how it went")
/* *INDENT-ON* */

typedef enum
{
#define X(id, word, doc) TRACE_##id,
  TRACE_KINDS (X)
#undef X
  TRACE_N_KINDS
} TraceKind;

/* Fixed size and below PIPE_BUF: one write() is one whole event, also from a process
 * that is killed, and from several threads at once. */
typedef struct
{
  gint64 time_ns;               /* CLOCK_MONOTONIC when it happened; in a Trace since its start */
  guint16 kind;                 /* TraceKind */
  gint16 role;                  /* index into the trace's roles; -1: none */
  gint32 client;                /* connection at the tap; -1: none */
  gint64 area;                  /* area id on the wire */
  guint64 offset;
  guint64 size;
  guint64 seq;                  /* number in the payload, from 1; 0: none */
  guint64 sum;                  /* checksum of the payload */
  gint64 value;
  gchar text[TRACE_TEXT_SIZE];  /* always terminated */
} TraceEvent;

G_STATIC_ASSERT (sizeof (TraceEvent) == 256);

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

/* "0.123456 p new-buffer client=0 area=1 offset=0 size=7500 seq=1 \"text\"": the line of a trace
 * file; TRACE names the roles. Caller frees. */
gchar *trace_event_line (const Trace * trace, const TraceEvent * event);

/* Text form: a header, one line an event, "end". Several traces may follow each other. */
void trace_write (const Trace * trace, GString * out);

/* Reads all traces of TEXT; NAME is for messages ("NAME:3: not a trace event: foo").
 * Returns Trace* array, NULL and ERROR when anything is not understood or cut off. */
GPtrArray *trace_parse (const gchar * text, const gchar * name, GError ** error);
