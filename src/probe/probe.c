/* The life of a prober process: config in, events out. */
#include "config.h"
#include "probe/probe.h"

#include "base/status.h"

#include <unistd.h>

/* Set in the environment once the program runs with another GStreamer. */
#define ENTERED "SHMDIAG_ENTERED"

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

/* --- what is told --- */

gboolean
probe_begin (Actor * actor, const gchar * contract)
{
  TraceEvent event;

  if (actor_next_measurement (actor) < actor_size (actor, "from", 0))
    return FALSE;
  event = actor_event (actor, TRACE_PROBE);
  actor_emit (actor, &event, "%s", contract);
  return TRUE;
}

void
probe_target (Actor * actor, const gchar * element, const gchar * version)
{
  probe_target_with_page (actor, element, version, 0);
}

void
probe_target_with_page (Actor * actor, const gchar * element, const gchar * version, gsize page)
{
  TraceEvent event = actor_event (actor, TRACE_TARGET);

  event.target.page = (gint64) page;
  actor_emit (actor, &event, "%s %s", element, version);
}

void
probe_skip (Actor * actor, const gchar * format, ...)
{
  TraceEvent event = actor_event (actor, TRACE_SKIP);
  va_list args;

  va_start (args, format);
  actor_emit_valist (&event, format, args);
  va_end (args);
}

void
probe_found (Actor * actor, const gchar * name, const gchar * reason)
{
  TraceEvent event = actor_event (actor, TRACE_FOUND);

  event.found.usable = !reason;
  actor_emit (actor, &event, "%s%s%s", name, reason ? ": " : "", reason ? reason : "");
}

void
probe_found_named (Actor * actor, const gchar * name)
{
  TraceEvent event = actor_event (actor, TRACE_FOUND);

  event.found.usable = 2;
  actor_emit (actor, &event, "%s", name);
}

void
probe_twin (Actor * actor, const gchar * name, const gchar * contract)
{
  TraceEvent event = actor_event (actor, TRACE_FOUND);

  event.found.usable = 1;
  actor_emit (actor, &event, "twin:%s %s", name, contract);
}

/* --- the process --- */

/* Executes the program once more with the GStreamer that the config names as "gst-path": a directory
 * of plugins, and the libraries beside or above it. Only then do its libraries find each other. */
static void
enter_other_build (Actor * actor, gint argc, gchar ** argv)
{
  const gchar *path = actor_get (actor, "gst-path");
  g_autofree gchar *up = path ? g_path_get_dirname (path) : NULL;
  g_autofree gchar *core = path ? g_build_filename (path, "libgstcoreelements.so", NULL) : NULL;
  g_autofree gchar *library = up ? g_build_filename (up, "libgstreamer-1.0.so.0", NULL) : NULL;
  g_autofree gchar *registry = g_strconcat (actor_get (actor, "dir"), ".registry", NULL);
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
  g_autoptr (Actor) actor = actor_new (argc, argv);
  const ProbeClass *klass = actor ? probe_by_name (argv[0]) : NULL;

  if (!klass)
    return actor_refuse ();
  enter_other_build (actor, argc, argv);
  actor_begin (actor);
  if (actor_has (actor, "list"))
    klass->list (actor);
  else
    klass->run (actor);
  actor_done (actor, 0, NULL);
  return STATUS_PASS;
}
