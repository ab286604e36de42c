/* What many checks ask about the life of the roles: when a process lived, how it was asked to
 * stop. Pure. Places in the trace are indices; its length means "nowhere". */
#pragma once
#include "check/check.h"

/* The first event of KIND by ROLE (-1: any) from index FROM on. */
guint check_life_next (const Trace * trace, guint from, TraceKind kind, gint role);
/* The last one before index BEFORE. */
guint check_life_last (const Trace * trace, guint before, TraceKind kind, gint role);
/* Whether there is one in [FROM, TO). */
gboolean check_life_has (const Trace * trace, guint from, guint to, TraceKind kind, gint role);

gint64 check_life_end_ns (const Trace * trace);
gint64 check_life_ns (const Trace * trace, guint at);
/* The place of EVENT, one of the trace's. */
guint check_life_index (const Trace * trace, const TraceEvent * event);

/* Where the process of ROLE that lives at AT began (its SPAWN, or 0) and ended (its EXIT, its
 * next SPAWN, or nowhere). */
guint check_life_begin (const Trace * trace, gint role, guint at);
guint check_life_end (const Trace * trace, gint role, guint at);
/* Started, and not gone. */
gboolean check_life_is_up (const Trace * trace, gint role, guint at);

gboolean check_life_is_producer (const Trace * trace, gint role);
gboolean check_life_is_consumer (const Trace * trace, gint role);
/* Whether a STARTED or DONE tells of success. */
gboolean check_life_started_well (const TraceEvent * started);
/* Whether the role is our own peer. */
gboolean check_life_is_ref (const TraceRole * role);
/* Whether it tells of every buffer that it hands out or gets, and of all that it lets go of just
 * when it does (not so a sink that frees them itself). */
gboolean check_life_tells_all (const TraceRole * role);
gboolean check_life_tells_release (const TraceRole * role);
/* Whether this consumer takes its time with each buffer. */
gboolean check_life_is_slow (const TraceRole * role);
/* Whether the buffers of this producer carry numbers. */
gboolean check_life_is_numbered (const TraceRole * producer);

/* The bytes of the buffers of producer ROLE, as configured; of a pipeline of the user's own the
 * largest that was seen. */
gint64 check_life_frame (const Trace * trace, gint role);
/* Whether such a buffer can never fit into the area that it starts with. */
gboolean check_life_is_too_big (const Trace * trace, gint role);

/* The producer that was started last before AT; the first of the trace when none was. */
gint check_life_producer (const Trace * trace, guint at);

/* Whether this process of ROLE was killed on purpose: by SIGKILL, or forced by the runner. */
gboolean check_life_was_killed (const Trace * trace, gint role, guint at);
/* Whether any process of ROLE was, or died of a signal of its own. */
gboolean check_life_ever_killed (const Trace * trace, gint role);

/* Whether the EXIT at AT tells of a signal that nobody asked for. */
gboolean check_life_is_death (const Trace * trace, guint at);
/* The first such EXIT of ROLE; NULL: it never died so. */
const TraceEvent *check_life_death (const Trace * trace, gint role);

/* A request to stop, and what came of it. */
typedef struct
{
  gint role;
  const TraceEvent *event;      /* the STOP */
  const gchar *kind;
  guint at;                     /* its index */
  guint begin, end;             /* of the process */
  const TraceEvent *stopped, *late;     /* what ended the step; NULL: it did not come */
  guint over;                   /* index of that; nowhere when neither */
} CheckStop;

/* The next STOP from *CURSOR on; advances it. FALSE: no more. */
gboolean check_life_next_stop (const Trace * trace, guint * cursor, CheckStop * stop);

/* Whether STEP (or a STEP_LATE) is of ACTION and has all of WORD ("for=end"; NULL: any). */
gboolean check_life_step_is (const TraceEvent * step, const gchar * action, const gchar * word);
/* Where the step at index AT ended (STEP_DONE or STEP_LATE). */
guint check_life_step_over (const Trace * trace, guint at);
/* Whether a STEP_LATE is a wait that ran out, not one in vain because its role met its own end. */
gboolean check_life_waited_in_vain (const TraceEvent * late);

/* Whether the producer of the event at AT was found to have no space: it said so (our own peer),
 * or the runner's wait for it ended (real elements do not say). */
gboolean check_life_is_full (const Trace * trace, guint at);

/* Whether consumer ROLE may keep buffers back at AT, by what it was told. */
gboolean check_life_may_hold (const Trace * trace, gint role, guint at);
/* How many buffers it had got and not let go of by its own account at AT. */
guint check_life_n_held (const Trace * trace, gint role, guint at);

/* How much the samples of a role may grow: those with a label that begins with LABEL, from the
 * first to the last; or from the last labelled LABEL to the last labelled UNTIL. */
typedef struct
{
  const gchar *label, *until;
  guint64 fds;
  gint64 rss_kib;
  gboolean warm_up;             /* of three or more the first does not count */
} CheckGrowth;

void check_life_growth (const Trace * trace, CheckContext * context, const CheckGrowth * limit);
