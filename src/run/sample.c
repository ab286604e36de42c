/* What /proc says of a role's process. */
#include "config.h"
#include "run/case.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AREA_PREFIX "/dev/shm/shmpipe."

static gchar *
read_proc (const RunPeer * peer, const gchar * file)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/%s", (gint) peer->child.pid, file);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

guint64
run_cpu_us (const RunPeer * peer)
{
  g_autofree gchar *stat = read_proc (peer, "stat");
  const gchar *at = stat ? strrchr (stat, ')') : NULL;
  guint64 user = 0, kernel = 0;

  /* Fields 14 and 15, counted from the end of the name in field 2. */
  if (!at || sscanf (at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" G_GUINT64_FORMAT
          " %" G_GUINT64_FORMAT, &user, &kernel) != 2)
    return 0;
  return (user + kernel) * G_USEC_PER_SEC / (guint64) sysconf (_SC_CLK_TCK);
}

gboolean
run_is_stopped (const RunPeer * peer)
{
  g_autofree gchar *stat = read_proc (peer, "stat");
  const gchar *at = stat ? strrchr (stat, ')') : NULL;

  return at && at[1] == ' ' && (at[2] == 'T' || at[2] == 't');
}

gint64
run_buffers (const RunPeer * peer)
{
  gint64 told = peer->side == TRACE_SIDE_PRODUCER ? peer->n_out : peer->n_in;

  return MAX (told, peer->progress);
}

static guint64
count_fds (const RunPeer * peer)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/fd", (gint) peer->child.pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint64 count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

static guint64
resident_kib (const RunPeer * peer)
{
  g_autofree gchar *statm = read_proc (peer, "statm");
  const gchar *second = statm ? strchr (statm, ' ') : NULL;

  return second ? g_ascii_strtoull (second, NULL, 10) * (guint64) sysconf (_SC_PAGESIZE) / 1024 : 0;
}

static guint64
context_switches (const RunPeer * peer)
{
  g_autofree gchar *status = read_proc (peer, "status");
  const gchar *at = status ? strstr (status, "voluntary_ctxt_switches:") : NULL;

  return at ? g_ascii_strtoull (strchr (at, ':') + 1, NULL, 10) : 0;
}

/* One line of /proc/PID/maps; records it when it is an area. */
static gboolean
tell_mapping (RunCase * run, RunPeer * peer, const gchar * line)
{
  const gchar *path = strstr (line, AREA_PREFIX);
  TraceEvent event = run_event (peer, TRACE_MAPPING);
  gchar *dash;

  if (!path)
    return FALSE;
  event.size = g_ascii_strtoull (line, &dash, 16);
  event.size = g_ascii_strtoull (dash + 1, &dash, 16) - event.size;
  event.mapping.writable = dash[2] == 'w';
  run_emit (run, &event, "%s", path + strlen ("/dev/shm"));
  return TRUE;
}

static guint64
tell_mappings (RunCase * run, RunPeer * peer)
{
  g_autofree gchar *maps = read_proc (peer, "maps");
  g_auto (GStrv) lines = maps ? g_strsplit (maps, "\n", -1) : NULL;
  guint64 count = 0;

  for (guint i = 0; lines && lines[i]; i++)
    count += tell_mapping (run, peer, lines[i]) ? 1 : 0;
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
  event.usage.fds = count_fds (peer);
  event.usage.areas = tell_mappings (run, peer);
  event.usage.segments = peer->side == TRACE_SIDE_PRODUCER ? tell_segments (run, peer) : 0;
  event.usage.resident_kib = (gint64) resident_kib (peer);
  event.usage.cpu_us = run_cpu_us (peer);
  event.usage.switches = context_switches (peer);
  run_emit (run, &event, "%s", label);
}
