/* A prober: measures one target in a process of its own, driven by the runner. It only writes
 * events; what they mean is for the checks. What it measures is cut into measurements that do not
 * hang on each other: when one kills the process, it is started again behind that one. */
#pragma once
#include "actor/actor.h"

/* One kind of prober. Adds itself by being in the makefile's list. */
typedef struct
{
  const gchar *name;            /* "memory" */
  /* Measures all that there is about the target that the config names. */
  void (*run) (Actor * actor);
  /* Tells each target that there could be: probe_found(). */
  void (*list) (Actor * actor);
} ProbeClass;

const ProbeClass *const *probe_list (void);
const ProbeClass *probe_by_name (const gchar * name);

/* The whole life of a prober process: ARGV is KIND NAME INDEX KEY=VALUE... as run_spawn() makes it;
 * with list=1 among them it tells its targets. The config: "target", "seed", "dir" (a directory for
 * sockets), "page" (page size to pretend), "factor" (of every deadline), and what the kind of prober
 * knows. Returns the exit status of the process. */
gint probe_main (gint argc, gchar ** argv);

/* --- within a prober --- */

/* The next measurement begins, about CONTRACT; all events that follow belong to it. FALSE: pass it
 * over, it was done before the process was started again. */
gboolean probe_begin (Actor * actor, const gchar * contract);

/* What is probed: to be told once, before the first measurement; in list(): what all the targets
 * belong to, "GStreamer" and its version. PAGE is the size of the pages that
 * its memory is mapped in; 0: that of the machine. */
void probe_target (Actor * actor, const gchar * element, const gchar * version);
void probe_target_with_page (Actor * actor, const gchar * element, const gchar * version,
    gsize page);
/* This machine cannot probe the target: nothing else may be told. */
void probe_skip (Actor * actor, const gchar * format, ...) G_GNUC_PRINTF (2, 3);
/* In list(): a target; REASON says why it cannot be probed here, NULL: it can. */
void probe_found (Actor * actor, const gchar * name, const gchar * reason);
/* In list(): a target that is probed only when it is named. */
void probe_found_named (Actor * actor, const gchar * name);
/* In list(): the target "twin:NAME", one of our own with a planted defect that CONTRACT must find;
 * CONTRACT "-": it has none, and nothing may be found. Those are probed only when they are named. */
void probe_twin (Actor * actor, const gchar * name, const gchar * contract);
