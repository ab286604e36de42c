/* One case while it runs: its processes, what they told, and waiting for them. */
#pragma once
#include "run/run.h"
#include "run/spawn.h"

typedef struct
{
  const gchar *name;
  const PlanStep *declaration;  /* NULL for the tap */
  gint index;                   /* in the trace's roles */
  TraceSide side;
  gboolean is_real;             /* a GStreamer element, not ours */
  gchar *kind;                  /* "gst-producer" */
  GHashTable *config;           /* of the process */
  RunChild child;
  gboolean running;             /* spawned and not yet reaped */
  gboolean forced;              /* the runner killed it without a step asking for it */
  gint log_fd;

  guint32 serial, done_serial;  /* of the last command sent, and answered */
  gchar *done_error;            /* NULL: the last answer was good */

  /* What it told so far. */
  gboolean ready, started, eos, ended, failed, full, exited;
  gboolean away;                /* consumer: told to leave, and not to return yet */
  guint n_connected, n_clients, n_in, n_out, n_full, n_resumed, n_released, n_acked;
  guint64 last_seq;
  guint64 largest;              /* bytes of the largest buffer that it has handed over */
  guint64 area_size;            /* of a pipeline that has its own; 0: as declared */
  gint64 progress;              /* buffers counted by itself, when it only counts */
  gint64 requested;             /* producer: buffers asked for so far; -1: without end */
  guint64 measurement;          /* prober: the number of the last one that it began */
  gint64 heard_ns;              /* when it last told anything, by deadline_alive_ns() */
  gboolean frozen;              /* stopped by a step */
  gboolean done;                /* prober: it has measured everything */
  GArray *pids;                 /* pid_t of all its processes */
  GHashTable *strangers;        /* set of gchar*: segments with its pids that were there before */
} RunPeer;

typedef struct
{
  const RunContext *context;
  const PlanCase *plan;
  Trace *trace;
  gchar *dir;
  GPtrArray *peers;             /* RunPeer*, in the order of the trace's roles; the tap last */
  GHashTable *clients;          /* connection at the tap to RunPeer*; NULL: none yet */
  Deadline deadline;
  gint64 begin_ns;
  guint64 promised;             /* room in /dev/shm that is kept for it */
  gboolean fills;               /* a step takes all that room away */
  gint filler_fd;               /* what took it; -1: nothing */
  gboolean cancelled;
  gboolean is_cut;              /* it has told more than is kept */
} RunCase;

/* An event of the runner about PEER (NULL: none), stamped with now. */
TraceEvent run_event (const RunPeer * peer, TraceKind kind);
void run_emit (RunCase * run, TraceEvent * event, const gchar * format, ...) G_GNUC_PRINTF (3, 4);

/* "WHAT: WHY": the measurement itself failed. */
void run_tell_broken (RunCase * run, const gchar * what, const gchar * why);

/* A new trace for RUN, whose context is set: of the case NAME about CONTRACTS (gchar*). */
void run_case_begin (RunCase * run, const gchar * name, const gchar * pair, guint64 seed,
    const GPtrArray * contracts);
/* Lets go of everything but the trace, which is finished and returned. */
Trace *run_case_end (RunCase * run);

/* Makes the directory of this case, for its sockets. FALSE: not possible, which is told. */
gboolean run_open_dir (RunCase * run);
/* Tells what the processes of the case have left behind, and removes it, with the directory. */
void run_audit (RunCase * run);

/* A new peer, in the case and in its trace, without a process yet. */
RunPeer *run_peer_new (RunCase * run, const gchar * name, const gchar * kind, TraceSide side,
    const gchar * element, const gchar * version);
/* Gives its process CONFIG (gchar* to gchar*), which is told in the trace, too. */
void run_peer_configure (RunCase * run, RunPeer * peer, GHashTable * config);
/* Gives its process one key more, which is not. */
void run_peer_set (RunPeer * peer, const gchar * key, gchar * take_value);
RunPeer *run_find_peer (RunCase * run, const gchar * name);
RunPeer *run_producer (RunCase * run);

/* Takes in what the processes tell until DONE says so or the deadline passes; a NULL DONE waits the
 * deadline out. Returns whether DONE said so. */
typedef gboolean (*RunCondition) (RunCase * run, gpointer user);
gboolean run_wait (RunCase * run, RunCondition done, gpointer user, Deadline deadline);
/* Of the RunPeer USER. */
gboolean run_is_gone (RunCase * run, gpointer user);

/* Starts the process of PEER and notes it in the journal. */
gboolean run_peer_spawn (RunCase * run, RunPeer * peer, GError ** error);

/* Sends a command and waits for its answer. FALSE: none came in time, the process is gone, or the
 * answer was an error (then ERROR, if not NULL, is its text; to be freed). */
gboolean run_peer_command (RunCase * run, RunPeer * peer, RoleVerb verb, gint64 count,
    guint64 size, const gchar * text, Deadline deadline, gchar ** error);

/* Tells of a process that was late because somebody else has stopped it: a stall SINCE_NS. */
void run_note_stopped (RunCase * run, const RunPeer * peer, gint64 since_ns);

/* The kill ladder: SIGTERM, where it hangs, SIGKILL. */
void run_peer_force (RunCase * run, RunPeer * peer);

void run_peer_free (RunPeer * peer);

/* Records memory, descriptors, mappings and segments of PEER's process as events. */
void run_sample (RunCase * run, RunPeer * peer, const gchar * label);
/* CPU time that PEER's process has used, in microseconds; 0 when it is gone. */
guint64 run_cpu_us (const RunPeer * peer);
/* Whether PEER's process is stopped by a signal, or by a debugger. */
gboolean run_is_stopped (const RunPeer * peer);
/* Bytes of the area that producer PEER starts with. */
guint64 run_area_size (const RunPeer * peer);
/* Buffers that have passed PEER so far. */
gint64 run_buffers (const RunPeer * peer);
