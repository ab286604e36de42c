/* The table of contracts that released elements are known to break. An entry excuses what it has
 * the evidence for, and nothing else of the contract. */
#pragma once
#include "trace/pattern.h"

typedef struct
{
  gchar *id;                    /* "K1" */
  gchar *contract;              /* "stop-quiet" */
  gchar *element;               /* "shmsink" */
  gchar *first, *last;          /* versions, both broken; last NULL: still broken */
  gchar *fixed;                 /* first fixed releases, "1.28.2, 1.29.2"; "none" */
  gchar *reference;             /* "MR 11109, issue 4487" */
  gchar *summary;
  gchar *proof;                 /* command or file that shows it */
  gchar *cases;                 /* glob of case names that it concerns; "*" */
  gchar *seen;                  /* last version that it was seen in, by its proof; NULL: not told */
  TracePattern *evidence;       /* what must have been seen */
  gint signal;                  /* that ended the process at fault; 0: none did */
  guint most;                   /* percent of the cases in which it may show; 0: all */
  guint sure;                   /* so many cases that it concerns, and nothing seen of it: an XPASS;
                                 * 0: it may stay away however often */
} KnownIssue;

/* Array of KnownIssue*. Error: "FILE:LINE: field: problem: value". */
GPtrArray *known_load (const gchar * file, const gchar * text, GError ** error);

/* An observation that broke a contract. */
typedef struct
{
  const Trace *trace;
  const gchar *contract;
  gint role;                    /* who is at fault; -1: nobody, which nothing excuses */
  const TraceEvent *event;      /* of TRACE; NULL: there is none */
  gint signal;                  /* that ended the process at fault, unasked; 0: none */
} KnownBreach;

/* The first issue that explains BREACH; NULL: none does. */
const KnownIssue *known_find (const GPtrArray * issues, const KnownBreach * breach);

gboolean known_concerns (const KnownIssue * issue, const gchar * element,
    const gchar * version, const gchar * case_name);
