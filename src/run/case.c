#include "config.h"
#include "run/case.h"

#include "base/fd.h"
#include "run/stack.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TERM_GRACE_S 0.2
#define KILL_WAIT_S 5.0
#define EVENTS_AT_ONCE 64
/* Of one case: 256 MiB of them. */
#define EVENTS_MAX 1000000

TraceEvent
run_event (const RunPeer * peer, TraceKind kind)
{
  TraceEvent event = trace_event (kind);

  event.time_ns = deadline_now_ns ();
  if (peer)
    event.role = (gint16) peer->index;
  return event;
}

void
run_emit (RunCase * run, TraceEvent * event, const gchar * format, ...)
{
  if (format) {
    g_autofree gchar *text = NULL;
    va_list args;

    va_start (args, format);
    text = g_strdup_vprintf (format, args);
    va_end (args);
    trace_event_set_text (event, text);
  }
  trace_append (run->trace, event);
}

RunPeer *
run_find_peer (RunCase * run, const gchar * name)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (g_str_equal (peer->name, name))
      return peer;
  }
  return NULL;
}

RunPeer *
run_producer (RunCase * run)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->side == TRACE_SIDE_PRODUCER)
      return peer;
  }
  return NULL;
}

/* --- taking in --- */

static RunPeer *
peer_with_pid (RunCase * run, pid_t pid)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->child.pid == pid)
      return peer;
  }
  return NULL;
}

static RunPeer *
peer_with_client (RunCase * run, gint client)
{
  return run->clients ? g_hash_table_lookup (run->clients, GINT_TO_POINTER (client)) : NULL;
}

/* PEER may be NULL: somebody else. */
static void
note_client (RunCase * run, gint client, RunPeer * peer)
{
  if (!run->clients)
    run->clients = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (run->clients, GINT_TO_POINTER (client), peer);
}

static void
note_own_event (RunPeer * peer, const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_READY:
      peer->ready = TRUE;
      break;
    case TRACE_STARTED:
      peer->started = TRUE;
      break;
    case TRACE_PROBE:
      peer->measurement = event->probe.measurement;
      break;
    case TRACE_DONE:
      peer->done = TRUE;
      peer->done_serial = (guint32) event->done.command;
      g_free (peer->done_error);
      peer->done_error = event->text[0] ? g_strdup (event->text) : NULL;
      break;
    case TRACE_CONNECTED:
      peer->n_connected++;
      peer->n_clients++;
      break;
    case TRACE_DISCONNECTED:
      peer->n_clients -= peer->n_clients > 0;
      break;
    case TRACE_BUFFER_IN:
      peer->n_in++;
      peer->last_seq = MAX (peer->last_seq, event->seq);
      break;
    case TRACE_BUFFER_OUT:
      peer->n_out++;
      peer->largest = MAX (peer->largest, event->size);
      break;
    case TRACE_RELEASE:
      peer->n_released++;
      break;
    case TRACE_FULL:
      peer->full = TRUE;
      peer->n_full++;
      break;
    case TRACE_RESUMED:
      peer->full = FALSE;
      peer->n_resumed++;
      break;
    case TRACE_PROGRESS:
      if (!g_str_equal (event->text, "released"))
        peer->progress = event->progress.buffers;
      break;
    case TRACE_EOS:
      peer->eos = TRUE;
      break;
    case TRACE_END:
      peer->ended = TRUE;
      break;
    case TRACE_BUS_ERROR:
      peer->failed = TRUE;
      break;
    default:
      break;
  }
}

/* What a role tells must not take all memory: a case that tells more is not judged. */
static void
keep_event (RunCase * run, const TraceEvent * event)
{
  if (run->trace->events->len < EVENTS_MAX)
    trace_append (run->trace, event);
  else if (!run->is_cut)
    run_tell_broken (run, "trace", "more than " G_STRINGIFY (EVENTS_MAX) " events in one case");
  run->is_cut = run->trace->events->len > EVENTS_MAX;
}

/* "ELEMENT VERSION FILE": the process knows best what it has loaded. */
static void
name_element (RunCase * run, RunPeer * peer, const TraceEvent * event)
{
  TraceRole *role = g_ptr_array_index (run->trace->roles, peer->index);
  g_auto (GStrv) words = g_strsplit (event->text, " ", 3);

  if (g_strv_length (words) != 3)
    return;
  g_free (role->element);
  g_free (role->version);
  role->element = g_strdup (words[0]);
  role->version = g_strdup (words[1]);
  g_hash_table_replace (role->config, g_strdup ("plugin"), g_strdup (words[2]));
  if (event->target.shm_size > 0) {
    peer->area_size = event->target.shm_size;
    g_hash_table_replace (role->config, g_strdup ("shm-size"),
        g_strdup_printf ("%" G_GUINT64_FORMAT, event->target.shm_size));
  }
}

guint64
run_area_size (const RunPeer * peer)
{
  return peer->area_size > 0 ? peer->area_size
      : (guint64) plan_int (peer->declaration, "shm-size");
}

static void
take_event (RunCase * run, RunPeer * peer, TraceEvent * event)
{
  event->text[TRACE_TEXT_SIZE - 1] = '\0';
  peer->heard_ns = deadline_alive_ns ();
  if (peer->side != TRACE_SIDE_TAP) {
    event->role = (gint16) peer->index;
    note_own_event (peer, event);
    if (event->kind == TRACE_TARGET && peer->side != TRACE_SIDE_TARGET)
      name_element (run, peer, event);
  } else if (event->kind == TRACE_CLIENT_OPEN) {
    RunPeer *client = peer_with_pid (run, (pid_t) event->client_open.pid);

    event->role = client ? (gint16) client->index : -1;
    note_client (run, event->client, client);
  } else if (event->kind == TRACE_ACK_BUFFER) {
    RunPeer *client = peer_with_client (run, event->client);

    if (client)
      client->n_acked++;
  } else {
    note_own_event (peer, event);
  }
  keep_event (run, event);
}

/* Everything that is in the pipe now. */
static void
drain (RunCase * run, RunPeer * peer)
{
  TraceEvent events[EVENTS_AT_ONCE];
  gssize got;

  while ((got = fd_read (peer->child.event_fd, events, sizeof events)) > 0) {
    /* Writes are atomic and whole events, so reads of a multiple of their size are too. */
    for (gsize i = 0; i < (gsize) got / sizeof events[0]; i++) {
      if (events[i].kind < TRACE_N_KINDS)
        take_event (run, peer, &events[i]);
    }
  }
}

static void
tell_exit (RunCase * run, RunPeer * peer, gint wait_status)
{
  TraceEvent event = run_event (peer, TRACE_EXIT);

  event.exit.forced = peer->forced ? 1 : 0;
  event.exit.measurement = peer->measurement;
  if (WIFSIGNALED (wait_status)) {
    event.exit.status = -WTERMSIG (wait_status);
    run_emit (run, &event, "%s%s", strsignal (WTERMSIG (wait_status)),
        WCOREDUMP (wait_status) ? ", core dumped" : "");
  } else {
    event.exit.status = WEXITSTATUS (wait_status);
    run_emit (run, &event, "status %d", WEXITSTATUS (wait_status));
  }
}

static void
reap (RunCase * run, RunPeer * peer)
{
  gint wait_status;

  if (!run_child_reap (&peer->child, &wait_status))
    return;
  drain (run, peer);            /* what it said before it went */
  tell_exit (run, peer, wait_status);
  peer->running = FALSE;
  peer->exited = TRUE;
  run_child_clear (&peer->child);
}

/* Waits once for anything to happen, and takes it in. */
static void
take_in (RunCase * run, Deadline deadline)
{
  guint n = 0;
  struct pollfd *fds = g_newa (struct pollfd, run->peers->len * 2 + 1);

  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->running) {
      fds[n++] = (struct pollfd) {.fd = peer->child.event_fd,.events = POLLIN };
      fds[n++] = (struct pollfd) {.fd = peer->child.pidfd,.events = POLLIN };
    }
  }
  fds[n++] = (struct pollfd) {.fd = run->context->cancel_fd,.events = POLLIN };
  if (poll (fds, n, deadline_poll_ms (deadline)) <= 0)
    return;
  if (fds[n - 1].revents & POLLIN)
    run->cancelled = TRUE;
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->running) {
      drain (run, peer);
      reap (run, peer);
    }
  }
}

gboolean
run_wait (RunCase * run, RunCondition done, gpointer user, Deadline deadline)
{
  while (!done || !done (run, user)) {
    if (run->cancelled || deadline_passed (deadline))
      return FALSE;
    take_in (run, deadline);
  }
  return TRUE;
}

/* --- a process --- */

/* Pids come again: what an earlier process of that number has left is not this role's. */
static void
note_strangers (RunPeer * peer)
{
  g_autoptr (GPtrArray) names = run_segments_of (peer->child.pid);

  for (guint i = 0; i < names->len; i++)
    g_hash_table_add (peer->strangers, g_strdup (g_ptr_array_index (names, i)));
}

gboolean
run_peer_spawn (RunCase * run, RunPeer * peer, GError ** error)
{
  TraceEvent event;

  if (!run_spawn (&peer->child, peer->kind, peer->name, peer->index, peer->config,
          peer->log_fd, error))
    return FALSE;
  peer->running = TRUE;
  peer->exited = peer->ready = peer->started = peer->eos = peer->ended = peer->failed = FALSE;
  peer->away = FALSE;
  peer->serial = peer->done_serial = 0;
  peer->done = peer->frozen = FALSE;
  peer->heard_ns = deadline_alive_ns ();
  g_array_append_val (peer->pids, peer->child.pid);
  note_strangers (peer);
  event = run_event (peer, TRACE_SPAWN);
  event.spawn.pid = peer->child.pid;
  run_emit (run, &event, NULL);
  return run_journal_add (run->context->journal, peer->child.pid, error);
}

static gboolean
has_answered (RunCase * run, gpointer user)
{
  RunPeer *peer = user;

  return peer->done_serial == peer->serial || !peer->running;
}

gboolean
run_peer_command (RunCase * run, RunPeer * peer, RoleVerb verb, gint64 count,
    guint64 size, const gchar * text, Deadline deadline, gchar ** error)
{
  ActorCommand command = {.serial = ++peer->serial,.verb = verb,.count = count,.size = size };

  g_strlcpy (command.text, text ? text : "", sizeof command.text);
  if (!peer->running || !run_child_command (&peer->child, &command))
    return FALSE;
  if (verb == ROLE_STOP)
    return TRUE;                /* answered by its exit */
  if (!run_wait (run, has_answered, peer, deadline) || !peer->running)
    return FALSE;
  if (!peer->done_error)
    return TRUE;
  if (error)
    *error = g_strdup (peer->done_error);
  return FALSE;
}

gboolean
run_is_gone (RunCase * run, gpointer user)
{
  return !((RunPeer *) user)->running;
}

static void
tell_stack (RunCase * run, RunPeer * peer)
{
  g_autoptr (GPtrArray) lines = run_stack (peer->child.pid);

  for (guint i = 0; i < lines->len; i++) {
    TraceEvent event = run_event (peer, TRACE_STACK);

    run_emit (run, &event, "%s", (gchar *) g_ptr_array_index (lines, i));
  }
}

void
run_note_stopped (RunCase * run, const RunPeer * peer, gint64 since_ns)
{
  TraceEvent event = run_event (peer, TRACE_STALL);

  if (!peer->running || peer->frozen || !run_is_stopped (peer))
    return;
  event.stall.late_ns = MAX (event.time_ns - since_ns, 0);
  run_emit (run, &event, "%s is stopped by a signal from outside", peer->name);
}

void
run_peer_force (RunCase * run, RunPeer * peer)
{
  gboolean cancelled = run->cancelled;
  TraceEvent event;

  if (!peer->running)
    return;
  run->cancelled = FALSE;       /* the end of a process is waited for all the same */
  peer->forced = TRUE;
  if (!cancelled) {
    event = run_event (peer, TRACE_LADDER);
    run_emit (run, &event, "SIGTERM");
    run_child_signal (&peer->child, SIGTERM);
    if (!run_wait (run, run_is_gone, peer, deadline_in (TERM_GRACE_S)))
      tell_stack (run, peer);
  }
  if (peer->running) {
    event = run_event (peer, TRACE_LADDER);
    run_emit (run, &event, "SIGKILL");
    run_child_signal (&peer->child, SIGKILL);
    run_child_signal (&peer->child, SIGCONT);
    run_wait (run, run_is_gone, peer, deadline_in (KILL_WAIT_S));
  }
  run->cancelled |= cancelled;
}

void
run_peer_free (RunPeer * peer)
{
  run_child_clear (&peer->child);
  fd_clear (&peer->log_fd);
  g_array_unref (peer->pids);
  g_hash_table_unref (peer->strangers);
  g_hash_table_unref (peer->config);
  g_free (peer->done_error);
  g_free (peer->kind);
  g_free (peer);
}
