#include "config.h"
#include "run/steps.h"

#include "base/fd.h"
#include "run/room.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Between two usage samples of a cycle step: its tenth part. */
#define CYCLE_SAMPLES 10
/* Between two looks at a process that is to stand still, and between two knocks. */
#define KNOCK_S 0.02

typedef struct
{
  const gchar *action;
  gboolean (*run) (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
      gchar ** error);
} StepHandler;

/* --- simple commands --- */

static gboolean
step_start (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  g_autoptr (GError) spawn_error = NULL;

  /* A role that has been stopped is started again as a new process. */
  if (!peer->running && !run_peer_spawn (run, peer, &spawn_error)) {
    *error = g_strdup (spawn_error->message);
    return FALSE;
  }
  return run_peer_command (run, peer, ROLE_START, 0, 0, NULL, deadline, error);
}

static gboolean
step_produce (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  gint64 count = plan_int (step, "count");

  peer->requested = count < 0 || peer->requested < 0 ? -1 : peer->requested + count;
  return run_peer_command (run, peer, ROLE_PRODUCE, count, 0, NULL, deadline, error);
}

static gboolean
step_allocate (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  return run_peer_command (run, peer, ROLE_ALLOCATE, plan_int (step, "count"), 0, NULL, deadline,
      error);
}

static gboolean
step_resize (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  return run_peer_command (run, peer, ROLE_RESIZE, 0, (guint64) plan_int (step, "shm-size"), NULL,
      deadline, error);
}

static gboolean
step_hold (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  return run_peer_command (run, peer, ROLE_HOLD, plan_int (step, "count"), 0, NULL, deadline,
      error);
}

static gboolean
step_release (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  return run_peer_command (run, peer, ROLE_RELEASE, plan_int (step, "count"), 0,
      plan_get (step, "order"), deadline, error);
}

static gboolean
step_connect (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  peer->away = FALSE;
  return run_peer_command (run, peer, ROLE_CONNECT, 0, 0, NULL, deadline, error);
}

static gboolean
step_disconnect (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  peer->away = TRUE;
  return run_peer_command (run, peer, ROLE_DISCONNECT, 0, 0, NULL, deadline, error);
}

/* --- waiting --- */

/* Runs CALL for each consumer that lives and was not told to leave. */
static void
each_consumer (RunCase * run, void (*call) (RunPeer * peer, gpointer user), gpointer user)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->side == TRACE_SIDE_CONSUMER && peer->running && !peer->away)
      call (peer, user);
  }
}

static guint
released_of (const RunPeer * peer)
{
  return peer->n_released;
}

static guint
acked_of (const RunPeer * peer)
{
  return peer->n_acked;
}

/* The least COUNT of the consumers that live; those that were told to leave count when there is no
 * other. G_MAXUINT: there is none. */
static guint
least_of_consumers (RunCase * run, guint (*count) (const RunPeer * peer))
{
  guint present = G_MAXUINT, away = G_MAXUINT;

  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);
    guint *least = peer->away ? &away : &present;

    if (peer->side == TRACE_SIDE_CONSUMER && peer->running)
      *least = MIN (*least, count (peer));
  }
  return present != G_MAXUINT ? present : away;
}

static gint64
capacity_of (const RunPeer * producer)
{
  gboolean own = g_hash_table_contains (producer->config, "pipeline");
  gint64 size = own && producer->largest > 0 ? (gint64) producer->largest
      : plan_int (producer->declaration, "buffer-size");

  return (gint64) run_area_size (producer) / (size + 7);
}

/* Our own producer says when it is full. A real sink does not: it is full when as many buffers as
 * fit are out and one more has entered it. */
static gboolean
producer_is_full (RunCase * run, RunPeer * peer)
{
  gint64 capacity = capacity_of (peer);
  guint released;

  if (peer->full || !peer->is_real)
    return peer->full;
  released = least_of_consumers (run, released_of);
  return released != G_MAXUINT && (gint64) peer->n_out - released > capacity;
}

static guint
count_released (RunCase * run, RunPeer * peer)
{
  guint least;

  if (peer->side == TRACE_SIDE_CONSUMER)
    return run->plan->tap ? peer->n_acked : peer->n_released;
  least = least_of_consumers (run, acked_of);
  return least == G_MAXUINT ? 0 : least;
}

/* Nor does a real sink say that it goes on: it has when more has entered it than could while it was
 * full. */
static gboolean
has_resumed (RunPeer * peer, gint64 count)
{
  return peer->n_resumed >= count || (peer->is_real && peer->n_out > capacity_of (peer) + count);
}

typedef struct
{
  RunPeer *peer;
  const gchar *what;
  gint64 count;
} Wait;

static gboolean
has_happened (RunCase * run, const Wait * wait)
{
  RunPeer *peer = wait->peer;

  if (g_str_equal (wait->what, "connected"))
    return peer->n_connected >= wait->count;
  if (g_str_equal (wait->what, "clients"))
    return peer->n_clients >= wait->count;
  if (g_str_equal (wait->what, "buffers"))
    return run_buffers (peer) >= wait->count;
  if (g_str_equal (wait->what, "full"))
    return producer_is_full (run, peer);
  if (g_str_equal (wait->what, "released"))
    return count_released (run, peer) >= wait->count;
  if (g_str_equal (wait->what, "resumed"))
    return has_resumed (peer, wait->count);
  if (g_str_equal (wait->what, "eos"))
    return peer->eos;
  /* "end": however it is told of the end of its producer */
  return peer->ended || peer->failed || peer->eos;
}

/* What waits for buffers waits in vain when the process is gone or has met its end. */
static gboolean
is_in_vain (const Wait * wait)
{
  return !wait->peer->running || ((wait->peer->ended || wait->peer->failed)
      && !g_str_equal (wait->what, "end"));
}

static gboolean
wait_is_over (RunCase * run, gpointer user)
{
  const Wait *wait = user;

  return has_happened (run, wait) || is_in_vain (wait);
}

static gboolean
step_wait (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  Wait wait = { peer, plan_get (step, "for"), plan_int (step, "count") };

  run_wait (run, wait_is_over, &wait, deadline);
  if (has_happened (run, &wait))
    return TRUE;
  if (is_in_vain (&wait))
    *error = g_strdup (peer->running ? "it has met an error" : "its process is gone");
  return FALSE;
}

/* --- the machine --- */

static gboolean
step_fill_shm (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  return run_room_fill (run, (guint64) plan_int (step, "leave"), error);
}

static gboolean
step_free_shm (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  run_room_free (run);
  return TRUE;
}

/* --- a client of no role --- */

/* Connects to the producer, which cannot answer yet, and closes. Caller frees; NULL: done. */
static gchar *
connect_and_close (RunPeer * peer)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gchar *problem = NULL;

  g_strlcpy (address.sun_path, g_hash_table_lookup (peer->config, "socket"),
      sizeof address.sun_path);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    problem = g_strdup_printf ("cannot connect: %s", g_strerror (errno));
  fd_clear (&fd);
  return problem;
}

static gboolean
step_knock (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  gint64 times = plan_int (step, "times");

  for (gint64 i = 0; i < times && peer->running && !*error; i++) {
    run_child_signal (&peer->child, SIGSTOP);
    while (peer->running && !run_is_stopped (peer) && !deadline_passed (deadline))
      run_wait (run, NULL, NULL, deadline_earlier (deadline, deadline_in (KNOCK_S)));
    if (peer->running)
      *error = connect_and_close (peer);
    run_child_signal (&peer->child, SIGCONT);
    /* It may meet the client now, and the next one after that. */
    run_wait (run, NULL, NULL, deadline_earlier (deadline, deadline_in (KNOCK_S)));
  }
  return !*error && !deadline_passed (deadline);
}

/* --- stopping --- */

static gboolean
step_freeze (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  peer->frozen = run_child_signal (&peer->child, SIGSTOP);
  return peer->frozen;
}

static gboolean
step_thaw (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  peer->frozen = FALSE;
  return run_child_signal (&peer->child, SIGCONT);
}

static gboolean
is_gone (RunCase * run, gpointer user)
{
  return !((RunPeer *) user)->running;
}

static void
ask_to_stop (RunCase * run, RunPeer * peer, const PlanStep * step, const gchar * kind)
{
  gint64 patience_ms = (gint64) (plan_seconds (step, "eos-patience") * 1000
      * run->context->timeout_factor);

  if (g_str_equal (kind, "SIGTERM"))
    run_child_signal (&peer->child, SIGTERM);
  else if (g_str_equal (kind, "SIGKILL"))
    run_child_signal (&peer->child, SIGKILL);
  else
    run_peer_command (run, peer, ROLE_STOP, patience_ms, 0, kind, run->deadline, NULL);
}

static gboolean
step_stop (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  const gchar *kind = plan_get (step, "kind");
  TraceEvent event = run_event (peer, TRACE_STOP);
  gint64 begin_ns = event.time_ns;
  gboolean in_time;

  if (!peer->running)
    return TRUE;                /* its EXIT tells how */
  event.size = (guint64) deadline_left_us (deadline);
  run_emit (run, &event, "%s", kind);
  ask_to_stop (run, peer, step, kind);
  in_time = run_wait (run, is_gone, peer, deadline);
  if (run->cancelled)
    return FALSE;
  event = run_event (peer, in_time ? TRACE_STOPPED : TRACE_STOP_LATE);
  event.value = (event.time_ns - begin_ns) / 1000;
  run_emit (run, &event, "%s", kind);
  if (!in_time) {
    run_note_stopped (run, peer, begin_ns);
    run_peer_force (run, peer);
  }
  return in_time;
}

/* --- life after the end of a peer --- */

typedef struct
{
  guint64 until_seq;            /* everything that was asked for */
  guint minimum;                /* and at least so many more */
  gboolean keeps;               /* they are to keep what they get */
  GHashTable *before;           /* RunPeer* to number of buffers */
  gboolean all;
} Flow;

static void
note_before (RunPeer * peer, gpointer user)
{
  Flow *flow = user;

  g_hash_table_insert (flow->before, peer, GINT_TO_POINTER (run_buffers (peer)));
}

static gint64
buffers_since (const Flow * flow, const RunPeer * peer)
{
  return run_buffers (peer)
      - GPOINTER_TO_INT (g_hash_table_lookup (flow->before, (gpointer) peer));
}

/* A consumer that tells of every release has let go of all that it got. */
static gboolean
has_let_go (const RunPeer * peer)
{
  const PlanStep *declaration = peer->declaration;

  return peer->n_released >= peer->n_in || plan_bool (declaration, "keep-last")
      || !g_str_equal (plan_get (declaration, "sink"), "appsink");
}

static gboolean
has_flowed (const Flow * flow, const RunPeer * peer)
{
  return buffers_since (flow, peer) >= flow->minimum && peer->last_seq >= flow->until_seq
      && (flow->keeps || has_let_go (peer));
}

static void
check_flow (RunPeer * peer, gpointer user)
{
  Flow *flow = user;

  flow->all &= has_flowed (flow, peer);
}

static gboolean
all_have_flowed (RunCase * run, gpointer user)
{
  Flow *flow = user;

  flow->all = TRUE;
  each_consumer (run, check_flow, flow);
  return flow->all;
}

static gboolean
tell_flow (RunCase * run, const Flow * flow)
{
  gboolean all = TRUE;

  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->side == TRACE_SIDE_CONSUMER && g_hash_table_contains (flow->before, peer)) {
      TraceEvent event = run_event (peer, has_flowed (flow, peer) ? TRACE_FLOW : TRACE_FLOW_LATE);

      event.value = buffers_since (flow, peer);
      run_emit (run, &event, NULL);
      all &= event.kind == TRACE_FLOW;
    }
  }
  return all;
}

static gboolean
command_consumers (RunCase * run, RoleVerb verb, gint64 count, Deadline deadline)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->side == TRACE_SIDE_CONSUMER && peer->running
        && !run_peer_command (run, peer, verb, count, 0, "fifo", deadline, NULL))
      return FALSE;
  }
  return TRUE;
}

static gboolean
produce (RunCase * run, RunPeer * producer, gint64 count, Deadline deadline)
{
  producer->requested += producer->requested < 0 ? 0 : count;
  return run_peer_command (run, producer, ROLE_PRODUCE, count, 0, NULL, deadline, NULL);
}

static gboolean
is_full (RunCase * run, gpointer user)
{
  return producer_is_full (run, user);
}

/* Fills the area again as far as the step asks, so that the next stop finds what it is about. */
static gboolean
refill (RunCase * run, RunPeer * producer, const PlanStep * step, Deadline deadline)
{
  gint64 refill = plan_int (step, "refill");
  gboolean full = plan_bool (step, "full");
  Flow flow = {.minimum = (guint) refill,.keeps = TRUE };
  gboolean done;

  if (refill == 0)
    return TRUE;
  flow.before = g_hash_table_new (NULL, NULL);
  each_consumer (run, note_before, &flow);
  done = command_consumers (run, ROLE_HOLD, -1, deadline)
      && produce (run, producer, full ? refill + 2 : refill, deadline)
      && run_wait (run, all_have_flowed, &flow, deadline)
      && (!full || run_wait (run, is_full, producer, deadline));
  g_hash_table_unref (flow.before);
  return done;
}

/* Each consumer of a living producer must get more, once nobody keeps anything back. */
static gboolean
step_flow (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  RunPeer *producer = run_producer (run);
  Flow flow = {.minimum = (guint) plan_int (step, "buffers") };
  gboolean flowed;

  if (!producer->running)
    return TRUE;
  flow.before = g_hash_table_new (NULL, NULL);
  each_consumer (run, note_before, &flow);
  flowed = g_hash_table_size (flow.before) == 0;
  if (!flowed) {
    flowed = command_consumers (run, ROLE_HOLD, 0, deadline)
        && command_consumers (run, ROLE_RELEASE, -1, deadline)
        && produce (run, producer, flow.minimum, deadline);
    flow.until_seq = (guint64) MAX (producer->requested, 0);
    flowed = flowed && run_wait (run, all_have_flowed, &flow, deadline);
    flowed = tell_flow (run, &flow) && flowed && refill (run, producer, step, deadline);
  }
  g_hash_table_unref (flow.before);
  return flowed;
}

/* --- looking --- */

static gboolean
step_observe (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  gdouble seconds = plan_seconds (step, "seconds");
  gint64 buffers = run_buffers (peer);
  guint64 cpu_us = run_cpu_us (peer);
  TraceEvent event;

  run_wait (run, NULL, NULL, deadline_earlier (deadline, deadline_in (seconds)));
  event = run_event (peer, TRACE_OBSERVE);
  event.size = (guint64) (seconds * 1e6);
  event.value = run_buffers (peer) - buffers;
  event.offset = peer->running ? run_cpu_us (peer) - cpu_us : 0;
  run_emit (run, &event, "%s", plan_get (step, "label"));
  return TRUE;
}

static gboolean
step_sample (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  run_sample (run, peer, plan_get (step, "label"));
  return TRUE;
}

static gboolean
step_cycle (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  gint64 times = plan_int (step, "times");
  gint64 buffers = plan_int (step, "buffers");

  for (gint64 i = 1; i <= times; i++) {
    Wait wait = { peer, "buffers", run_buffers (peer) + buffers };

    if (!run_peer_command (run, peer, ROLE_DISCONNECT, 0, 0, NULL, deadline, error))
      return FALSE;
    wait.count = run_buffers (peer) + buffers;
    if (!run_peer_command (run, peer, ROLE_CONNECT, 0, 0, NULL, deadline, error))
      return FALSE;
    run_wait (run, wait_is_over, &wait, deadline);
    if (!has_happened (run, &wait)) {
      *error = g_strdup_printf ("cycle %" G_GINT64_FORMAT ": no buffers", i);
      return FALSE;
    }
    if (i % MAX (times / CYCLE_SAMPLES, 1) == 0) {
      run_sample (run, peer, "cycle");
      run_sample (run, run_producer (run), "cycle");
    }
  }
  return TRUE;
}

/* --- the table --- */

static const StepHandler handlers[] = {
  {"start", step_start},
  {"wait", step_wait},
  {"produce", step_produce},
  {"allocate", step_allocate},
  {"resize", step_resize},
  {"hold", step_hold},
  {"release", step_release},
  {"connect", step_connect},
  {"disconnect", step_disconnect},
  {"cycle", step_cycle},
  {"fill-shm", step_fill_shm},
  {"free-shm", step_free_shm},
  {"freeze", step_freeze},
  {"thaw", step_thaw},
  {"knock", step_knock},
  {"stop", step_stop},
  {"flow", step_flow},
  {"observe", step_observe},
  {"sample", step_sample},
};

static const StepHandler *
find_handler (const gchar * action)
{
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++) {
    if (g_str_equal (handlers[i].action, action))
      return &handlers[i];
  }
  return NULL;
}

/* An observation lasts as long as it says; everything else has a deadline of its own. */
static gdouble
seconds_of (RunCase * run, const PlanStep * step)
{
  if (g_str_equal (step->action, "observe"))
    return plan_seconds (step, "seconds");
  if (!g_hash_table_contains (step->fields, "deadline"))
    return 5.0;
  return plan_seconds (step, "deadline") * run->context->timeout_factor;
}

static void
tell_late (RunCase * run, RunPeer * peer, const PlanStep * step, gdouble seconds,
    const gchar * line, const gchar * error)
{
  TraceEvent event = run_event (peer, TRACE_STEP_LATE);

  event.value = step->line;
  event.size = (guint64) (seconds * 1e6);
  if (error)
    run_emit (run, &event, "%s: %s", line, error);
  else
    run_emit (run, &event, "%s", line);
}

gboolean
run_step (RunCase * run, const PlanStep * step)
{
  const StepHandler *handler = find_handler (step->action);
  RunPeer *peer = g_hash_table_contains (step->fields, "role")
      ? run_find_peer (run, plan_get (step, "role")) : NULL;
  gdouble seconds = seconds_of (run, step);
  g_autofree gchar *line = plan_step_line (step);
  g_autofree gchar *error = NULL;
  TraceEvent event = run_event (peer, TRACE_STEP);
  gint64 begin_ns = event.time_ns;

  g_assert (handler);           /* the table of actions and this one belong together */
  event.value = step->line;
  event.size = (guint64) (seconds * 1e6);
  run_emit (run, &event, "%s", line);
  if (!handler->run (run, peer, step, deadline_earlier (run->deadline, deadline_in (seconds)),
          &error)) {
    if (!run->cancelled)
      tell_late (run, peer, step, seconds, line, error);
    for (guint i = 0; i < run->peers->len; i++)
      run_note_stopped (run, g_ptr_array_index (run->peers, i), begin_ns);
    return FALSE;
  }
  event = run_event (peer, TRACE_STEP_DONE);
  event.value = step->line;
  event.size = (guint64) ((event.time_ns - begin_ns) / 1000);
  run_emit (run, &event, "%s", step->action);
  return TRUE;
}
