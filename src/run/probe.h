/* A case of a prober: a process that measures one target, and is started again behind the
 * measurement that killed it, so that a crash is a result. */
#pragma once
#include "run/run.h"

typedef struct
{
  gchar *name;                  /* the case, "allocators/system" */
  gchar *kind;                  /* of prober, "memory" */
  GHashTable *config;           /* gchar* to gchar*: of the process, and of the role in the trace */
  GPtrArray *contracts;         /* gchar* */
  gdouble patience;             /* seconds for which a prober may say nothing */
} RunProbe;

RunProbe *run_probe_new (const gchar * name, const gchar * kind, gdouble patience);
void run_probe_free (RunProbe * probe);
void run_probe_set (RunProbe * probe, const gchar * key, const gchar * value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RunProbe, run_probe_free)

/* Runs PROBE. Always returns a trace: a failure of ours is a TRACE_BROKEN event in it. Thread-safe;
 * to be called from a thread that outlives it. */
Trace *run_probe (const RunContext * context, const RunProbe * probe, guint64 seed);
