#include "config.h"
#include "run/run.h"

#include "base/fd.h"
#include "run/case.h"
#include "run/room.h"
#include "run/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define READY_SECONDS 10.0
#define TAP_SECONDS 5.0

/* --- who takes part --- */

static gchar *
impl_of (const PlanCase * plan, TraceSide side)
{
  const gchar *colon = strchr (plan->pair, ':');

  return side == TRACE_SIDE_PRODUCER ? g_strndup (plan->pair, (gsize) (colon - plan->pair))
      : g_strdup (colon + 1);
}

const gchar *
run_role_name (const gchar * impl, TraceSide side)
{
  for (gsize i = 0; role_list ()[i]; i++) {
    const RoleClass *klass = role_list ()[i];

    if (klass->side == side && g_str_has_prefix (klass->name, impl)
        && klass->name[strlen (impl)] == '-')
      return klass->name;
  }
  return NULL;
}

void
run_element (const RunContext * context, const gchar * impl, TraceSide side,
    const gchar ** element, const gchar ** version)
{
  const gchar *name = run_role_name (impl, side);

  *element = name ? role_by_name (name)->element : "?";
  *version = g_hash_table_lookup (context->versions, *element);
}

/* Every role of every case has its own random choices, however the run is cut: they hang on the
 * master seed and on names alone. */
static guint32
role_seed (const RunCase * run, const gchar * name)
{
  g_autofree gchar *text = g_strdup_printf ("%" G_GUINT64_FORMAT "/%s/%s/%s", run->trace->seed,
      run->trace->pair, run->trace->name, name);
  g_autofree gchar *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  digest[8] = '\0';
  return (guint32) g_ascii_strtoull (digest, NULL, 16);
}

static RunPeer *
add_peer (RunCase * run, const gchar * name, const PlanStep * declaration, TraceSide side,
    const gchar * impl)
{
  RunPeer *peer;
  const gchar *element = "tap", *version = NULL;

  if (side != TRACE_SIDE_TAP)
    run_element (run->context, impl, side, &element, &version);
  peer = run_peer_new (run, name, side == TRACE_SIDE_TAP ? "tap" : run_role_name (impl, side),
      side, element, version ? version : PACKAGE_VERSION);
  peer->declaration = declaration;
  peer->is_real = g_str_equal (impl, "gst");
  if (declaration)
    run_peer_configure (run, peer, declaration->fields);
  run_peer_set (peer, "seed", g_strdup_printf ("%u", role_seed (run, name)));
  return peer;
}

static void
set_path (RunCase * run, RunPeer * peer, const gchar * key, const gchar * file)
{
  run_peer_set (peer, key, g_build_filename (run->dir, file, NULL));
}

static void
add_peers (RunCase * run)
{
  for (guint i = 0; i < run->plan->roles->len; i++) {
    const PlanStep *role = g_ptr_array_index (run->plan->roles, i);
    gboolean produces = g_str_equal (role->action, "producer");
    TraceSide side = produces ? TRACE_SIDE_PRODUCER : TRACE_SIDE_CONSUMER;
    g_autofree gchar *impl = impl_of (run->plan, side);
    RunPeer *peer = add_peer (run, plan_get (role, "name"), role, side, impl);

    set_path (run, peer, "socket", produces || !run->plan->tap ? "p.sock" : "tap.sock");
  }
  if (run->plan->tap) {
    RunPeer *tap = add_peer (run, "tap", NULL, TRACE_SIDE_TAP, "tap");

    set_path (run, tap, "socket", "p.sock");
    set_path (run, tap, "listen", "tap.sock");
  }
}

/* --- begin and end --- */

static gboolean
are_ready (RunCase * run, gpointer user)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (!peer->ready && peer->running)
      return FALSE;
  }
  return TRUE;
}

/* All processes at once: their start-up takes longest. */
static gboolean
spawn_peers (RunCase * run)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (!run_peer_spawn (run, peer, &error)) {
      run_tell_broken (run, peer->name, error->message);
      return FALSE;
    }
  }
  if (!run_wait (run, are_ready, NULL, deadline_in (READY_SECONDS * run->context->timeout_factor))) {
    if (!run->cancelled)
      run_tell_broken (run, "start", "the processes were not ready in time");
    return FALSE;
  }
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (!peer->running)
      return FALSE;             /* it has told why, or its EXIT does */
  }
  return TRUE;
}

static gboolean
start_tap (RunCase * run)
{
  RunPeer *tap = run_find_peer (run, "tap");
  g_autofree gchar *error = NULL;

  if (!tap || run_peer_command (run, tap, ROLE_START, 0, 0, NULL, deadline_in (TAP_SECONDS), &error))
    return TRUE;
  run_tell_broken (run, "tap", error ? error : "does not start");
  return FALSE;
}

static void
stop_tap (RunCase * run)
{
  RunPeer *tap = run_find_peer (run, "tap");

  if (!tap || !tap->running)
    return;
  run_peer_command (run, tap, ROLE_STOP, 0, 0, "NULL", run->deadline, NULL);
  run_wait (run, run_is_gone, tap, deadline_in (TAP_SECONDS));
}

/* Once a step has failed the rest makes no sense, but the stops do: what is under test must
 * still end in time. */
static void
run_steps (RunCase * run)
{
  gboolean failed = FALSE;

  for (guint i = 0; i < run->plan->steps->len && !run->cancelled; i++) {
    const PlanStep *step = g_ptr_array_index (run->plan->steps, i);
    gboolean is_stop = g_str_equal (step->action, "stop");

    if (deadline_passed (run->deadline)) {
      run_tell_broken (run, run->plan->name, "the case missed its deadline");
      return;
    }
    if ((!failed || is_stop) && !run_step (run, step) && !is_stop)
      failed = TRUE;
  }
}

static void
end_case (RunCase * run)
{
  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->side != TRACE_SIDE_TAP)
      run_peer_force (run, peer);
  }
  stop_tap (run);
  for (guint i = 0; i < run->peers->len; i++)
    run_peer_force (run, g_ptr_array_index (run->peers, i));
  if (run->cancelled)
    run_tell_broken (run, "run", "interrupted");
  if (run->dir)
    run_audit (run);
}

/* What a case shows without being about it is judged all the same. */
static void
add_contract (RunCase * run, const gchar * contract)
{
  for (guint i = 0; i < run->trace->contracts->len; i++) {
    if (g_str_equal (g_ptr_array_index (run->trace->contracts, i), contract))
      return;
  }
  g_ptr_array_add (run->trace->contracts, g_strdup (contract));
}

static void
add_shown_contracts (RunCase * run)
{
  for (guint i = 0; i < run->peers->len; i++) {
    const RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->side != TRACE_SIDE_PRODUCER)
      continue;
    if (peer->pids->len > 1)
      add_contract (run, "restart-same-path");
    if (peer->largest > run_area_size (peer) && g_hash_table_contains (peer->config, "pipeline"))
      add_contract (run, "too-big");
  }
}

Trace *
run_case (const RunContext * context, const PlanCase * plan, guint64 seed)
{
  RunCase run = {.context = context,.plan = plan };

  run_case_begin (&run, plan->name, plan->pair, seed, plan->contracts);
  run.trace->tap = plan->tap;
  if (run_room_take (&run) && run_open_dir (&run)) {
    run.deadline = deadline_in (plan->deadline * context->timeout_factor);
    add_peers (&run);
    if (spawn_peers (&run) && start_tap (&run))
      run_steps (&run);
  }
  end_case (&run);
  run_room_give (&run);
  add_shown_contracts (&run);
  return run_case_end (&run);
}
