#include "config.h"
#include "run/probe.h"

#include "run/case.h"

#include <string.h>

/* A target that kills its prober more often than that has shown what it is. */
#define MAX_STARTS 40
/* The prober says this often how it goes, at least. */
#define LOOK_S 0.1

RunProbe *
run_probe_new (const gchar * name, const gchar * kind, gdouble patience)
{
  RunProbe *probe = g_new0 (RunProbe, 1);

  probe->name = g_strdup (name);
  probe->kind = g_strdup (kind);
  probe->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  probe->contracts = g_ptr_array_new_with_free_func (g_free);
  probe->patience = patience;
  return probe;
}

void
run_probe_free (RunProbe * probe)
{
  if (!probe)
    return;
  g_free (probe->name);
  g_free (probe->kind);
  g_hash_table_unref (probe->config);
  g_ptr_array_unref (probe->contracts);
  g_free (probe);
}

void
run_probe_set (RunProbe * probe, const gchar * key, const gchar * value)
{
  g_hash_table_replace (probe->config, g_strdup (key), g_strdup (value));
}

static gboolean
is_patient (const RunPeer * peer, gdouble patience_s)
{
  return (gdouble) (deadline_alive_ns () - peer->heard_ns) < patience_s * 1e9;
}

/* One process, until it is gone. FALSE: it could not be started. */
static gboolean
run_once (RunCase * run, RunPeer * peer, gdouble patience_s)
{
  g_autoptr (GError) error = NULL;

  run_peer_set (peer, "from", g_strdup_printf ("%" G_GUINT64_FORMAT, peer->measurement + 1));
  peer->forced = FALSE;
  if (!run_peer_spawn (run, peer, &error)) {
    run_tell_broken (run, peer->name, error->message);
    return FALSE;
  }
  while (!run->cancelled && is_patient (peer, patience_s)) {
    if (run_wait (run, run_is_gone, peer, deadline_in (LOOK_S)))
      return TRUE;
  }
  run_note_stopped (run, peer, deadline_now_ns () - (gint64) (patience_s * 1e9));
  run_peer_force (run, peer);
  return TRUE;
}

/* What was measured is judged, what was not is no fault of ours. */
static void
tell_given_up (RunCase * run)
{
  for (guint i = 0; i < run->trace->contracts->len; i++) {
    TraceEvent event = run_event (NULL, TRACE_ABSENT);

    run_emit (run, &event, "%s: not reached: its measurements killed the prober %d times",
        (gchar *) g_ptr_array_index (run->trace->contracts, i), MAX_STARTS);
  }
}

static void
run_until_done (RunCase * run, RunPeer * peer, gdouble patience_s)
{
  for (guint starts = 0; !peer->done && !run->cancelled; starts++) {
    guint64 before = peer->measurement;

    if (starts == MAX_STARTS) {
      tell_given_up (run);
      return;
    }
    if (!run_once (run, peer, patience_s))
      return;
    if (!peer->done && peer->measurement == before) {
      /* It has told why, unless it died on its way to the first measurement. */
      run_tell_broken (run, peer->name, "the prober ended before it could measure anything");
      return;
    }
  }
}

/* The prober knows what it probes: "ELEMENT VERSION". */
static void
name_target (Trace * trace)
{
  TraceRole *role = g_ptr_array_index (trace->roles, 0);

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);
    const gchar *space = strrchr (event->text, ' ');

    if (event->kind != TRACE_TARGET || !space)
      continue;
    g_free (role->element);
    g_free (role->version);
    role->element = g_strndup (event->text, (gsize) (space - event->text));
    role->version = g_strdup (space + 1);
    return;
  }
}

Trace *
run_probe (const RunContext * context, const RunProbe * probe, guint64 seed)
{
  RunCase run = {.context = context };
  gchar factor[G_ASCII_DTOSTR_BUF_SIZE];
  const gchar *target = g_hash_table_lookup (probe->config, "target");
  RunPeer *peer;

  run_case_begin (&run, probe->name, probe->kind, seed, probe->contracts);
  peer = run_peer_new (&run, target ? target : "prober", probe->kind, TRACE_SIDE_TARGET, "-", "0");
  run_peer_configure (&run, peer, probe->config);
  run_peer_set (peer, "seed", g_strdup_printf ("%" G_GUINT64_FORMAT, seed));
  run_peer_set (peer, "factor",
      g_strdup (g_ascii_dtostr (factor, sizeof factor, context->timeout_factor)));
  if (run_open_dir (&run)) {
    run_peer_set (peer, "dir", g_strdup (run.dir));
    run_until_done (&run, peer, probe->patience * context->timeout_factor);
    if (run.cancelled)
      run_tell_broken (&run, "run", "interrupted");
    run_audit (&run);
  }
  name_target (run.trace);
  return run_case_end (&run);
}
