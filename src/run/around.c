/* What every case needs around its processes: a directory, and a look at what they left. */
#include "config.h"
#include "run/case.h"

#include "run/heart.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

void
run_tell_broken (RunCase * run, const gchar * what, const gchar * why)
{
  TraceEvent event = run_event (NULL, TRACE_BROKEN);

  run_emit (run, &event, "%s: %s", what, why);
}

static gint
open_log (const RunContext * context)
{
  return context->verbose ? -1 : open ("/dev/null", O_WRONLY | O_CLOEXEC);
}

RunPeer *
run_peer_new (RunCase * run, const gchar * name, const gchar * kind, TraceSide side,
    const gchar * element, const gchar * version)
{
  RunPeer *peer = g_new0 (RunPeer, 1);

  peer->name = trace_add_role (run->trace, name, side, element, version)->name;
  peer->index = (gint) run->peers->len;
  peer->side = side;
  peer->kind = g_strdup (kind);
  peer->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  peer->child = (RunChild) RUN_CHILD_NONE;
  peer->pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  peer->strangers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  peer->log_fd = open_log (run->context);
  g_ptr_array_add (run->peers, peer);
  return peer;
}

void
run_peer_set (RunPeer * peer, const gchar * key, gchar * take_value)
{
  g_hash_table_replace (peer->config, g_strdup (key), take_value);
}

void
run_peer_configure (RunCase * run, RunPeer * peer, GHashTable * config)
{
  TraceRole *role = g_ptr_array_index (run->trace->roles, peer->index);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, config);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    run_peer_set (peer, key, g_strdup (value));
    g_hash_table_replace (role->config, g_strdup (key), g_strdup (value));
  }
}

void
run_case_begin (RunCase * run, const gchar * name, const gchar * pair, guint64 seed,
    const GPtrArray * contracts)
{
  run->begin_ns = deadline_now_ns ();
  run->trace = trace_new (name, pair, seed);
  for (guint i = 0; i < contracts->len; i++)
    g_ptr_array_add (run->trace->contracts, g_strdup (g_ptr_array_index (contracts, i)));
  run->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) run_peer_free);
}

Trace *
run_case_end (RunCase * run)
{
  g_clear_pointer (&run->clients, g_hash_table_unref);
  g_ptr_array_unref (run->peers);
  g_free (run->dir);
  run_tell_stalls (run->trace, run->begin_ns);
  trace_finish (run->trace);
  return run->trace;
}

gboolean
run_open_dir (RunCase * run)
{
  static gint counter;
  g_autofree gchar *name = g_strdup_printf ("%d", g_atomic_int_add (&counter, 1));

  run->dir = g_build_filename (run_journal_dir (run->context->journal), name, NULL);
  if (g_mkdir (run->dir, 0700) == 0)
    return TRUE;
  run_tell_broken (run, run->dir, g_strerror (errno));
  return FALSE;
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

void
run_audit (RunCase * run)
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
  event.audit.looked = looked;
  run_emit (run, &event, "end");
  run_remove_dir (run->dir);
}
