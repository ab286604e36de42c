/* Checks: each is one contract, a pure function over a trace.
 * No clock, no file, no socket, no GStreamer. */
#pragma once
#include "trace/trace.h"

typedef struct CheckContext CheckContext;

typedef struct
{
  const gchar *id;              /* "W3" */
  const gchar *name;            /* "ack-area" */
  const gchar *contract;        /* one English sentence, ends with a full stop */
  const gchar *source;          /* where the rule comes from: "MR 11162", "shm pipe protocol", ... */
  const gchar *seen;            /* how it is observed, one sentence */
  void (*run) (const Trace * trace, CheckContext * context);
} Check;

typedef enum
{
  CHECK_PASS,                   /* held, and there was something to look at */
  CHECK_FAIL,
  CHECK_VACUOUS,                /* nothing to look at: we did not measure */
  CHECK_STALLED,                /* the machine stood still: we could not measure */
} CheckOutcome;

/* How many lines of evidence are shown of one finding, and how many are kept to choose from. */
#define CHECK_EVIDENCE_MAX 5
#define CHECK_LINES_MAX 1000

/* One observation that broke a contract. */
typedef struct
{
  const TraceEvent *at;         /* of the trace; NULL: there is no event */
  const gchar *line;            /* of the finding's; NULL after CHECK_LINES_MAX of them */
} CheckBreach;

typedef struct
{
  const Check *check;
  CheckOutcome outcome;
  guint looked;                 /* observations that the check made */
  guint broken;                 /* how many of them broke the contract */
  gint role;                    /* whom a FAIL blames (index into the trace's roles), else -1 */
  gint64 since_ns;              /* the first that is evidence; G_MAXINT64: no event is */
  gint64 lost_ns;               /* of a STALLED: the most that the machine stood still */
  GPtrArray *evidence;          /* gchar*: "0.123456 c: ACK for area 2 offset 0, held: area 1 offset 0" */
  GArray *breaches;             /* CheckBreach, all that broke it, in the order of being found */
  GPtrArray *lines;             /* gchar*: their lines; the first are the evidence */
} CheckFinding;

void check_finding_free (CheckFinding * finding);

/* --- for the checks --- */

/* COUNT observations were made (whether or not they turn out broken). */
void check_looked (CheckContext * context, guint count);

/* The contract was broken by ROLE (index; -1 when nobody can be named) at AT (may be NULL).
 * The message says what was seen and what should have been. */
void check_broken (CheckContext * context, gint role, const TraceEvent * at,
    const gchar * format, ...) G_GNUC_PRINTF (4, 5);

/* From here on what breaks the contract is looked at, and not counted as broken: the user does not
 * want it to be. */
void check_tolerate (CheckContext * context);

/* --- for everybody else --- */

/* All checks, in the order of their ids (W, L, A, ...); NULL-terminated. */
const Check *const *check_list (void);
const Check *check_by_name (const gchar * name_or_id);

/* Runs CHECK. Array of CheckFinding*: one PASS, VACUOUS or STALLED, or one FAIL for each role
 * blamed. */
GPtrArray *check_run (const Check * check, const Trace * trace);

/* Runs the checks that the trace names; unknown names are findings of their own never: the
 * scenario loader has refused them. Array of CheckFinding* in the order of check_list(). */
GPtrArray *check_run_all (const Trace * trace);
