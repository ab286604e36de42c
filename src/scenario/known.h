/* The table of contracts that released elements are known to break. */
#pragma once
#include <glib.h>

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
  guint sure;                   /* so many cases that it concerns, and nothing seen of it: an XPASS;
                                 * 0: it may stay away however often */
} KnownIssue;

/* Array of KnownIssue*. Error: "FILE:LINE: field: problem: value". */
GPtrArray *known_load (const gchar * file, const gchar * text, GError ** error);

/* The issue that CONTRACT broken by ELEMENT of VERSION in CASE_NAME is; NULL when it is none. */
const KnownIssue *known_find (const GPtrArray * issues, const gchar * contract,
    const gchar * element, const gchar * version, const gchar * case_name);

gboolean known_concerns (const KnownIssue * issue, const gchar * element,
    const gchar * version, const gchar * case_name);
