/* The steps that wait for something to have happened. */
#include "config.h"
#include "run/steps.h"

/* Between two usage samples of a cycle step: its tenth part. */
#define CYCLE_SAMPLES 10

void
run_each_consumer (RunCase * run, void (*call) (RunPeer * peer, gpointer user), gpointer user)
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

gboolean
run_is_full (RunCase * run, RunPeer * peer)
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
    return run_is_full (run, peer);
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

gboolean
run_step_wait (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  Wait wait = { peer, plan_get (step, "for"), plan_int (step, "count") };

  run_wait (run, wait_is_over, &wait, deadline);
  if (has_happened (run, &wait))
    return TRUE;
  if (is_in_vain (&wait))
    *error = g_strdup (peer->running ? "it has met an error" : "its process is gone");
  return FALSE;
}

gboolean
run_step_cycle (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
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
