#include "config.h"
#include "run/steps.h"

#include "base/fd.h"
#include "run/room.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Between two looks at a process that is to stand still, and between two knocks. */
/* An observation may last so much longer than it says. */
#define MAKE_UP_S 5.0
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
  event.stop.deadline_us = (guint64) deadline_left_us (deadline);
  run_emit (run, &event, "%s", kind);
  ask_to_stop (run, peer, step, kind);
  in_time = run_wait (run, run_is_gone, peer, deadline);
  if (run->cancelled)
    return FALSE;
  event = run_event (peer, in_time ? TRACE_STOPPED : TRACE_STOP_LATE);
  event.stop_late.since_us = (event.time_ns - begin_ns) / 1000;
  run_emit (run, &event, "%s", kind);
  if (!in_time) {
    run_note_stopped (run, peer, begin_ns);
    run_peer_force (run, peer);
  }
  return in_time;
}

/* --- looking --- */

/* Nanoseconds since BEGIN_NS in which processes of the case stood still, by their own account. */
static gint64
told_lost_ns (const RunCase * run, guint from, gint64 begin_ns)
{
  gint64 lost_ns = 0;

  for (guint i = from; i < run->trace->events->len; i++) {
    const TraceEvent *event = trace_at (run->trace, i);

    if (event->kind == TRACE_STALL)
      lost_ns += CLAMP (event->stall.late_ns, 0, MAX (event->time_ns - begin_ns, 0));
  }
  return lost_ns;
}

/* As long as everybody was there: what a process lost is made up for, like what the runner lost. */
static void
observe (RunCase * run, gdouble seconds)
{
  Deadline deadline = deadline_in (seconds + MAKE_UP_S);
  gint64 begin_ns = g_get_monotonic_time () * 1000, made_up_ns = 0;
  guint from = run->trace->events->len;

  run_wait (run, NULL, NULL, deadline_in (seconds));
  for (gint64 lost_ns; (lost_ns = told_lost_ns (run, from, begin_ns)) > made_up_ns
      && !deadline_passed (deadline);) {
    gdouble more = (gdouble) (lost_ns - made_up_ns) / 1e9;

    made_up_ns = lost_ns;
    run_wait (run, NULL, NULL, deadline_earlier (deadline, deadline_in (more)));
  }
}

static gboolean
step_observe (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error)
{
  gdouble seconds = plan_seconds (step, "seconds");
  gint64 buffers = run_buffers (peer);
  guint64 cpu_us = run_cpu_us (peer);
  TraceEvent event;

  observe (run, seconds);
  event = run_event (peer, TRACE_OBSERVE);
  event.observe.length_us = (guint64) (seconds * 1e6);
  event.observe.buffers = run_buffers (peer) - buffers;
  event.observe.cpu_us = peer->running ? run_cpu_us (peer) - cpu_us : 0;
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

/* --- the table --- */

static const StepHandler handlers[] = {
  {"start", step_start},
  {"wait", run_step_wait},
  {"produce", step_produce},
  {"allocate", step_allocate},
  {"resize", step_resize},
  {"hold", step_hold},
  {"release", step_release},
  {"connect", step_connect},
  {"disconnect", step_disconnect},
  {"cycle", run_step_cycle},
  {"fill-shm", step_fill_shm},
  {"free-shm", step_free_shm},
  {"freeze", step_freeze},
  {"thaw", step_thaw},
  {"knock", step_knock},
  {"stop", step_stop},
  {"flow", run_step_flow},
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

  event.step_late.line = step->line;
  event.step_late.deadline_us = (guint64) (seconds * 1e6);
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
  event.step.line = step->line;
  event.step.deadline_us = (guint64) (seconds * 1e6);
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
  event.step_done.line = step->line;
  event.step_done.took_us = (guint64) ((event.time_ns - begin_ns) / 1000);
  run_emit (run, &event, "%s", step->action);
  return TRUE;
}
