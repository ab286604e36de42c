/* Reports: what is said about the cases. A reporter prints results and looks at nothing else. */
#pragma once
#include "check/check.h"

/* What is known about a contract that real elements break. */
typedef struct
{
  const gchar *id;              /* "K2" */
  const gchar *reference;       /* "MR 11162, issue 4346" */
  const gchar *fixed;           /* first fixed versions, "1.29.2"; "none" */
  const gchar *summary;
  const gchar *proof;           /* command or file that shows it */
} ReportKnown;

typedef enum
{
  REPORT_PASS, REPORT_FAIL, REPORT_XFAIL, REPORT_XPASS, REPORT_SKIP, REPORT_BROKEN,
  REPORT_N_VERDICTS
} ReportVerdict;

/* One contract in one case. */
typedef struct
{
  ReportVerdict verdict;
  const gchar *contract;        /* name; NULL: about the case as a whole (BROKEN, skip) */
  const gchar *contract_id;
  const gchar *contract_text;   /* its sentence; NULL */
  const gchar *blamed;          /* "shmsink 1.22.0 (producer p)"; NULL when nobody is */
  const gchar *element;         /* "shmsink"; NULL */
  gchar *message;               /* one line: reason of a skip or BROKEN; NULL */
  guint looked, broken;
  const GPtrArray *evidence;    /* gchar*, may be NULL */
  const ReportKnown *known;     /* NULL: not in the table of known issues */
} ReportResult;

typedef struct ReportTable ReportTable; /* report/table.h */

/* One case: the results of all its contracts. */
typedef struct
{
  const gchar *name;            /* "shutdown-order/p,c1/EOS/full" */
  const gchar *pair;            /* "gst:gst" */
  guint64 seed;                 /* that --seed takes to run it again */
  gdouble seconds;
  gchar *reproduce;             /* the command that runs just this case */
  GPtrArray *results;           /* ReportResult* */
  const GPtrArray *stack;       /* gchar*: where a process hung; may be NULL */
  GPtrArray *tables;            /* ReportTable*: what was measured */
  GPtrArray *listing;           /* gchar*: lines of a program that shows a breach; NULL: none */
} ReportCase;

/* The run as a whole, known at its begin. */
typedef struct
{
  const gchar *program;         /* "shmstress" */
  const gchar *version;
  const gchar *target;          /* "GStreamer 1.22.0, shm plugin 1.22.0" */
  const gchar *host;            /* "Linux 6.1 x86_64, page 4096, /dev/shm 24 GiB" */
  guint64 seed;
  guint n_cases;
  guint n_not_selected;         /* cases that exist and were not asked for */
} ReportRun;

/* What the whole run says of the table of known issues. */
typedef struct
{
  gchar *id;                    /* "N71" */
  gchar *text;                  /* one line, begins with the id */
} ReportNote;

typedef struct
{
  guint counts[REPORT_N_VERDICTS];      /* of results */
  guint cases[REPORT_N_VERDICTS];       /* of cases, each by its worst result */
  gdouble seconds;              /* of all cases, added up */
  gboolean interrupted;         /* Ctrl-C: what is reported is not everything */
  const GPtrArray *xpass;       /* ReportNote*: known issues that did not show; may be NULL */
  const GPtrArray *excess;      /* ReportNote*: those that showed too often: FAILs; may be NULL */
  gboolean strict;              /* an XPASS fails the run */
  const gchar *result;          /* once ended: "RESULT: OK, nothing new is broken; ..." */
} ReportTotals;

/* How the text report may look: set once from the terminal and the environment. */
typedef struct
{
  gboolean colour;              /* a terminal, and NO_COLOR unset or empty, TERM not dumb */
  guint width;                  /* columns; 80 when unknown */
  gboolean verbose;             /* also list cases that passed */
} ReportStyle;

typedef struct Report Report;

/* A format: adds itself to the registry by being in the makefile's list.
 * STATE is the reporter's own; OUT collects what is to be written: it is flushed to the output
 * after every call, so that what a long run has found is seen at once. */
typedef struct
{
  const gchar *name;            /* "tap" */
  const gchar *summary;         /* for --help and the man page */
  gpointer (*begin) (const ReportRun * run, const ReportStyle * style, GString * out);
  void (*result) (gpointer state, const ReportCase * report_case, GString * out);
  void (*end) (gpointer state, const ReportTotals * totals, GString * out);     /* frees STATE */
} Reporter;

const Reporter *const *reporter_list (void);
const Reporter *reporter_by_name (const gchar * name);

const gchar *report_verdict_name (ReportVerdict verdict);      /* "pass", "FAIL", ... */

/* The worst verdict of a case: FAIL, BROKEN, XPASS, xfail, pass, skip, in that order. */
ReportVerdict report_case_verdict (const ReportCase * report_case);

/* Writes one report to FD (borrowed). Copies what it keeps of RUN and STYLE. */
Report *report_new (const Reporter * reporter, const ReportRun * run,
    const ReportStyle * style, gint fd);
/* Takes the case; what its const pointers show is copied too, so it need not live any longer.
 * All text is made valid UTF-8 without control characters first. A case without results gets a
 * BROKEN one: nothing was judged.
 * FALSE with ERROR when the output cannot be written ("output: No space left on device"): told
 * once; from then on nothing is written, cases are still counted, and the answer is TRUE. */
gboolean report_add (Report * report, ReportCase * take_case, GError ** error);
/* Takes of WHOLE what only the run as a whole knows: interrupted, xpass, excess (copied), strict;
 * NULL: nothing. */
gboolean report_end (Report * report, const ReportTotals * whole, GError ** error);
const ReportTotals *report_totals (const Report * report);
const ReportStyle *report_style (const Report * report);
void report_free (Report * report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Report, report_free)

ReportNote *report_note_new (const gchar * id, const gchar * text);
void report_note_free (ReportNote * note);

ReportCase *report_case_new (void);
void report_case_free (ReportCase * report_case);
ReportResult *report_result_new (void);

/* --- for the reporters: all cases live until the report ends, all their texts are clean --- */

/* The one that counts when both were seen. */
ReportVerdict report_verdict_worst (ReportVerdict a, ReportVerdict b);

/* Whether TOTALS are those of a run that fails: a contract is broken, or the table is wrong. */
gboolean report_fails (const ReportTotals * totals);

/* "RESULT: OK, nothing new is broken; 3 known GStreamer problems (xfail)". Caller frees. */
gchar *report_result_line (const GPtrArray * cases, const ReportTotals * totals);

/* "K2 (MR 11162), fixed in 1.29.2: summary"; "not in the table of known issues" for NULL. Caller
 * frees. */
gchar *report_known_line (const ReportKnown * known);

/* "fixed in 1.29.2" or "not fixed in any release". Caller frees. */
gchar *report_known_fixed (const ReportKnown * known);

/* "12.345", whatever the locale. Caller frees. */
gchar *report_seconds (gdouble seconds);
