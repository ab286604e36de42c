#include "config.h"
#include "run/run.h"

#include "base/fd.h"
#include "run/case.h"
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

  return side == TRACE_SIDE_PRODUCER ? g_strndup (plan->pair, colon - plan->pair)
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

static void
copy_fields (const PlanStep * step, GHashTable * to)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, step->fields);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (to, g_strdup (key), g_strdup (value));
}

static gint
open_log (const RunContext * context)
{
  return context->verbose ? -1 : open ("/dev/null", O_WRONLY | O_CLOEXEC);
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
  RunPeer *peer = g_new0 (RunPeer, 1);
  const gchar *element = "tap", *version = NULL;
  TraceRole *role;

  if (side != TRACE_SIDE_TAP)
    run_element (run->context, impl, side, &element, &version);
  role = trace_add_role (run->trace, name, side, element, version ? version : PACKAGE_VERSION);
  peer->name = role->name;
  peer->declaration = declaration;
  peer->index = (gint) run->peers->len;
  peer->side = side;
  peer->is_real = g_str_equal (impl, "gst");
  peer->kind = g_strdup (side == TRACE_SIDE_TAP ? "tap" : run_role_name (impl, side));
  peer->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  peer->child = (RunChild) RUN_CHILD_NONE;
  peer->pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  peer->strangers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  peer->log_fd = open_log (run->context);
  if (declaration) {
    copy_fields (declaration, role->config);
    copy_fields (declaration, peer->config);
  }
  g_hash_table_replace (peer->config, g_strdup ("seed"),
      g_strdup_printf ("%u", role_seed (run, name)));
  g_ptr_array_add (run->peers, peer);
  return peer;
}

static void
set_path (RunCase * run, RunPeer * peer, const gchar * key, const gchar * file)
{
  g_hash_table_replace (peer->config, g_strdup (key), g_build_filename (run->dir, file, NULL));
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

static void
tell_broken (RunCase * run, const gchar * what, const gchar * why)
{
  TraceEvent event = run_event (NULL, TRACE_BROKEN);

  run_emit (run, &event, "%s: %s", what, why);
}

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

static gboolean
make_dir (RunCase * run)
{
  static gint counter;
  g_autofree gchar *name = g_strdup_printf ("%d", g_atomic_int_add (&counter, 1));

  run->dir = g_build_filename (run_journal_dir (run->context->journal), name, NULL);
  if (g_mkdir (run->dir, 0700) == 0)
    return TRUE;
  tell_broken (run, run->dir, g_strerror (errno));
  return FALSE;
}

/* All processes at once: their start-up takes longest. */
static gboolean
spawn_peers (RunCase * run)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < run->peers->len; i++) {
    RunPeer *peer = g_ptr_array_index (run->peers, i);

    if (!run_peer_spawn (run, peer, &error)) {
      tell_broken (run, peer->name, error->message);
      return FALSE;
    }
  }
  if (!run_wait (run, are_ready, NULL, deadline_in (READY_SECONDS * run->context->timeout_factor))) {
    if (!run->cancelled)
      tell_broken (run, "start", "the processes were not ready in time");
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
  tell_broken (run, "tap", error ? error : "does not start");
  return FALSE;
}

static gboolean
is_gone (RunCase * run, gpointer user)
{
  return !((RunPeer *) user)->running;
}

static void
stop_tap (RunCase * run)
{
  RunPeer *tap = run_find_peer (run, "tap");

  if (!tap || !tap->running)
    return;
  run_peer_command (run, tap, ROLE_STOP, 0, 0, "NULL", run->deadline, NULL);
  run_wait (run, is_gone, tap, deadline_in (TAP_SECONDS));
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
      tell_broken (run, run->plan->name, "the case missed its deadline");
      return;
    }
    if ((!failed || is_stop) && !run_step (run, step) && !is_stop)
      failed = TRUE;
  }
}

/* --- what is left --- */

static void
tell_leftover (RunCase * run, const RunPeer * peer, const gchar * what, const gchar * name)
{
  TraceEvent event = run_event (peer, TRACE_LEFTOVER);

  run_emit (run, &event, "%s %s", what, name);
}

static guint
audit_segments (RunCase * run, const RunPeer * peer)
{
  for (guint i = 0; i < peer->pids->len; i++) {
    g_autoptr (GPtrArray) names = run_segments_of (g_array_index (peer->pids, pid_t, i));

    for (guint j = 0; j < names->len; j++) {
      const gchar *name = g_ptr_array_index (names, j);

      if (g_hash_table_contains (peer->strangers, name))
        continue;
      tell_leftover (run, peer, "segment", name);
      run_remove_segment (name);
    }
  }
  return peer->pids->len;
}

/* A role leads a process group: whoever is left in it was started by it. */
static guint
audit_processes (RunCase * run, const RunPeer * peer)
{
  for (guint i = 0; i < peer->pids->len; i++) {
    pid_t group = g_array_index (peer->pids, pid_t, i);
    g_autofree gchar *name = g_strdup_printf ("of group %d", (gint) group);

    if (kill (-group, 0) == 0) {
      tell_leftover (run, peer, "process", name);
      kill (-group, SIGKILL);
    }
  }
  return peer->pids->len;
}

static void
audit (RunCase * run)
{
  g_autoptr (GPtrArray) sockets = run_sockets_in (run->dir);
  TraceEvent event;
  guint looked = 1;

  for (guint i = 0; i < run->peers->len; i++) {
    looked += audit_segments (run, g_ptr_array_index (run->peers, i));
    looked += audit_processes (run, g_ptr_array_index (run->peers, i));
  }
  for (guint i = 0; i < sockets->len; i++) {
    const gchar *path = g_ptr_array_index (sockets, i);
    gboolean is_taps = g_str_has_suffix (path, "/tap.sock");

    tell_leftover (run, is_taps ? run_find_peer (run, "tap") : run_producer (run), "socket",
        path + strlen (run->dir) + 1);
  }
  event = run_event (NULL, TRACE_AUDIT);
  event.value = looked;
  run_emit (run, &event, "end");
  run_remove_dir (run->dir);
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
    tell_broken (run, "run", "interrupted");
  if (run->dir)
    audit (run);
}

Trace *
run_case (const RunContext * context, const PlanCase * plan, guint64 seed)
{
  RunCase run = {.context = context,.plan = plan };

  run.trace = trace_new (plan->name, plan->pair, seed);
  run.trace->tap = plan->tap;
  for (guint i = 0; i < plan->contracts->len; i++)
    g_ptr_array_add (run.trace->contracts, g_strdup (g_ptr_array_index (plan->contracts, i)));
  run.peers = g_ptr_array_new_with_free_func ((GDestroyNotify) run_peer_free);
  run.deadline = deadline_in (plan->deadline * context->timeout_factor);
  if (make_dir (&run)) {
    add_peers (&run);
    if (spawn_peers (&run) && start_tap (&run))
      run_steps (&run);
  }
  end_case (&run);
  g_ptr_array_unref (run.peers);
  g_free (run.dir);
  trace_finish (run.trace);
  return run.trace;
}
