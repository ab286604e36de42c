/* The step that shows life after the end of a peer: buffers must flow to each consumer. */
#include "config.h"
#include "run/steps.h"

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
  run_each_consumer (run, check_flow, flow);
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

      event.flow_late.buffers = buffers_since (flow, peer);
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
  return run_is_full (run, user);
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
  run_each_consumer (run, note_before, &flow);
  done = command_consumers (run, ROLE_HOLD, -1, deadline)
      && produce (run, producer, full ? refill + 2 : refill, deadline)
      && run_wait (run, all_have_flowed, &flow, deadline)
      && (!full || run_wait (run, is_full, producer, deadline));
  g_hash_table_unref (flow.before);
  return done;
}

/* Each consumer of a living producer must get more, once nobody keeps anything back. */
gboolean
run_step_flow (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline, gchar ** error)
{
  RunPeer *producer = run_producer (run);
  Flow flow = {.minimum = (guint) plan_int (step, "buffers") };
  gboolean flowed;

  if (!producer->running)
    return TRUE;
  flow.before = g_hash_table_new (NULL, NULL);
  run_each_consumer (run, note_before, &flow);
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
