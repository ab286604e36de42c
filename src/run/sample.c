/* What /proc says of a role's process. */
#include "config.h"
#include "run/case.h"

#include "proc/maps.h"
#include "proc/usage.h"

#include <string.h>
#include <unistd.h>

#define AREA_PREFIX "/dev/shm/shmpipe."

guint64
run_cpu_us (const RunPeer * peer)
{
  ProcStat stat;

  return proc_read_stat (peer->child.pid, &stat)
      ? stat.cpu_ticks * G_USEC_PER_SEC / (guint64) sysconf (_SC_CLK_TCK) : 0;
}

gboolean
run_is_stopped (const RunPeer * peer)
{
  ProcStat stat;

  return proc_read_stat (peer->child.pid, &stat) && (stat.state == 'T' || stat.state == 't');
}

gint64
run_buffers (const RunPeer * peer)
{
  gint64 told = peer->side == TRACE_SIDE_PRODUCER ? peer->n_out : peer->n_in;

  return MAX (told, peer->progress);
}

/* Records MAPPING when it is an area. */
static gboolean
tell_mapping (RunCase * run, RunPeer * peer, const ProcMapping * mapping)
{
  TraceEvent event = run_event (peer, TRACE_MAPPING);

  if (!g_str_has_prefix (mapping->path, AREA_PREFIX))
    return FALSE;
  event.size = mapping->end - mapping->start;
  event.mapping.writable = mapping->writable;
  run_emit (run, &event, "%s", mapping->path + strlen ("/dev/shm"));
  return TRUE;
}

static guint64
tell_mappings (RunCase * run, RunPeer * peer)
{
  g_autoptr (GArray) mappings = proc_read_maps (peer->child.pid);
  guint64 count = 0;

  for (guint i = 0; i < mappings->len; i++)
    count += tell_mapping (run, peer, &g_array_index (mappings, ProcMapping, i)) ? 1 : 0;
  return count;
}

static guint
tell_segments (RunCase * run, RunPeer * peer)
{
  g_autoptr (GPtrArray) names = run_segments_of (peer->child.pid);

  for (guint i = 0; i < names->len; i++) {
    TraceEvent event = run_event (peer, TRACE_SEGMENT);

    run_emit (run, &event, "/%s", (gchar *) g_ptr_array_index (names, i));
  }
  return names->len;
}

void
run_sample (RunCase * run, RunPeer * peer, const gchar * label)
{
  TraceEvent event = run_event (peer, TRACE_USAGE);

  if (!peer->running)
    return;
  /* First: what comes with an area that is mapped meanwhile must not look as if it came without. */
  event.usage.fds = proc_count_fds (peer->child.pid);
  event.usage.areas = tell_mappings (run, peer);
  event.usage.segments = peer->side == TRACE_SIDE_PRODUCER ? tell_segments (run, peer) : 0;
  event.usage.resident_kib = (gint64) (proc_resident (peer->child.pid) / 1024);
  event.usage.cpu_us = run_cpu_us (peer);
  event.usage.switches = proc_context_switches (peer->child.pid);
  run_emit (run, &event, "%s", label);
}
