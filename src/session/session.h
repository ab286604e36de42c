/* A judged run, as every program has it: the options that all share, the report or the record of
 * its traces, progress, and Ctrl-C. */
#pragma once
#include "cli/command.h"
#include "verdict/judge.h"
#include "run/jobs.h"

typedef struct
{
  gchar *known, *known_issues, *format, *output, *seed_text, *factor_text;
  gchar *record, *replay, *color;
  gint n_jobs;
  gboolean until_fail, verbose, quiet;

  guint64 seed;                 /* from here on what session_check_options() made of them */
  gdouble factor;
} SessionOptions;

typedef struct
{
  const SessionOptions *options;
  const gchar *command;         /* "run" */
  /* The command that runs the case of TRACE again. Caller frees. */
  gchar *(*reproduce) (gpointer user, const Trace * trace);
  /* What a report shows of the case besides its contracts; may be NULL. */
  void (*add_tables) (gpointer user, const Trace * trace, ReportCase * report_case);
  /* --replay: leaves of TRACES (Trace*) what was asked for. FALSE: ERROR. May be NULL: all. */
  gboolean (*select) (gpointer user, GPtrArray * traces, GError ** error);
  gpointer user;                /* of the three above */

  guint64 seed;
  gboolean partial;             /* not everything is looked at: what is known need not show */
  guint n_rounds;               /* how often everything is run; 0 counts as 1 */
  GPtrArray *issues;            /* KnownIssue* */
  Judge *judge;
  Report *report;
  GString *recorded;            /* --record: the traces */
  gint out_fd;
  guint n_jobs;
  guint n_broken;               /* while recording */
  gboolean progress;            /* a bar on stderr */
  gint64 begun_us, told_us;     /* where there is no bar: since when, and when it was last said */
  gboolean interrupted;
  Status status;                /* of our own trouble: output not writable */
} Session;

/* Parses the options of COMMAND together with the common ones: as command_parse(). OWN ends with a
 * NULL name. What is wrong is printed. */
gboolean session_parse (SessionOptions * options, gint * argc, gchar *** argv,
    const gchar * command, const gchar * arguments, const gchar * summary, const GOptionEntry * own);
void session_clear_options (SessionOptions * options);

/* FALSE with ERROR unless VALUE is NULL or one of WORDS. */
gboolean session_is_one_of (const gchar * option, const gchar * value,
    const gchar * const *words, GError ** error);

/* Makes contracts that were given by id into names. FALSE with ERROR: there is no such contract. */
gboolean session_check_contracts (gchar ** contracts, GError ** error);

/* Appends " OPTIONVALUE", quoted for a shell; nothing when VALUE is NULL. */
void session_append_option (GString * line, const gchar * option, const gchar * value);
/* "PROGRAM COMMAND --seed=N --timeout-factor=F": how a command to reproduce begins. */
GString *session_reproduce_begin (const Session * session, const Trace * trace);

/* Loads the known issues and makes the judge. */
gboolean session_init (Session * session, GError ** error);
void session_clear (Session * session);

/* Opens the output and begins the report. FALSE: it cannot be opened, which was printed. */
gboolean session_begin (Session * session, const gchar * target, guint n_cases, guint n_all);
/* Judges and reports (or records) TRACE. FALSE: no more are wanted. */
gboolean session_take (Session * session, const Trace * trace, gdouble seconds);
/* Reports a case that was judged elsewhere, and takes it. FALSE: no more are wanted. */
gboolean session_report (Session * session, ReportCase * take_case);
/* Ends the report. Returns what the process should exit with. */
Status session_end (Session * session);

/* Runs JOBS with FUNC on the threads that the options ask for, and takes each trace. */
void session_run_jobs (Session * session, const RunContext * context, GArray * jobs,
    RunJobFunc func);

/* --replay: judges the traces of the file. */
Status session_replay (Session * session);

/* From here on SIGINT, SIGTERM and SIGHUP make session_cancel_fd() readable; the second time they
 * end the process. */
void session_catch_interrupt (void);
gint session_cancel_fd (void);
gboolean session_is_interrupted (void);
/* To be called last: dies of the signal if one came, so that a shell loop around us ends too. */
void session_end_interrupted (void);
