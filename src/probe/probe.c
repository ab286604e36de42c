/* The life of a prober process: config in, events out. */
#include "config.h"
#include "probe/probe.h"

#include "base/beat.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/status.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The descriptor that the process is born with; that for commands, 3, is not used. */
#define PROBE_EVENT_FD 4
/* Set in the environment once the program runs with another GStreamer. */
#define ENTERED "SHMDIAG_ENTERED"

struct Probe
{
  const ProbeClass *klass;
  GHashTable *config;           /* gchar* to gchar* */
  guint64 from;                 /* the first measurement that is wanted */
  guint64 measurement;
  gint index;
};

#define X(name) extern const ProbeClass probe_##name;
#include "probe/probe-list.h"
#undef X

static const ProbeClass *const classes[] = {
#define X(name) &probe_##name,
#include "probe/probe-list.h"
#undef X
  NULL
};

const ProbeClass *const *
probe_list (void)
{
  return classes;
}

const ProbeClass *
probe_by_name (const gchar * name)
{
  for (gsize i = 0; classes[i]; i++) {
    if (g_str_equal (classes[i]->name, name))
      return classes[i];
  }
  return NULL;
}

/* --- config --- */

const gchar *
probe_get (Probe * probe, const gchar * key)
{
  return g_hash_table_lookup (probe->config, key);
}

guint64
probe_size (Probe * probe, const gchar * key, guint64 def)
{
  const gchar *text = probe_get (probe, key);
  guint64 value;

  return text && parse_size (text, &value, NULL) ? value : def;
}

gboolean
probe_bool (Probe * probe, const gchar * key)
{
  const gchar *text = probe_get (probe, key);
  gboolean value;

  return text && parse_bool (text, &value, NULL) && value;
}

/* --- events --- */

TraceEvent
probe_event (Probe * probe, TraceKind kind)
{
  TraceEvent event = trace_event (kind);

  event.role = (gint16) probe->index;
  event.seq = probe->measurement;
  event.time_ns = deadline_now_ns ();
  return event;
}

static void
emit_raw (const TraceEvent * event)
{
  /* Whole or not at all: the size is below PIPE_BUF. */
  if (fd_write (PROBE_EVENT_FD, event, sizeof *event) != sizeof *event)
    _exit (STATUS_BROKEN);      /* nobody listens any more */
}

G_GNUC_PRINTF (3, 0)
static void
emit_valist (Probe * probe, TraceEvent * event, const gchar * format, va_list args)
{
  if (format) {
    g_autofree gchar *text = g_strdup_vprintf (format, args);

    trace_event_set_text (event, text);
  }
  emit_raw (event);
}

static void
on_late_beat (gint64 end_ns, gint64 lost_ns, gint64 asleep_ns, gpointer user)
{
  TraceEvent event = trace_stall (GPOINTER_TO_INT (user), end_ns, lost_ns, asleep_ns);

  emit_raw (&event);
}

void
probe_emit (Probe * probe, TraceEvent * event, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  emit_valist (probe, event, format, args);
  va_end (args);
}

gboolean
probe_begin (Probe * probe, const gchar * contract)
{
  TraceEvent event;

  if (++probe->measurement < probe->from)
    return FALSE;
  event = probe_event (probe, TRACE_PROBE);
  probe_emit (probe, &event, "%s", contract);
  return TRUE;
}

void
probe_target (Probe * probe, const gchar * element, const gchar * version)
{
  probe_target_with_page (probe, element, version, 0);
}

void
probe_target_with_page (Probe * probe, const gchar * element, const gchar * version, gsize page)
{
  TraceEvent event = probe_event (probe, TRACE_TARGET);

  event.target.page = (gint64) page;
  probe_emit (probe, &event, "%s %s", element, version);
}

void
probe_skip (Probe * probe, const gchar * format, ...)
{
  TraceEvent event = probe_event (probe, TRACE_SKIP);
  va_list args;

  va_start (args, format);
  emit_valist (probe, &event, format, args);
  va_end (args);
}

void
probe_broken (Probe * probe, const gchar * format, ...)
{
  TraceEvent event = probe_event (probe, TRACE_BROKEN);
  va_list args;

  va_start (args, format);
  emit_valist (probe, &event, format, args);
  va_end (args);
}

void
probe_found (Probe * probe, const gchar * name, const gchar * reason)
{
  TraceEvent event = probe_event (probe, TRACE_FOUND);

  event.found.usable = !reason;
  probe_emit (probe, &event, "%s%s%s", name, reason ? ": " : "", reason ? reason : "");
}

void
probe_found_named (Probe * probe, const gchar * name)
{
  TraceEvent event = probe_event (probe, TRACE_FOUND);

  event.found.usable = 2;
  probe_emit (probe, &event, "%s", name);
}

void
probe_twin (Probe * probe, const gchar * name, const gchar * contract)
{
  TraceEvent event = probe_event (probe, TRACE_FOUND);

  event.found.usable = 1;
  probe_emit (probe, &event, "twin:%s %s", name, contract);
}

/* --- the process --- */

static gboolean
parse_arguments (Probe * probe, gint argc, gchar ** argv)
{
  gint64 index;

  if (argc < 3 || !(probe->klass = probe_by_name (argv[0]))
      || !parse_int (argv[2], 0, G_MAXINT16, &index, NULL))
    return FALSE;
  probe->index = (gint) index;
  for (gint i = 3; i < argc; i++) {
    gchar *equals = strchr (argv[i], '=');

    if (!equals)
      return FALSE;
    g_hash_table_replace (probe->config, g_strndup (argv[i], (gsize) (equals - argv[i])),
        g_strdup (equals + 1));
  }
  probe->from = probe_size (probe, "from", 0);
  return TRUE;
}

/* Executes the program once more with the GStreamer that the config names as "gst-path": a directory
 * of plugins, and the libraries beside or above it. Only then do its libraries find each other. */
static void
enter_other_build (Probe * probe, gint argc, gchar ** argv)
{
  const gchar *path = probe_get (probe, "gst-path");
  g_autofree gchar *up = path ? g_path_get_dirname (path) : NULL;
  g_autofree gchar *core = path ? g_build_filename (path, "libgstcoreelements.so", NULL) : NULL;
  g_autofree gchar *library = up ? g_build_filename (up, "libgstreamer-1.0.so.0", NULL) : NULL;
  g_autofree gchar *registry = g_strconcat (probe_get (probe, "dir"), ".registry", NULL);
  g_autoptr (GPtrArray) again = g_ptr_array_new ();

  if (!path || g_getenv (ENTERED))
    return;
  g_setenv (ENTERED, "1", TRUE);
  g_setenv ("GST_REGISTRY_1_0", registry, TRUE);
  g_setenv ("GST_PLUGIN_PATH_1_0", path, TRUE);
  if (g_file_test (core, G_FILE_TEST_EXISTS))
    g_setenv ("GST_PLUGIN_SYSTEM_PATH_1_0", path, TRUE);
  if (g_file_test (library, G_FILE_TEST_EXISTS))
    g_setenv ("LD_LIBRARY_PATH", up, TRUE);
  g_ptr_array_add (again, (gpointer) PACKAGE_NAME);
  g_ptr_array_add (again, (gpointer) "--role");
  for (gint i = 0; i < argc; i++)
    g_ptr_array_add (again, argv[i]);
  g_ptr_array_add (again, NULL);
  execv ("/proc/self/exe", (gchar **) again->pdata);
}

gint
probe_main (gint argc, gchar ** argv)
{
  Probe probe = { 0 };
  TraceEvent event;

  probe.config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!parse_arguments (&probe, argc, argv)) {
    g_printerr ("%s: --role is for the program itself\n", PACKAGE_NAME);
    g_hash_table_unref (probe.config);
    return STATUS_USAGE;
  }
  enter_other_build (&probe, argc, argv);
  /* The runner's helpers may look at our stack when we hang. */
  prctl (PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  signal (SIGPIPE, SIG_IGN);
  beat_start (on_late_beat, GINT_TO_POINTER (probe.index));
  if (probe_bool (&probe, "list"))
    probe.klass->list (&probe);
  else
    probe.klass->run (&probe);
  event = probe_event (&probe, TRACE_DONE);
  probe_emit (&probe, &event, NULL);
  g_hash_table_unref (probe.config);
  return STATUS_PASS;
}
