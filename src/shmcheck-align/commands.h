/* The commands of shmcheck-align. Each parses its own arguments and returns an exit status. */
#pragma once
#include "session/session.h"

#include "run/probe.h"

/* An option with a value that its probers are told under its name. */
typedef struct
{
  const gchar *name;            /* "size" */
  const gchar *argument;        /* "BYTES" */
  const gchar *help;
  /* Whether VALUE can be; ERROR: "not a size: x". NULL: anything. */
  gboolean (*check) (const gchar * value, GError ** error);
} AlignOption;

/* A command that probes targets, each in a case of its own. */
typedef struct
{
  const gchar *name;            /* "allocators": the command, and the first part of its cases */
  const gchar *kind;            /* of prober, "memory" */
  const gchar *arguments;       /* "[ALLOCATOR...]" */
  const gchar *summary;
  const AlignOption *options;   /* a NULL name ends them */
  const gchar *const *contracts;        /* that its cases are judged by; NULL ends them */
  const gchar *fail_on;         /* what is broken unless --fail-on says it; NULL: everything */
  gdouble patience;             /* seconds for which its prober may say nothing */
  /* Adds to REPORT_CASE the tables of what TRACE has measured; may be NULL. */
  void (*add_tables) (const Trace * trace, ReportCase * report_case);
} AlignCommand;

/* What a command is run with, once its arguments are parsed. */
typedef struct
{
  const AlignCommand *command;
  Session session;
  SessionOptions common;
  GHashTable *config;           /* gchar* to gchar*: what every prober is told */
  gchar **contracts, **excludes;        /* options; NULL: none */
  gchar *fail_on, **plugins;
  gchar *described;             /* what the targets belong to, "GStreamer 1.22.0"; NULL: not told */
  gchar *reproduce_option;      /* one more that shows a case again; NULL: none */
  GPtrArray *globs;             /* gchar*: the targets that are named; none: all */
  RunContext context;
  /* Instead of the command's; may be NULL. */
  void (*add_tables) (gpointer user, const Trace * trace, ReportCase * report_case);
  gpointer user;
} Align;

/* Runs the case of a job, whose plan is a RunProbe*. */
Trace *align_run_job (const RunContext * context, const RunJob * job);

/* A target that its prober knows of. */
typedef struct
{
  gchar *name;
  gchar *reason;                /* why it cannot be probed here; NULL: it can */
  gchar *twin;                  /* the contract that its planted defect breaks, "-": none; NULL: it
                                 * is no twin of ours. Twins are selected only by name. */
  gboolean named_only;          /* as if it were a twin */
} AlignTarget;

/* Parses ARGV with the options of COMMAND, and EXTRA of the caller's own (a NULL name ends them).
 * FALSE: what is wrong was printed. To be cleared in any case. */
gboolean align_parse (Align * align, const AlignCommand * command, gint argc, gchar ** argv,
    const GOptionEntry * extra);
void align_clear (Align * align);

/* Makes ready to run probers. FALSE: what is wrong was printed, and is STATUS. */
gboolean align_open (Align * align, Status * status);

/* All targets of the command (AlignTarget*), from a prober of its kind. NULL: ERROR. */
GPtrArray *align_find (Align * align, GError ** error);

/* The case of TARGET, with everything that its prober is to be told. */
RunProbe *align_case (const Align * align, const gchar * target);

/* The targets of TARGETS that are selected (borrowed). NULL: none, or one is named that is not there,
 * which was printed. */
GPtrArray *align_select (const Align * align, const GPtrArray * targets);

/* A skip for each of TARGETS that cannot be probed, then CASES (RunProbe*), judged and reported.
 * N_ALL: how many targets there are. Returns the status of the run. */
Status align_report (Align * align, const GPtrArray * targets, const GPtrArray * cases, guint n_all);

/* Finds, selects, probes, judges and reports; the options are parsed and it is open. */
Status align_run_targets (Align * align);

/* Runs COMMAND as a whole: parses, finds the targets, probes, judges and reports. */
Status align_run (const AlignCommand * command, gint argc, gchar ** argv);
/* The same for a command that has parsed its arguments itself. Clears ALIGN. */
Status align_run_parsed (Align * align);

/* The commands that probe, in the order in which they are listed; NULL at the end. */
extern const AlignCommand *const align_commands[];
extern const AlignCommand align_allocators;
extern const AlignCommand align_elements;
extern const AlignCommand align_audit;
extern const AlignCommand align_pools;

Status command_allocators (gint argc, gchar ** argv);
Status command_pools (gint argc, gchar ** argv);
Status command_elements (gint argc, gchar ** argv);
Status command_audit (gint argc, gchar ** argv);
Status command_profiles (gint argc, gchar ** argv);
Status command_wire (gint argc, gchar ** argv);
Status command_prove (gint argc, gchar ** argv);
Status command_list (gint argc, gchar ** argv);
